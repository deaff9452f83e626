use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

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
    let shape = ["--preset", "base", "--l2", "60", "--min-support", "3"];
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
