//! A request's whole way: commands in, effects out.
//!
//! `handle` takes what happened and the time, and returns what to do. It owns no worker, no port
//! and no timer, so the same code runs in a browser's worker, on the command line, and under a simulator.

mod answer;
mod loaded;
mod local;
mod reason;
mod request;
#[cfg(test)]
mod tests;
#[cfg(feature = "unsupervised")]
#[path = "../../benches/overhead/unsupervised.rs"]
mod unsupervised;
mod viewer;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use answer::{
    Answer, Avoided, CatalogStats, Explanation, GenreProfile, GenreReason, HistoryStats, ItemProfile,
    ItemReason, ModelStats, ProfileAnswer, QueuedDeadLetter, Recommendation, Recommendations, RequestStats,
    Stats, TimedQueueStats, TimedWorkerStats, WorkerTimings,
};
pub use loaded::{Limits, LoadOptions, Loaded, LoadingPhase, ModelSummary, OnModelError};
pub use local::LocalEngine;
pub use reason::{NAMED_FROM, NamedItem, Reason, Shares};
use request::{Progress, Request};
#[cfg(feature = "unsupervised")]
use unsupervised::Broker;
use viewer::Viewer;

#[cfg(not(feature = "unsupervised"))]
use crate::broker::Broker;
use crate::broker::{self, CorrelationId, Millis, Notice, Output, QueueOptions, WorkerId};
use crate::error::{Error, Result};
use crate::protocol::Command;
use crate::score::SCORERS;

/// A call of the client's; its own number.
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
    /// A scorer's reply, and how many milliseconds it took.
    Reply { worker: WorkerId, id: CorrelationId, body: Vec<u8>, busy: Millis },
    /// A scorer could not read a message.
    Reject { worker: WorkerId, id: CorrelationId, cause: String },
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
    /// Start a worker for a scorer, a place in [`SCORERS`]. `failed_starts` is how many have died before they were ready:
    /// where workers cannot be started, run it here.
    Start { worker: WorkerId, scorer: usize, failed_starts: u32 },
    /// Stop a worker.
    Stop { worker: WorkerId },
    /// Tell whoever wants to know.
    Notice(Notice),
    /// Give a worker a message, for the so many-th time.
    Deliver { worker: WorkerId, id: CorrelationId, attempt: u32, body: Rc<[u8]> },
}

/// The engine: one catalog, one viewer, a queue for each scorer.
#[derive(Debug)]
pub struct Engine {
    loaded: Loaded,
    viewer: Viewer,
    broker: Broker<Rc<[u8]>, Vec<u8>>,
    requests: BTreeMap<u64, Request>,
    next_request: u64,
    /// Whether a complete list was made: from then on a request is not given much time for the scorers to start.
    has_listed: bool,
    totals: RequestStats,
    timings: BTreeMap<WorkerId, WorkerTimings>,
}

impl Engine {
    /// An engine over what was loaded, with so many workers for each of [`SCORERS`].
    pub fn new(loaded: Loaded, workers: [usize; SCORERS.len()], options: &LoadOptions) -> Self {
        let queues = SCORERS.iter().zip(workers).map(|(scorer, workers)| {
            let dispatch = options.broker.dispatch.of(scorer.name);
            QueueOptions { name: scorer.name, workers, dispatch }
        });
        Engine {
            viewer: Viewer::new(loaded.history_options()),
            broker: Broker::new(queues, options.broker.clone()),
            requests: BTreeMap::new(),
            next_request: 0,
            has_listed: false,
            totals: RequestStats::default(),
            timings: BTreeMap::new(),
            loaded,
        }
    }

    /// What was loaded.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
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
            Input::Reply { worker, id, body, busy } => {
                if self.broker.is_alive(worker) {
                    self.timings.entry(worker).or_default().add(busy);
                }
                self.broker(broker::Input::Reply { worker, id, reply: body }, now, &mut effects);
            }
            Input::Reject { worker, id, cause } => {
                self.broker(broker::Input::Reject { worker, id, requeue: false, cause }, now, &mut effects);
            }
            Input::Died { worker, cause } => {
                self.timings.remove(&worker);
                self.broker(broker::Input::Died { worker, cause }, now, &mut effects);
            }
            Input::Tick => {
                // First the requests: their messages expire with them, and nobody waits for those any more.
                let due = |request: &&Request| request.due <= now;
                let due: Vec<u64> = self.requests.values().filter(due).map(|request| request.id).collect();
                for request in due {
                    self.advance(request, Request::expire, now, &mut effects);
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

    fn call(&mut self, call: CallId, command: Command, now: Millis, effects: &mut Vec<Effect>) {
        let answer = match command {
            Command::Record(events) => self.viewer.record(events, &self.loaded.catalog).map(Answer::Recorded),
            Command::Profile => Ok(Answer::Profile(self.viewer.describe(&self.loaded))),
            Command::Stats => Ok(Answer::Stats(self.stats())),
            Command::Recommend(options) => {
                let profile = self.viewer.profile(&self.loaded.catalog);
                let id = self.next_request;
                let (blend, has_listed) = (&self.loaded.blend, self.has_listed);
                let request = Request::recommend(id, call, options, profile, blend, now, has_listed);
                return self.open(call, request, now, effects);
            }
            Command::Similar(options) => {
                let profile = self.viewer.profile(&self.loaded.catalog);
                let (id, has_listed) = (self.next_request, self.has_listed);
                let request = Request::similar(id, call, options, &profile, &self.loaded, now, has_listed);
                return self.open(call, request, now, effects);
            }
            Command::Why(options) => {
                let profile = self.viewer.profile(&self.loaded.catalog);
                let (id, has_listed) = (self.next_request, self.has_listed);
                let request = Request::why(id, call, options, profile, &self.loaded, now, has_listed);
                return self.open(call, request, now, effects);
            }
        };
        effects.push(Effect::Answer { call, answer });
    }

    fn open(&mut self, call: CallId, request: Result<Request>, now: Millis, effects: &mut Vec<Effect>) {
        match request {
            Err(error) => {
                self.totals.failed += 1;
                effects.push(Effect::Answer { call, answer: Err(error) });
            }
            Ok(request) if !request.queues().all(|queue| self.broker.has_room(queue)) => {
                self.totals.failed += 1;
                effects.push(Effect::Answer { call, answer: Err(Error::Overloaded) });
            }
            Ok(request) => {
                let id = request.id;
                self.next_request += 1;
                self.requests.insert(id, request);
                self.advance(id, |_| (), now, effects);
            }
        }
    }

    /// Lets something happen to a request, then takes it as far as it goes without waiting.
    fn advance(
        &mut self,
        id: u64,
        happen: impl FnOnce(&mut Request),
        now: Millis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        happen(request);
        match request.advance(&self.loaded) {
            Ok(Progress::Waiting) => {}
            Ok(Progress::Publish(messages)) => {
                for (queue, id, envelope, message) in messages {
                    self.broker(broker::Input::Publish { queue, id, envelope, message }, now, effects);
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
                Output::Start { worker, queue, failed_starts } => {
                    effects.push(Effect::Start { worker, scorer: queue, failed_starts });
                }
                Output::Stop { worker } => {
                    self.timings.remove(&worker);
                    effects.push(Effect::Stop { worker });
                }
                Output::Deliver { worker, id, attempt, message } => {
                    effects.push(Effect::Deliver { worker, id, attempt, body: message });
                }
                Output::Notice(notice) => effects.push(Effect::Notice(notice)),
                Output::Settled { id, outcome } => {
                    let items = self.loaded.catalog.len();
                    self.advance(id.request, |request| request.settled(id, outcome, items), now, effects);
                }
            }
        }
    }

    /// How the queues and workers are doing.
    pub fn stats(&self) -> Stats {
        let dead_letters = self.broker.dead_letters();
        Stats {
            catalog: CatalogStats::new(&self.loaded),
            model: ModelStats::new(&self.loaded),
            history: self.viewer.stats(&self.loaded.catalog),
            requests: RequestStats { open: self.requests.len() as u64, ..self.totals },
            queues: self.broker.stats().map(|queue| TimedQueueStats::new(queue, &self.timings)).collect(),
            dead_letters: dead_letters
                .map(|(queue, letter)| QueuedDeadLetter { queue, letter: letter.clone() })
                .collect(),
            strangers: self.broker.strangers(),
        }
    }
}
