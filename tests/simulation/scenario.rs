use watchnext::broker::{BrokerOptions, Dispatch, Dispatches, Overflow};
use watchnext::engine::LoadOptions;
use watchnext::json::from_json;
use watchnext::score::{BUILT_IN, WorkerCounts};

use crate::calls::SCORERS;
use crate::chance::Chance;

/// Kinds of faults, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Faults(pub(crate) u16);

impl Faults {
    pub(crate) const KILL: Faults = Faults(1);
    pub(crate) const HANG: Faults = Faults(2);
    pub(crate) const DUPLICATE: Faults = Faults(4);
    pub(crate) const WRONG_ID: Faults = Faults(8);
    pub(crate) const GARBAGE: Faults = Faults(16);
    pub(crate) const REJECT: Faults = Faults(32);
    pub(crate) const SLOW: Faults = Faults(64);
    pub(crate) const NO_START: Faults = Faults(128);
    pub(crate) const HANGING_START: Faults = Faults(256);
    pub(crate) const JUMP: Faults = Faults(512);
    pub(crate) const ABORT: Faults = Faults(1024);
    pub(crate) const REPLY_AFTER_DEATH: Faults = Faults(2048);
    /// What may happen, and must do no harm.
    pub(crate) const ALL: [Faults; 12] = [
        Faults::KILL,
        Faults::HANG,
        Faults::DUPLICATE,
        Faults::WRONG_ID,
        Faults::GARBAGE,
        Faults::REJECT,
        Faults::SLOW,
        Faults::NO_START,
        Faults::HANGING_START,
        Faults::JUMP,
        Faults::ABORT,
        Faults::REPLY_AFTER_DEATH,
    ];
    /// An old reply's body under the id of another message. No engine can see that it lies; the invariants must.
    pub(crate) const STALE: Faults = Faults(4096);
    /// The bodies of two replies are exchanged: the same.
    pub(crate) const SWAPPED: Faults = Faults(8192);

    pub(crate) fn has(self, fault: Faults) -> bool {
        self.0 & fault.0 != 0
    }

    pub(crate) fn without(self, fault: Faults) -> Faults {
        Faults(self.0 & !fault.0)
    }
}

/// A [`Dispatch`] that can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    RoundRobin,
    Random,
    LeastOutstanding,
    Weighted,
}

impl Strategy {
    pub(crate) const ALL: [Strategy; 4] =
        [Strategy::RoundRobin, Strategy::Random, Strategy::LeastOutstanding, Strategy::Weighted];
    /// By slot.
    pub(crate) const WEIGHTS: [u32; 3] = [3, 1, 2];

    fn dispatch(self) -> Dispatch {
        match self {
            Strategy::RoundRobin => Dispatch::RoundRobin,
            Strategy::Random => Dispatch::Random(7),
            Strategy::LeastOutstanding => Dispatch::LeastOutstanding,
            Strategy::Weighted => Dispatch::Weighted(Strategy::WEIGHTS.to_vec()),
        }
    }
}

/// All that a run depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) calls: usize,
    /// How often events are recorded while calls are made.
    pub(crate) records: usize,
    pub(crate) workers: [usize; 3],
    pub(crate) dispatch: [Strategy; 3],
    pub(crate) faults: Faults,
    /// Which scorers they may hit, as bits.
    pub(crate) faulty: usize,
    pub(crate) queue_limit: usize,
    pub(crate) drop_head: bool,
    /// Milliseconds between two calls, at most.
    pub(crate) spacing: f64,
    /// After how many milliseconds a second worker gets the same message.
    pub(crate) hedge_after: Option<f64>,
    /// How many items a worker scores at least, where it does not score all.
    pub(crate) shard_items: usize,
    /// Whether others take the messages until workers are ready.
    pub(crate) stand_ins: bool,
}

impl Scenario {
    pub(crate) fn of_seed(seed: u64) -> Self {
        let mut chance = Chance::new(!seed);
        Scenario {
            seed,
            calls: 1 + chance.below(40),
            records: chance.below(30),
            workers: [(); 3].map(|()| 1 + chance.below(3)),
            dispatch: [(); 3].map(|()| chance.of(&Strategy::ALL)),
            faults: Faults((0..12).filter(|_| chance.one_in(3)).map(|bit| 1 << bit).sum()),
            faulty: chance.below(8),
            queue_limit: chance.of(&[1000, 1000, 3, 8]),
            drop_head: chance.one_in(4),
            spacing: chance.of(&[0.0, 15.0, 40.0, 400.0]),
            hedge_after: chance.of(&[None, None, Some(5.0), Some(50.0)]),
            shard_items: chance.of(&[1000, 7]),
            stand_ins: chance.one_in(2),
        }
    }

    pub(crate) fn options(&self) -> LoadOptions {
        LoadOptions { broker: self.broker(), workers: counts(self.workers), ..LoadOptions::default() }
    }

    pub(crate) fn broker(&self) -> BrokerOptions {
        let names = BUILT_IN.iter().map(|scorer| scorer.name.to_owned());
        let dispatch = names.zip(self.dispatch.map(Strategy::dispatch)).collect();
        BrokerOptions {
            dispatch: Dispatches::ByQueue(dispatch),
            queue_limit: self.queue_limit,
            overflow: if self.drop_head { Overflow::DropHead } else { Overflow::RejectPublish },
            // So short that it shows.
            ageing: 50.0,
            hedge_after: self.hedge_after,
            ..BrokerOptions::default()
        }
    }

    /// Whether faults may hit this scorer.
    pub(crate) fn is_faulty(&self, scorer: usize) -> bool {
        self.faulty & (1 << scorer) != 0
    }
}

/// So many workers for each scorer.
pub(crate) fn counts(workers: [usize; SCORERS]) -> WorkerCounts {
    let counts = BUILT_IN.iter().zip(workers).map(|(kind, count)| format!(r#""{}": {count}"#, kind.name));
    from_json(&format!("{{{}}}", counts.collect::<Vec<_>>().join(", "))).expect("counts")
}
