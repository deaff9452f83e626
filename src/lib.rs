//! watchnext decides on the viewer's own device what to watch next.
//!
//! Nothing lower knows of anything higher, in this order; `tests/layers.rs` reads the imports to see that, and the empty lines keep the order.
//! See `docs/design.md`.

// The ground floor.

/// Little-endian numbers.
pub mod bytes;

/// Scores and weights that add up to the same everywhere.
mod fixed;

/// Sorting.
mod order;

/// Small maps.
pub mod map;

/// Parts of texts, JSON's escapes, lower case.
mod text;

/// The checksum of model files.
mod crc32;

/// The hash of what comes from outside.
mod hash;

/// Columns on their way to scorers.
pub mod arrays;

/// Rows and strings stored end to end: what the columns are made of.
pub mod columns;

/// One enum, one stable code per variant.
pub mod error;

/// JSON between clients and the engine.
pub mod json;

/// Which message of which request.
mod correlation;

// Data.

/// Bytes of JSON to a [`catalog::Catalog`].
pub mod catalog;

/// Events to a [`history::Profile`].
pub mod history;

/// What was learnt from many viewers, and its file format.
pub mod model;

// Scoring.

/// One scorer for each reason to watch something; what engine and scorers say to each other.
pub mod score;

/// Filter, blend, take the best.
pub mod rank;

// Delivery.

/// Queues, deliveries, acknowledgements, redelivery, time-outs (sans-I/O).
pub mod broker;

// Deciding.

/// Commands in, effects out: the request's whole way (sans-I/O).
pub mod engine;

// Driving.

/// The loop around the engine, and where scorers run.
pub mod host;

// Shells, and what is native only.

/// Workers, ports, fetch and timers. `JsValue` lives here and in `trainer` alone.
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(feature = "train")))]
pub mod browser;

/// Interactions to a [`model::ItemModel`].
#[cfg(feature = "train")]
pub mod train;

/// Metrics over held-out viewers.
#[cfg(all(feature = "train", not(target_arch = "wasm32")))]
pub mod evaluate;

/// Parameters chosen on viewers that are held out.
#[cfg(all(feature = "train", not(target_arch = "wasm32")))]
pub mod tune;

/// Training in WebAssembly, a module of its own.
#[cfg(all(target_arch = "wasm32", target_os = "unknown", feature = "train"))]
pub mod trainer;
