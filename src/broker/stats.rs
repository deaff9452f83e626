use serde::Serialize;

use super::WorkerId;
use super::breaker::Circuit;

/// What a queue has seen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Messages that came.
    pub published: u64,
    /// Messages that were replied to.
    pub acknowledged: u64,
    /// Deliveries after a message's first, for which its worker had died.
    pub redelivered: u64,
    /// Deliveries to a second worker while the first still had the message.
    pub hedged: u64,
    /// Messages given up.
    pub dead_lettered: u64,
    /// Workers that died; others take their places.
    pub restarts: u64,
}

/// A queue's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStats {
    /// Its name.
    pub name: &'static str,
    /// Messages waiting.
    pub ready: usize,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: usize,
    /// What it has seen.
    #[serde(flatten)]
    pub counts: Counts,
    /// Whether workers are started.
    pub circuit: Circuit,
    /// The workers alive.
    pub workers: Vec<WorkerStats>,
}

/// A worker's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkerStats {
    /// Its number.
    pub worker: WorkerId,
    /// What it is doing.
    pub state: WorkerState,
    /// Messages it replied to.
    pub handled: u64,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// Not ready yet.
    Starting,
    /// Waiting for a message.
    Idle,
    /// It has a message.
    Busy,
    /// It has a message that nobody waits for any more.
    Stuck,
}
