use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use super::{Host, Told, Transport};
use crate::broker::{Millis, WorkerId};
use crate::engine::{Answer, Command, Engine, Input, LoadOptions, Loaded, StartWorker};
use crate::error::{Error, Result};
use crate::score::message::Header;
use crate::score::{Columns, ScorerService, ScorerSource, ScorerSpec};

/// Scorers beside the engine: a message is a function call.
pub struct InProcess {
    specs: Vec<ScorerSpec>,
    columns: Arc<Columns>,
    fingerprint: u64,
    now: fn() -> Millis,
    workers: Vec<(WorkerId, ScorerService)>,
    /// What has happened, and what is to be processed.
    pending: VecDeque<Pending>,
}

enum Pending {
    Happened(Input),
    Message(WorkerId, Vec<u8>),
}

impl InProcess {
    /// Over what was loaded. `now` times the scorers.
    pub fn new(loaded: &Loaded, columns: Arc<Columns>, now: fn() -> Millis) -> Self {
        InProcess {
            specs: loaded.scorers.clone(),
            columns,
            fingerprint: loaded.fingerprint,
            now,
            workers: Vec::new(),
            pending: VecDeque::new(),
        }
    }

    /// Whether a worker runs here.
    pub fn has(&self, worker: WorkerId) -> bool {
        self.workers.iter().any(|(own, _)| *own == worker)
    }

    /// Whether nothing runs here.
    pub fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }
}

impl Transport for InProcess {
    fn start(&mut self, StartWorker { worker, scorer, .. }: StartWorker) {
        let ScorerSource::BuiltIn(kind) = self.specs[scorer].source;
        self.workers.push((worker, ScorerService::new(kind, self.columns.clone(), self.fingerprint)));
        self.pending.push_back(Pending::Happened(Input::Ready { worker }));
    }

    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>) {
        let mut message = Vec::with_capacity(crate::score::message::HEADER + body.len());
        header.push(&mut message);
        message.extend(&*body);
        self.pending.push_back(Pending::Message(worker, message));
    }

    fn stop(&mut self, worker: WorkerId) {
        self.workers.retain(|(own, _)| *own != worker);
    }

    fn poll(&mut self) -> Option<Input> {
        match self.pending.pop_front()? {
            Pending::Happened(input) => Some(input),
            Pending::Message(worker, message) => {
                let service = self.workers.iter().find(|(own, _)| *own == worker);
                Some(match service.map(|(_, service)| service.handle(&message, self.now)) {
                    Some(Ok(message)) => Input::Reply { worker, message },
                    Some(Err(problem)) => Input::Died { worker, cause: problem.to_string() },
                    None => Input::Died { worker, cause: "it was stopped".into() },
                })
            }
        }
    }
}

/// An engine with its scorers beside it, for the command line and for tests: a call is answered before it returns, and time stands still.
pub type LocalHost = Host<InProcess>;

impl LocalHost {
    /// Loads a catalog and a model, and starts the scorers.
    ///
    /// # Errors
    /// Those of [`Loaded::new`].
    pub fn load(catalog: Vec<u8>, model: Option<&[u8]>, options: &LoadOptions) -> Result<Self> {
        let (loaded, columns) = Loaded::new(catalog, model, options, &mut |_, _| {})?;
        Ok(Self::of(loaded, columns, options))
    }

    /// Starts the scorers of what was loaded.
    pub fn of(loaded: Loaded, columns: Columns, options: &LoadOptions) -> Self {
        let transport = InProcess::new(&loaded, columns.into(), || 0.0);
        let (mut host, _) = Host::new(Engine::new(loaded, options, false), transport, 0.0);
        while host.poll(0.0).is_some() {}
        host
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// The command's.
    pub fn call(&mut self, command: Command) -> Result<Answer> {
        // A call ends before the next begins: none needs an id of its own.
        let mut told = self.handle(Input::Call { call: 0, command }, 0.0);
        while let Some(more) = self.poll(0.0) {
            told.extend(more);
        }
        let answers = told.into_iter().filter_map(|told| match told {
            Told::Answer(_, answer) => Some(answer),
            Told::Notice(_) => None,
        });
        answers.last().unwrap_or_else(|| Err(Error::Internal { reason: "a call without an answer".into() }))
    }
}
