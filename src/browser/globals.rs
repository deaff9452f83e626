//! What is called the same on a page, in a worker, and in Node.

use js_sys::{BigUint64Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

use crate::error::Error;
use crate::hash;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(id: &JsValue);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(array: &BigUint64Array) -> Result<JsValue, JsValue>;

    /// A promise, to which functions that are called once can be given.
    pub(super) type Thenable;

    #[wasm_bindgen(method, js_name = catch)]
    pub(super) fn on_rejection(this: &Thenable, handler: &Function) -> JsValue;

    /// What a value says, except that there are some from which it throws.
    #[wasm_bindgen(js_name = String, catch)]
    pub(super) fn text_of(value: &JsValue) -> Result<String, JsValue>;

    #[wasm_bindgen(js_name = fetch)]
    fn fetch(url: &str, init: &Object) -> Promise;
}

/// How something is fetched: `fetch`, or what knows what was fetched already.
pub(super) struct Fetch(pub(super) Option<Function>);

impl Fetch {
    pub(super) fn call(&self, url: &str, init: &Object) -> Promise {
        let own = self.0.as_ref().and_then(|own| own.call2(&JsValue::UNDEFINED, &url.into(), init).ok());
        own.map_or_else(|| fetch(url, init), JsCast::unchecked_into)
    }
}

/// The longest that a timer can wait, in milliseconds: it counts with 32 bits, and what is more goes off at once.
pub(super) const MAX_TIMEOUT: f64 = 2_147_483_647.0;

/// The scope of the worker this runs in.
pub(super) fn worker_scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Addresses as Trusted Types want them, by a policy that knows no others; the addresses themselves where there are none.
pub(super) fn trusted_script_urls(urls: &[JsValue; 2]) -> [JsValue; 2] {
    let wrap = || -> Result<[JsValue; 2], JsValue> {
        let factory = Reflect::get(&js_sys::global(), &"trustedTypes".into())?;
        let create_policy: Function = Reflect::get(&factory, &"createPolicy".into())?.dyn_into()?;
        let rules = Object::new();
        let known = urls.clone();
        let only = move |url: JsValue| if known.contains(&url) { url } else { JsValue::NULL };
        let only = Closure::<dyn Fn(JsValue) -> JsValue>::new(only).into_js_value();
        Reflect::set(&rules, &"createScriptURL".into(), &only)?;
        let policy = create_policy.call2(&factory, &"watchnext".into(), &rules)?;
        let create: Function = Reflect::get(&policy, &"createScriptURL".into())?.dyn_into()?;
        let [first, second] = urls;
        Ok([create.call1(&policy, first)?, create.call1(&policy, second)?])
    };
    wrap().unwrap_or_else(|_| urls.clone())
}

/// What each instance does first.
pub(super) fn begin() {
    report_panics();
    draw_hash_key();
}

/// Calls a function once what runs now has ended.
pub(super) fn later(call: impl FnOnce() + 'static) {
    spawn_local(async move { call() });
}

/// Draws the key of the hash of what comes from outside, which WebAssembly by itself cannot.
fn draw_hash_key() {
    let key = BigUint64Array::new_with_length(2);
    // Every platform we support has it; a page's test environment may not, and is not attacked.
    if get_random_values(&key).is_ok() {
        hash::set_key((key.get_index(0), key.get_index(1)));
    }
}

/// Lets panics end this instance with their text: the trap that would follow says nothing.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| end(&Error::Internal { reason: panic.to_string() })));
}

/// Ends this instance: what is thrown here leaves it without looking back, and the guard around its exports
/// (`guard.ts`) lets nobody in again.
pub(super) fn end(error: &Error) -> ! {
    let thrown = js_sys::Error::new(&error.to_string());
    // Setting a property of a new object cannot fail.
    let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
    wasm_bindgen::throw_val(thrown.into())
}
