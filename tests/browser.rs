//! The browser's shell in a real browser: `wasm-pack test --headless`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, JSON, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use watchnext::browser::host_engine;

wasm_bindgen_test_configure!(run_in_browser);

const CATALOG: &str = r#"[
    {"id": 1, "title": "Heat", "genres": ["Crime"], "year": 1995, "note": "kept as it is"},
    {"id": 2, "title": "Ronin", "genres": ["Crime"], "year": 1998},
    {"id": 3, "title": "Toy Story", "genres": ["Animation"], "year": 1995}
]"#;

type Waiter = (String, Function);

/// An engine in this thread, and the messages it has posted.
struct Host {
    receive: Function,
    posted: Rc<RefCell<Vec<JsValue>>>,
    waiter: Rc<RefCell<Option<Waiter>>>,
}

impl Host {
    fn new() -> Self {
        let posted: Rc<RefCell<Vec<JsValue>>> = Rc::default();
        let waiter: Rc<RefCell<Option<Waiter>>> = Rc::default();
        let (log, waits) = (posted.clone(), waiter.clone());
        let post = Closure::<dyn FnMut(JsValue)>::new(move |message: JsValue| {
            let message = parse(&message.as_string().unwrap());
            log.borrow_mut().push(message.clone());
            let wanted = waits.borrow().as_ref().is_some_and(|(kind, _)| has(&message, kind));
            if wanted && let Some((_, resolve)) = waits.borrow_mut().take() {
                resolve.call1(&JsValue::UNDEFINED, &message).unwrap();
            }
        });
        let import = Function::new_no_args("throw new Error('there are no scorers of a page here')");
        Host { receive: host_engine(post.into_js_value().unchecked_into(), import), posted, waiter }
    }

    /// Sends a message and waits for one of a kind.
    async fn ask(&self, message: impl Into<Message>, kind: &str) -> JsValue {
        let promise =
            Promise::new(&mut |resolve, _| *self.waiter.borrow_mut() = Some((kind.into(), resolve)));
        self.tell(message);
        get(&JsFuture::from(promise).await.unwrap(), kind)
    }

    fn tell(&self, message: impl Into<Message>) {
        let Message(text, attached) = message.into();
        self.receive.call2(&JsValue::UNDEFINED, &text.into(), &attached).unwrap();
    }

    /// Without workers.
    async fn configured() -> Self {
        let host = Host::new();
        host.ask(configure("{}"), "configured").await;
        host
    }

    async fn loaded() -> Self {
        let host = Host::configured().await;
        host.ask(load(CATALOG), "loaded").await;
        host
    }
}

fn parse(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn has(message: &JsValue, key: &str) -> bool {
    Reflect::has(message, &key.into()).unwrap()
}

fn get(object: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(object.clone(), |object, key| Reflect::get(&object, &key.into()).unwrap())
}

fn text(object: &JsValue, path: &str) -> String {
    get(object, path).as_string().unwrap()
}

/// A message's text, and the bytes beside it.
struct Message(String, Array);

impl From<String> for Message {
    fn from(text: String) -> Self {
        Message(text, Array::new())
    }
}

fn call(number: u32, command: &str) -> String {
    format!(r#"{{"call": [{number}, {command}]}}"#)
}

fn configure(options: &str) -> String {
    format!(r#"{{"configure": {options}}}"#)
}

fn load(catalog: &str) -> Message {
    let bytes = js_sys::Uint8Array::from(catalog.as_bytes());
    Message(r#"{"load": {"catalog": {"bytes": 0}}}"#.into(), Array::of1(&bytes))
}

#[wasm_bindgen_test]
async fn a_list_comes_back_with_the_catalogs_own_objects() {
    let host = Host::loaded().await;
    let watch = r#"{"record": [{"item": "2", "type": "watch", "time": 0}]}"#;
    let recorded = host.ask(call(1, watch), "answer").await;
    assert_eq!(get(&recorded, "value.recorded").as_f64(), Some(1.0));

    let recommend = r#"{"recommend": {"limit": 1, "explain": true}}"#;
    let answer = host.ask(call(2, recommend), "answer").await;
    let items: Array = get(&answer, "value.items").unchecked_into();
    let first = items.get(0);
    assert_eq!((items.length(), text(&first, "id").as_str()), (1, "1"));
    assert_eq!(text(&first, "item.note"), "kept as it is");
    let reasons: Array = get(&first, "explanation.items").unchecked_into();
    assert_eq!(text(&reasons.get(0), "title"), "Ronin");
}

#[wasm_bindgen_test]
async fn a_bad_catalog_is_refused_with_its_code() {
    for (catalog, code) in
        [("<!doctype html>", "CATALOG_HTML"), (r#"[{"id": 1,"#, "CATALOG_TRUNCATED"), ("[]", "CATALOG_EMPTY")]
    {
        let failed = Host::configured().await.ask(load(catalog), "loadFailed").await;
        assert_eq!(text(&failed, "code"), code);
    }
}

#[wasm_bindgen_test]
async fn an_address_that_does_not_answer_well_is_named() {
    let missing = format!("{}/no-such-catalog.json", text(&js_sys::global(), "location.origin"));
    let message = format!(r#"{{"load": {{"catalog": {{"url": "{missing}"}}}}}}"#);
    let failed = Host::configured().await.ask(message, "loadFailed").await;
    assert_eq!(text(&failed, "code"), "HTTP");
    assert!(text(&failed, "message").contains(&missing));
}

#[wasm_bindgen_test]
async fn a_misspelt_option_is_named() {
    let failed = Host::new().ask(configure(r#"{"broker": {"queuLimit": 3}}"#), "loadFailed").await;
    assert_eq!(text(&failed, "code"), "OPTION");
    assert!(text(&failed, "message").contains("broker.queuLimit"), "{failed:?}");
    let host = Host::loaded().await;
    let error = host.ask(call(1, r#"{"recommend": {"limt": 3}}"#), "error").await;
    assert_eq!(text(&error, "error.code"), "OPTION");
    assert!(text(&error, "error.message").contains("limt"), "{error:?}");
}

#[wasm_bindgen_test]
async fn a_cancelled_call_is_not_answered() {
    let host = Host::loaded().await;
    host.tell(call(1, r#"{"recommend": {}}"#));
    host.tell(r#"{"cancel": 1}"#.to_owned());
    let stats = host.ask(call(2, r#""stats""#), "answer").await;
    assert_eq!(get(&stats, "value.requests.aborted").as_f64(), Some(1.0));
    let answered = |call: f64| move |message: &&JsValue| get(message, "answer.call").as_f64() == Some(call);
    let posted = host.posted.borrow();
    let answers = posted.iter().filter(|message| has(message, "answer"));
    assert_eq!(answers.clone().filter(answered(1.0)).count(), 0);
    assert_eq!(answers.filter(answered(2.0)).count(), 1);
}
