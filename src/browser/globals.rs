//! What is called the same on a page, in a worker, and in Node.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(id: &JsValue);

    #[wasm_bindgen(js_name = fetch)]
    pub(super) fn fetch(url: &str) -> Promise;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// The scope of the worker this runs in.
pub(super) fn worker_scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Shows a panic's text, which the trap that follows does not carry.
pub(super) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| console_error(&format!("watchnext: {panic}"))));
}
