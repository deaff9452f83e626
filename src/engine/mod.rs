//! A request's whole way: commands in, effects out.
//!
//! `handle` takes what happened and the time, and returns what to do. It owns no worker, no port
//! and no timer, so the same code runs in a browser's worker, on the command line, and under a simulator.

mod answer;
mod ask;
mod command;
mod common;
mod continuing;
mod loaded;
mod matching;
mod reason;
mod request;
mod stats;
mod step;
#[cfg(test)]
mod tests;
#[cfg(feature = "unsupervised")]
#[path = "../../benches/overhead/unsupervised.rs"]
mod unsupervised;
mod viewer;

use std::rc::Rc;

pub use answer::{
    Answer, Avoided, Entry, Explanation, GenreProfile, GenreReason, ItemProfile, ItemReason, ProfileAnswer,
    Recommendation, Recommendations, Replayed, Standing,
};
use ask::Asked;
pub use command::{Command, HistoryRange, RecommendOptions, SimilarOptions, Wait, WhyOptions};
use common::Common;
pub use loaded::{Limits, LoadOptions, Loaded, ModelSummary, OnModelError};
pub use matching::{BY_ID, BY_TITLE, BY_YEAR, Found, NEAR_YEAR, Wanted};
pub use reason::{NAMED_FROM, NamedItem, Reason};
use request::{Progress, Request};
pub use stats::{
    CatalogStats, HistoryStats, ModelStats, QueuedDeadLetter, RequestStats, Stats, TimedQueueStats,
    TimedWorkerStats, WorkerTimings,
};
pub use step::Step;
#[cfg(feature = "unsupervised")]
use unsupervised::Broker;
use viewer::Viewer;

#[cfg(not(feature = "unsupervised"))]
use crate::broker::Broker;
use crate::broker::{self, Millis, Notice, Output, QueueOptions, WorkerId};
use crate::error::{Error, Result};
use crate::map::SortedMap;
use crate::score::ScorerId;
use crate::score::message::{Header, Kind};

/// Id of a client call, chosen by the client.
pub type CallId = u64;

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say what their fields are")]
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::large_enum_variant, reason = "an input is handled at once, and not kept")
)]
pub enum Input {
    /// The client asks for something.
    Call { call: CallId, command: Command },
    /// The client does not wait for a call's answer any more.
    Cancel { call: CallId },
    /// A scorer worker is ready for messages.
    Ready { worker: WorkerId },
    /// A scorer's message: the reply to one that was delivered.
    Reply { worker: WorkerId, message: Vec<u8> },
    /// A scorer worker is gone.
    Died { worker: WorkerId, cause: String },
    /// The time of [`Engine::wakes_at`] has come.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say what their fields are")]
pub enum Effect {
    /// The end of a call, exactly once unless it was cancelled.
    Answer { call: CallId, answer: Result<Answer> },
    /// Start a worker for a scorer.
    Start(StartWorker),
    /// Stop a worker.
    Stop { worker: WorkerId },
    /// Tell whoever wants to know.
    Notice(Notice),
    /// Tell whoever follows requests.
    Step(Step),
    /// Give a worker a message: header and body.
    Deliver { worker: WorkerId, header: Header, body: Rc<[u8]> },
}

/// How to start a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartWorker {
    /// The worker.
    pub worker: WorkerId,
    /// What it is to run.
    pub scorer: ScorerId,
    /// How many have died before they were ready: where workers cannot be started, run it here.
    pub failed_starts: u32,
    /// Whether it only takes messages until the first of the scorer's own is ready: run it here.
    pub stand_in: bool,
}

/// The engine: one catalog, its viewers, a queue for each scorer.
#[derive(Debug)]
pub struct Engine {
    loaded: Loaded,
    /// By name; the empty one is of whoever is not named.
    viewers: SortedMap<String, Viewer>,
    broker: Broker<Rc<[u8]>, Vec<u8>>,
    common: Common,
    requests: SortedMap<u64, Request>,
    next_request: u64,
    /// Whether a complete list was made: from then on a request is not given much time for the scorers to start.
    has_listed: bool,
    totals: RequestStats,
    timings: SortedMap<WorkerId, WorkerTimings>,
    /// Whether it tells of each [`Step`].
    debug: bool,
}

impl Engine {
    /// An engine over what was loaded. Until the workers are ready `stand_ins` take their messages, if they may.
    pub fn new(loaded: Loaded, options: &LoadOptions, stand_ins: bool) -> Self {
        let queues = loaded.scorers.iter().map(|spec| QueueOptions {
            name: spec.name.clone(),
            workers: spec.workers.max(1),
            dispatch: options.broker.dispatch.of(&spec.name),
            stand_in: stand_ins && spec.workers > 0 && spec.source.built_in().is_some(),
        });
        Engine {
            viewers: SortedMap::from([(String::new(), Viewer::new(loaded.history_options()))]),
            broker: Broker::new(queues, options.broker.clone()),
            common: Common::default(),
            requests: SortedMap::default(),
            next_request: 0,
            has_listed: false,
            totals: RequestStats::default(),
            timings: SortedMap::default(),
            debug: options.debug,
            loaded,
        }
    }

    /// What was loaded.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Takes over the histories of the engine before it, which knows nobody from then on.
    pub(crate) fn take_over(&mut self, before: &mut Engine) {
        self.viewers = std::mem::take(&mut before.viewers);
        self.viewers.values_mut().for_each(|viewer| viewer.look_anew(self.loaded.history_options()));
    }

    /// Whether no request is open.
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    /// Starts the workers.
    pub fn start(&mut self, now: Millis) -> Vec<Effect> {
        let outputs = self.broker.start(now);
        let mut effects = Vec::new();
        self.apply(outputs, now, &mut effects);
        effects
    }

    /// How many workers have got ready, and how many there are.
    pub fn started(&self) -> (usize, usize) {
        let (starting, all) = self.broker.starting();
        (all - starting, all)
    }

    /// Takes note of what happened at `now` and says what to do.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Call { call, command } => self.call(call, command, now, &mut effects),
            Input::Cancel { call } => self.cancel(call, now, &mut effects),
            Input::Ready { worker } => self.broker(broker::Input::Ready { worker }, now, &mut effects),
            Input::Reply { worker, message } => self.reply(worker, message, now, &mut effects),
            Input::Died { worker, cause } => {
                self.timings.remove(&worker);
                self.broker(broker::Input::Died { worker, cause }, now, &mut effects);
            }
            Input::Tick => {
                // First the requests: their messages expire with them, and nobody waits for those any more.
                let due = |request: &&Request| request.due <= now;
                let due: Vec<u64> = self.requests.values().filter(due).map(|request| request.id).collect();
                for request in due {
                    if let Some(request) = self.requests.get_mut(&request) {
                        request.expire();
                    }
                    self.advance(request, now, &mut effects);
                }
                self.broker(broker::Input::Tick, now, &mut effects);
            }
        }
        effects
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Millis> {
        let requests = self.requests.values().map(|request| request.due);
        let at = requests.chain(self.broker.wakes_at()).min_by(Millis::total_cmp);
        at.filter(|_| !cfg!(feature = "unsupervised"))
    }

    fn reply(&mut self, worker: WorkerId, message: Vec<u8>, now: Millis, effects: &mut Vec<Effect>) {
        let (header, body) = match Header::read(&message) {
            Ok(read) => read,
            Err(problem) => {
                let cause = format!("it said something odd: {problem}");
                effects.push(Effect::Stop { worker });
                return self.broker(broker::Input::Died { worker, cause }, now, effects);
            }
        };
        let busy = if header.milliseconds.is_finite() { header.milliseconds } else { 0.0 };
        self.step(worker, header.id, header.attempt, Some(busy), effects);
        if self.broker.is_alive(worker) {
            self.timings.get_or_insert(worker, WorkerTimings::default()).add(busy);
        }
        let id = header.id;
        let cause = if header.fingerprint != self.loaded.fingerprint {
            "a reply about another catalog or model".to_owned()
        } else if header.kind == Kind::Rejected {
            String::from_utf8_lossy(body).into_owned()
        } else {
            return self.broker(broker::Input::Reply { worker, id, reply: message }, now, effects);
        };
        self.broker(broker::Input::Reject { worker, id, requeue: false, cause }, now, effects);
    }

    fn call(&mut self, call: CallId, command: Command, now: Millis, effects: &mut Vec<Effect>) {
        match command {
            Command::Of(user, command) => self.call_of(call, user, *command, now, effects),
            command => self.call_of(call, String::new(), command, now, effects),
        }
    }

    fn call_of(
        &mut self,
        call: CallId,
        user: String,
        command: Command,
        now: Millis,
        effects: &mut Vec<Effect>,
    ) {
        let answer = match command {
            Command::Record(events) => Self::viewer(&mut self.viewers, user, &self.loaded)
                .record(events, &self.loaded.catalog)
                .map(Answer::Recorded),
            Command::Replay(histories) => {
                let mut all = Replayed::default();
                for (user, lines) in histories {
                    let replayed = Self::viewer(&mut self.viewers, user, &self.loaded).replay(&lines);
                    all.recorded += replayed.recorded;
                    all.damaged += replayed.damaged;
                }
                Ok(Answer::Replayed(all))
            }
            Command::Forget(item) => {
                let viewer = Self::viewer(&mut self.viewers, user, &self.loaded);
                Ok(Answer::Forgotten(viewer.forget(item.as_deref())))
            }
            Command::Match(wanted) => Ok(Answer::Found(matching::found(&wanted, &self.loaded.catalog))),
            Command::History(range) => {
                let viewer = Self::viewer(&mut self.viewers, user, &self.loaded);
                viewer.entries(range, &self.loaded.catalog).map(Answer::History)
            }
            Command::Continue(range) => {
                let viewer = Self::viewer(&mut self.viewers, user, &self.loaded);
                viewer.continues(range, &self.loaded).map(Answer::History)
            }
            Command::Profile => {
                let viewer = Self::viewer(&mut self.viewers, user, &self.loaded);
                Ok(Answer::Profile(viewer.describe(&self.loaded)))
            }
            Command::Stats => {
                let viewer = Self::viewer(&mut self.viewers, user, &self.loaded);
                let history = viewer.stats(&self.loaded.catalog);
                Ok(Answer::Stats(Stats { history, ..self.stats() }))
            }
            Command::Recommend(options) => {
                return self.open(call, user, |asked| asked.recommend(options), now, effects);
            }
            Command::Similar(options) => {
                return self.open(call, user, |asked| asked.similar(options), now, effects);
            }
            Command::Why(options) => return self.open(call, user, |asked| asked.why(options), now, effects),
            Command::Of(..) => Err(Error::Options { reason: "a user of a user".into() }),
        };
        effects.push(Effect::Answer { call, answer });
    }

    /// Whoever has this name; nobody has to be made known.
    #[inline(never)]
    fn viewer<'a>(
        viewers: &'a mut SortedMap<String, Viewer>,
        user: String,
        loaded: &Loaded,
    ) -> &'a mut Viewer {
        viewers.get_or_insert_with(user, || Viewer::new(loaded.history_options()))
    }

    fn open(
        &mut self,
        call: CallId,
        user: String,
        ask: impl FnOnce(Asked) -> Result<Request>,
        now: Millis,
        effects: &mut Vec<Effect>,
    ) {
        let (id, has_listed) = (self.next_request, self.has_listed);
        let profile = Self::viewer(&mut self.viewers, user, &self.loaded).profile(&self.loaded.catalog);
        match ask(Asked { id, call, profile, loaded: &self.loaded, now, has_listed }) {
            Err(error) => {
                self.totals.failed += 1;
                effects.push(Effect::Answer { call, answer: Err(error) });
            }
            Ok(request) if !request.queues(&self.common).all(|queue| self.broker.has_room(queue)) => {
                self.totals.failed += 1;
                effects.push(Effect::Answer { call, answer: Err(Error::Overloaded) });
            }
            Ok(request) => {
                let id = request.id;
                self.next_request += 1;
                self.requests.insert(id, request);
                self.advance(id, now, effects);
            }
        }
    }

    /// Takes a request as far as it goes without waiting.
    fn advance(&mut self, id: u64, now: Millis, effects: &mut Vec<Effect>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        match request.advance(&self.loaded, &mut self.common) {
            Ok(Progress::Waiting) => {}
            Ok(Progress::Publish(messages)) => {
                for (queue, id, envelope, message) in messages {
                    // One of them may have no room, and end the request.
                    if self.requests.contains_key(&id.request) {
                        self.broker(broker::Input::Publish { queue, id, envelope, message }, now, effects);
                    }
                }
            }
            Ok(Progress::Done(recommendations)) => {
                self.has_listed |= recommendations.complete;
                self.totals.partial += u64::from(!recommendations.complete);
                self.totals.settled += 1;
                self.settle(id, Ok(Answer::Recommendations(recommendations)), now, effects);
            }
            Err(error) => {
                self.totals.failed += 1;
                self.settle(id, Err(error), now, effects);
            }
        }
    }

    fn settle(&mut self, id: u64, answer: Result<Answer>, now: Millis, effects: &mut Vec<Effect>) {
        if let Some(request) = self.requests.remove(&id) {
            self.broker(broker::Input::Cancel { request: id }, now, effects);
            effects.push(Effect::Answer { call: request.call, answer });
        }
    }

    fn cancel(&mut self, call: CallId, now: Millis, effects: &mut Vec<Effect>) {
        let open = self.requests.values().find(|request| request.call == call).map(|request| request.id);
        if let Some(request) = open.and_then(|id| self.requests.remove(&id)) {
            self.totals.aborted += 1;
            self.broker(broker::Input::Cancel { request: request.id }, now, effects);
        }
    }

    fn broker(&mut self, input: broker::Input<Rc<[u8]>, Vec<u8>>, now: Millis, effects: &mut Vec<Effect>) {
        let outputs = self.broker.handle(input, now);
        self.apply(outputs, now, effects);
    }

    fn apply(&mut self, outputs: Vec<Output<Rc<[u8]>, Vec<u8>>>, now: Millis, effects: &mut Vec<Effect>) {
        for output in outputs {
            match output {
                Output::Start { worker, queue, failed_starts, stand_in } => {
                    effects.push(Effect::Start(StartWorker {
                        worker,
                        scorer: queue,
                        failed_starts,
                        stand_in,
                    }));
                }
                Output::Stop { worker } => {
                    self.timings.remove(&worker);
                    effects.push(Effect::Stop { worker });
                }
                Output::Deliver { worker, id, attempt, message } => {
                    self.step(worker, id, attempt, None, effects);
                    let due = self.requests.get(&id.request).map_or(now, |request| request.due);
                    let header = Header {
                        kind: request::kind(id),
                        fingerprint: self.loaded.fingerprint,
                        id,
                        attempt,
                        milliseconds: (due - now).max(0.0),
                    };
                    effects.push(Effect::Deliver { worker, header, body: message });
                }
                Output::Notice(notice) => effects.push(Effect::Notice(notice)),
                Output::Settled { id, outcome } => {
                    if let Some(request) = self.requests.get_mut(&id.request) {
                        request.settled(id, outcome, &self.loaded, &mut self.common);
                    }
                    self.advance(id.request, now, effects);
                }
            }
        }
    }

    /// How the queues and workers are doing; the history is that of whoever is not named.
    pub fn stats(&self) -> Stats {
        let dead_letters = self.broker.dead_letters();
        let timing = |worker: WorkerId| self.timings.get(&worker).copied().unwrap_or_default();
        Stats {
            catalog: CatalogStats::new(&self.loaded),
            model: ModelStats::new(&self.loaded),
            history: self
                .viewers
                .get("")
                .map(|viewer| viewer.stats(&self.loaded.catalog))
                .unwrap_or_default(),
            requests: RequestStats { open: self.requests.len() as u64, ..self.totals },
            queues: self.broker.stats().map(|queue| TimedQueueStats::new(queue, timing)).collect(),
            dead_letters: dead_letters
                .map(|(queue, letter)| QueuedDeadLetter { queue: queue.clone(), letter: letter.clone() })
                .collect(),
            unmatched: self.broker.unmatched(),
        }
    }
}
