use std::collections::{BTreeMap, BTreeSet};

use watchnext::broker::{BrokerOptions, Circuit, CorrelationId, Notice, WorkerId};
use watchnext::engine::{Answer, Engine, LoadOptions, Loaded, LocalEngine, Recommendations};
use watchnext::error::{Error, Result as Answered};
use watchnext::history::{Event, EventKind};
use watchnext::protocol::{Command, RecommendOptions, SimilarOptions, Wait};
use watchnext::score::SCORERS;

use crate::world::{Scenario, Tally, names};

/// A request, as its caller knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) due: f64,
    pub(crate) deadline: f64,
    pub(crate) wait: Wait,
    pub(crate) explain: bool,
    pub(crate) similar: bool,
    pub(crate) priority: f64,
    pub(crate) at: f64,
    /// Whether a queue that it asks was full when it was called.
    pub(crate) full: bool,
}

impl Call {
    /// The scorers it asks, by their places.
    fn asked(&self) -> std::ops::Range<u32> {
        if self.similar { 0..1 } else { 0..SCORERS.len() as u32 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Starting,
    Idle,
    Busy(CorrelationId),
}

/// What must always hold.
pub(crate) struct Invariants {
    scenario: Scenario,
    options: BrokerOptions,
    calls: BTreeMap<u64, Call>,
    /// Calls that wait for an answer.
    waiting: BTreeSet<u64>,
    workers: BTreeMap<WorkerId, (usize, Doing)>,
    deliveries: BTreeMap<CorrelationId, u32>,
    /// When each worker last got a message.
    since: BTreeMap<WorkerId, f64>,
    /// The call of each request. Requests are numbered as they are let in.
    requests: Vec<u64>,
    /// Messages whose last word has been said: a reply, or a refusal.
    finished: BTreeSet<CorrelationId>,
    /// When workers died over messages that may still be delivered.
    lost: BTreeMap<CorrelationId, f64>,
    /// Of the queues whose circuits have ever opened.
    circuits: BTreeMap<&'static str, Circuit>,
    /// An engine to which nothing happens.
    reference: LocalEngine,
    lists: BTreeMap<(bool, bool, Vec<&'static str>), Recommendations>,
    tally: Tally,
}

impl Invariants {
    pub(crate) fn new(scenario: Scenario, options: BrokerOptions, load: impl Fn() -> Loaded) -> Self {
        let mut reference =
            LocalEngine::new(Engine::new(load(), [1; SCORERS.len()], &LoadOptions::default()));
        let watched = ["1", "3"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
        reference.call(Command::Record(watched)).expect("is recorded");
        Invariants {
            scenario,
            options,
            calls: BTreeMap::new(),
            waiting: BTreeSet::new(),
            workers: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            since: BTreeMap::new(),
            requests: Vec::new(),
            finished: BTreeSet::new(),
            lost: BTreeMap::new(),
            circuits: BTreeMap::new(),
            reference,
            lists: BTreeMap::new(),
            tally: Tally::default(),
        }
    }

    /// The number of the call that is made when all is calm.
    pub(crate) fn probe(&self) -> u64 {
        self.scenario.calls as u64 + 1
    }

    pub(crate) fn open(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(crate) fn called(&mut self, call: u64, what: Call) {
        self.calls.insert(call, what);
        self.waiting.insert(call);
        if !what.full || self.scenario.drop_head {
            self.requests.push(call);
        }
    }

    pub(crate) fn aborted(&mut self, call: u64) {
        self.tally.aborted += u64::from(self.waiting.remove(&call));
    }

    pub(crate) fn started(&mut self, worker: WorkerId, scorer: usize) -> Result<(), String> {
        if self.workers.insert(worker, (scorer, Doing::Starting)).is_some() {
            return Err(format!("worker {worker} is started twice"));
        }
        let alive = self.workers.values().filter(|worker| worker.0 == scorer).count();
        let half_open = self.circuits.get(SCORERS[scorer].name) == Some(&Circuit::HalfOpen);
        let size = if half_open { 1 } else { self.scenario.workers[scorer] };
        let most = size + self.options.spares;
        self.tally.spares += u64::from(alive > self.scenario.workers[scorer]);
        if alive > most {
            Err(format!("{alive} workers of scorer {scorer}, at most {most} are allowed"))
        } else {
            Ok(())
        }
    }

    pub(crate) fn ready(&mut self, worker: WorkerId) {
        if let Some((_, doing @ Doing::Starting)) = self.workers.get_mut(&worker) {
            *doing = Doing::Idle;
        }
    }

    pub(crate) fn done(&mut self, worker: WorkerId, id: CorrelationId) {
        if let Some((_, doing)) = self.workers.get_mut(&worker)
            && *doing == Doing::Busy(id)
        {
            *doing = Doing::Idle;
            self.finished.insert(id);
        }
    }

    pub(crate) fn gone(&mut self, worker: WorkerId, now: f64) {
        if let Some((_, Doing::Busy(id))) = self.workers.remove(&worker)
            && self.deliveries[&id] < self.options.delivery_limit
            && self.having(id).next().is_none()
        {
            self.lost.insert(id, now);
        }
    }

    /// The workers that have a message.
    fn having(&self, id: CorrelationId) -> impl Iterator<Item = WorkerId> {
        self.workers.iter().filter(move |(_, worker)| worker.1 == Doing::Busy(id)).map(|(&worker, _)| worker)
    }

    pub(crate) fn delivered(&mut self, worker: WorkerId, id: CorrelationId, now: f64) -> Result<(), String> {
        match self.workers.get_mut(&worker) {
            Some((_, doing @ Doing::Idle)) => *doing = Doing::Busy(id),
            other => return Err(format!("{id:?} is delivered to worker {worker}, which is {other:?}")),
        }
        self.since.insert(worker, now);
        let late =
            |worker| self.options.hedge_after.is_some_and(|after| now >= self.since[&worker] + after - 0.01);
        let others: Vec<WorkerId> = self.having(id).filter(|&other| other != worker).collect();
        if others.len() > 1 || !others.into_iter().all(late) {
            return Err(format!("two workers have {id:?}"));
        }
        let attempts = self.deliveries.entry(id).or_default();
        *attempts += 1;
        if *attempts > self.options.delivery_limit {
            return Err(format!("{id:?} is delivered {attempts} times"));
        }
        self.lost.remove(&id);
        let Some(&call) = self.requests.get(id.request as usize) else {
            return Err(format!("{id:?} belongs to no call"));
        };
        if !self.waiting.contains(&call) {
            return Err(format!("{id:?} is delivered, and call {call} has ended"));
        }
        let asked = self.calls[&call];
        if asked.due <= now {
            return Err(format!("{id:?} is delivered after its deadline"));
        }
        self.check_order(id, asked, now)
    }

    /// Of messages that no worker has had yet, the one that seems to have come first goes first.
    fn check_order(&self, id: CorrelationId, asked: Call, now: f64) -> Result<(), String> {
        if self.deliveries[&id] > 1 || id.part >= SCORERS.len() as u32 {
            return Ok(());
        }
        let seems = |call: Call| call.at - call.priority * self.options.ageing;
        for (request, call) in
            self.requests.iter().enumerate().filter(|(_, call)| self.waiting.contains(call))
        {
            let other = self.calls[call];
            let message = CorrelationId { request: request as u64, part: id.part };
            let waits = other.asked().contains(&id.part)
                && other.due > now
                && !self.deliveries.contains_key(&message);
            if waits && seems(other) < seems(asked) - 0.01 && !self.scenario.drop_head {
                return Err(format!("{id:?} is delivered before {message:?}"));
            }
        }
        Ok(())
    }

    /// A call with nothing more to come has an answer.
    fn check_spoken(&self) -> Result<(), String> {
        for (request, call) in
            self.requests.iter().enumerate().filter(|(_, call)| self.waiting.contains(call))
        {
            let asked = self.calls[call];
            let finished = |part| self.finished.contains(&CorrelationId { request: request as u64, part });
            if !asked.explain && asked.asked().all(finished) {
                return Err(format!("all scorers have spoken, and call {call} has no answer"));
            }
        }
        Ok(())
    }

    pub(crate) fn told(&mut self, notice: &Notice) {
        if let Notice::Circuit { queue, circuit } = notice {
            self.tally.circuits_opened += u64::from(*circuit == Circuit::Open);
            self.circuits.insert(queue, *circuit);
        }
    }

    pub(crate) fn answered(&mut self, call: u64, answer: Answered<Answer>, now: f64) -> Result<(), String> {
        if call == 0 {
            return Ok(());
        }
        if !self.waiting.remove(&call) {
            return Err(format!("call {call} is answered again, or after it was aborted"));
        }
        let asked = self.calls[&call];
        let in_time = now < asked.due;
        match answer {
            Ok(Answer::Recommendations(list)) => {
                *(if list.complete { &mut self.tally.complete } else { &mut self.tally.partial }) += 1;
                self.check_list(call, asked, &list, in_time)
            }
            Err(Error::Overloaded) => {
                self.tally.overloaded += 1;
                // A queue may also become full by what comes back, or by the request's own second messages.
                let possible = self.scenario.queue_limit < 1000;
                if possible {
                    Ok(())
                } else {
                    Err(format!("call {call} is refused by queues that are not full"))
                }
            }
            Err(Error::Deadline { .. }) if in_time => {
                Err(format!("call {call}: its deadline is yet to come"))
            }
            Err(error) if call == self.probe() => Err(format!("all is calm, and there is an error: {error}")),
            Err(Error::Deadline { .. } | Error::ScorersFailed { .. }) => {
                self.tally.other_errors += 1;
                let innocent = self.scenario.faulty == 0 || self.scenario.faults.0 & !1024 == 0;
                if innocent && asked.deadline >= 5000.0 && self.scenario.queue_limit == 1000 {
                    return Err(format!("call {call} fails where there are no faults"));
                }
                Ok(())
            }
            other => Err(format!("call {call} gets {other:?}")),
        }
    }

    /// A list is the one that those scorers make which are in it, and says which are not.
    fn check_list(
        &mut self,
        call: u64,
        asked: Call,
        list: &Recommendations,
        in_time: bool,
    ) -> Result<(), String> {
        let missing: Vec<&'static str> =
            SCORERS.iter().map(|scorer| scorer.name).filter(|name| list.missing.contains(name)).collect();
        let all = missing.is_empty() && list.unexplained.is_empty();
        if missing.len() != list.missing.len() || list.complete != all {
            return Err(format!("call {call}: missing {:?}, complete {}", list.missing, list.complete));
        }
        if !list.unexplained.is_empty()
            && (!asked.explain || list.unexplained.iter().any(|name| missing.contains(name)))
        {
            return Err(format!("call {call}: {:?} did not say why", list.unexplained));
        }
        let allowed = match asked.wait {
            _ if asked.similar => 0,
            Wait::All => 0,
            Wait::Quorum(_) => 1,
            Wait::Deadline => 2,
        };
        if missing.len() > allowed {
            return Err(format!("call {call}: {missing:?} are missing, and it waits for {:?}", asked.wait));
        }
        let faulty = names(self.scenario.faulty);
        let forgotten = SCORERS.iter().enumerate().find_map(|(part, scorer)| {
            let request = self.requests.iter().position(|&other| other == call)?;
            let lost = self.lost.get(&CorrelationId { request: request as u64, part: part as u32 })?;
            (missing.contains(&scorer.name) && *lost < asked.due - 1000.0).then_some(scorer.name)
        });
        if let Some(name) = forgotten.filter(|_| self.circuits.is_empty() && asked.wait == Wait::Deadline) {
            // With a worker to spare it would have been delivered again at once.
            let starts = self.scenario.faults.0 & (128 | 256 | 512 | 2 | 8 | 64);
            if starts == 0 && self.scenario.spacing >= 40.0 && self.scenario.queue_limit == 1000 {
                return Err(format!("call {call}: what a dead worker of {name} had is not delivered again"));
            }
        }
        if call == self.probe() && !list.complete {
            return Err(format!("all is calm, and {missing:?} are missing"));
        }
        let harmed = missing.iter().any(|name| !faulty.contains(name));
        let patient =
            asked.deadline >= 5000.0 && self.scenario.queue_limit == 1000 && asked.wait == Wait::Deadline;
        if harmed && patient && in_time {
            return Err(format!("call {call}: {missing:?} are missing, but faults are in {faulty:?} alone"));
        }
        let reference = self.reference(asked, missing);
        let same = reference.items.len() == list.items.len()
            && reference
                .items
                .iter()
                .zip(&list.items)
                .all(|(a, b)| a.id == b.id && a.score.to_bits() == b.score.to_bits());
        if same { Ok(()) } else { Err(format!("call {call}: {list:?} is not {reference:?}")) }
    }

    fn reference(&mut self, asked: Call, missing: Vec<&'static str>) -> Recommendations {
        let key = (asked.similar, asked.explain, missing);
        if let Some(list) = self.lists.get(&key) {
            return list.clone();
        }
        let weights = key.2.iter().map(|&name| (name.to_owned(), 0.0)).collect();
        let command = match asked.similar {
            true => Command::Similar(SimilarOptions { item: "2".into(), ..SimilarOptions::default() }),
            false => Command::Recommend(RecommendOptions {
                weights,
                explain: asked.explain,
                ..RecommendOptions::default()
            }),
        };
        let Ok(Answer::Recommendations(list)) = self.reference.call(command) else { panic!("no list") };
        self.lists.insert(key, list.clone());
        list
    }

    pub(crate) fn hold(&self, engine: &Engine) -> Result<(), String> {
        self.check_spoken()?;
        let open = engine.stats().requests.open;
        if open != self.waiting.len() as u64 {
            return Err(format!("{open} requests are open, {} calls wait", self.waiting.len()));
        }
        let full = self.ready_messages(engine).into_iter().any(|ready| {
            // Messages that come back after a death are taken back whatever the limit.
            ready > self.scenario.queue_limit + self.scenario.workers.iter().sum::<usize>() + 3
        });
        if full { Err("a queue holds more than its limit".into()) } else { Ok(()) }
    }

    pub(crate) fn ready_messages(&self, engine: &Engine) -> Vec<usize> {
        engine.stats().queues.iter().map(|queue| queue.queue.ready).collect()
    }

    /// After everybody has behaved for long enough.
    pub(crate) fn all_is_well(&self, engine: &Engine) -> Result<(), String> {
        for (queue, &size) in engine.stats().queues.iter().zip(&self.scenario.workers) {
            let name = queue.queue.name;
            if queue.queue.circuit != Circuit::Closed || queue.workers.len() != size || queue.queue.ready > 0
            {
                return Err(format!("the queue {name} has not recovered: {queue:?}"));
            }
        }
        Ok(())
    }

    pub(crate) fn count(&self, engine: &Engine, tally: &mut Tally) {
        for queue in engine.stats().queues {
            tally.redelivered += queue.queue.counts.redelivered;
            tally.hedged += queue.queue.counts.hedged;
            tally.dead_lettered += queue.queue.counts.dead_lettered;
            tally.restarts += queue.queue.counts.restarts;
        }
        let Tally { complete, partial, overloaded, other_errors, aborted, circuits_opened, spares, .. } =
            self.tally;
        tally.complete += complete;
        tally.partial += partial;
        tally.overloaded += overloaded;
        tally.other_errors += other_errors;
        tally.aborted += aborted;
        tally.circuits_opened += circuits_opened;
        tally.spares += spares;
    }
}
