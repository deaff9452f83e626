//! The same lists, to the last bit, natively and in every browser's WebAssembly: what is in
//! `tests/golden/expected.json`. Where a change to the ranking is meant, `UPDATE_GOLDEN=1 cargo test --test golden`
//! writes it anew. `tests/e2e/same-lists.test.mjs` does the same through pages, workers and queues.

#![expect(clippy::unwrap_used, reason = "a test may")]

use serde_json::{Value, json};
use watchnext::engine::{Answer, Command, LoadOptions};
use watchnext::host::LocalHost;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

const CATALOG: &[u8] = include_bytes!("golden/catalog.json");
const MODEL: &[u8] = include_bytes!("golden/model.wnm");
const CASES: &str = include_str!("golden/cases.json");
const EXPECTED: &str = include_str!("golden/expected.json");

/// The list of a case, with its scores as bits: what is printed in decimal could hide a difference.
fn list(case: &Value) -> Value {
    let model = case["model"].as_bool().unwrap().then_some(MODEL);
    let mut host = LocalHost::load(CATALOG.to_vec(), model, &LoadOptions::default()).unwrap();
    let mut call = |command: Value| host.call(Command::from_json(&command.to_string()).unwrap()).unwrap();
    call(json!({ "record": case["events"] }));
    let Answer::Recommendations(list) = call(json!({ "recommend": case["options"] })) else { panic!() };
    assert!(list.complete);
    let bits = |score: f64| format!("{:016x}", score.to_bits());
    let item = |item: &watchnext::engine::Recommendation| {
        let explanation = item.explanation.as_ref().unwrap();
        let part = |name: &str| explanation.parts.get(name).copied();
        let parts = ["genre", "history", "popularity"].into_iter().filter_map(part).map(bits);
        let parts: Vec<String> = parts.collect();
        let items: Vec<&str> = explanation.items.iter().map(|reason| reason.id.as_str()).collect();
        let genres: Vec<&str> = explanation.genres.iter().map(|reason| reason.genre.as_str()).collect();
        json!([item.id, bits(item.score), parts, items, genres])
    };
    json!({ "name": case["name"], "list": list.items.iter().map(item).collect::<Vec<_>>() })
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn lists_are_what_they_were() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let lists: Vec<Value> = cases.iter().map(list).collect();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let lines: Vec<String> = lists.iter().map(Value::to_string).collect();
        std::fs::write("tests/golden/expected.json", format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    let expected: Vec<Value> = serde_json::from_str(EXPECTED).unwrap();
    assert_eq!(lists.len(), expected.len());
    for (list, expected) in lists.iter().zip(&expected) {
        assert_eq!(list, expected);
    }
}
