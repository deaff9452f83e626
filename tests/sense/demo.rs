use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use watchnext::engine::LoadOptions;
use watchnext::host::LocalHost;

/// The demo's catalog and model, made as `scripts/build.mjs` makes them.
pub(crate) struct Demo {
    pub(crate) catalog: Vec<u8>,
    pub(crate) model: Vec<u8>,
}

pub(crate) static DEMO: LazyLock<Demo> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("watchnext-sense-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/ml-latest-small");
    let source = |name: &str| data.join(name).display().to_string();
    let made = |name: &str| folder.join(name).display().to_string();
    let (catalog, model) = (made("catalog.json"), made("model.wnm"));
    let (movies, ratings) = (source("movies.csv"), source("ratings.csv.gz"));
    let (tags, links) = (source("tags.csv.gz"), source("links.csv"));
    run(&["catalog", &movies, "--ratings", &ratings, "--tags", &tags, "--links", &links, "--out", &catalog]);
    // What comes next in a small log of a site's own order is noise (docs/training.md); fading with what came later is not.
    let shape = "--preset base --l2 60 --min-support 3 --order none --half-life-events 15";
    let shape: Vec<&str> = shape.split(' ').collect();
    run(&[&["train", "--interactions", &ratings, "--catalog", &catalog, "--out", &model], &shape[..]]
        .concat());
    let demo = Demo { catalog: std::fs::read(catalog).unwrap(), model: std::fs::read(model).unwrap() };
    std::fs::remove_dir_all(folder).unwrap();
    demo
});

fn run(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_watchnext")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

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
