use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::message::{Deliver, FromScorer, StartScorer};
use super::{download, lock, message};
use crate::broker::CorrelationId;

/// A scorer in a worker of its own. Dropping it terminates the worker.
pub(super) struct ScorerWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// What a scorer worker has to say.
pub(super) enum ScorerEvent {
    Message(FromScorer),
    Died { cause: String },
}

impl ScorerWorker {
    /// Starts a worker from the script that this worker runs, and tells `listen` everything it says.
    pub(super) fn start(
        url: &JsValue,
        module: &WebAssembly::Module,
        start: StartScorer,
        listen: impl Fn(ScorerEvent) + Clone + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(own_type());
        options.set_name("watchnext-scorer");
        let worker = construct(url, &options).map_err(|error| download::reason(&error))?;

        let lock = start.lock.clone();
        let start = Cell::new(Some(start_message(module, start)));
        let (target, heard) = (worker.clone(), listen.clone());
        let on_message = Closure::new(move |event: MessageEvent| {
            match message::read(event.data()) {
                Ok(FromScorer::Loaded) => {
                    if let Some((message, transfer)) = start.take() {
                        // It can only fail where the module cannot be cloned; the start time-out notices.
                        let _ = target.post_message_with_transfer(&message, &transfer);
                    }
                }
                Ok(FromScorer::Ready) => {
                    let heard_too = heard.clone();
                    lock::on_release(&lock, move || {
                        heard_too(ScorerEvent::Died { cause: "it ended".into() })
                    });
                    heard(ScorerEvent::Message(FromScorer::Ready));
                }
                Ok(said) => heard(ScorerEvent::Message(said)),
                Err(reason) => heard(ScorerEvent::Died { cause: format!("it said something odd: {reason}") }),
            }
        });
        let on_error = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            // A script that does not load gives an event without a message.
            let message =
                Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            let cause = message.unwrap_or_else(|| "its script did not load".into());
            listen(ScorerEvent::Died { cause });
        });
        worker.set_onmessage(Some(AsRef::<JsValue>::as_ref(&on_message).unchecked_ref()));
        worker.set_onerror(Some(AsRef::<JsValue>::as_ref(&on_error).unchecked_ref()));
        Ok(ScorerWorker { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Gives the worker a message.
    pub(super) fn deliver(&self, id: CorrelationId, attempt: u32, body: &Rc<[u8]>) -> Result<(), String> {
        let body = Uint8Array::from(&body[..]);
        let transfer = Array::of1(&body.buffer());
        let message = message::write(&Deliver { id, attempt, body });
        self.worker.post_message_with_transfer(&message, &transfer).map_err(|error| download::reason(&error))
    }
}

/// What kind of script this worker runs, and its scorers have to run: bundlers make of the package's module a classic script that loads
/// its parts by `importScripts`, which throws in a module.
fn own_type() -> WorkerType {
    // What is no address is a `SyntaxError` in a classic script, and nothing is fetched; in a module it is not looked at. (Without an address
    // Firefox lets modules pass, too.)
    let global = js_sys::global();
    let import_scripts: Result<Function, JsValue> =
        Reflect::get(&global, &"importScripts".into()).and_then(JsCast::dyn_into);
    let refusal = import_scripts.and_then(|import| import.call1(&global, &"http://[".into())).err();
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
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// `{ module, role: { scorer: … } }`, as `worker.ts` expects it, and what of it is transferred.
fn start_message(module: &WebAssembly::Module, start: StartScorer) -> (JsValue, Array) {
    let transfer = Array::of1(&start.data.buffer());
    let (message, role) = (Object::new(), Object::new());
    for (object, key, value) in [
        (&role, "scorer", message::write(&start)),
        (&message, "role", role.clone().into()),
        (&message, "module", module.into()),
    ] {
        // Setting a property of a plain object cannot fail.
        let _ = Reflect::set(object, &key.into(), &value);
    }
    (message.into(), transfer)
}
