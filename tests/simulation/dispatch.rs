use watchnext::broker::WorkerId;

use crate::scenario::Strategy;

/// An idle worker: its slot, how many messages it has handled, and its number.
pub(crate) type Idle = (usize, u64, WorkerId);

/// Whose turn it is, by what the strategies promise.
#[derive(Debug)]
pub(crate) struct Turns {
    strategy: Strategy,
    /// The slot after the one that was chosen last.
    next: usize,
    /// Of each slot, how far it is ahead of its share.
    credits: Vec<i64>,
}

impl Turns {
    pub(crate) fn new(strategy: Strategy) -> Self {
        Turns { strategy, next: 0, credits: Vec::new() }
    }

    /// What a choice is counted as.
    pub(crate) fn name(&self) -> &'static str {
        match self.strategy {
            Strategy::RoundRobin => "chosen by round robin",
            Strategy::Random => "chosen at random",
            Strategy::LeastOutstanding => "chosen as least outstanding",
            Strategy::Weighted => "chosen by weight",
        }
    }

    /// `idle` is in the order of the workers' numbers.
    pub(crate) fn check(&mut self, chosen: WorkerId, idle: &[Idle]) -> Result<(), String> {
        let turn = match self.strategy {
            Strategy::Random => return Ok(()),
            Strategy::RoundRobin => {
                let later = idle.iter().filter(|worker| worker.0 >= self.next).min();
                later.or_else(|| idle.iter().min())
            }
            Strategy::LeastOutstanding => idle.iter().min_by_key(|worker| worker.1),
            Strategy::Weighted => self.by_weight(idle),
        };
        let Some(&(slot, _, worker)) = turn else { return Err(format!("{chosen} is not idle")) };
        self.next = slot + 1;
        if worker == chosen {
            Ok(())
        } else {
            Err(format!("by {:?} it was worker {worker}'s turn, not {chosen}'s, of {idle:?}", self.strategy))
        }
    }

    /// Smooth weighted round robin: all get their weights as credit; the richest is chosen, and pays all of it.
    fn by_weight<'a>(&mut self, idle: &'a [Idle]) -> Option<&'a Idle> {
        let weight = |slot: usize| Strategy::WEIGHTS.get(slot).map_or(1, |&weight| i64::from(weight));
        self.credits.resize(self.credits.len().max(8), 0);
        idle.iter().for_each(|&(slot, ..)| self.credits[slot] += weight(slot));
        let richest = idle.iter().rev().max_by_key(|worker| self.credits[worker.0])?;
        self.credits[richest.0] -= idle.iter().map(|worker| weight(worker.0)).sum::<i64>();
        Some(richest)
    }
}
