use std::sync::Arc;

use super::{Loaded, ModelSummary};
use crate::broker::{DeadLetter, Millis, QueueStats, WorkerId, WorkerStats};
use crate::catalog::CatalogReport;
use crate::error::ErrorMessage;
use crate::json::{ToJson, Writer, write_fields};

/// How the queues and workers are doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// The catalog's figures.
    pub catalog: CatalogStats,
    /// The model's, where one was named.
    pub model: Option<ModelStats>,
    /// The viewer's.
    pub history: HistoryStats,
    /// The requests'.
    pub requests: RequestStats,
    /// The queues', in the order of the scorers.
    pub queues: Vec<TimedQueueStats>,
    /// The last messages that were given up, the oldest first.
    pub dead_letters: Vec<QueuedDeadLetter>,
    /// Replies that match no open delivery, and messages that are open already: duplicates, late ones, forgeries.
    pub unmatched: u64,
}

/// What became of the model that was named.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelStats {
    /// Its figures.
    Loaded(ModelSummary),
    /// It is done without.
    Failed {
        /// Why.
        error: ErrorMessage,
    },
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedDeadLetter {
    /// Its queue.
    pub queue: Arc<str>,
    /// Why.
    pub letter: DeadLetter,
}

/// A catalog's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogStats {
    /// Different genres.
    pub genres: usize,
    /// Bytes of JSON.
    pub bytes: usize,
    /// What was read, and what was skipped.
    pub report: CatalogReport,
}

/// A viewer's figures.
#[derive(Debug, Clone, Default, Copy, PartialEq, Eq)]
pub struct HistoryStats {
    /// Events recorded.
    pub events: usize,
    /// Items of them that are not in the catalog.
    pub unknown: u32,
}

/// How requests for lists ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestStats {
    /// Not ended yet.
    pub open: u64,
    /// Ended with a list.
    pub settled: u64,
    /// Of these, with one that lacks a scorer.
    pub partial: u64,
    /// Aborted by the client.
    pub aborted: u64,
    /// Ended with an error.
    pub failed: u64,
}

/// A queue's figures with its workers' timings.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedQueueStats {
    /// The queue's.
    pub queue: QueueStats,
    /// The workers'.
    pub workers: Vec<TimedWorkerStats>,
}

/// A worker's figures with its timings.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedWorkerStats {
    /// The worker's.
    pub worker: WorkerStats,
    /// Its timings.
    pub timings: WorkerTimings,
}

/// How long a worker took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WorkerTimings {
    /// Milliseconds for all its messages.
    pub busy: Millis,
    /// Milliseconds for the last.
    pub last: Millis,
}

impl WorkerTimings {
    pub(super) fn add(&mut self, busy: Millis) {
        self.busy += busy;
        self.last = busy;
    }
}

impl TimedQueueStats {
    pub(super) fn new(mut queue: QueueStats, timing: impl Fn(WorkerId) -> WorkerTimings) -> Self {
        let workers = std::mem::take(&mut queue.workers).into_iter();
        let workers = workers.map(|worker| TimedWorkerStats { timings: timing(worker.worker), worker });
        TimedQueueStats { workers: workers.collect(), queue }
    }
}

impl ModelStats {
    pub(super) fn new(loaded: &Loaded) -> Option<Self> {
        let failed = loaded.model_error.clone().map(|error| ModelStats::Failed { error });
        failed.or(loaded.model.map(ModelStats::Loaded))
    }
}

impl CatalogStats {
    pub(super) fn new(loaded: &Loaded) -> Self {
        CatalogStats {
            genres: loaded.catalog.genres.len(),
            bytes: loaded.catalog.bytes(),
            report: loaded.report.clone(),
        }
    }
}

write_fields! { Stats {
    catalog: "catalog", model: "model", history: "history", requests: "requests", queues: "queues", dead_letters: "deadLetters",
    unmatched: "unmatched",
} }
write_fields! { HistoryStats { events: "events", unknown: "unknown" } }
write_fields! { RequestStats { open: "open", settled: "settled", partial: "partial", aborted: "aborted", failed: "failed" } }

impl ToJson for ModelStats {
    fn write(&self, writer: &mut Writer) {
        match self {
            ModelStats::Loaded(summary) => summary.write(writer),
            ModelStats::Failed { error } => writer.object(|writer| writer.field("error", error)),
        }
    }
}

impl ToJson for QueuedDeadLetter {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.field("queue", &self.queue);
            self.letter.write_fields(writer);
        });
    }
}

impl ToJson for CatalogStats {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.field("genres", &self.genres);
            writer.field("bytes", &self.bytes);
            self.report.write_fields(writer);
        });
    }
}

impl ToJson for TimedQueueStats {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            self.queue.write_fields(writer);
            writer.field("workers", &self.workers);
        });
    }
}

impl ToJson for TimedWorkerStats {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            self.worker.write_fields(writer);
            writer.field("busy", &self.timings.busy);
            writer.field("last", &self.timings.last);
        });
    }
}
