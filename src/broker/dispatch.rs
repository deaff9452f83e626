use crate::json::{Fault, FromJson, HAS_NO_VALUE, NEEDS_A_VALUE, Step, Value};

/// Which of the idle workers gets a message. A worker has one message at a time, so none of them piles up work.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Dispatch {
    /// One after the other.
    RoundRobin,
    /// Any, by a generator with this seed.
    Random(u64),
    /// The one that has handled the fewest: those that are slow are idle less often, and get less.
    #[default]
    LeastOutstanding,
    /// In proportion to weights, evenly spread (smooth weighted round robin, as in nginx); 1 where there is none.
    Weighted(Vec<u32>),
}

/// Each queue's [`Dispatch`]: written as one for all of them, or by queue name.
#[derive(Debug, Clone, PartialEq)]
pub enum Dispatches {
    /// The same for all.
    Same(Dispatch),
    /// By name; a queue that is not named has the default.
    ByQueue(Vec<(String, Dispatch)>),
}

impl Default for Dispatches {
    fn default() -> Self {
        Dispatches::Same(Dispatch::default())
    }
}

impl Dispatches {
    /// A queue's.
    pub fn of(&self, queue: &str) -> Dispatch {
        match self {
            Dispatches::Same(dispatch) => dispatch.clone(),
            Dispatches::ByQueue(by_queue) => {
                let dispatch = by_queue.iter().find(|(name, _)| name == queue).map(|(_, dispatch)| dispatch);
                dispatch.cloned().unwrap_or_default()
            }
        }
    }

    /// The queues that are named.
    pub fn queues(&self) -> impl Iterator<Item = &str> {
        let by_queue = match self {
            Dispatches::Same(_) => &[][..],
            Dispatches::ByQueue(by_queue) => by_queue,
        };
        by_queue.iter().map(|(name, _)| name.as_str())
    }
}

const NAMES: [&str; 4] = ["round-robin", "random", "least-outstanding", "weighted"];
/// Those of them that have a value.
const WITH_A_VALUE: [&str; 2] = [NAMES[1], NAMES[3]];

impl FromJson for Dispatch {
    fn from_json(value: Value) -> Result<Self, Fault> {
        let (name, inner) = value.variant(&NAMES)?;
        let within = |fault: Fault| fault.within(Step::Name(NAMES[name].to_owned()));
        match (name, inner) {
            (0, None) => Ok(Dispatch::RoundRobin),
            (1, Some(seed)) => u64::from_json(seed).map(Dispatch::Random).map_err(within),
            (2, None) => Ok(Dispatch::LeastOutstanding),
            (3, Some(weights)) => Vec::from_json(weights).map(Dispatch::Weighted).map_err(within),
            (_, None) => Err(within(Fault::new(NEEDS_A_VALUE))),
            (_, Some(_)) => Err(within(Fault::new(HAS_NO_VALUE))),
        }
    }
}

impl FromJson for Dispatches {
    fn from_json(value: Value) -> Result<Self, Fault> {
        const MUST_BE: &str = "a strategy, or an object with one for each scorer";
        let (mut names, mut strategies) = (0, 0);
        let is_text = value.text().is_ok();
        if !is_text {
            let counted = value.entries(&mut |name, _| {
                names += 1;
                strategies += usize::from(WITH_A_VALUE.contains(&name));
                Ok(())
            });
            counted.map_err(|_| value.fault(MUST_BE))?;
        }
        match (names, strategies) {
            _ if is_text => Dispatch::from_json(value).map(Dispatches::Same),
            (_, 0) => Vec::from_json(value).map(Dispatches::ByQueue),
            (1, 1) => Dispatch::from_json(value).map(Dispatches::Same),
            _ => Err(Fault::new(format!("must be {MUST_BE}"))),
        }
    }
}

/// A strategy at work. Workers are known by their slot, which a worker's replacement inherits.
#[derive(Debug)]
pub(super) struct Dispatcher {
    strategy: Dispatch,
    /// The slot after the one that was chosen last.
    next: usize,
    random: u64,
    /// Of each slot, how far it is ahead of its share.
    credits: Vec<i64>,
}

impl Dispatcher {
    pub(super) fn new(strategy: Dispatch) -> Self {
        let random = if let Dispatch::Random(seed) = strategy { seed } else { 0 };
        Dispatcher { strategy, next: 0, random, credits: Vec::new() }
    }

    /// The place in `idle`, a list of slots with how many messages each has handled, of the one to choose.
    pub(super) fn choose(&mut self, idle: &[(usize, u64)]) -> Option<usize> {
        let place = match &self.strategy {
            _ if idle.is_empty() => return None,
            Dispatch::RoundRobin => {
                let after = |slot: usize| (slot < self.next, slot);
                (0..idle.len()).min_by_key(|&place| after(idle[place].0))?
            }
            Dispatch::Random(_) => (self.random() % idle.len() as u64) as usize,
            Dispatch::LeastOutstanding => (0..idle.len()).min_by_key(|&place| idle[place].1)?,
            Dispatch::Weighted(weights) => {
                let weight = |slot: usize| weights.get(slot).map_or(1, |&weight| i64::from(weight.max(1)));
                let slots = idle.iter().map(|&(slot, _)| slot + 1).max()?;
                self.credits.resize(self.credits.len().max(slots), 0);
                let mut total = 0;
                for &(slot, _) in idle {
                    self.credits[slot] += weight(slot);
                    total += weight(slot);
                }
                let richest = |&place: &usize| (self.credits[idle[place].0], std::cmp::Reverse(place));
                let place = (0..idle.len()).max_by_key(richest)?;
                self.credits[idle[place].0] -= total;
                place
            }
        };
        self.next = idle[place].0 + 1;
        Some(place)
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: usize = 10_000;

    #[test]
    fn a_dispatch_is_for_all_queues_or_by_name() {
        let read = |json: &str| crate::json::from_json::<Dispatches>(json);
        assert_eq!(read(r#""round-robin""#).expect("reads").of("any"), Dispatch::RoundRobin);
        assert_eq!(read(r#"{"random": 7}"#).expect("reads").of("any"), Dispatch::Random(7));
        assert_eq!(read(r#"{"weighted": [3, 1]}"#).expect("reads").of("any"), Dispatch::Weighted(vec![3, 1]));
        let by_queue = read(r#"{"genre": {"random": 7}, "history": "round-robin"}"#).expect("reads");
        assert_eq!(by_queue.of("genre"), Dispatch::Random(7));
        assert_eq!(by_queue.of("popularity"), Dispatch::default());
        assert_eq!(by_queue.queues().collect::<Vec<_>>(), ["genre", "history"]);
        for mixed in [r#"{"random": 7, "genre": "round-robin"}"#, r#"{"genre": "round-robin", "random": 7}"#]
        {
            assert!(read(mixed).is_err(), "{mixed}");
        }
    }

    /// How many of so many messages each of four workers gets that are always idle.
    fn shares(strategy: Dispatch) -> [usize; 4] {
        let mut dispatcher = Dispatcher::new(strategy);
        let mut handled = [0; 4];
        for _ in 0..MESSAGES {
            let idle: Vec<(usize, u64)> = handled.iter().map(|&count| count as u64).enumerate().collect();
            handled[dispatcher.choose(&idle).expect("all are idle")] += 1;
        }
        handled
    }

    #[test]
    fn round_robin_differs_by_one_at_most() {
        assert_eq!(shares(Dispatch::RoundRobin), [MESSAGES / 4; 4]);
        let mut dispatcher = Dispatcher::new(Dispatch::RoundRobin);
        let mut order = Vec::new();
        for idle in [&[0, 1, 2, 3][..], &[0, 2, 3], &[0, 1], &[0, 1, 2, 3]] {
            let idle: Vec<(usize, u64)> = idle.iter().map(|&slot| (slot, 0)).collect();
            order.push(dispatcher.choose(&idle).map(|place| idle[place].0));
        }
        assert_eq!(order, [Some(0), Some(2), Some(0), Some(1)], "those that are busy are passed over");
        assert_eq!(dispatcher.choose(&[]), None);
    }

    #[test]
    fn random_shares_pass_a_chi_squared_test() {
        for seed in 0..20 {
            let expected = MESSAGES as f64 / 4.0;
            let chi_squared: f64 = shares(Dispatch::Random(seed))
                .iter()
                .map(|&count| (count as f64 - expected).powi(2) / expected)
                .sum();
            assert!(chi_squared < 16.27, "seed {seed}: {chi_squared} (3 degrees of freedom, p = 0.001)");
        }
        assert_eq!(shares(Dispatch::Random(7)), shares(Dispatch::Random(7)));
    }

    #[test]
    fn where_nobody_is_idle_nobody_is_chosen() {
        for strategy in [
            Dispatch::RoundRobin,
            Dispatch::Random(1),
            Dispatch::LeastOutstanding,
            Dispatch::Weighted(vec![2]),
        ] {
            assert_eq!(Dispatcher::new(strategy).choose(&[]), None);
        }
    }

    #[test]
    fn the_random_numbers_are_splitmix64s() {
        // The first numbers of the reference implementation (https://prng.di.unimi.it/splitmix64.c) for the seed 1234567.
        let mut dispatcher = Dispatcher::new(Dispatch::Random(1_234_567));
        let numbers = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(numbers.map(|_: u64| dispatcher.random()), numbers);
    }

    #[test]
    fn weighted_shares_are_as_the_weights_and_evenly_spread() {
        let shares = shares(Dispatch::Weighted(vec![3, 1, 3, 1]));
        for (heavy, light) in [(0, 1), (2, 3)] {
            assert!((shares[heavy] as f64 / shares[light] as f64 - 3.0).abs() < 0.05, "{shares:?}");
        }
        let mut dispatcher = Dispatcher::new(Dispatch::Weighted(vec![3, 1]));
        let order: Vec<Option<usize>> = (0..8).map(|_| dispatcher.choose(&[(0, 0), (1, 0)])).collect();
        let first = [0, 0, 1, 0].map(Some);
        assert_eq!(order, [first, first].concat(), "never three in a row and then one");
    }

    #[test]
    fn least_outstanding_sends_a_slow_worker_little() {
        // Worker 0 takes ten times as long; messages never cease.
        let mut dispatcher = Dispatcher::new(Dispatch::LeastOutstanding);
        let (mut handled, mut free_at) = ([0_u64; 4], [0_u64; 4]);
        let mut now = 0;
        while handled.iter().sum::<u64>() < MESSAGES as u64 {
            let idle: Vec<(usize, u64)> =
                (0..4).filter(|&slot| free_at[slot] <= now).map(|slot| (slot, handled[slot])).collect();
            match dispatcher.choose(&idle) {
                Some(place) => {
                    let slot = idle[place].0;
                    handled[slot] += 1;
                    free_at[slot] = now + if slot == 0 { 10 } else { 1 };
                }
                None => now += 1,
            }
        }
        assert!(handled[0] * 100 < 15 * MESSAGES as u64, "{handled:?}");
    }
}
