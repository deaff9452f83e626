use std::cell::Cell;

use js_sys::{Array, Function, Object, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::message::{FromWorker, StartScorer};
use super::{download, globals};
use crate::json::{from_json, to_json};

/// What it takes to start workers like the one this runs in.
pub(super) struct Spawn {
    /// Of its script: a string, or where there are Trusted Types one of them.
    url: JsValue,
    kind: WorkerType,
    module: WebAssembly::Module,
    /// What the names of this engine's locks begin with.
    pub(super) locks: String,
    /// What a worker may have, in bytes.
    pub(super) memory: Cell<u64>,
}

impl Spawn {
    /// In the engine's worker.
    pub(super) fn new(module: WebAssembly::Module, locks: String) -> Self {
        let own = globals::worker_scope().location().href().into();
        let [url, no_address] = globals::trusted_script_urls(&[own, "http://[".into()]);
        Spawn { url, kind: own_type(&no_address), module, locks, memory: Cell::default() }
    }
}

/// A scorer's worker. Dropping it terminates the worker.
pub(super) struct ScorerWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

/// What is heard of a scorer's worker.
pub(super) enum Heard {
    Said(FromWorker),
    Reply(Vec<u8>),
    Died(String),
}

impl ScorerWorker {
    /// Starts a worker from the script that this worker runs, and tells `listen` everything it says.
    pub(super) fn start(
        spawn: &Spawn,
        scorer: &str,
        listen: impl Fn(Heard) + Clone + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(spawn.kind);
        options.set_name(&format!("watchnext-scorer-{scorer}"));
        let worker = construct(&spawn.url, &options).map_err(|error| download::reason(&error))?;

        let heard = listen.clone();
        let on_message = Closure::new(move |event: MessageEvent| {
            let data = event.data();
            heard(match data.as_string() {
                None => Heard::Reply(Uint8Array::new(&data).to_vec()),
                Some(text) => match from_json(&text) {
                    Ok(said) => Heard::Said(said),
                    Err(error) => Heard::Died(format!("it said something odd: {error}")),
                },
            });
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            // A script that does not load gives an event without a message.
            let message =
                Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            listen(Heard::Died(message.unwrap_or_else(|| "its script did not load".into())));
        });
        worker.set_onmessage(Some(AsRef::<JsValue>::as_ref(&on_message).unchecked_ref()));
        // It stays there when the worker has been terminated: Chromium still tells of errors that were on their way, and one that nobody hears is
        // the engine's own, which the page takes for its death.
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
        Ok(ScorerWorker { worker, _on_message: on_message })
    }

    /// Says which scorer it is to be, over these columns.
    pub(super) fn become_scorer(
        &self,
        spawn: &Spawn,
        start: &StartScorer,
        columns: &Array,
    ) -> Result<(), String> {
        let message = Object::new();
        let scorer = Array::of2(&to_json(start).into(), columns);
        // Setting a property of a new object cannot fail.
        let _ = Reflect::set(&message, &"module".into(), &spawn.module);
        let _ = Reflect::set(&message, &"scorer".into(), &scorer);
        let buffers = columns.iter().filter_map(|bytes| bytes.dyn_into::<Uint8Array>().ok());
        self.post(&message, &buffers.map(|bytes| bytes.buffer()).collect())
    }

    /// Gives the worker a message.
    pub(super) fn deliver(&self, message: &[u8]) -> Result<(), String> {
        let message = Uint8Array::from(message).buffer();
        self.post(&message, &Array::of1(&message))
    }

    fn post(&self, message: &JsValue, transfer: &Array) -> Result<(), String> {
        self.worker.post_message_with_transfer(message, transfer).map_err(|error| download::reason(&error))
    }
}

/// What kind of script this worker runs, and its scorers have to run: bundlers make of the package's module a classic script that loads
/// its parts by `importScripts`, which throws in a module.
fn own_type(no_address: &JsValue) -> WorkerType {
    // What is no address is a `SyntaxError` in a classic script, and nothing is fetched; in a module it is not looked at. (Without an address
    // Firefox lets modules pass, too.)
    let global = js_sys::global();
    let import_scripts: Result<Function, JsValue> =
        Reflect::get(&global, &"importScripts".into()).and_then(JsCast::dyn_into);
    let refusal = import_scripts.and_then(|import| import.call1(&global, no_address)).err();
    let name = refusal.and_then(|error| Reflect::get(&error, &"name".into()).ok());
    if name.is_some_and(|name| name == "SyntaxError") { WorkerType::Classic } else { WorkerType::Module }
}

/// `new Worker(url, options)`, with an address that need not be a string.
fn construct(url: &JsValue, options: &WorkerOptions) -> Result<Worker, JsValue> {
    let constructor: Function = Reflect::get(&js_sys::global(), &"Worker".into())?
        .dyn_into()
        .map_err(|_| js_sys::Error::new("a worker can start no worker in this browser"))?;
    let arguments = Array::of2(url, options.as_ref());
    Ok(Reflect::construct(&constructor, &arguments)?.unchecked_into())
}

impl Drop for ScorerWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.terminate();
    }
}
