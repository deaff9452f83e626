use std::rc::Rc;

use js_sys::{Array, Error as JsError, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use super::columns::{free, received};
use super::message::StartScorer;
use super::own::OwnService;
use super::{globals, lock, memory};
use crate::error::{Error, ErrorMessage};
use crate::json::{Writer, from_json};
use crate::score::{BUILT_IN, ScorerService};

/// Serves a scorer's queue in this worker, until it is terminated: `start` says which, `columns` are what it reads; with `import` it gets the
/// module of one of the page's own.
///
/// # Errors
/// Where its parent, which is this package, says something odd.
#[wasm_bindgen(js_name = runScorer)]
pub fn run_scorer(start: &str, columns: &Array, import: Function) -> Result<(), JsValue> {
    globals::begin();
    let start: StartScorer = from_json(start).map_err(|error| failed(error.to_string()))?;
    memory::limit(start.memory);
    let fingerprint = start.fingerprint.parse().map_err(|_| failed("not a fingerprint".into()))?;
    if let Some(url) = start.url {
        let columns = columns.get(0);
        spawn_local(async move {
            match OwnService::load(&import, &url, columns, start.items, fingerprint, false).await {
                Ok(service) => {
                    let service = Rc::new(service);
                    serve(&start.lock, move |message| {
                        let service = service.clone();
                        spawn_local(async move {
                            match service.handle(&message).await {
                                Ok(reply) => drop(post(&reply)),
                                Err(problem) => die(problem.to_string()),
                            }
                        });
                        Ok(())
                    });
                }
                Err(reason) => die(reason),
            }
        });
        return Ok(());
    }
    let kind = BUILT_IN.into_iter().find(|kind| kind.name == start.scorer);
    let kind = kind.ok_or_else(|| failed(format!("there is no scorer {}", start.scorer)))?;
    let read = received(kind, start.items, columns).map_err(|problem| failed(problem.to_string()))?;
    columns.iter().for_each(|bytes| free(bytes.unchecked_ref()));
    let service = ScorerService::new(kind, read.into(), fingerprint);
    service.prepare();
    serve(&start.lock, move |message| {
        let reply = service.handle(&message, globals::now);
        post(&reply.map_err(|problem| failed(problem.to_string()))?)
    });
    Ok(())
}

fn failed(reason: String) -> JsValue {
    JsError::new(&reason).into()
}

/// Tells the parent why there is no scorer.
fn die(reason: String) {
    let died = ErrorMessage::from(Error::Internal { reason });
    let mut writer = Writer::default();
    writer.object(|writer| writer.field("died", &died));
    let _ = globals::worker_scope().post_message(&writer.finish().into());
}

/// Gives the parent a reply.
fn post(reply: &[u8]) -> Result<(), JsValue> {
    let reply = Uint8Array::from(reply).buffer();
    globals::worker_scope().post_message_with_transfer(&reply, &Array::of1(&reply))
}

fn serve(lock: &str, answer: impl Fn(Vec<u8>) -> Result<(), JsValue> + 'static) {
    let on_message = move |event: MessageEvent| answer(Uint8Array::new(&event.data()).to_vec());
    let on_message = Closure::<dyn FnMut(MessageEvent) -> Result<(), JsValue>>::new(on_message);
    globals::worker_scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    lock::hold(lock, || {
        // A message that cannot be posted means that the parent is gone, and so are we soon.
        let _ = globals::worker_scope().post_message(&"\"ready\"".into());
    });
}
