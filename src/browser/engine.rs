use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, MessageEvent};

use super::download::{self, Download, Limit};
use super::globals::{self, Fetch};
use super::message::{self, Changed, FromEngine, LoadingPhase, Mode, Source, Sources, ToEngine};
use super::own::Own;
use super::ports::{Ports, say};
use super::source::{Next, Outside};
use super::worker::{Heard, Spawn};
use super::{columns, lock, memory};
use crate::broker::WorkerId;
use crate::catalog::{Catalog, CatalogOptions, CatalogReader, CatalogReport, Patch, Patched};
use crate::engine::{CallId, Command, Engine, Input, LoadOptions, Loaded, OnModelError};
use crate::error::{Error, ErrorMessage, Result};
use crate::host::{Generation, Generations, Host};
use crate::json::from_json;

/// Turns this worker into the engine. `fetch` is what it fetches with, `import` gets it the modules of the page's own scorers.
#[wasm_bindgen(js_name = runEngine)]
pub fn run_engine(module: WebAssembly::Module, lock: &str, fetch: Function, import: Function) {
    globals::begin();
    let scope = globals::worker_scope();
    let post = Closure::<dyn Fn(JsValue) -> Result<(), JsValue>>::new(|message: JsValue| {
        globals::worker_scope().post_message(&message)
    });
    let spawn = Rc::new(Spawn::new(module, lock.to_owned()));
    let post: Function = post.into_js_value().unchecked_into();
    let shell = Rc::new(Shell::new(post.clone(), Some(spawn), Fetch(Some(fetch)), import));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let message: Array = event.data().unchecked_into();
        let text = message.shift();
        shell.receive(&text.as_string().unwrap_or_default(), &message);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    lock::hold(lock, move || say(&post, &FromEngine::Alive));
}

/// The engine for whoever has no workers: it takes the same messages, `receive(text, bytes)`, and runs the scorers where it runs itself. It answers
/// through `post`, and gets the modules of the page's own scorers with `import`.
#[wasm_bindgen(js_name = hostEngine)]
pub fn host_engine(post: Function, import: Function) -> Function {
    globals::begin();
    let shell = Rc::new(Shell::new(post, None, Fetch(None), import));
    let receive = move |text: JsValue, attached: Array| {
        shell.receive(&text.as_string().unwrap_or_default(), &attached);
    };
    Closure::<dyn Fn(JsValue, Array)>::new(receive).into_js_value().unchecked_into()
}

/// What there is around the engine.
struct Shell {
    post: Function,
    spawn: Option<Rc<Spawn>>,
    fetch: Fetch,
    import: Function,
    /// As they were written, once they have been found good.
    options: RefCell<String>,
    /// That of the downloads under way, or of the last ones.
    connection: RefCell<Option<AbortController>>,
    /// There is one once loading is done.
    hosts: RefCell<Generations<Ports>>,
    /// The change of the catalog that is under way.
    change: Cell<Option<CallId>>,
    /// Whether what the workers did is to be taken note of.
    polls: Cell<bool>,
    timer: RefCell<Option<Timer>>,
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
    fn new(post: Function, spawn: Option<Rc<Spawn>>, fetch: Fetch, import: Function) -> Self {
        Shell {
            post,
            spawn,
            fetch,
            import,
            options: RefCell::default(),
            connection: RefCell::default(),
            hosts: RefCell::default(),
            change: Cell::default(),
            polls: Cell::default(),
            timer: RefCell::default(),
        }
    }

    fn receive(self: &Rc<Self>, text: &str, attached: &Array) {
        match message::read(text, attached) {
            Ok(ToEngine::Configure(options)) => match self.configure(options) {
                Ok(()) => self.say(&FromEngine::Configured),
                Err(error) => self.say(&FromEngine::LoadFailed(error.into())),
            },
            Ok(ToEngine::Load(change, sources)) => {
                let shell = self.clone();
                spawn_local(async move {
                    shell.change.set(change);
                    let loaded = shell.load(sources).await;
                    shell.change.set(None);
                    shell.say(&match (loaded, change) {
                        (Ok((said, _)), None) => said,
                        (Ok((_, changed)), Some(call)) => FromEngine::Changed(call, changed),
                        (Err(error), None) => FromEngine::LoadFailed(error),
                        (Err(error), Some(call)) => FromEngine::Answer(call, Err(error)),
                    });
                    shell.look();
                });
            }
            // The client's own calls begin with 1.
            Ok(ToEngine::Replay(histories)) => {
                self.handle(Input::Call { call: 0, command: Command::Replay(histories) });
            }
            Ok(ToEngine::Call(call, command)) => self.call(call, command),
            Ok(ToEngine::Cancel(call)) if self.change.get() == Some(call) => {
                self.connection.borrow().iter().for_each(AbortController::abort);
            }
            Ok(ToEngine::Cancel(call)) => self.handle(Input::Cancel { call }),
            Ok(ToEngine::Close) => self.close(),
            // Only this package's client sends messages: one that cannot be read is a defect of ours.
            Err(error) => wasm_bindgen::throw_str(&error.to_string()),
        }
    }

    /// Ends everything that would go on without it.
    fn close(&self) {
        self.connection.take().iter().for_each(AbortController::abort);
        self.timer.take();
        self.hosts.borrow_mut().clear();
    }

    fn say(&self, message: &FromEngine) {
        say(&self.post, message);
    }

    fn progress(&self, phase: LoadingPhase, loaded: u64, total: Option<u64>) {
        self.say(&FromEngine::Progress { phase, loaded, total });
    }

    /// Takes the options, and refuses bad ones.
    fn configure(&self, text: &str) -> Result<()> {
        let options: LoadOptions = from_json(text)?;
        options.validate()?;
        memory::limit(options.limits.engine_memory);
        self.spawn.iter().for_each(|spawn| spawn.memory.set(options.limits.scorer_memory));
        *self.options.borrow_mut() = text.to_owned();
        Ok(())
    }

    /// Loads a catalog, and lets an engine over it take over.
    async fn load(
        self: &Rc<Self>,
        Sources { catalog, model, patch }: Sources,
    ) -> Result<(FromEngine<'static>, Changed), ErrorMessage> {
        let internal = |reason: String| Error::Internal { reason };
        if self.options.borrow().is_empty() {
            return Err(internal("it was not configured".into()).into());
        }
        let mut options: LoadOptions = from_json(&self.options.borrow())?;
        // Of a model that was done without before, a change does without, too.
        if self.change.get().is_some() && !matches!(model, Some(Source::Failed(_))) {
            options.on_model_error = OnModelError::Fail;
        }
        let connection = AbortController::new().map_err(|error| internal(download::reason(&error)))?;
        *self.connection.borrow_mut() = Some(connection.clone());
        let start =
            |source, limit| Download::start(source, &self.fetch, limit, options.idle_timeout, &connection);
        let error = |actual, limit| Error::CatalogTooLarge { what: "bytes", actual, limit };
        let limit = Limit { bytes: options.limits.catalog.max_bytes, error };
        let catalog = catalog.map(|catalog| start(catalog, limit));
        let model = model.map(|model| {
            let error = |actual, limit| Error::ModelTooLarge { actual, limit };
            start(model, Limit { bytes: options.limits.model_bytes, error })
        });
        let done = self.read(catalog, patch, model, options).await;
        // Nothing, where all has come; else nobody else would end it.
        connection.abort();
        done
    }

    /// Reads the catalog from where it comes, or takes the one there is, and patches it.
    async fn catalog(
        &self,
        download: Option<Download>,
        patch: Option<Patch>,
        options: &CatalogOptions,
    ) -> Result<((Catalog, CatalogReport), Patched), ErrorMessage> {
        let next = Next::default();
        let outside = || Box::new(Outside::with(next.clone()));
        let patched = |catalog: &Catalog, report: &CatalogReport, patch: &Patch| {
            catalog.patched(report, patch, options, outside())
        };
        let Some(mut download) = download else {
            let hosts = self.hosts.borrow();
            let loaded = hosts.engine().map(Engine::loaded);
            let loaded = loaded.ok_or(Error::Internal { reason: "there is nothing to patch".into() })?;
            return Ok(patched(&loaded.catalog, &loaded.report, &patch.unwrap_or_default())?);
        };
        let mut reader = CatalogReader::with_source(options, outside())?;
        let phase =
            if download.is_here() { LoadingPhase::CatalogParse } else { LoadingPhase::CatalogDownload };
        let progress = |loaded, total| self.progress(phase, loaded, total);
        // What runs on the page may have got bytes that the page goes on using.
        let is_own = self.spawn.is_some();
        let mut piece = Vec::new();
        let take = |bytes: Uint8Array| {
            piece.resize(bytes.length() as usize, 0);
            bytes.copy_to(&mut piece);
            next.set(is_own.then_some(bytes));
            reader.push(&piece)
        };
        let read = download.read(take, progress).await;
        let read = read.and_then(|()| Ok(reader.finish()?));
        let (catalog, report) = read.map_err(|error| download.about(error))?;
        match patch {
            Some(patch) => Ok(patched(&catalog, &report, &patch)?),
            None => {
                let hosts = self.hosts.borrow();
                let before = hosts.engine().map(|engine| &engine.loaded().catalog);
                let done = before.map(|before| catalog.compared(before)).unwrap_or_default();
                Ok(((catalog, report), done))
            }
        }
    }

    async fn read(
        self: &Rc<Self>,
        catalog: Option<Download>,
        patch: Option<Patch>,
        mut model: Option<Download>,
        options: LoadOptions,
    ) -> Result<(FromEngine<'static>, Changed), ErrorMessage> {
        let (catalog, patched) = self.catalog(catalog, patch, &options.catalog()).await?;
        let (mut bytes, mut failed) = (None, None);
        if let Some(model) = &mut model {
            let mut pieces = Vec::new();
            let is_here = model.is_here();
            let progress = |loaded, total| {
                if !is_here {
                    self.progress(LoadingPhase::ModelDownload, loaded, total);
                }
            };
            let take = |piece| {
                pieces.push(piece);
                Ok(())
            };
            match model.read(take, progress).await {
                Ok(()) => {
                    bytes = Some(columns::together(&pieces));
                    // What the page gave may be a part of something else that it gave.
                    pieces.iter().filter(|_| !is_here).for_each(columns::free);
                }
                // Whoever wanted it has gone.
                Err(error) if self.connection.borrow().is_none() => return Err(error),
                Err(error) => failed = Some(options.on_model_error.decide(error)?),
            }
        }
        let about = |error| model.iter().fold(error, |error, model| model.about(error));
        let joined = Loaded::join(catalog, bytes.map(Cow::Owned), &options);
        let (mut loaded, columns) = joined.map_err(|error| about(error.into()))?;
        loaded.model_error = loaded.model_error.map(about).or(failed);
        let shell = Rc::downgrade(self);
        let generation = self.hosts.borrow().next();
        let listen = Rc::new(move |worker, heard| {
            if let Some(shell) = shell.upgrade() {
                shell.hear(generation, worker, heard);
            }
        });
        let own = Own::new(self.import.clone(), &options.base, &loaded.catalog, &loaded.scorers);
        let (post, spawn) = (self.post.clone(), self.spawn.clone());
        let ports = Ports::new(post, spawn, listen, &loaded, columns, own, generation);
        let most_open = loaded.scorers.len() * options.broker.queue_limit;
        let (model_error, warnings) = (loaded.model_error.clone(), loaded.warnings.clone());
        let (items, skipped) = (loaded.report.items, loaded.report.skipped);
        let changed = Changed { items, skipped, patched, warnings: warnings.clone() };
        let stand_ins = ports.mode() == Mode::Workers;
        let mut host = Host::new(Engine::new(loaded, &options, stand_ins), ports, globals::now());
        // What runs here is ready before that is said.
        while host.poll(globals::now()) {}
        let said = FromEngine::Loaded { mode: host.transport().mode(), most_open, model_error, warnings };
        self.hosts.borrow_mut().push(host);
        Ok((said, changed))
    }

    fn call(self: &Rc<Self>, call: CallId, command: &str) {
        match Command::from_json(command) {
            Ok(command) => self.handle(Input::Call { call, command }),
            Err(error) => self.say(&FromEngine::Answer(call, Err(error.into()))),
        }
    }

    /// Tells the engine what happened and does what it says.
    fn handle(self: &Rc<Self>, input: Input) {
        self.hosts.borrow_mut().handle(input, globals::now());
        self.look();
    }

    fn hear(self: &Rc<Self>, generation: Generation, worker: WorkerId, heard: Heard) {
        if let Some(host) = self.hosts.borrow_mut().of(generation)
            && let Some(input) = host.transport().hear(worker, heard)
        {
            host.handle(input, globals::now());
        }
        self.look();
    }

    /// Looks after what is to be done next: what is known of the workers already, in a task of its own each, and what has its time.
    fn look(self: &Rc<Self>) {
        let retired = self.hosts.borrow_mut().retired();
        if !retired.is_empty() {
            // Not dropped at once: we may be called by a worker of theirs.
            globals::later(move || drop(retired));
        }
        self.set_timer();
        if self.polls.replace(true) {
            return;
        }
        let shell = self.clone();
        globals::later(move || {
            shell.polls.set(false);
            let happened = shell.hosts.borrow_mut().poll(globals::now());
            if happened {
                shell.look();
            }
        });
    }

    /// Keeps one timer, for the moment at which the engine wants to be called.
    fn set_timer(self: &Rc<Self>) {
        let at = self.hosts.borrow().wakes_at();
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
                globals::later(move || drop(gone_off));
            }
        });
        // Whatever goes off too early finds nothing to do, and is set again.
        let wait = (at - globals::now()).max(0.0).ceil().min(globals::MAX_TIMEOUT);
        let id = globals::set_timeout(AsRef::<JsValue>::as_ref(&handler).unchecked_ref(), wait);
        *self.timer.borrow_mut() = Some(Timer { id, at, _handler: handler });
    }
}
