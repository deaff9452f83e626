//! The fuzz targets' checks on the corpora that were kept, and on every cut of the smaller files. `fuzz/README.md` says how to
//! look for more.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/checks.rs"]
mod checks;

use std::fs;

fn replay(name: &str, check: fn(&[u8])) {
    let folder = format!("{}/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for file in fs::read_dir(&folder).expect("a corpus") {
        let bytes = fs::read(file.expect("a file").path()).expect("can be read");
        check(&bytes);
        (0..bytes.len().min(200)).for_each(|length| check(&bytes[..length]));
        count += 1;
    }
    assert!(count >= 10, "{folder} has {count} files");
}

#[test]
fn catalogs() {
    replay("catalog", checks::catalog);
}

#[test]
fn models() {
    replay("model", checks::model);
}

#[test]
fn messages() {
    replay("message", checks::message);
}

#[test]
fn commands() {
    replay("command", checks::command);
}

#[test]
fn histories() {
    replay("history", checks::history);
}
