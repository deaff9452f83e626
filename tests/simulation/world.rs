use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use watchnext::broker::{BrokerOptions, CorrelationId, Overflow, WorkerId};
use watchnext::engine::{Effect, Engine, Input, LoadOptions, Loaded};
use watchnext::history::{Event, EventKind};
use watchnext::protocol::{Command, RecommendOptions, SimilarOptions, Wait};
use watchnext::score::{SCORERS, ScorerService};

use crate::chance::Chance;
use crate::invariants::{Call, Invariants};

const CATALOG: &str = r#"[
    {"id": 1, "title": "Heat", "genres": ["Crime", "Thriller"], "year": 1995, "popularity": 90},
    {"id": 2, "title": "Ronin", "genres": ["Crime", "Thriller"], "year": 1998, "popularity": 40},
    {"id": 3, "title": "Toy Story", "genres": ["Animation", "Comedy"], "year": 1995, "popularity": 200},
    {"id": 4, "title": "Shrek", "genres": ["Animation", "Comedy"], "year": 2001, "popularity": 150},
    {"id": 5, "title": "Alien", "genres": ["Horror"], "popularity": 120}
]"#;

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

    pub(crate) fn has(self, fault: Faults) -> bool {
        self.0 & fault.0 != 0
    }

    pub(crate) fn without(self, fault: Faults) -> Faults {
        Faults(self.0 & !fault.0)
    }
}

/// All that a run depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) calls: usize,
    pub(crate) workers: [usize; 3],
    pub(crate) faults: Faults,
    /// Which scorers they may hit, as bits.
    pub(crate) faulty: usize,
    pub(crate) queue_limit: usize,
    pub(crate) drop_head: bool,
    /// Milliseconds between two calls, at most.
    pub(crate) spacing: f64,
    /// After how many milliseconds a second worker gets the same message.
    pub(crate) hedge_after: Option<f64>,
}

impl Scenario {
    pub(crate) fn of_seed(seed: u64) -> Self {
        let mut chance = Chance::new(!seed);
        Scenario {
            seed,
            calls: 1 + chance.below(40),
            workers: [(); 3].map(|()| 1 + chance.below(3)),
            faults: Faults((0..12).filter(|_| chance.one_in(3)).map(|bit| 1 << bit).sum()),
            faulty: chance.below(8),
            queue_limit: chance.of(&[1000, 1000, 3, 8]),
            drop_head: chance.one_in(4),
            spacing: chance.of(&[0.0, 15.0, 40.0, 400.0]),
            hedge_after: chance.of(&[None, None, Some(5.0), Some(50.0)]),
        }
    }
}

/// What happened, over all runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) runs: u64,
    pub(crate) steps: u64,
    pub(crate) complete: u64,
    pub(crate) partial: u64,
    pub(crate) overloaded: u64,
    pub(crate) other_errors: u64,
    pub(crate) aborted: u64,
    pub(crate) redelivered: u64,
    pub(crate) dead_lettered: u64,
    pub(crate) restarts: u64,
    pub(crate) circuits_opened: u64,
    pub(crate) spares: u64,
    pub(crate) hedged: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { complete, partial, overloaded, other_errors, aborted, .. } = self;
        writeln!(
            f,
            "answers: {complete} complete, {partial} partial, {overloaded} overloaded, {other_errors} other errors; {aborted} aborted"
        )?;
        let Tally { redelivered, dead_lettered, restarts, circuits_opened, spares, hedged, .. } = self;
        writeln!(
            f,
            "redelivered {redelivered}, dead letters {dead_lettered}, restarts {restarts}, circuits opened {circuits_opened}, spares {spares}, hedged {hedged}"
        )?;
        write!(f, "{} runs, {} steps, 0 violations", self.runs, self.steps)
    }
}

impl Tally {
    /// A simulator in which something never happens proves nothing about it.
    pub(crate) fn check_that_everything_happened(&self) {
        let Tally { complete, partial, overloaded, other_errors, aborted, .. } = *self;
        let Tally { redelivered, dead_lettered, restarts, circuits_opened, spares, hedged, .. } = *self;
        let all =
            [complete, partial, overloaded, other_errors, aborted, redelivered, dead_lettered, restarts];
        assert!(all.into_iter().chain([circuits_opened, spares, hedged]).all(|count| count > 0), "{self:?}");
    }
}

enum Happening {
    Ready(WorkerId),
    Reply { worker: WorkerId, id: CorrelationId, body: Vec<u8> },
    Reject { worker: WorkerId, id: CorrelationId },
    Death(WorkerId),
    Call(u64),
    Abort(u64),
}

pub(crate) struct World {
    scenario: Scenario,
    chance: Chance,
    engine: Engine,
    now: f64,
    /// What will happen, by microsecond and number.
    agenda: BTreeMap<(u64, u64), Happening>,
    planned: u64,
    /// When the engine wants to be called, and when the timer goes off.
    timer: Option<(f64, u64)>,
    scorers: BTreeMap<WorkerId, usize>,
    services: [ScorerService; SCORERS.len()],
    invariants: Invariants,
    calm: bool,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let load =
            || Loaded::new(CATALOG.into(), None, &LoadOptions::default(), &mut |_, _| {}).expect("loads");
        let broker = BrokerOptions {
            queue_limit: scenario.queue_limit,
            overflow: if scenario.drop_head { Overflow::DropHead } else { Overflow::RejectPublish },
            // So short that it shows.
            ageing: 50.0,
            hedge_after: scenario.hedge_after,
            ..BrokerOptions::default()
        };
        let options = LoadOptions { broker: broker.clone(), ..LoadOptions::default() };
        let loaded = load();
        let data = loaded.data.clone();
        World {
            scenario,
            chance: Chance::new(scenario.seed),
            engine: Engine::new(loaded, scenario.workers, &options),
            now: 0.0,
            agenda: BTreeMap::new(),
            planned: 0,
            timer: None,
            scorers: BTreeMap::new(),
            services: std::array::from_fn(|scorer| {
                ScorerService::new(scorer, data.clone()).expect("a scorer")
            }),
            invariants: Invariants::new(scenario, broker, load),
            calm: false,
        }
    }

    pub(crate) fn run(mut self, tally: &mut Tally) -> Result<(), String> {
        tally.runs += 1;
        let effects = self.engine.start(self.now);
        self.carry_out(effects)?;
        let watched = ["1", "3"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
        self.handle(Input::Call { call: 0, command: Command::Record(watched) }, tally)?;
        let mut at = 0.0;
        for call in 1..=self.scenario.calls as u64 {
            at += self.chance.between(0.0, self.scenario.spacing);
            self.plan(at, Happening::Call(call));
        }
        self.until_all_is_answered(tally)?;
        // From here on everybody behaves, and all must be well again when the longest of time-outs is over.
        self.calm = true;
        self.plan(self.now + 400_000.0, Happening::Call(self.invariants.probe()));
        self.until_all_is_answered(tally)?;
        self.invariants.all_is_well(&self.engine)?;
        self.invariants.count(&self.engine, tally);
        Ok(())
    }

    fn until_all_is_answered(&mut self, tally: &mut Tally) -> Result<(), String> {
        let mut steps = 0;
        while !self.agenda.is_empty() || self.invariants.open() {
            steps += 1;
            if steps > 20_000 {
                return Err(format!("no end: {:?}", self.engine));
            }
            let wakes = self.set_timer();
            let next = self.agenda.first_key_value().map(|(&place, _)| place);
            match (next, wakes) {
                (None, None) => return Err("calls are open, and nothing will ever happen".into()),
                (Some(next), wakes) if wakes.is_none_or(|wakes| next.0 < wakes) => {
                    let happening = self.agenda.remove(&next).expect("was there just now");
                    self.now = self.now.max(next.0 as f64 / 1000.0);
                    self.happen(happening, tally)?;
                }
                (_, wakes) => {
                    self.timer = None;
                    self.now = self.now.max(wakes.unwrap_or_default() as f64 / 1000.0);
                    self.handle(Input::Tick, tally)?;
                    if self.engine.wakes_at().is_some_and(|at| at <= self.now) {
                        return Err(format!(
                            "it is to be called at once, again and again: {:?}",
                            self.engine
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// When the engine's timer goes off: timers are never early, often late, and a machine may sleep.
    fn set_timer(&mut self) -> Option<u64> {
        let at = self.engine.wakes_at();
        if self.timer.map(|timer| timer.0) != at {
            let sleeps = self.scenario.faults.has(Faults::JUMP) && !self.calm && self.chance.one_in(20);
            let late =
                if sleeps { self.chance.between(100.0, 100_000.0) } else { self.chance.between(0.0, 4.0) };
            self.timer = at.map(|at| (at, micros(at.max(self.now) + late)));
        }
        self.timer.map(|timer| timer.1)
    }

    fn plan(&mut self, at: f64, happening: Happening) {
        self.planned += 1;
        self.agenda.insert((micros(at.max(self.now)), self.planned), happening);
    }

    fn happen(&mut self, happening: Happening, tally: &mut Tally) -> Result<(), String> {
        let input = match happening {
            Happening::Call(call) => self.call(call),
            Happening::Abort(call) => {
                self.invariants.aborted(call);
                Input::Cancel { call }
            }
            Happening::Ready(worker) => {
                self.invariants.ready(worker);
                Input::Ready { worker }
            }
            Happening::Reply { worker, id, body } => {
                self.invariants.done(worker, id);
                Input::Reply { worker, id, body, busy: 1.0 }
            }
            Happening::Reject { worker, id } => {
                self.invariants.done(worker, id);
                Input::Reject { worker, id, cause: "it cannot read this".into() }
            }
            Happening::Death(worker) => {
                self.invariants.gone(worker, self.now);
                Input::Died { worker, cause: "killed".into() }
            }
        };
        self.handle(input, tally)
    }

    fn call(&mut self, call: u64) -> Input {
        let probe = call == self.invariants.probe();
        let deadline = if probe { 5000.0 } else { self.chance.of(&[30.0, 200.0, 5000.0]) };
        let wait = if probe {
            Wait::Deadline
        } else {
            self.chance.of(&[Wait::Deadline, Wait::Deadline, Wait::All, Wait::Quorum(2.0)])
        };
        let explain = self.chance.one_in(2);
        let similar = !probe && self.chance.one_in(8);
        let priority = self.chance.of(&[0.0, 4.0, 9.0]);
        let ready = self.invariants.ready_messages(&self.engine);
        let asked = if similar { &ready[..1] } else { &ready[..] };
        let full = asked.iter().any(|&ready| ready >= self.scenario.queue_limit);
        let due = self.now + deadline;
        let what = Call { due, deadline, wait, explain, similar, priority, at: self.now, full };
        self.invariants.called(call, what);
        if self.scenario.faults.has(Faults::ABORT) && !probe && self.chance.one_in(4) {
            let at = self.now + self.chance.between(0.0, 60.0);
            self.plan(at, Happening::Abort(call));
        }
        let (priority, deadline) = (Some(priority), Some(deadline));
        let command = match similar {
            true => Command::Similar(SimilarOptions {
                item: "2".into(),
                deadline,
                priority,
                ..SimilarOptions::default()
            }),
            false => Command::Recommend(RecommendOptions {
                wait,
                explain,
                deadline,
                priority,
                ..RecommendOptions::default()
            }),
        };
        Input::Call { call, command }
    }

    fn handle(&mut self, input: Input, tally: &mut Tally) -> Result<(), String> {
        tally.steps += 1;
        let effects = self.engine.handle(input, self.now);
        self.carry_out(effects)?;
        self.invariants.hold(&self.engine)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), String> {
        for effect in effects {
            match effect {
                Effect::Answer { call, answer } => self.invariants.answered(call, answer, self.now)?,
                Effect::Start { worker, scorer, .. } => {
                    self.scorers.insert(worker, scorer);
                    self.invariants.started(worker, scorer)?;
                    self.start(worker, scorer);
                }
                Effect::Stop { worker } => self.invariants.gone(worker, self.now),
                Effect::Deliver { worker, id, body, .. } => {
                    self.invariants.delivered(worker, id, self.now)?;
                    self.work(worker, id, &body);
                }
                Effect::Notice(notice) => self.invariants.told(&notice),
            }
        }
        Ok(())
    }

    /// Whether this kind of fault is to happen to this scorer now.
    fn strikes(&mut self, fault: Faults, scorer: usize) -> bool {
        let possible = self.scenario.faults.has(fault) && self.scenario.faulty & (1 << scorer) != 0;
        possible && !self.calm && self.chance.one_in(4)
    }

    fn start(&mut self, worker: WorkerId, scorer: usize) {
        let at = self.now + self.chance.between(2.0, 30.0);
        if self.strikes(Faults::NO_START, scorer) {
            self.plan(at, Happening::Death(worker));
        } else if !self.strikes(Faults::HANGING_START, scorer) {
            self.plan(at, Happening::Ready(worker));
        }
    }

    fn work(&mut self, worker: WorkerId, id: CorrelationId, body: &[u8]) {
        let scorer = self.scorers[&worker];
        let slow = if self.strikes(Faults::SLOW, scorer) { 100.0 } else { 1.0 };
        let at = self.now + self.chance.between(0.5, 10.0) * slow;
        let reply = |body| Happening::Reply { worker, id, body };
        let right = self.services[scorer].handle(body).expect("a message that can be read");
        if self.strikes(Faults::HANG, scorer) {
            return;
        }
        if self.strikes(Faults::KILL, scorer) {
            self.plan(at, Happening::Death(worker));
            if self.strikes(Faults::REPLY_AFTER_DEATH, scorer) {
                self.plan(at + 1.0, reply(right));
            }
        } else if self.strikes(Faults::WRONG_ID, scorer) {
            let wrong = CorrelationId { request: id.request + 1, ..id };
            self.plan(at, Happening::Reply { worker, id: wrong, body: right });
        } else if self.strikes(Faults::GARBAGE, scorer) {
            self.plan(at, reply(vec![0xff; 9]));
        } else if self.strikes(Faults::REJECT, scorer) {
            self.plan(at, Happening::Reject { worker, id });
        } else {
            if self.strikes(Faults::DUPLICATE, scorer) {
                let again = at + self.chance.between(0.0, 50.0);
                self.plan(again, reply(right.clone()));
            }
            self.plan(at, reply(right));
        }
    }
}

fn micros(time: f64) -> u64 {
    (time * 1000.0).ceil() as u64
}

/// What a set of scorers is called.
pub(crate) fn names(faulty: usize) -> BTreeSet<&'static str> {
    SCORERS
        .iter()
        .enumerate()
        .filter(|(place, _)| faulty & (1 << place) != 0)
        .map(|(_, scorer)| scorer.name)
        .collect()
}
