//! Out of memory at any moment: the n-th allocation of loading a catalog and a model fails, for every n, each in a process of its own.
//! Rust ends a process that gets no memory, which in a browser is a coded error of one worker (`src/browser/memory.rs`); it must
//! end in that way only, and never go on with something broken.

#![cfg(not(target_arch = "wasm32"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::process::{Command, Output};

use watchnext::engine::{LoadOptions, Loaded};

/// The system's allocator until so many allocations have been made.
struct Failing;

#[global_allocator]
static ALLOCATOR: Failing = Failing;

thread_local! {
    /// So many allocations are granted to this thread: that which waits for the test makes some whenever it likes.
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Tells the child process which allocation is to fail.
const FAIL_AT: &str = "WATCHNEXT_FAIL_AT";
const CATALOG: &str = r#"[{"id":1,"title":"Heat","genres":["Crime"]},{"id":"356","title":"Forrest Gump","genres":["War","Crime"],"tags":["a","b"],"year":1994}]"#;
const MODEL: &[u8] = include_bytes!("golden/model.wnm");

fn granted() -> bool {
    let left = LEFT.get().checked_sub(1);
    left.inspect(|&left| LEFT.set(left)).is_some()
}

#[expect(unsafe_code, reason = "there is no safe way to write an allocator")]
// SAFETY: every method is the system allocator's, called with what the caller vouches for, or refuses.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if granted() { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if granted() { unsafe { System.realloc(place, layout, size) } } else { std::ptr::null_mut() }
    }
}

/// Loads with the n-th allocation failing; what it says where it comes to its end.
fn load(fail_at: u64) {
    let (catalog, options) = (CATALOG.as_bytes().to_vec(), LoadOptions::default());
    LEFT.set(fail_at);
    let loaded = Loaded::new(catalog, Some(MODEL), &options, &mut |_, _| {});
    let used = fail_at - LEFT.replace(u64::MAX);
    let loaded = loaded.expect("loads");
    println!("loaded {} items with {used} allocations", loaded.0.catalog.len());
}

fn child(fail_at: u64) -> Output {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["--exact", "every_allocation_may_fail", "--nocapture"]).env(FAIL_AT, fail_at.to_string());
    command.output().expect("a child process")
}

#[test]
fn every_allocation_may_fail() {
    if let Some(fail_at) = std::env::var(FAIL_AT).ok().and_then(|number| number.parse().ok()) {
        return load(fail_at);
    }
    let said = String::from_utf8_lossy(&child(1 << 40).stdout).into_owned();
    let words: Vec<&str> = said.split(" with ").nth(1).expect(&said).split(' ').collect();
    let needed: u64 = words[0].parse().expect(&said);
    assert!(needed > 50, "{said}");
    for fail_at in 0..needed {
        let Output { status, stdout, stderr } = child(fail_at);
        let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        let says_so = stderr.contains("memory allocation of") && stderr.contains("failed");
        assert!(
            !status.success() && says_so && !stdout.contains("loaded"),
            "allocation {fail_at}: {status}\n{stderr}"
        );
    }
    println!("{needed} allocations, each of which failed once");
}
