use std::cell::OnceCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::columns::Kept;
use super::message::{FromEngine, FromWorker, Mode, StartScorer};
use super::own::{Own, OwnService};
use super::worker::{Heard, ScorerWorker, Spawn};
use super::{globals, lock};
use crate::broker::WorkerId;
use crate::engine::{Input, Loaded, StartWorker};
use crate::error::ErrorMessage;
use crate::host::{Generation, InProcess, Told, Transport};
use crate::json::{ToJson, to_json};
use crate::score::message::Header;
use crate::score::{Columns, OwnScorer, ScorerId, ScorerSource, ScorerSpec};

/// Tells what is heard of a worker.
pub(super) type Listen = Rc<dyn Fn(WorkerId, Heard)>;

/// Scorers in workers of their own; where that has failed, or is not wanted, beside the engine.
pub(super) struct Ports {
    post: Function,
    /// In a worker of its own, that which starts others.
    spawn: Option<Rc<Spawn>>,
    listen: Listen,
    specs: Vec<ScorerSpec>,
    fingerprint: u64,
    columns: Kept,
    own: Own,
    /// Of the engine: workers of several are there side by side.
    generation: Generation,
    workers: Vec<Running>,
    here: InProcess,
    /// What the last worker of each scorer died of.
    causes: Vec<Option<String>>,
    /// Which scorers run where the engine runs.
    is_here: Vec<bool>,
    /// Of workers that could not be started.
    failed: VecDeque<Input>,
}

/// A worker that has been started.
struct Running {
    id: WorkerId,
    scorer: ScorerId,
    place: Place,
    is_ready: bool,
}

/// Where a scorer runs.
enum Place {
    Worker(ScorerWorker),
    /// One of the page's own beside the engine, once its module is there, or on the page.
    Here(Rc<OnceCell<OwnService>>),
}

impl Ports {
    pub(super) fn new(
        post: Function,
        spawn: Option<Rc<Spawn>>,
        listen: Listen,
        loaded: &Loaded,
        columns: Columns,
        own: Own,
        generation: Generation,
    ) -> Self {
        Ports {
            post,
            spawn,
            listen,
            specs: loaded.scorers.clone(),
            fingerprint: loaded.fingerprint,
            columns: Kept::new(columns),
            own,
            generation,
            workers: Vec::new(),
            here: InProcess::new(loaded, globals::now),
            causes: vec![None; loaded.scorers.len()],
            is_here: loaded.scorers.iter().map(|spec| spec.workers == 0).collect(),
            failed: VecDeque::new(),
        }
    }

    /// What there is for the engine in what was heard.
    pub(super) fn hear(&mut self, id: WorkerId, heard: Heard) -> Option<Input> {
        let place = self.workers.iter().position(|running| running.id == id)?;
        match heard {
            Heard::Said(FromWorker::Loaded) => {
                let started = self.become_scorer(place);
                started.err().map(|cause| self.lose(place, cause))
            }
            Heard::Said(FromWorker::Ready) => {
                let running = &mut self.workers[place];
                running.is_ready = true;
                self.tidy();
                let running = &self.workers[place];
                if let Place::Here(_) = running.place {
                    return Some(Input::Ready { worker: id });
                }
                let (listen, name) = (self.listen.clone(), self.lock_of(id));
                lock::on_release(&name, move || listen(id, Heard::Died("it ended".into())));
                Some(Input::Ready { worker: id })
            }
            Heard::Reply(message) => Some(Input::Reply { worker: id, message }),
            Heard::Said(FromWorker::Died(cause)) | Heard::Died(cause) => Some(self.lose(place, cause)),
        }
    }

    fn become_scorer(&mut self, place: usize) -> Result<(), String> {
        let (id, scorer) = (self.workers[place].id, self.workers[place].scorer);
        let source = self.specs[scorer].source.clone();
        let start = StartScorer {
            scorer: self.specs[scorer].name.to_string(),
            lock: self.lock_of(id),
            memory: self.spawn.as_ref().map_or(0, |spawn| spawn.memory.get()),
            fingerprint: self.fingerprint.to_string(),
            items: self.columns.items(),
            url: match &source {
                ScorerSource::BuiltIn(_) => None,
                ScorerSource::Own(own) => Some(self.own.url_of(own)),
            },
        };
        let columns = match &source {
            ScorerSource::BuiltIn(kind) => self.columns.outside(kind),
            ScorerSource::Own(own) => Array::of1(&self.own.columns_of(own)),
        };
        let spawn = self.spawn.as_ref().ok_or("there are no workers")?;
        match &self.workers[place].place {
            Place::Worker(worker) => worker.become_scorer(spawn, &start, &columns),
            Place::Here(_) => Ok(()),
        }
    }

    /// Starts one of the page's own beside the engine.
    fn start_here(&mut self, id: WorkerId, scorer: ScorerId, own: &OwnScorer) {
        let service = Rc::new(OnceCell::new());
        let (import, url, listen) = (self.own.import.clone(), self.own.url_of(own), self.listen.clone());
        let (columns, items, fingerprint) =
            (self.own.columns_of(own), self.columns.items(), self.fingerprint);
        let (place, comes) = (service.clone(), own.is_function());
        spawn_local(async move {
            match OwnService::load(&import, &url, columns, items, fingerprint, comes).await {
                Ok(loaded) => {
                    let _ = place.set(loaded);
                    listen(id, Heard::Said(FromWorker::Ready));
                }
                Err(cause) => listen(id, Heard::Died(cause)),
            }
        });
        self.workers.push(Running { id, scorer, place: Place::Here(service), is_ready: false });
    }

    fn lock_of(&self, id: WorkerId) -> String {
        let Ports { generation, .. } = self;
        format!("{} {generation} {id}", self.spawn.as_ref().map_or("", |spawn| &spawn.locks))
    }

    fn lose(&mut self, place: usize, cause: String) -> Input {
        let Running { id, scorer, place, .. } = self.workers.swap_remove(place);
        // Not dropped at once: we may be called by it.
        globals::later(move || drop(place));
        self.causes[scorer] = Some(cause.clone());
        Input::Died { worker: id, cause }
    }

    /// Gives back memory once no worker starts any more.
    fn tidy(&mut self) {
        if self.workers.iter().all(|running| running.is_ready) {
            self.columns.leave();
        }
    }

    /// Where the scorers run.
    pub(super) fn mode(&self) -> Mode {
        let all = self.spawn.is_none() || self.is_here.iter().all(|is_here| *is_here);
        if all { Mode::InProcess } else { Mode::Workers }
    }

    fn say(&self, message: &FromEngine) {
        say(&self.post, message);
    }
}

/// Tells the page.
pub(super) fn say(post: &Function, message: &impl ToJson) {
    // It can only fail where nobody listens any more.
    let _ = post.call1(&JsValue::UNDEFINED, &to_json(message).into());
}

impl Transport for Ports {
    fn start(&mut self, start: StartWorker) {
        let StartWorker { worker: id, scorer, failed_starts, stand_in } = start;
        let spec = &self.specs[scorer];
        let wanted = self.spawn.clone().filter(|_| spec.workers > 0 && !stand_in);
        let own = if let ScorerSource::Own(own) = &spec.source { Some(own.clone()) } else { None };
        // Foreign code that has died is not let into this thread.
        if own.is_none() && wanted.is_some() && failed_starts > 0 {
            let cause = self.causes[scorer].clone();
            let reason = cause.unwrap_or_else(|| "it did not get ready in time".into());
            self.is_here[scorer] = true;
            self.say(&FromEngine::InProcess { queue: &spec.name, reason, mode: self.mode() });
        }
        let Some(spawn) = wanted.filter(|_| failed_starts == 0 || own.is_some()) else {
            if let Some(own) = own {
                return self.start_here(id, scorer, &own);
            }
            self.here.start(start, self.columns.here());
            return;
        };
        let listen = self.listen.clone();
        match ScorerWorker::start(&spawn, &spec.name, move |heard| listen(id, heard)) {
            Ok(worker) => {
                self.workers.push(Running { id, scorer, place: Place::Worker(worker), is_ready: false });
            }
            Err(cause) => {
                self.causes[scorer] = Some(cause.clone());
                self.failed.push_back(Input::Died { worker: id, cause });
            }
        }
    }

    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>) {
        if self.here.has(worker) {
            return self.here.deliver(worker, header, &body);
        }
        // Of one that could not be started it has been said that it is gone.
        let Some(place) = self.workers.iter().position(|running| running.id == worker) else { return };
        let message = header.message(&body);
        match &self.workers[place].place {
            Place::Worker(running) => {
                if let Err(cause) = running.deliver(&message) {
                    let died = self.lose(place, cause);
                    self.failed.push_back(died);
                }
            }
            Place::Here(service) => {
                let (service, listen) = (service.clone(), self.listen.clone());
                spawn_local(async move {
                    listen(
                        worker,
                        match service.get() {
                            Some(service) => match service.handle(&message).await {
                                Ok(reply) => Heard::Reply(reply),
                                Err(problem) => Heard::Died(problem.to_string()),
                            },
                            None => Heard::Died("it was not ready".into()),
                        },
                    );
                });
            }
        }
    }

    fn stop(&mut self, worker: WorkerId) {
        self.here.stop(worker);
        if let Some(place) = self.workers.iter().position(|running| running.id == worker) {
            let stopped = self.workers.swap_remove(place);
            globals::later(move || drop(stopped));
        }
        self.tidy();
    }

    fn tell(&mut self, told: Told) {
        self.say(&match told {
            Told::Answer(call, answer) => FromEngine::Answer(call, answer.map_err(ErrorMessage::from)),
            Told::Notice(notice) => FromEngine::Notice(notice),
            Told::Step(step) => FromEngine::Step(step),
        });
    }

    fn poll(&mut self) -> Option<Input> {
        self.failed.pop_front().or_else(|| self.here.poll())
    }
}
