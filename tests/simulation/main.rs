//! The engine, its broker and its workers in virtual time, against a seeded adversary that drops, delays, reorders and duplicates
//! replies, kills, hangs and slows workers, keeps them from starting, and lets the clock jump. What must always hold is
//! checked after every step; a scenario that breaks it is made smaller and printed, to be added to `FOUND`.
//!
//! `cargo test --release --test simulation -- --nocapture`, with `SEEDS=100000` for more of them.

#![cfg(not(target_arch = "wasm32"))]

mod calls;
mod chance;
mod changes;
mod circuit;
mod dispatch;
mod invariants;
mod messages;
mod questions;
mod reference;
mod scenario;
mod tally;
mod workers;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use scenario::{Faults, Scenario, Strategy};
use tally::Tally;
use world::World;

/// Scenarios that once failed.
const FOUND: &[Scenario] = &[
    // A quorum was there, and what nobody waited for any more was hedged in the same breath.
    Scenario {
        seed: 17,
        calls: 29,
        records: 13,
        workers: [1, 3, 3],
        dispatch: [Strategy::RoundRobin, Strategy::Weighted, Strategy::LeastOutstanding],
        faults: Faults(2561),
        faulty: 2,
        queue_limit: 1000,
        drop_head: false,
        spacing: 15.0,
        hedge_after: Some(5.0),
        shard_items: 1000,
        stand_ins: false,
    },
];

/// How many seeds are tried where nothing else is said.
const SEEDS: u64 = 4000;

#[test]
fn promises_hold_whatever_the_adversary_does() {
    let seeds = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut tally = Tally::default();
    let scenarios = FOUND.iter().copied().chain((0..seeds).map(Scenario::of_seed));
    for scenario in scenarios {
        if let Err(broken) = run(scenario, &mut tally) {
            let (small, broken) = shrunk(scenario, broken);
            panic!("{broken}\nthe smallest scenario found, to be added to FOUND:\n{small:?}");
        }
    }
    println!("{tally}");
    // In fewer runs, something rare may not.
    if seeds >= SEEDS {
        tally.check_that_everything_happened();
    }
}

#[test]
fn promises_hold_while_catalogs_change() {
    let seeds = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut tally = Tally::default();
    for seed in 0..seeds / 10 {
        let attempt = |steps: usize, tally: &mut Tally| {
            let mut counted = tally.clone();
            let outcome = catch_unwind(AssertUnwindSafe(|| changes::run(seed, steps, &mut counted)));
            *tally = counted;
            outcome.unwrap_or_else(|_| Err("it has panicked".into()))
        };
        if let Err(broken) = attempt(changes::STEPS, &mut tally) {
            let fails = |steps: usize| Some((steps, attempt(steps, &mut Tally::default()).err()?));
            let (steps, broken) = (0..changes::STEPS).find_map(fails).unwrap_or((changes::STEPS, broken));
            panic!("{broken}\nseed {seed}, after {steps} steps");
        }
    }
    println!("{} seeds: {}", seeds / 10, tally.changes());
}

/// What a transport must not do no engine can see, so a run in which it does is broken; that the invariants find it shows that one
/// reply cannot pass for another.
#[test]
fn replies_that_belong_to_other_messages_are_seen() {
    for fault in [Faults::STALE, Faults::SWAPPED] {
        let broken: Vec<String> = (0..100)
            .filter_map(|seed| {
                let scenario = Scenario {
                    calls: 30,
                    records: 30,
                    spacing: 15.0,
                    workers: [3; 3],
                    faults: fault,
                    faulty: 7,
                    queue_limit: 1000,
                    ..Scenario::of_seed(seed)
                };
                run(scenario, &mut Tally::default()).err()
            })
            .collect();
        println!("{fault:?}: seen in {} of 100 runs", broken.len());
        assert!(broken.len() > 80);
        let odd = broken.iter().find(|broken| !broken.contains(" is not "));
        assert_eq!(odd, None);
    }
}

/// Runs a scenario; what it breaks is an error, and so is a panic.
fn run(scenario: Scenario, tally: &mut Tally) -> Result<(), String> {
    let mut counted = tally.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| World::new(scenario).run(&mut counted)));
    *tally = counted;
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default())
    })
}

/// A scenario with fewer calls, workers and kinds of faults that still breaks something.
fn shrunk(mut scenario: Scenario, mut broken: String) -> (Scenario, String) {
    loop {
        let fewer_calls = [scenario.calls / 2, scenario.calls - 1]
            .map(|calls| Scenario { calls: calls.max(1), ..scenario });
        let fewer_faults =
            Faults::ALL.map(|fault| Scenario { faults: scenario.faults.without(fault), ..scenario });
        let fewer_records = Scenario { records: scenario.records / 2, ..scenario };
        let fewer_workers = Scenario { workers: [1; 3], ..scenario };
        let no_stand_ins = Scenario { stand_ins: false, ..scenario };
        let smaller =
            fewer_calls.into_iter().chain(fewer_faults).chain([fewer_workers, fewer_records, no_stand_ins]);
        let mut smaller = smaller.filter(|smaller| *smaller != scenario);
        let fails = smaller.find_map(|smaller| Some((smaller, run(smaller, &mut Tally::default()).err()?)));
        match fails {
            Some(found) => (scenario, broken) = found,
            None => return (scenario, broken),
        }
    }
}
