use std::collections::BTreeMap;
use std::rc::Rc;

use watchnext::broker::{CorrelationId, WorkerId};
use watchnext::engine::{Effect, Engine, Input, Loaded};
use watchnext::protocol::Command;
use watchnext::score::{SCORERS, ScorerService};

use crate::chance::Chance;
use crate::invariants::Invariants;
use crate::questions;
use crate::scenario::{Faults, Scenario};
use crate::tally::Tally;

/// The numbers of calls that record events, or ask for the profile, begin here.
const RECORDS: u64 = 1_000_000;

enum Happening {
    Ready(WorkerId),
    Reply { worker: WorkerId, id: CorrelationId, body: Vec<u8> },
    Reject { worker: WorkerId, id: CorrelationId },
    Death(WorkerId),
    Call(u64),
    Record(u64),
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
    services: Rc<[ScorerService; SCORERS.len()]>,
    /// The last reply to each kind of message.
    replies: BTreeMap<u32, Vec<u8>>,
    invariants: Invariants,
    calm: bool,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let options = scenario.options();
        let load = || Loaded::new(questions::CATALOG.into(), None, &options, &mut |_, _| {}).expect("loads");
        let loaded = load();
        let service = |scorer| ScorerService::new(scorer, loaded.data.clone()).expect("a scorer");
        let services = Rc::new(std::array::from_fn(service));
        World {
            scenario,
            chance: Chance::new(scenario.seed),
            engine: Engine::new(loaded, scenario.workers, &options),
            now: 0.0,
            agenda: BTreeMap::new(),
            planned: 0,
            timer: None,
            scorers: BTreeMap::new(),
            services: Rc::clone(&services),
            replies: BTreeMap::new(),
            invariants: Invariants::new(scenario, load(), services),
            calm: false,
        }
    }

    pub(crate) fn run(mut self, tally: &mut Tally) -> Result<(), String> {
        tally.count("runs");
        let outcome = self.live();
        tally.add_all(&self.invariants.tally);
        outcome
    }

    fn live(&mut self) -> Result<(), String> {
        self.invariants.begin_step(self.now);
        let effects = self.engine.start(self.now);
        self.carry_out(effects)?;
        let calls = self.scenario.calls as u64;
        let mut at = 0.0;
        for call in 1..=calls {
            at += self.chance.between(0.0, self.scenario.spacing);
            self.plan(at, Happening::Call(call));
        }
        for record in 0..self.scenario.records as u64 {
            let at = self.chance.between(0.0, at);
            self.plan(at, Happening::Record(RECORDS + record));
        }
        self.until_all_is_answered()?;
        // From here on everybody behaves, and all must be well again when the longest of time-outs is over.
        self.calm = true;
        self.plan(self.now + 400_000.0, Happening::Call(self.invariants.probe()));
        self.until_all_is_answered()?;
        self.invariants.all_is_well(&self.engine)
    }

    fn until_all_is_answered(&mut self) -> Result<(), String> {
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
                    self.happen(happening)?;
                }
                (_, wakes) => {
                    self.timer = None;
                    self.now = self.now.max(wakes.unwrap_or_default() as f64 / 1000.0);
                    self.invariants.begin_step(self.now);
                    self.invariants.tick();
                    self.handle(Input::Tick)?;
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

    fn happen(&mut self, happening: Happening) -> Result<(), String> {
        self.invariants.begin_step(self.now);
        let input = match happening {
            Happening::Call(call) => Input::Call { call, command: self.call(call) },
            Happening::Record(call) => Input::Call { call, command: self.record(call) },
            Happening::Abort(call) => {
                self.invariants.aborted(call);
                Input::Cancel { call }
            }
            Happening::Ready(worker) => {
                self.invariants.ready(worker);
                Input::Ready { worker }
            }
            Happening::Reply { worker, id, body } => {
                let body = self.lie(id, body);
                self.invariants.replied(worker, id, body != GARBAGE);
                Input::Reply { worker, id, body, busy: 1.0 }
            }
            Happening::Reject { worker, id } => {
                self.invariants.refused(worker, id);
                Input::Reject { worker, id, cause: "it cannot read this".into() }
            }
            Happening::Death(worker) => {
                self.invariants.gone(worker, false)?;
                Input::Died { worker, cause: "killed".into() }
            }
        };
        self.handle(input)
    }

    fn call(&mut self, call: u64) -> Command {
        let probe = call == self.invariants.probe();
        let command =
            if probe { questions::probe(&mut self.chance) } else { questions::question(&mut self.chance) };
        self.invariants.called(call, command.clone());
        if self.scenario.faults.has(Faults::ABORT) && !probe && self.chance.one_in(4) {
            let at = self.now + self.chance.between(0.0, 60.0);
            self.plan(at, Happening::Abort(call));
        }
        command
    }

    fn record(&mut self, call: u64) -> Command {
        let command = match self.chance.one_in(8) {
            true => Command::Profile,
            false => Command::Record(questions::events(&mut self.chance, self.now)),
        };
        self.invariants.told(call, &command);
        command
    }

    fn handle(&mut self, input: Input) -> Result<(), String> {
        self.invariants.tally.count("steps");
        let effects = self.engine.handle(input, self.now);
        self.carry_out(effects)?;
        self.invariants.end_step(&self.engine)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), String> {
        for effect in effects {
            match effect {
                Effect::Answer { call, answer } => self.invariants.answered(call, &answer)?,
                Effect::Start { worker, scorer, .. } => {
                    self.scorers.insert(worker, scorer);
                    self.invariants.started(worker, scorer)?;
                    self.start(worker, scorer);
                }
                Effect::Stop { worker } => self.invariants.gone(worker, true)?,
                Effect::Deliver { worker, id, attempt, body } => {
                    self.invariants.delivered(worker, id, attempt)?;
                    self.work(worker, id, &body);
                }
                Effect::Notice(notice) => self.invariants.noticed(&notice)?,
            }
        }
        Ok(())
    }

    /// Whether this kind of fault is to happen to this scorer now.
    fn strikes(&mut self, fault: Faults, scorer: usize) -> bool {
        let possible = self.scenario.faults.has(fault) && self.scenario.is_faulty(scorer);
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
            self.plan(at, reply(GARBAGE.to_vec()));
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

    /// The body that comes in place of a reply's own, where that is a fault: another that can be read just as well.
    fn lie(&mut self, id: CorrelationId, own: Vec<u8>) -> Vec<u8> {
        let old = self.replies.insert(id.part, own.clone());
        let scorer = id.part as usize % SCORERS.len();
        if self.strikes(Faults::STALE, scorer) {
            return old.unwrap_or(own);
        }
        if self.strikes(Faults::SWAPPED, scorer) {
            let other = self.agenda.values_mut().find_map(|happening| match happening {
                Happening::Reply { id: other, body, .. } if other.part == id.part => Some(body),
                _ => None,
            });
            return other.map_or(own.clone(), |other| std::mem::replace(other, own));
        }
        own
    }
}

/// No reply.
const GARBAGE: [u8; 9] = [0xff; 9];

fn micros(time: f64) -> u64 {
    (time * 1000.0).ceil() as u64
}
