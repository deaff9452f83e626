use std::sync::Arc;

use super::WorkerId;
use super::breaker::Circuit;
use crate::json::{Writer, write_names};

/// What a queue has seen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq)]
pub struct QueueStats {
    /// Its name.
    pub name: Arc<str>,
    /// Messages waiting.
    pub ready: usize,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: usize,
    /// What it has seen.
    pub counts: Counts,
    /// Whether workers are started.
    pub circuit: Circuit,
    /// The workers alive.
    pub workers: Vec<WorkerStats>,
}

/// A worker's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerStats {
    /// Its number.
    pub worker: WorkerId,
    /// What it is doing.
    pub state: WorkerState,
    /// Messages it replied to.
    pub handled: u64,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

write_names! { WorkerState { Starting: "starting", Idle: "idle", Busy: "busy", Stuck: "stuck" } }

impl QueueStats {
    /// Its fields but the workers, of a larger object.
    pub fn write_fields(&self, writer: &mut Writer) {
        let Counts { published, acknowledged, redelivered, hedged, dead_lettered, restarts } = &self.counts;
        writer.field("name", &self.name);
        writer.field("ready", &self.ready);
        writer.field("unacknowledged", &self.unacknowledged);
        writer.field("published", published);
        writer.field("acknowledged", acknowledged);
        writer.field("redelivered", redelivered);
        writer.field("hedged", hedged);
        writer.field("deadLettered", dead_lettered);
        writer.field("restarts", restarts);
        writer.field("circuit", &self.circuit);
    }
}

impl WorkerStats {
    /// Its fields, of a larger object.
    pub fn write_fields(&self, writer: &mut Writer) {
        writer.field("worker", &self.worker);
        writer.field("state", &self.state);
        writer.field("handled", &self.handled);
    }
}
