//! Nothing lower knows of anything higher: the modules of `src/lib.rs`, in their order.

use std::fs;
use std::path::{Path, PathBuf};

/// The crate's modules, the lowest first.
fn modules(lib: &str) -> Vec<&str> {
    let declared =
        lib.lines().filter_map(|line| line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod "));
    declared.filter_map(|rest| rest.strip_suffix(';')).collect()
}

/// What a file of this module imports from modules that are above it, by the code that ships: not by tests, which may look at all of it, or
/// in comments, which may point anywhere.
fn looks_up<'a>(module: &str, source: &str, modules: &[&'a str]) -> Vec<&'a str> {
    let own = modules.iter().position(|name| *name == module).expect("is declared in lib.rs");
    let shipped = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
    let imports = |line: &str, name: &str| {
        line.split("crate::").skip(1).any(|path| {
            let path = path.trim_start_matches('{');
            path.strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
        })
    };
    let code: Vec<&str> = code.collect();
    modules[own + 1..].iter().copied().filter(|name| code.iter().any(|line| imports(line, name))).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_lower_knows_of_anything_higher() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(src.join("lib.rs")).expect("lib.rs");
    let modules = modules(&lib);
    assert!(modules.len() > 10, "{modules:?}");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut found = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&src).expect("is in src");
        let module =
            inside.iter().next().and_then(|first| first.to_str()).unwrap_or_default().trim_end_matches(".rs");
        let is_test = inside.iter().any(|part| part == "tests" || part == "tests.rs");
        if module == "bin" || module == "lib" || is_test {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        found.extend(
            looks_up(module, &source, &modules)
                .iter()
                .map(|above| format!("{} imports {above}", inside.display())),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_import_from_above_is_seen() {
    let modules = ["low", "middle", "high"];
    assert_eq!(
        looks_up("middle", "use crate::{high::Thing, low};\nuse crate::high_school;", &modules),
        ["high"]
    );
    assert_eq!(
        looks_up("low", "fn f() -> crate::middle::Thing;\n    crate::high::g();", &modules),
        ["middle", "high"]
    );
    assert!(
        looks_up("low", "/// [`crate::high`]\n#[cfg(test)]\nmod tests {\n    use crate::high;", &modules)
            .is_empty()
    );
}

#[test]
fn the_library_knows_nothing_of_the_command_line() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("Cargo.toml");
    assert!(manifest.contains("clap"), "the command line's parser has another name now");
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let library = files.iter().filter(|path| !path.iter().any(|part| part == "bin"));
    let with_clap = library.filter(|path| fs::read_to_string(path).expect("a source").contains("clap::"));
    assert_eq!(with_clap.collect::<Vec<_>>(), Vec::<&PathBuf>::new());
}
