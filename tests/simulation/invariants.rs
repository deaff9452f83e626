use std::collections::BTreeMap;
use watchnext::broker::{
    BrokerOptions, Circuit, CorrelationId, DeadLetterReason, Notice, QueueStats, WorkerId,
};
use watchnext::engine::{Answer, Command, Engine, Loaded};
use watchnext::error::{Error, Result as Answered};
use watchnext::history::{Event, EventKind};
use watchnext::rank::{FilterOptions, weights};
use watchnext::score::{BUILT_IN, Columns, Domain, POPULARITY, ScorerSpec};

use crate::calls::{Call, EXPLAINING, Part, PerScorer, SCORERS, SCORING};
use crate::messages::Messages;
use crate::reference::Reference;
use crate::scenario::Scenario;
use crate::tally::Tally;
use crate::workers::{Spoke, Workers};

/// What must always hold. It follows each message, worker and call by what goes in and comes out, and knows so what has to come
/// out next, whatever faults there are.
pub(crate) struct Invariants {
    scenario: Scenario,
    options: BrokerOptions,
    specs: Vec<ScorerSpec>,
    /// In how many messages each scorer is asked for its scores.
    shards: PerScorer<usize>,
    /// Whether what popularity says, which is the same for everybody, is known.
    popularity_is_known: bool,
    reference: Reference,
    /// Those that have no answer yet.
    calls: BTreeMap<u64, Call>,
    /// The call of each request. Requests are numbered as they are let in.
    requests: Vec<u64>,
    /// Requests that ended in this step, and when they were due.
    ended: BTreeMap<u64, f64>,
    messages: Messages,
    workers: Workers,
    events: Vec<Event>,
    /// Answers that come at once.
    at_once: BTreeMap<u64, Answered<Answer>>,
    ticked: bool,
    now: f64,
    pub(crate) tally: Tally,
}

impl Invariants {
    pub(crate) fn new(scenario: Scenario, (loaded, columns): (Loaded, Columns)) -> Self {
        let shards = |scorer: usize| match loaded.scorers[scorer].domain {
            Domain::Items => {
                (loaded.catalog.len() / scenario.shard_items).min(scenario.workers[scorer]).max(1)
            }
            Domain::GenreSets => 1,
        };
        Invariants {
            scenario,
            options: scenario.broker(),
            specs: loaded.scorers.clone(),
            shards: std::array::from_fn(shards),
            popularity_is_known: false,
            reference: Reference::new(loaded, columns, scenario.calls + 1),
            calls: BTreeMap::new(),
            requests: Vec::new(),
            ended: BTreeMap::new(),
            messages: Messages::default(),
            workers: Workers::new(&scenario),
            events: Vec::new(),
            at_once: BTreeMap::new(),
            ticked: false,
            now: 0.0,
            tally: Tally::default(),
        }
    }

    /// The number of the call that is made when all is calm.
    pub(crate) fn probe(&self) -> u64 {
        self.scenario.calls as u64 + 1
    }

    pub(crate) fn open(&self) -> bool {
        !self.calls.is_empty()
    }

    pub(crate) fn begin_step(&mut self, now: f64) {
        self.now = now;
        self.ticked = false;
        self.ended.clear();
        self.messages.begin_step();
        self.workers.begin_step();
    }

    /// Something is recorded, or asked that no scorer is asked for.
    pub(crate) fn told(&mut self, call: u64, command: &Command) {
        match command {
            Command::Record(events) => {
                self.tally.count("recorded");
                self.tally.add("recorded while calls are open", u64::from(self.open()));
                let removed = events.iter().filter(|event| event.kind == EventKind::Remove).count();
                self.tally.add("removed", removed as u64);
                self.events.extend(events.iter().cloned());
            }
            _ => self.tally.count("profiles"),
        }
        let answer = self.reference.call(call, command).expect("is answered at once");
        self.at_once.insert(call, answer);
    }

    pub(crate) fn called(&mut self, number: u64, command: Command) {
        self.count_question(&command);
        let popular = self.wants_popularity(&command);
        let answer = self.reference.call(number, &command);
        let mut asked = self.reference.asked(number);
        asked[POPULARITY] = popular;
        let known = std::array::from_fn(|scorer| scorer == POPULARITY && popular && self.popularity_is_known);
        let messages: PerScorer<usize> =
            std::array::from_fn(
                |scorer| if asked[scorer] && !known[scorer] { self.shards[scorer] } else { 0 },
            );
        let mut call = Call::new(number, command, self.now, self.events.len());
        call.expected = answer;
        let rejects = !self.scenario.drop_head;
        let full =
            |queue: usize| messages[queue] > 0 && self.messages.ready(queue) >= self.scenario.queue_limit;
        if let Some(answer) = &call.expected {
            self.tally.count(if answer.is_ok() { "nobody asked" } else { "unknown item" });
        } else if rejects && (0..SCORERS).any(full) {
            self.tally.count("OVERLOADED when called");
            self.reference.forget(number);
            call.expected = Some(Err(Error::Overloaded));
        }
        if !matches!(call.expected, Some(Err(_))) {
            call.request = Some(self.requests.len() as u64);
            self.requests.push(number);
        }
        call.ask(messages, known);
        let waits = call.waits();
        if call.expected.is_none() {
            for (queue, &shards) in messages.iter().enumerate() {
                self.tally.add("sharded", u64::from(shards > 1));
                for shard in 0..shards {
                    self.messages.publish(&call, queue, SCORING, shard, self.now, self.options.ageing);
                }
            }
        }
        self.calls.insert(number, call);
        if !waits {
            self.advance(number);
        }
    }

    /// Whether a question gives popularity a weight.
    fn wants_popularity(&mut self, command: &Command) -> bool {
        match command {
            Command::Recommend(options) => {
                let weights = weights(&self.specs, self.reference.known(), &options.weights);
                weights.is_ok_and(|weights| weights[POPULARITY] != 0)
            }
            _ => false,
        }
    }

    fn count_question(&mut self, command: &Command) {
        let filter = match command {
            Command::Recommend(options) => {
                self.tally.add("weighted", u64::from(!options.weights.is_empty()));
                &options.filter
            }
            Command::Similar(options) => {
                self.tally.count("similar");
                &options.filter
            }
            _ => return,
        };
        self.tally.add("filtered", u64::from(*filter != FilterOptions::default()));
    }

    pub(crate) fn aborted(&mut self, number: u64) {
        if let Some(call) = self.calls.remove(&number) {
            self.tally.count("aborted");
            self.reference.forget(number);
            self.end(&call);
        }
    }

    fn end(&mut self, call: &Call) {
        if let Some(request) = call.request {
            self.messages.end_request(request);
            self.ended.insert(request, call.due);
        }
    }

    /// Works out what must come of a call whose message has ended, or whose time is up.
    fn advance(&mut self, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let reasons = call.advance(&mut self.reference);
        for queue in (0..SCORERS).filter(|&queue| reasons[queue]) {
            self.messages.publish(call, queue, EXPLAINING, 0, self.now, self.options.ageing);
        }
    }

    /// The timer goes off.
    pub(crate) fn tick(&mut self) {
        self.ticked = true;
        let due = self.calls.values_mut().filter(|call| call.due <= self.now);
        let due: Vec<u64> = due.map(|call| (call.expire(), call.number).1).collect();
        due.into_iter().for_each(|call| self.advance(call));
        self.workers.tick(self.now);
    }

    pub(crate) fn started(&mut self, worker: WorkerId, queue: usize, stand_in: bool) -> Result<(), String> {
        let spare = self.workers.started(worker, queue, stand_in, self.now)?;
        self.tally.add("spares", u64::from(spare && !stand_in));
        self.tally.add("stand-ins", u64::from(stand_in));
        Ok(())
    }

    pub(crate) fn ready(&mut self, worker: WorkerId) {
        self.workers.ready(worker);
    }

    pub(crate) fn replied(&mut self, worker: WorkerId, id: CorrelationId, readable: bool) {
        let part = if readable { Part::Here } else { Part::Missing(DeadLetterReason::Rejected) };
        if let Some(Spoke::OfItsMessage) = self.workers.spoke(worker, id, true)
            && self.messages.end(id)
        {
            let number = self.requests[id.request as usize];
            let call = self.calls.get_mut(&number).expect("its messages end with it");
            call.ended(id, part);
            self.popularity_is_known |= call.has_scores_of(POPULARITY);
            self.advance(number);
        }
    }

    pub(crate) fn refused(&mut self, worker: WorkerId, id: CorrelationId) {
        if let Some(Spoke::OfItsMessage) = self.workers.spoke(worker, id, false) {
            self.messages.refused_by_worker(id);
        }
    }

    pub(crate) fn gone(&mut self, worker: WorkerId, stopped: bool) -> Result<(), String> {
        let message = self.workers.gone(worker, stopped, self.now)?;
        if let Some(id) = message.filter(|&id| !self.workers.has(id)) {
            self.messages.give_back(id);
        }
        Ok(())
    }

    pub(crate) fn delivered(
        &mut self,
        worker: WorkerId,
        id: CorrelationId,
        attempt: u32,
    ) -> Result<(), String> {
        // In one step a message may push out another of its call, which ends with that, and be delivered all the same.
        let due = match self.ended.get(&id.request) {
            Some(&due) => due,
            None => {
                self.messages.deliver(id, attempt, self.options.delivery_limit)?;
                self.messages.get(id).map_or(0.0, |message| message.due)
            }
        };
        if due <= self.now {
            return Err(format!("{id:?} is delivered after its deadline"));
        }
        self.workers.deliver(worker, id, attempt, due, self.now)
    }

    pub(crate) fn noticed(&mut self, notice: &Notice) -> Result<(), String> {
        let place = |name: &str| BUILT_IN.iter().position(|scorer| scorer.name == name).expect("a scorer");
        match notice {
            Notice::Circuit { queue, circuit } => {
                self.tally.add("circuits opened", u64::from(*circuit == Circuit::Open));
                self.workers.breakers[place(queue)].told(*circuit, self.now)
            }
            Notice::WorkerRestart { queue, worker, cause } if !self.scenario.is_faulty(place(queue)) => {
                Err(format!("worker {worker} of {queue} dies of the faults of others: {cause}"))
            }
            Notice::WorkerRestart { .. } => Ok(()),
            Notice::DeadLetter { queue, id, letter } => self.given_up(place(queue), *id, letter.reason),
        }
    }

    fn given_up(&mut self, queue: usize, id: CorrelationId, reason: DeadLetterReason) -> Result<(), String> {
        self.tally.count(match reason {
            DeadLetterReason::DeliveryLimit => "lost to the delivery limit",
            DeadLetterReason::Rejected => "rejected",
            DeadLetterReason::Expired => "expired",
            DeadLetterReason::MaxLength if self.scenario.drop_head => "dropped",
            DeadLetterReason::MaxLength => "refused",
            DeadLetterReason::NoWorker => "without a worker",
        });
        // In one step a call may end before its last messages are given up.
        if self.ended.contains_key(&id.request) {
            return Ok(());
        }
        let number = self.requests.get(id.request as usize).copied();
        let Some(call) = number.and_then(|number| self.calls.get_mut(&number)) else {
            return Err(format!("{id:?} is given up, and its call has ended"));
        };
        // It may also be asked for reasons when it is due: what it asks then is never run.
        if call.expected.is_some() && call.due <= self.now && self.messages.get(id).is_none() {
            return Ok(());
        }
        let hopeless = self.workers.hopeless(queue);
        self.messages.give_up(id, reason, hopeless, &self.options, self.now)?;
        call.ended(id, Part::Missing(reason));
        let number = call.number;
        self.advance(number);
        Ok(())
    }

    pub(crate) fn answered(&mut self, number: u64, answer: &Answered<Answer>) -> Result<(), String> {
        if let Some(expected) = self.at_once.remove(&number) {
            let same = *answer == expected;
            return if same { Ok(()) } else { Err(format!("{answer:?} is not {expected:?}")) };
        }
        let Some(call) = self.calls.remove(&number) else {
            return Err(format!("call {number} is answered again, or after it was aborted"));
        };
        call.check(answer, &self.events, self.now)?;
        self.end(&call);
        match answer {
            Ok(Answer::Recommendations(list)) => {
                if number == self.probe() && !list.complete {
                    return Err(format!("all is calm, and {:?} are missing", list.missing));
                }
                self.tally.count(if list.complete { "complete" } else { "partial" });
                self.tally.add("empty", u64::from(list.items.is_empty()));
                if list.items.iter().any(|item| item.explanation.is_some()) {
                    let all = list.unexplained.is_empty();
                    self.tally.count(if all { "explained" } else { "explained in part" });
                }
            }
            Err(error) if number == self.probe() => {
                return Err(format!("all is calm, and there is an error: {error}"));
            }
            Err(Error::Overloaded) => self.tally.add("OVERLOADED later", u64::from(call.request.is_some())),
            Err(Error::Deadline { .. }) => self.tally.count("DEADLINE"),
            Err(Error::ScorersFailed { .. }) => self.tally.count("SCORERS_FAILED"),
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn end_step(&mut self, engine: &Engine) -> Result<(), String> {
        let due = self.calls.values().find(|call| call.expected.is_some());
        if let Some(Call { number, expected, .. }) = due {
            return Err(format!("call {number} has no answer; due is {expected:?}"));
        }
        if let Some((number, _)) = self.at_once.first_key_value() {
            return Err(format!("call {number} has no answer"));
        }
        let stats = engine.stats();
        if stats.requests.open != self.calls.len() as u64 {
            return Err(format!("{:?}, and {} calls wait", stats.requests, self.calls.len()));
        }
        let wakes_at = engine.wakes_at().unwrap_or(f64::INFINITY);
        if let Some(call) = self.calls.values().find(|call| call.due < wakes_at) {
            return Err(format!("{wakes_at} is too late for call {}", call.number));
        }
        self.messages.end_step(&self.options)?;
        let queues: Vec<QueueStats> = stats.queues.into_iter().map(with_workers).collect();
        let times = (self.ticked, wakes_at, self.now);
        self.workers.end_step(&queues, &self.messages, times, &mut self.tally)
    }

    /// After everybody has behaved for long enough.
    pub(crate) fn all_is_well(&mut self, engine: &Engine) -> Result<(), String> {
        for (queue, &size) in engine.stats().queues.iter().zip(&self.scenario.workers) {
            let counts = queue.queue.counts;
            self.tally.add("redelivered", counts.redelivered);
            self.tally.add("hedged", counts.hedged);
            self.tally.add("restarts", counts.restarts);
            // What nobody asks any more cannot show that it is well again: what everybody watches is asked for once.
            let is_asked_no_more = &*queue.queue.name == "popularity"
                && queue.queue.circuit == Circuit::HalfOpen
                && counts.acknowledged > 0;
            let queue_is_well = queue.queue.circuit == Circuit::Closed && queue.workers.len() == size;
            if queue.queue.ready > 0 || !queue_is_well && !is_asked_no_more {
                return Err(format!("a queue has not recovered: {queue:?}"));
            }
        }
        Ok(())
    }
}

fn with_workers(queue: watchnext::engine::TimedQueueStats) -> QueueStats {
    QueueStats { workers: queue.workers.into_iter().map(|worker| worker.worker).collect(), ..queue.queue }
}
