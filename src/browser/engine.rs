use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Function, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, MessageEvent};

use super::download::{self, Limit, download};
use super::message::{FromEngine, FromScorer, Mode, Source, StartScorer, ToEngine};
use super::worker::{ScorerEvent, ScorerWorker};
use super::{globals, lock, memory, message};
use crate::broker::{CorrelationId, WorkerId};
use crate::engine::{CallId, Effect, Engine, Input, LoadOptions, Loaded, LoadingPhase};
use crate::error::{Error, ErrorMessage, Result};
use crate::protocol::{encode, from_json};
use crate::score::{SCORERS, ScorerData, ScorerService};

/// Turns this worker into the engine.
pub(super) fn run_in_worker(module: WebAssembly::Module, lock: &str) -> Result<(), JsValue> {
    let scope = globals::worker_scope();
    let post = Closure::<dyn Fn(JsValue) -> Result<(), JsValue>>::new(|message: JsValue| {
        globals::worker_scope().post_message(&message)
    });
    let url = globals::trusted_script_url(&scope.location().href());
    let spawn = Spawn { url, module, locks: lock.to_owned() };
    let host = EngineHost { shell: Rc::new(Shell::new(post.into_js_value().unchecked_into(), Some(spawn))) };
    let on_message =
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| host.receive(event.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    lock::hold(lock, || {
        // A message that cannot be posted means that the page is gone, and so are we soon.
        let _ = globals::worker_scope().post_message(&message::write(&FromEngine::Alive));
    });
    Ok(())
}

/// The engine for whoever has no workers: it takes the same messages and runs the scorers where it runs itself.
#[wasm_bindgen]
pub struct EngineHost {
    shell: Rc<Shell>,
}

#[wasm_bindgen]
impl EngineHost {
    /// An engine that answers through `post`.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function) -> Self {
        globals::report_panics();
        globals::draw_hash_key();
        EngineHost { shell: Rc::new(Shell::new(post, None)) }
    }

    /// Takes a message of the client's.
    pub fn receive(&self, message: JsValue) {
        match message::read(message) {
            Ok(ToEngine::Configure { options, workers }) => {
                let configured = self.shell.configure(&options, workers);
                self.shell.post(&configured.map_or_else(
                    |error| FromEngine::LoadFailed(error.into()),
                    |()| FromEngine::Configured {},
                ));
            }
            Ok(ToEngine::Load { catalog, model }) => {
                let shell = self.shell.clone();
                spawn_local(async move {
                    if let Err(error) = shell.load(catalog, model).await {
                        shell.post(&FromEngine::LoadFailed(error));
                    }
                });
            }
            Ok(ToEngine::Call { call, command }) => self.shell.call(call, &command),
            Ok(ToEngine::Cancel { call }) => self.shell.handle(Input::Cancel { call }),
            Ok(ToEngine::Close {}) => self.shell.close(),
            // Only this package's client sends messages: one that cannot be read is a defect of ours.
            Err(reason) => wasm_bindgen::throw_str(&reason),
        }
    }
}

impl Drop for EngineHost {
    fn drop(&mut self) {
        self.shell.close();
    }
}

/// What a worker needs to start others like itself.
struct Spawn {
    /// A string, or where there are Trusted Types one of them.
    url: JsValue,
    module: WebAssembly::Module,
    /// What the names of this engine's locks begin with.
    locks: String,
}

/// Where a scorer runs.
enum Place {
    Worker(ScorerWorker),
    Here(Rc<ScorerService>),
}

/// Carries out what the engine says.
struct Shell {
    post: Function,
    spawn: Option<Spawn>,
    /// How to load, and how many workers each scorer is to have.
    configuration: RefCell<Option<(LoadOptions, [usize; SCORERS.len()])>>,
    /// That of the download under way, or of the last one.
    connection: RefCell<Option<AbortController>>,
    /// There once loading is done.
    engine: RefCell<Option<Engine>>,
    places: RefCell<BTreeMap<WorkerId, Place>>,
    /// Which scorers are to run where the engine runs.
    here: RefCell<[bool; SCORERS.len()]>,
    /// What the last worker of each scorer died of.
    causes: RefCell<[Option<String>; SCORERS.len()]>,
    announced: Cell<bool>,
    timer: RefCell<Option<Timer>>,
    /// What a scorer's worker may have, in bytes.
    scorer_memory: Cell<u64>,
}

/// A timer that has not gone off.
struct Timer {
    id: JsValue,
    at: f64,
    _handler: Closure<dyn FnMut()>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        globals::clear_timeout(&self.id);
    }
}

impl Shell {
    fn new(post: Function, spawn: Option<Spawn>) -> Self {
        Shell {
            post,
            spawn,
            configuration: RefCell::default(),
            connection: RefCell::default(),
            engine: RefCell::default(),
            places: RefCell::default(),
            here: RefCell::default(),
            causes: RefCell::default(),
            announced: Cell::default(),
            timer: RefCell::default(),
            scorer_memory: Cell::default(),
        }
    }

    /// Ends everything that would go on without it.
    fn close(&self) {
        self.connection.take().iter().for_each(AbortController::abort);
        self.engine.take();
        self.places.take();
    }

    fn post(&self, message: &FromEngine) {
        // It can only fail where nobody listens any more.
        let _ = self.post.call1(&JsValue::UNDEFINED, &message::write(message));
    }

    fn progress(&self, phase: LoadingPhase, loaded: u64, total: Option<u64>) {
        let total = total.map(|total| total as f64);
        self.post(&FromEngine::Progress { phase, loaded: loaded as f64, total });
    }

    /// Takes the options, and refuses bad ones.
    fn configure(&self, options: &str, workers: [usize; SCORERS.len()]) -> Result<()> {
        let options: LoadOptions = from_json(options)?;
        options.validate()?;
        memory::limit(options.limits.engine_memory);
        self.scorer_memory.set(options.limits.scorer_memory);
        *self.configuration.borrow_mut() = Some((options, workers));
        Ok(())
    }

    async fn load(self: &Rc<Self>, catalog: Source, model: Option<Source>) -> Result<(), ErrorMessage> {
        let Some((options, workers)) = self.configuration.take() else {
            return Err(Error::Internal { reason: "it was not configured".into() }.into());
        };
        let limit = Limit {
            bytes: options.limits.catalog.max_bytes,
            error: |actual, limit| Error::CatalogTooLarge { what: "bytes", actual, limit },
        };
        let catalog = self.download(LoadingPhase::CatalogDownload, catalog, limit, &options).await?;
        let limit = Limit {
            bytes: options.limits.model_bytes,
            error: |actual, limit| Error::ModelTooLarge { actual, limit },
        };
        let mut failed = None;
        let model = match model {
            Some(source) => match self.download(LoadingPhase::ModelDownload, source, limit, &options).await {
                Ok(bytes) => Some(bytes),
                // Whoever wanted it has gone.
                Err(error) if self.connection.borrow().is_none() => return Err(error),
                Err(error) => {
                    failed = Some(options.on_model_error.decide(error)?);
                    None
                }
            },
            None => None,
        };
        let mut loaded = Loaded::new(catalog, model.as_deref(), &options, &mut |done, of| {
            self.progress(LoadingPhase::CatalogParse, done, Some(of));
        })?;
        loaded.model_error = loaded.model_error.or(failed);
        let here = workers.map(|workers| workers == 0 || self.spawn.is_none());
        let mut engine = Engine::new(loaded, workers.map(|workers| workers.max(1)), &options);
        let effects = engine.start(globals::now());
        *self.here.borrow_mut() = here;
        *self.engine.borrow_mut() = Some(engine);
        self.carry_out(effects);
        Ok(())
    }

    async fn download(
        &self,
        phase: LoadingPhase,
        source: Source,
        limit: Limit,
        options: &LoadOptions,
    ) -> Result<Vec<u8>, ErrorMessage> {
        let connection =
            AbortController::new().map_err(|error| Error::Internal { reason: download::reason(&error) })?;
        *self.connection.borrow_mut() = Some(connection.clone());
        download(source, limit, options.idle_timeout, &connection, |loaded, total| {
            self.progress(phase, loaded, total)
        })
        .await
    }

    fn call(self: &Rc<Self>, call: CallId, command: &str) {
        match from_json(command) {
            Ok(command) => self.handle(Input::Call { call, command }),
            Err(error) => self.post(&FromEngine::Error { call, error: ErrorMessage::from(&error) }),
        }
    }

    /// Tells the engine what happened and does what it says.
    fn handle(self: &Rc<Self>, input: Input) {
        let effects = match self.engine.borrow_mut().as_mut() {
            Some(engine) => engine.handle(input, globals::now()),
            None => return,
        };
        self.carry_out(effects);
    }

    fn carry_out(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer { call, answer: Ok(value) } => self.post(&FromEngine::Answer { call, value }),
                Effect::Answer { call, answer: Err(error) } => {
                    self.post(&FromEngine::Error { call, error: ErrorMessage::from(&error) });
                }
                Effect::Notice(notice) => self.post(&FromEngine::Notice(notice)),
                Effect::Start { worker, scorer, failed_starts } => self.start(worker, scorer, failed_starts),
                Effect::Stop { worker } => drop(self.places.borrow_mut().remove(&worker)),
                Effect::Deliver { worker, id, attempt, body } => self.deliver(worker, id, attempt, body),
            }
        }
        self.announce();
        self.set_timer();
    }

    /// Starts a scorer in a worker; where that has failed before, or is not wanted, right here.
    fn start(self: &Rc<Self>, worker: WorkerId, scorer: usize, failed_starts: u32) {
        let wanted = self.spawn.as_ref().filter(|_| !self.here.borrow()[scorer]);
        let spawn = wanted.filter(|_| failed_starts == 0);
        if wanted.is_some() && spawn.is_none() {
            let cause = self.causes.borrow()[scorer].clone();
            let reason = cause.unwrap_or_else(|| "it did not get ready in time".into());
            self.post(&FromEngine::InProcess { queue: SCORERS[scorer].name, reason });
        }
        let input = match spawn.map(|spawn| self.start_worker(spawn, worker, scorer)) {
            Some(Ok(started)) => {
                self.places.borrow_mut().insert(worker, Place::Worker(started));
                return;
            }
            Some(Err(cause)) => {
                self.causes.borrow_mut()[scorer] = Some(cause.clone());
                Input::Died { worker, cause }
            }
            None => match ScorerService::new(scorer, self.data()) {
                Ok(service) => {
                    self.places.borrow_mut().insert(worker, Place::Here(Rc::new(service)));
                    Input::Ready { worker }
                }
                Err(error) => Input::Died { worker, cause: error.to_string() },
            },
        };
        self.handle_later(input);
    }

    fn start_worker(
        self: &Rc<Self>,
        spawn: &Spawn,
        worker: WorkerId,
        scorer: usize,
    ) -> std::result::Result<ScorerWorker, String> {
        let data = encode(&*self.data()).map_err(|error| error.to_string())?;
        let data = Uint8Array::from(data.as_slice());
        let lock = format!("{} {worker}", spawn.locks);
        let start = StartScorer { scorer, lock, memory: self.scorer_memory.get(), data };
        let shell = Rc::downgrade(self);
        ScorerWorker::start(&spawn.url, &spawn.module, start, move |event| {
            if let Some(shell) = shell.upgrade() {
                shell.hear(worker, scorer, event);
            }
        })
    }

    fn hear(self: &Rc<Self>, worker: WorkerId, scorer: usize, event: ScorerEvent) {
        self.handle(match event {
            ScorerEvent::Message(FromScorer::Loaded) => return,
            ScorerEvent::Message(FromScorer::Ready) => Input::Ready { worker },
            ScorerEvent::Message(FromScorer::Reply { id, busy, body }) => {
                Input::Reply { worker, id, body: body.to_vec(), busy }
            }
            ScorerEvent::Message(FromScorer::Reject { id, cause }) => Input::Reject { worker, id, cause },
            ScorerEvent::Message(FromScorer::Died { message: cause }) | ScorerEvent::Died { cause } => {
                // Not dropped at once: we are being called by it.
                let dead = self.places.borrow_mut().remove(&worker);
                spawn_local(async move { drop(dead) });
                self.causes.borrow_mut()[scorer] = Some(cause.clone());
                Input::Died { worker, cause }
            }
        });
    }

    fn deliver(self: &Rc<Self>, worker: WorkerId, id: CorrelationId, attempt: u32, body: Rc<[u8]>) {
        let input = match self.places.borrow().get(&worker) {
            Some(Place::Worker(port)) => match port.deliver(id, attempt, &body) {
                Ok(()) => return,
                Err(cause) => Input::Died { worker, cause },
            },
            Some(Place::Here(service)) => {
                let (shell, service) = (self.clone(), service.clone());
                spawn_local(async move {
                    let began = globals::now();
                    let reply = service.handle(&body);
                    let busy = globals::now() - began;
                    shell.handle(match reply {
                        Ok(body) => Input::Reply { worker, id, body, busy },
                        Err(error) => Input::Reject { worker, id, cause: error.to_string() },
                    });
                });
                return;
            }
            None => Input::Died { worker, cause: "it was never started".into() },
        };
        self.handle_later(input);
    }

    /// Effects are carried out in their order, so what comes of one of them waits until all are.
    fn handle_later(self: &Rc<Self>, input: Input) {
        let shell = self.clone();
        spawn_local(async move { shell.handle(input) });
    }

    fn data(&self) -> Rc<ScorerData> {
        match self.engine.borrow().as_ref() {
            Some(engine) => engine.loaded().data.clone(),
            None => unreachable!("scorers are started by the engine"),
        }
    }

    /// Says once that every scorer is ready.
    fn announce(&self) {
        let Some((ready, all)) = self.engine.borrow().as_ref().map(Engine::started) else { return };
        if self.announced.get() {
            return;
        }
        self.progress(LoadingPhase::ScorersStart, ready as u64, Some(all as u64));
        if ready == all {
            self.announced.set(true);
            let in_workers = self.places.borrow().values().any(|place| matches!(place, Place::Worker(_)));
            let mode = if in_workers { Mode::Workers } else { Mode::InProcess };
            let engine = self.engine.borrow();
            let loaded = engine.as_ref().map(Engine::loaded);
            let model_error = loaded.and_then(|loaded| loaded.model_error.clone());
            let warnings = loaded.map(|loaded| loaded.warnings.clone()).unwrap_or_default();
            drop(engine);
            self.post(&FromEngine::Loaded { mode, model_error, warnings });
        }
    }

    /// Keeps one timer, for the moment at which the engine wants to be called.
    fn set_timer(self: &Rc<Self>) {
        let at = self.engine.borrow().as_ref().and_then(Engine::wakes_at);
        let set = self.timer.borrow().as_ref().map(|timer| timer.at);
        if at == set {
            return;
        }
        drop(self.timer.take());
        let Some(at) = at else { return };
        let shell = Rc::downgrade(self);
        let handler = Closure::new(move || {
            if let Some(shell) = shell.upgrade() {
                let gone_off = shell.timer.take();
                shell.handle(Input::Tick);
                spawn_local(async move { drop(gone_off) });
            }
        });
        // Whatever goes off too early finds nothing to do, and is set again.
        let wait = (at - globals::now()).max(0.0).ceil().min(globals::MAX_TIMEOUT);
        let id = globals::set_timeout(AsRef::<JsValue>::as_ref(&handler).unchecked_ref(), wait);
        *self.timer.borrow_mut() = Some(Timer { id, at, _handler: handler });
    }
}
