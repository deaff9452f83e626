//! The browser's shell around the engine and the scorers. What it does for the engine is what the engine's
//! effects say; it decides nothing.

mod columns;
mod download;
mod engine;
mod globals;
mod integrity;
mod lock;
mod memory;
mod message;
mod own;
mod ports;
mod scorer;
mod source;
mod worker;

pub use engine::{host_engine, run_engine};
pub use scorer::run_scorer;
