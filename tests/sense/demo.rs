use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use watchnext::engine::LoadOptions;
use watchnext::host::LocalHost;

/// The demo's catalog and model (`scripts/demo-data.mjs`).
pub(crate) struct Demo {
    pub(crate) catalog: Vec<u8>,
    pub(crate) model: Vec<u8>,
}

pub(crate) static DEMO: LazyLock<Demo> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data");
    let read = |name| std::fs::read(folder.join(name)).unwrap();
    Demo { catalog: read("catalog.json"), model: read("model.wnm") }
});

pub(crate) fn engine(model: Option<&[u8]>) -> LocalHost {
    LocalHost::load(DEMO.catalog.clone(), model, &LoadOptions::default()).unwrap()
}

/// The id of the most watched item whose title this is, or begins so before the other one in brackets.
pub(crate) fn item_of(title: &str) -> String {
    static IDS: LazyLock<HashMap<String, (u64, String)>> = LazyLock::new(|| {
        let catalog: Value = serde_json::from_slice(&DEMO.catalog).unwrap();
        let mut ids: HashMap<String, (u64, String)> = HashMap::new();
        for item in catalog["items"].as_array().unwrap() {
            let title = item["title"].as_str().unwrap();
            let entry = (item["popularity"].as_u64().unwrap_or(0), item["id"].as_str().unwrap().to_owned());
            for name in [title, title.split(" (").next().unwrap()] {
                let best = ids.entry(name.to_owned()).or_insert_with(|| entry.clone());
                *best = best.clone().max(entry.clone());
            }
        }
        ids
    });
    IDS.get(title).unwrap_or_else(|| panic!("{title} is not in the catalog")).1.clone()
}
