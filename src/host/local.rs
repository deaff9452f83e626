use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use super::{Host, Told, Transport};
use crate::broker::{Millis, WorkerId};
use crate::engine::{Answer, Command, Engine, Input, LoadOptions, Loaded, StartWorker};
use crate::error::{Error, Result};
use crate::score::message::Header;
use crate::score::{Columns, ScorerService, ScorerSpec};

/// Scorers beside the engine: a message is a function call, which is made when the next input is asked for.
pub struct InProcess {
    specs: Vec<ScorerSpec>,
    fingerprint: u64,
    now: fn() -> Millis,
    workers: Vec<(WorkerId, ScorerService)>,
    pending: VecDeque<Pending>,
}

enum Pending {
    Ready(WorkerId),
    Message(WorkerId, Vec<u8>),
}

impl InProcess {
    /// For what was loaded. `now` times the scorers.
    pub fn new(loaded: &Loaded, now: fn() -> Millis) -> Self {
        let (specs, fingerprint) = (loaded.scorers.clone(), loaded.fingerprint);
        InProcess { specs, fingerprint, now, workers: Vec::new(), pending: VecDeque::new() }
    }

    /// Whether a worker runs here.
    pub fn has(&self, worker: WorkerId) -> bool {
        self.workers.iter().any(|(own, _)| *own == worker)
    }

    /// Starts a worker over these columns.
    pub fn start(&mut self, StartWorker { worker, scorer, .. }: StartWorker, columns: Arc<Columns>) {
        // One of a page's own is where there is JavaScript; here nothing is heard of it.
        let Some(kind) = self.specs[scorer].source.built_in() else { return };
        self.workers.push((worker, ScorerService::new(kind, columns, self.fingerprint)));
        self.pending.push_back(Pending::Ready(worker));
    }

    /// Gives a worker a message.
    pub fn deliver(&mut self, worker: WorkerId, header: Header, body: &[u8]) {
        self.pending.push_back(Pending::Message(worker, header.message(body)));
    }

    /// Stops a worker.
    pub fn stop(&mut self, worker: WorkerId) {
        self.workers.retain(|(own, _)| *own != worker);
    }

    /// Does what is to be done next; what came of it.
    pub fn poll(&mut self) -> Option<Input> {
        match self.pending.pop_front()? {
            Pending::Ready(worker) => Some(Input::Ready { worker }),
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

/// [`InProcess`], and the last answer for whoever waits for it.
pub struct Local {
    scorers: InProcess,
    columns: Arc<Columns>,
    answer: Option<Result<Answer>>,
}

impl Transport for Local {
    fn start(&mut self, start: StartWorker) {
        self.scorers.start(start, self.columns.clone());
    }

    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>) {
        self.scorers.deliver(worker, header, &body);
    }

    fn stop(&mut self, worker: WorkerId) {
        self.scorers.stop(worker);
    }

    fn tell(&mut self, told: Told) {
        if let Told::Answer(_, answer) = told {
            self.answer = Some(answer);
        }
    }

    fn poll(&mut self) -> Option<Input> {
        self.scorers.poll()
    }
}

/// An engine with its scorers beside it, for the command line and for tests: a call is answered before it returns, and time stands still.
pub type LocalHost = Host<Local>;

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
        let local = Local { scorers: InProcess::new(&loaded, || 0.0), columns: columns.into(), answer: None };
        let mut host = Host::new(Engine::new(loaded, options, false), local, 0.0);
        while host.poll(0.0) {}
        host
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// The command's.
    pub fn call(&mut self, command: Command) -> Result<Answer> {
        // A call ends before the next begins: none needs an id of its own.
        self.handle(Input::Call { call: 0, command }, 0.0);
        while self.poll(0.0) {}
        let nothing = || Err(Error::Internal { reason: "a call without an answer".into() });
        self.transport().answer.take().unwrap_or_else(nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogReader;
    use crate::engine::RecommendOptions;
    use crate::history::{Event, EventKind};

    #[test]
    fn a_list_without_a_history_waits_for_no_terms() {
        let options = LoadOptions::default();
        let mut reader = CatalogReader::new(&options.catalog()).expect("good options");
        reader
            .push(br#"[{"id": 1, "title": "Heat"}, {"id": 2, "title": "Heat 2"}, {"id": 3, "title": "Up"}]"#)
            .expect("reads");
        let read = reader.finish().expect("reads");
        let (loaded, columns) = Loaded::join(read, None, &options).expect("loads");
        let mut host = LocalHost::of(loaded, columns, &options);
        let recommended = |host: &mut LocalHost| {
            let list = host.call(Command::Recommend(RecommendOptions::default())).expect("a list");
            let Answer::Recommendations(list) = list else { panic!("a list") };
            list.items.len()
        };
        assert_eq!((recommended(&mut host), host.transport().columns.terms.are_made()), (3, false));
        host.call(Command::Record(vec![Event::new("1", EventKind::Watch, 0.0)])).expect("records");
        assert_eq!((recommended(&mut host), host.transport().columns.terms.are_made()), (2, true));
    }
}
