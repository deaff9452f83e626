use std::collections::BTreeMap;
use std::rc::Rc;

use watchnext::broker::{CorrelationId, WorkerId};
use watchnext::engine::{Command, Engine, Input, Loaded, StartWorker};
use watchnext::host::{Host, Told, Transport};
use watchnext::score::ScorerService;
use watchnext::score::message::{HEADER, Header, ScoreReply};

use crate::calls::PerScorer;
use crate::chance::Chance;
use crate::invariants::Invariants;
use crate::questions;
use crate::reference::{message, services};
use crate::scenario::{Faults, Scenario};
use crate::tally::Tally;

/// The numbers of calls that record events, or ask for the profile, begin here.
const RECORDS: u64 = 1_000_000;

enum Happening {
    Ready(WorkerId),
    Reply { worker: WorkerId, header: Header, body: Vec<u8> },
    Reject { worker: WorkerId, header: Header },
    Death(WorkerId),
    Call(u64),
    Record(u64),
    Abort(u64),
}

pub(crate) struct World {
    host: Host<Around>,
    /// When the engine wants to be called, and when the timer goes off.
    timer: Option<(f64, u64)>,
}

/// What is around the engine, and what is true of it.
struct Around {
    scenario: Scenario,
    chance: Chance,
    now: f64,
    /// What will happen, by microsecond and number.
    agenda: BTreeMap<(u64, u64), Happening>,
    planned: u64,
    workers: BTreeMap<WorkerId, StartWorker>,
    services: PerScorer<ScorerService>,
    /// The last body of each kind of message.
    replies: BTreeMap<(u16, u16, u16), Vec<u8>>,
    invariants: Invariants,
    calm: bool,
    /// What was broken first.
    broken: Option<String>,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let options = scenario.options();
        let load = || Loaded::new(questions::CATALOG.into(), None, &options, &mut |_, _| {}).expect("loads");
        let (mut loaded, columns) = load();
        loaded.shard_items = scenario.shard_items;
        let mut around = Around {
            scenario,
            chance: Chance::new(scenario.seed),
            now: 0.0,
            agenda: BTreeMap::new(),
            planned: 0,
            workers: BTreeMap::new(),
            services: services(&loaded, columns),
            replies: BTreeMap::new(),
            invariants: Invariants::new(scenario, load()),
            calm: false,
            broken: None,
        };
        around.invariants.begin_step(0.0);
        let engine = Engine::new(loaded, &options, scenario.stand_ins);
        World { host: Host::new(engine, around, 0.0), timer: None }
    }

    pub(crate) fn run(mut self, tally: &mut Tally) -> Result<(), String> {
        tally.count("runs");
        let outcome = self.live();
        tally.add_all(&self.host.transport().invariants.tally);
        outcome
    }

    fn live(&mut self) -> Result<(), String> {
        let around = self.host.transport();
        around.outcome()?;
        let Scenario { calls, records, spacing, .. } = around.scenario;
        let mut at = 0.0;
        for call in 1..=calls as u64 {
            at += around.chance.between(0.0, spacing);
            around.plan(at, Happening::Call(call));
        }
        for record in 0..records as u64 {
            let at = around.chance.between(0.0, at);
            around.plan(at, Happening::Record(RECORDS + record));
        }
        self.until_all_is_answered()?;
        // From here on everybody behaves, and all must be well again when the longest of time-outs is over.
        let around = self.host.transport();
        around.calm = true;
        let probe = around.invariants.probe();
        around.plan(around.now + 400_000.0, Happening::Call(probe));
        self.until_all_is_answered()?;
        let (engine, around) = self.host.parts();
        around.invariants.all_is_well(engine)
    }

    fn until_all_is_answered(&mut self) -> Result<(), String> {
        let mut steps = 0;
        loop {
            let wakes = self.set_timer();
            let around = self.host.transport();
            if around.agenda.is_empty() && !around.invariants.open() {
                return Ok(());
            }
            steps += 1;
            if steps > 20_000 {
                return Err(format!("no end: {:?}", self.host.engine()));
            }
            let next = around.agenda.first_key_value().map(|(&place, _)| place);
            match (next, wakes) {
                (None, None) => return Err("calls are open, and nothing will ever happen".into()),
                (Some(next), wakes) if wakes.is_none_or(|wakes| next.0 < wakes) => {
                    let happening = around.agenda.remove(&next).expect("was there just now");
                    around.now = around.now.max(next.0 as f64 / 1000.0);
                    let input = around.happen(happening);
                    self.handle(input)?;
                }
                (_, wakes) => {
                    self.timer = None;
                    let around = self.host.transport();
                    around.now = around.now.max(wakes.unwrap_or_default() as f64 / 1000.0);
                    around.invariants.begin_step(around.now);
                    around.invariants.tick();
                    let now = around.now;
                    self.handle(Input::Tick)?;
                    if self.host.wakes_at().is_some_and(|at| at <= now) {
                        return Err(format!(
                            "it is to be called at once, again and again: {:?}",
                            self.host.engine()
                        ));
                    }
                }
            }
        }
    }

    /// When the engine's timer goes off: timers are never early, often late, and a machine may sleep.
    fn set_timer(&mut self) -> Option<u64> {
        let at = self.host.wakes_at();
        if self.timer.map(|timer| timer.0) != at {
            let around = self.host.transport();
            let sleeps = around.scenario.faults.has(Faults::JUMP) && !around.calm && around.chance.one_in(20);
            let late = if sleeps {
                around.chance.between(100.0, 100_000.0)
            } else {
                around.chance.between(0.0, 4.0)
            };
            self.timer = at.map(|at| (at, micros(at.max(around.now) + late)));
        }
        self.timer.map(|timer| timer.1)
    }

    fn handle(&mut self, input: Input) -> Result<(), String> {
        let around = self.host.transport();
        around.invariants.tally.count("steps");
        let now = around.now;
        self.host.handle(input, now);
        let (engine, around) = self.host.parts();
        around.outcome()?;
        around.invariants.end_step(engine)
    }
}

impl Around {
    fn outcome(&mut self) -> Result<(), String> {
        self.broken.take().map_or(Ok(()), Err)
    }

    /// Keeps in mind what is broken.
    fn note(&mut self, outcome: Result<(), String>) {
        self.broken = self.broken.take().or(outcome.err());
    }

    fn plan(&mut self, at: f64, happening: Happening) {
        self.planned += 1;
        self.agenda.insert((micros(at.max(self.now)), self.planned), happening);
    }

    fn happen(&mut self, happening: Happening) -> Input {
        self.invariants.begin_step(self.now);
        match happening {
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
            Happening::Reply { worker, header, body } => {
                let body = self.lie(header.id, body);
                self.invariants.replied(worker, header.id, body != GARBAGE);
                Input::Reply { worker, message: header.message(&body) }
            }
            Happening::Reject { worker, header } => {
                self.invariants.refused(worker, header.id);
                let message = message(header, &ScoreReply::Rejected("it cannot read this".into()));
                Input::Reply { worker, message }
            }
            Happening::Death(worker) => {
                let outcome = self.invariants.gone(worker, false);
                self.note(outcome);
                Input::Died { worker, cause: "killed".into() }
            }
        }
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

    /// Whether this kind of fault is to happen to this worker now. A stand-in lives and dies with the engine.
    fn strikes(&mut self, fault: Faults, worker: StartWorker) -> bool {
        let possible =
            self.scenario.faults.has(fault) && self.scenario.is_faulty(worker.scorer) && !worker.stand_in;
        possible && !self.calm && self.chance.one_in(4)
    }

    /// The body that comes in place of a reply's own, where that is a fault: another that can be read just as well.
    fn lie(&mut self, id: CorrelationId, own: Vec<u8>) -> Vec<u8> {
        let kind = |id: CorrelationId| (id.phase, id.scorer, id.shard);
        let old = self.replies.insert(kind(id), own.clone());
        let worker = StartWorker { worker: 0, scorer: id.scorer.into(), failed_starts: 0, stand_in: false };
        if self.strikes(Faults::STALE, worker) {
            return old.unwrap_or(own);
        }
        if self.strikes(Faults::SWAPPED, worker) {
            let other = self.agenda.values_mut().find_map(|happening| match happening {
                Happening::Reply { header, body, .. } if kind(header.id) == kind(id) => Some(body),
                _ => None,
            });
            return other.map_or(own.clone(), |other| std::mem::replace(other, own));
        }
        own
    }
}

impl Transport for Around {
    fn start(&mut self, start: StartWorker) {
        let StartWorker { worker, scorer, stand_in, .. } = start;
        self.workers.insert(worker, start);
        let outcome = self.invariants.started(worker, scorer, stand_in);
        self.note(outcome);
        let at = self.now + if stand_in { 0.0 } else { self.chance.between(2.0, 30.0) };
        if self.strikes(Faults::NO_START, start) {
            self.plan(at, Happening::Death(worker));
        } else if !self.strikes(Faults::HANGING_START, start) {
            self.plan(at, Happening::Ready(worker));
        }
    }

    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>) {
        let outcome = self.invariants.delivered(worker, header.id, header.attempt);
        self.note(outcome);
        let start = self.workers[&worker];
        let slow = if self.strikes(Faults::SLOW, start) { 100.0 } else { 1.0 };
        let at = self.now + self.chance.between(0.5, 10.0) * slow;
        let service = &self.services[start.scorer];
        let right = service.handle(&header.message(&body), || 1.0).expect("a message that can be read");
        let (header, _) = Header::read(&right).expect("a message that can be read");
        let right = right[HEADER..].to_vec();
        let reply = |body| Happening::Reply { worker, header, body };
        if self.strikes(Faults::HANG, start) {
            return;
        }
        if self.strikes(Faults::KILL, start) {
            self.plan(at, Happening::Death(worker));
            if self.strikes(Faults::REPLY_AFTER_DEATH, start) {
                self.plan(at + 1.0, reply(right));
            }
        } else if self.strikes(Faults::WRONG_ID, start) {
            let wrong = CorrelationId { request: header.id.request + 1, ..header.id };
            let header = Header { id: wrong, ..header };
            self.plan(at, Happening::Reply { worker, header, body: right });
        } else if self.strikes(Faults::GARBAGE, start) {
            self.plan(at, reply(GARBAGE.to_vec()));
        } else if self.strikes(Faults::REJECT, start) {
            self.plan(at, Happening::Reject { worker, header });
        } else {
            if self.strikes(Faults::DUPLICATE, start) {
                let again = at + self.chance.between(0.0, 50.0);
                self.plan(again, reply(right.clone()));
            }
            self.plan(at, reply(right));
        }
    }

    fn stop(&mut self, worker: WorkerId) {
        let outcome = self.invariants.gone(worker, true);
        self.note(outcome);
    }

    fn tell(&mut self, told: Told) {
        let outcome = match told {
            Told::Answer(call, answer) => self.invariants.answered(call, &answer),
            Told::Notice(notice) => self.invariants.noticed(&notice),
            Told::Step(_) => Ok(()),
        };
        self.note(outcome);
    }

    /// Here things happen in their own time.
    fn poll(&mut self) -> Option<Input> {
        None
    }
}

/// What is in no reply's body.
const GARBAGE: [u8; 9] = [0xff; 9];

fn micros(time: f64) -> u64 {
    (time * 1000.0).ceil() as u64
}
