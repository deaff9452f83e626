//! watchnext decides on the viewer's own device what to watch next.
//!
//! Nothing lower knows of anything higher: `catalog`, `history` and `model` are read by `score` and
//! `rank`; `broker` moves messages and knows nothing of movies; `engine` is a request's whole way;
//! `browser` and the command line are the two shells around it. See `docs/design.md`.

/// One enum, one stable code per variant.
pub mod error;

/// Bytes of JSON to a [`catalog::Catalog`].
pub mod catalog;
/// Rows and strings stored end to end: what the columns are made of.
pub mod columns;
/// The hash of what comes from outside.
mod hash;
/// Events to a [`history::Profile`].
pub mod history;
/// What was learnt from many viewers, and its file format.
pub mod model;

/// Filter, blend, take the best.
pub mod rank;
/// One scorer for each reason to watch something.
pub mod score;

/// Queues, deliveries, acknowledgements, redelivery, time-outs (sans-I/O).
pub mod broker;
/// Commands in, effects out: the request's whole way (sans-I/O).
pub mod engine;
/// Options and commands from JSON, with errors in JavaScript's words.
mod json;
/// The messages; the same on every transport.
pub mod protocol;

/// Metrics over held-out viewers.
#[cfg(all(feature = "train", not(target_arch = "wasm32")))]
pub mod evaluate;
/// Interactions to a [`model::ItemModel`].
#[cfg(all(feature = "train", not(target_arch = "wasm32")))]
pub mod train;

/// Parameters chosen on viewers that are held out.
#[cfg(all(feature = "train", not(target_arch = "wasm32")))]
pub mod tune;

/// Workers, ports, fetch and timers. `JsValue` lives here alone.
#[cfg(target_arch = "wasm32")]
pub mod browser;
