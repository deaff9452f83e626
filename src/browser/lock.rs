//! A Web Lock as a sign of life: a worker holds it as long as it lives, whoever asks for it after that gets it within
//! milliseconds of its death. Nothing else tells of a worker that ended silently.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::globals::Thenable;

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, callback: &Function) -> Result<Thenable, JsValue>;
}

/// Web Locks are there in secure contexts only.
fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

/// Asks for a lock. `granted` is called when it is ours, and what it returns says how long we keep it; `refused` where there are no
/// locks, or nobody gets any, as in a sandboxed frame.
fn request(name: &str, granted: impl FnOnce() -> JsValue + 'static, refused: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(granted);
    match manager().and_then(|manager| manager.request(name, callback.unchecked_ref()).ok()) {
        Some(request) => {
            let refused = Closure::once_into_js(move |_: JsValue| refused());
            request.on_rejection(refused.unchecked_ref());
        }
        None => refused(),
    }
}

/// Takes a lock until this worker ends, and calls `held` when it has it, or where it cannot be had.
pub(super) fn hold(name: &str, held: impl FnOnce() + Clone + 'static) {
    let then = held.clone();
    let granted = move || {
        then();
        Promise::new(&mut |_, _| {}).into()
    };
    request(name, granted, held);
}

/// Calls `released` when nobody holds the lock any more; never where there are no locks.
pub(super) fn on_release(name: &str, released: impl FnOnce() + 'static) {
    let granted = move || {
        released();
        JsValue::UNDEFINED
    };
    request(name, granted, || ());
}
