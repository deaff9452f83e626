use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use super::message::{Deliver, FromScorer, StartScorer};
use super::{globals, lock, memory, message};
use crate::protocol::decode;
use crate::score::{ScorerData, ScorerService};

/// Serves a scorer's queue in this worker, until it is terminated.
pub(super) fn run_in_worker(start: StartScorer) -> Result<(), JsValue> {
    let failed = |error: crate::error::Error| JsValue::from(js_sys::Error::new(&error.to_string()));
    memory::limit(start.memory);
    let data: ScorerData = decode(&start.data.to_vec()).map_err(failed)?;
    let service = ScorerService::new(start.scorer, Rc::new(data)).map_err(failed)?;
    let scope = globals::worker_scope();
    let on_message =
        Closure::<dyn FnMut(MessageEvent) -> Result<(), JsValue>>::new(move |event: MessageEvent| {
            let Deliver { id, body, .. } =
                message::read(event.data()).map_err(|reason| js_sys::Error::new(&reason))?;
            let began = globals::now();
            match service.handle(&body.to_vec()) {
                Ok(reply) => {
                    let body = Uint8Array::from(reply.as_slice());
                    let transfer = Array::of1(&body.buffer());
                    let busy = globals::now() - began;
                    let reply = message::write(&FromScorer::Reply { id, busy, body });
                    globals::worker_scope().post_message_with_transfer(&reply, &transfer)
                }
                Err(error) => {
                    let reject = FromScorer::Reject { id, cause: error.to_string() };
                    globals::worker_scope().post_message(&message::write(&reject))
                }
            }
        });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    lock::hold(&start.lock, || {
        // A message that cannot be posted means that the parent is gone, and so are we soon.
        let _ = globals::worker_scope().post_message(&message::write(&FromScorer::Ready));
    });
    Ok(())
}
