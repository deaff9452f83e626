use serde::{Deserialize, Serialize};

/// Milliseconds since some moment; never goes back.
pub type Millis = f64;
/// A queue's place among the queues.
pub type QueueId = usize;
/// A worker; numbers are not used again.
pub type WorkerId = u32;

/// Which request a message belongs to, and which of its messages it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CorrelationId {
    /// The request.
    pub request: u64,
    /// The message among those of the request.
    pub part: u32,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say what their fields are")]
pub enum Input<M, R> {
    /// A message for a queue.
    Publish { queue: QueueId, id: CorrelationId, message: M },
    /// Nobody waits for this message any more.
    Cancel { id: CorrelationId },
    /// A worker is ready for messages.
    Ready { worker: WorkerId },
    /// A worker's reply, which acknowledges the message.
    Reply { worker: WorkerId, id: CorrelationId, reply: R },
    /// A worker could not process the message; `requeue` says whether another attempt makes sense.
    Reject { worker: WorkerId, id: CorrelationId, requeue: bool, cause: String },
    /// A worker is gone.
    Died { worker: WorkerId, cause: String },
    /// The time of [`Broker::wakes_at`](super::Broker::wakes_at) has come.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say what their fields are")]
pub enum Output<M, R> {
    /// Start a worker, and say [`Input::Ready`] or [`Input::Died`]. `failed_starts` is how many workers of this queue
    /// have died before they were ready.
    Start { worker: WorkerId, queue: QueueId, failed_starts: u32 },
    /// Stop a worker; it counts as dead already.
    Stop { worker: WorkerId },
    /// Give a worker a message.
    Deliver { worker: WorkerId, id: CorrelationId, attempt: u32, message: M },
    /// The end of a message, exactly once unless it was cancelled.
    Settled { id: CorrelationId, outcome: Outcome<R> },
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<R> {
    /// With a reply.
    Reply(R),
    /// Without one.
    DeadLetter(DeadLetter),
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// In one word.
    pub reason: DeadLetterReason,
    /// How often it was delivered.
    pub attempts: u32,
    /// What the last worker died of, or said.
    pub cause: String,
}

/// Why a message was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterReason {
    /// It was delivered as often as allowed.
    DeliveryLimit,
    /// A worker refused it for good.
    Rejected,
    /// Its queue has no worker, and new ones die.
    NoWorker,
}
