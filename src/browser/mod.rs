//! The browser's shell around the engine and the scorers. What it does for the engine is what the engine's
//! effects say; it decides nothing.

mod download;
mod engine;
mod globals;
mod integrity;
mod lock;
mod memory;
mod message;
mod scorer;
mod worker;

pub use engine::EngineHost;
use message::Role;
use wasm_bindgen::prelude::*;

/// Turns the worker this runs in into what its parent wants it to be: the engine or a scorer.
///
/// # Errors
/// A message about the start message, which only this package sends.
#[wasm_bindgen]
pub fn run(start: JsValue) -> Result<(), JsValue> {
    globals::report_panics();
    globals::draw_hash_key();
    match message::role(start)? {
        Role::Engine { module, lock } => engine::run_in_worker(module, &lock),
        Role::Scorer(start) => scorer::run_in_worker(start),
    }
}
