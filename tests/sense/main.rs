//! What anybody who knows films expects of the lists, on the demo's catalog and model.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test may")]

mod demo;
mod reasons;
mod similar;
mod viewers;
