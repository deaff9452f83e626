use std::collections::BTreeMap;

use watchnext::broker::{BrokerOptions, Circuit, CorrelationId, QueueStats, WorkerId, WorkerState};

use crate::calls::{PerScorer, SCORERS};
use crate::circuit::Breaker;
use crate::dispatch::{Idle, Turns};
use crate::messages::Messages;
use crate::scenario::Scenario;
use crate::tally::Tally;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Doing {
    Starting,
    Idle,
    /// `stuck`: nobody waits for the message any more, as the last tick found.
    Busy {
        id: CorrelationId,
        due: f64,
        attempts: u32,
        stuck: bool,
    },
}

#[derive(Debug)]
struct Worker {
    queue: usize,
    stand_in: bool,
    slot: usize,
    doing: Doing,
    /// Since when it does that.
    since: f64,
    handled: u64,
    /// What it replied to last: it may say so twice.
    last: Option<CorrelationId>,
    /// It spoke of a message that it never had.
    confused: bool,
}

/// What a reply, or a refusal, is to who gets it.
pub(crate) enum Spoke {
    OfItsMessage,
    OfAnother,
}

/// The workers alive: what each may be given, when one is to be stopped, and how many there must be.
#[derive(Debug)]
pub(crate) struct Workers {
    sizes: PerScorer<usize>,
    options: BrokerOptions,
    alive: BTreeMap<WorkerId, Worker>,
    /// Whether none of its own has been ready.
    wants_stand_in: PerScorer<bool>,
    pub(crate) breakers: PerScorer<Breaker>,
    /// None where it cannot be told any more.
    turns: PerScorer<Option<Turns>>,
    /// Who was chosen in this step, and of which.
    chosen: Vec<(usize, WorkerId, Vec<Idle>)>,
    stopped: Vec<WorkerId>,
}

impl Workers {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Workers {
            sizes: scenario.workers,
            options: scenario.broker(),
            alive: BTreeMap::new(),
            wants_stand_in: [scenario.stand_ins; SCORERS],
            breakers: Default::default(),
            turns: scenario.dispatch.map(|strategy| Some(Turns::new(strategy))),
            chosen: Vec::new(),
            stopped: Vec::new(),
        }
    }

    pub(crate) fn begin_step(&mut self) {
        self.chosen.clear();
        self.stopped.clear();
    }

    fn of(&self, queue: usize) -> impl Iterator<Item = (WorkerId, &Worker)> {
        self.alive.iter().filter(move |(_, worker)| worker.queue == queue).map(|(&id, worker)| (id, worker))
    }

    /// How many there are but stand-ins, without those that are stuck, as far as there may be spares for them.
    fn counted(&self, queue: usize) -> usize {
        let own = || self.of(queue).filter(|(_, worker)| !worker.stand_in);
        let stuck = |(_, worker): &(_, &Worker)| matches!(worker.doing, Doing::Busy { stuck: true, .. });
        own().count() - self.of(queue).filter(stuck).count().min(self.options.spares)
    }

    /// Whether a queue has no worker and starts none.
    pub(crate) fn hopeless(&self, queue: usize) -> bool {
        self.of(queue).next().is_none() && self.breakers[queue].circuit() == Circuit::Open
    }

    /// The workers that have a message.
    fn with(&self, id: CorrelationId) -> impl Iterator<Item = (WorkerId, &Worker)> {
        let has = move |worker: &Worker| matches!(worker.doing, Doing::Busy { id: other, .. } if other == id);
        self.alive.iter().filter(move |(_, worker)| has(worker)).map(|(&id, worker)| (id, worker))
    }

    pub(crate) fn has(&self, id: CorrelationId) -> bool {
        self.with(id).next().is_some()
    }

    /// Whether it is one more than the queue should have.
    pub(crate) fn started(
        &mut self,
        id: WorkerId,
        queue: usize,
        stand_in: bool,
        now: f64,
    ) -> Result<bool, String> {
        let most = self.breakers[queue].allows(self.sizes[queue], now);
        if stand_in {
            if !self.wants_stand_in[queue] || self.of(queue).any(|(_, worker)| worker.stand_in) {
                return Err(format!("queue {queue} needs no stand-in, and {id} is started"));
            }
        } else if self.counted(queue) >= most {
            return Err(format!("worker {id} of queue {queue} is started, at most {most} are allowed"));
        }
        let slot = (0..).find(|slot| self.of(queue).all(|(_, worker)| worker.slot != *slot));
        let worker = Worker {
            queue,
            stand_in,
            slot: slot.unwrap_or_default(),
            doing: Doing::Starting,
            since: now,
            handled: 0,
            last: None,
            confused: false,
        };
        if self.alive.insert(id, worker).is_some() {
            return Err(format!("worker {id} is started twice"));
        }
        Ok(self.of(queue).filter(|(_, worker)| !worker.stand_in).count() > self.sizes[queue])
    }

    pub(crate) fn ready(&mut self, id: WorkerId) {
        if let Some(Worker { doing: doing @ Doing::Starting, queue, stand_in, .. }) = self.alive.get_mut(&id)
        {
            *doing = Doing::Idle;
            self.wants_stand_in[*queue] &= *stand_in;
        }
    }

    pub(crate) fn deliver(
        &mut self,
        to: WorkerId,
        id: CorrelationId,
        attempts: u32,
        due: f64,
        now: f64,
    ) -> Result<(), String> {
        let late =
            |worker: &Worker| self.options.hedge_after.is_some_and(|after| now >= worker.since + after);
        let others: Vec<WorkerId> = self.with(id).map(|(other, _)| other).collect();
        if others.len() > 1 || !self.with(id).all(|(_, other)| late(other)) {
            return Err(format!("{id:?} is delivered to worker {to}, and {others:?} have it"));
        }
        for other in others {
            if let Some(Worker { doing: Doing::Busy { attempts: so_far, .. }, .. }) =
                self.alive.get_mut(&other)
            {
                *so_far = attempts;
            }
        }
        let idle = |(_, worker): &(_, &Worker)| worker.doing == Doing::Idle;
        let queue = usize::from(id.scorer);
        let choice =
            self.of(queue).filter(idle).map(|(id, worker)| (worker.slot, worker.handled, id)).collect();
        self.chosen.push((queue, to, choice));
        match self.alive.get_mut(&to) {
            Some(worker) if worker.doing == Doing::Idle && worker.queue == queue => {
                (worker.doing, worker.since) = (Doing::Busy { id, due, attempts, stuck: false }, now);
                Ok(())
            }
            other => Err(format!("{id:?} is delivered to worker {to}, which is {other:?}")),
        }
    }

    /// A worker replies (`replied`) or refuses.
    pub(crate) fn spoke(&mut self, id: WorkerId, of: CorrelationId, replied: bool) -> Option<Spoke> {
        let worker = self.alive.get_mut(&id)?;
        match worker.doing {
            Doing::Busy { id: message, .. } if message == of => {
                worker.doing = Doing::Idle;
                worker.handled += 1;
                worker.last = Some(of);
                if replied {
                    self.breakers[worker.queue].replied();
                }
                Some(Spoke::OfItsMessage)
            }
            Doing::Busy { .. } if worker.last != Some(of) => {
                worker.confused = true;
                Some(Spoke::OfAnother)
            }
            _ => None,
        }
    }

    /// A worker has died, or the engine stops it; returns the message it had.
    pub(crate) fn gone(
        &mut self,
        id: WorkerId,
        stopped: bool,
        now: f64,
    ) -> Result<Option<CorrelationId>, String> {
        let Some(worker) = self.alive.get(&id) else {
            return if stopped { Err(format!("worker {id} is stopped, and is not alive")) } else { Ok(None) };
        };
        let queue = worker.queue;
        let surplus = worker.doing == Doing::Idle;
        if stopped {
            let may = match (surplus, worker.stand_in) {
                (true, true) => !self.wants_stand_in[queue],
                (true, false) => self.counted(queue) > self.sizes[queue],
                (false, _) => self.overdue(worker) <= now,
            };
            if !may && !worker.confused {
                return Err(format!("worker {id} is stopped, and is {worker:?}"));
            }
            self.stopped.push(id);
        }
        let (message, attempts) = match worker.doing {
            Doing::Busy { id, attempts, .. } => (Some(id), attempts),
            _ => (None, 0),
        };
        if !(stopped && surplus || worker.stand_in) {
            self.breakers[queue].died(attempts > 1, &self.options, now);
        }
        self.alive.remove(&id);
        Ok(message)
    }

    /// When a worker is to be stopped if it says nothing.
    fn overdue(&self, worker: &Worker) -> f64 {
        let BrokerOptions { start_timeout, delivery_timeout, stuck_for, .. } = self.options;
        match worker.doing {
            Doing::Starting => worker.since + start_timeout,
            Doing::Idle => f64::INFINITY,
            Doing::Busy { due, .. } => (due + stuck_for).min(worker.since + delivery_timeout),
        }
    }

    pub(crate) fn tick(&mut self, now: f64) {
        for worker in self.alive.values_mut() {
            if let Doing::Busy { due, stuck, .. } = &mut worker.doing {
                *stuck |= *due <= now;
            }
        }
    }

    /// The messages that a second worker is to get, and from when on.
    fn late(&self, queue: usize, messages: &Messages) -> impl Iterator<Item = f64> {
        self.of(queue).filter_map(|(_, worker)| {
            let Doing::Busy { id, due, attempts, .. } = worker.doing else { return None };
            let at = worker.since + self.options.hedge_after?;
            let may = self.with(id).count() == 1
                && messages.get(id).is_some()
                && attempts < self.options.delivery_limit
                && at < due;
            may.then_some(at)
        })
    }

    /// When the engine must be called at the latest for the sake of its workers.
    fn wakes_at(&self, queue: usize, messages: &Messages) -> f64 {
        let mut at = self.of(queue).map(|(_, worker)| self.overdue(worker)).fold(f64::INFINITY, f64::min);
        let breaker = &self.breakers[queue];
        if self.counted(queue) < self.sizes[queue] && breaker.circuit() != Circuit::HalfOpen {
            at = at.min(breaker.not_before());
        }
        if self.of(queue).any(|(_, worker)| worker.doing == Doing::Idle) {
            at = self.late(queue, messages).fold(at, f64::min);
        }
        at
    }

    /// `ticked`: whether the engine's timer has gone off, and `wakes_at` when it is to do so again.
    pub(crate) fn end_step(
        &mut self,
        stats: &[QueueStats],
        messages: &Messages,
        (ticked, wakes_at, now): (bool, f64, f64),
        tally: &mut Tally,
    ) -> Result<(), String> {
        for (queue, stats) in stats.iter().enumerate() {
            let fail = |what: &str| Err(format!("{what} in queue {queue}: {:?}, {stats:?}", self.alive));
            let breaker = &self.breakers[queue];
            let same = self.of(queue).count() == stats.workers.len()
                && self.of(queue).zip(&stats.workers).all(|((id, worker), stats)| {
                    let state = match worker.doing {
                        Doing::Starting => WorkerState::Starting,
                        Doing::Idle => WorkerState::Idle,
                        Doing::Busy { stuck: false, .. } => WorkerState::Busy,
                        Doing::Busy { stuck: true, .. } => WorkerState::Stuck,
                    };
                    (stats.worker, stats.state, stats.handled) == (id, state, worker.handled)
                });
            if !same || stats.ready != messages.ready(queue) || stats.circuit != breaker.circuit() {
                return fail(&format!("{} messages wait, {breaker:?}", messages.ready(queue)));
            }
            let idle = self.of(queue).any(|(_, worker)| worker.doing == Doing::Idle);
            if idle && stats.ready > 0 {
                return fail("a worker is idle, and messages wait");
            }
            let unneeded = |worker: &Worker| worker.stand_in && !self.wants_stand_in[queue];
            if self.of(queue).any(|(_, worker)| unneeded(worker) && worker.doing == Doing::Idle) {
                return fail("a stand-in stays, though workers are ready");
            }
            let counted = self.counted(queue);
            let idle = self.of(queue).any(|(_, worker)| worker.doing == Doing::Idle && !worker.stand_in);
            if idle && counted > self.sizes[queue] {
                return fail("a worker too many is idle");
            }
            if ticked && counted < breaker.should_allow(self.sizes[queue], now) {
                return fail("too few workers");
            }
            if self.of(queue).any(|(_, worker)| worker.confused) {
                return fail("a worker speaks of what it never had, and lives");
            }
            if ticked && self.of(queue).any(|(_, worker)| self.overdue(worker) <= now) {
                return fail("a worker is overdue");
            }
            if ticked && idle && self.late(queue, messages).any(|at| at <= now) {
                return fail("what takes long is not given to who is idle");
            }
            if wakes_at > self.wakes_at(queue, messages) {
                return fail(&format!("{wakes_at} is too late to be called, it is {now}"));
            }
        }
        // When the timer goes off, a message may be given to a second worker before, and told of after, one that came meanwhile.
        for (queue, turns) in self.turns.iter_mut().enumerate() {
            if ticked && self.chosen.iter().filter(|chosen| chosen.0 == queue).count() > 1 {
                *turns = None;
            }
        }
        for (queue, chosen, idle) in &mut self.chosen {
            if let Some(turns) = &mut self.turns[*queue] {
                idle.retain(|&(.., id)| id == *chosen || !self.stopped.contains(&id));
                turns.check(*chosen, idle)?;
                tally.add(turns.name(), u64::from(idle.len() > 1));
            }
        }
        Ok(())
    }
}
