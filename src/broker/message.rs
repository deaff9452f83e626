use std::sync::Arc;

use super::breaker::Circuit;
use crate::correlation::CorrelationId;
use crate::json::{ToJson, Writer, write_names};

/// Milliseconds since some moment; never goes back.
pub type Millis = f64;
/// A queue's place among the queues.
pub type QueueId = usize;
/// A worker; numbers are never reused.
pub type WorkerId = u32;

/// What the broker is told of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Envelope {
    /// How urgent it is; the higher, the more.
    pub priority: u8,
    /// From when on nobody wants a reply any more.
    pub expires: Option<Millis>,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say what their fields are")]
pub enum Input<M, R> {
    /// A message for a queue. One with the id of a message that has not ended is dropped.
    Publish { queue: QueueId, id: CorrelationId, envelope: Envelope, message: M },
    /// Nobody waits for this request's messages any more.
    Cancel { request: u64 },
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
    /// have died before they were ready. A `stand_in` takes messages until the first of the others is ready.
    Start { worker: WorkerId, queue: QueueId, failed_starts: u32, stand_in: bool },
    /// Stop a worker; it counts as dead already.
    Stop { worker: WorkerId },
    /// Give a worker a message.
    Deliver { worker: WorkerId, id: CorrelationId, attempt: u32, message: M },
    /// The end of a message, exactly once unless it was cancelled.
    Settled { id: CorrelationId, outcome: Outcome<R> },
    /// Something worth knowing.
    Notice(Notice),
}

/// Something worth knowing, which asks for nothing.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say what their fields are")]
pub enum Notice {
    /// A worker is gone, and another takes its place, now or later.
    WorkerRestart { queue: Arc<str>, worker: WorkerId, cause: String },
    /// A message was given up.
    DeadLetter { queue: Arc<str>, id: CorrelationId, letter: DeadLetter },
    /// Too many workers have died, or one lives again.
    Circuit { queue: Arc<str>, circuit: Circuit },
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLetterReason {
    /// It was delivered as often as allowed.
    DeliveryLimit,
    /// A worker refused it for good.
    Rejected,
    /// Its time was up before a worker was free.
    Expired,
    /// Its queue was full.
    MaxLength,
    /// Its queue has no worker, and new ones die.
    NoWorker,
}

write_names! { DeadLetterReason {
    DeliveryLimit: "delivery_limit", Rejected: "rejected", Expired: "expired", MaxLength: "maxlen", NoWorker: "no_worker",
} }

impl DeadLetter {
    /// Its fields, of a larger object.
    pub fn write_fields(&self, writer: &mut Writer) {
        writer.field("reason", &self.reason);
        writer.field("attempts", &self.attempts);
        writer.field("cause", &self.cause);
    }
}

impl ToJson for Notice {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| match self {
            Notice::WorkerRestart { queue, worker, cause } => {
                writer.field("type", &"worker-restart");
                writer.field("queue", queue);
                writer.field("worker", worker);
                writer.field("cause", cause);
            }
            Notice::DeadLetter { queue, id, letter } => {
                writer.field("type", &"dead-letter");
                writer.field("queue", queue);
                writer.field("id", id);
                letter.write_fields(writer);
            }
            Notice::Circuit { queue, circuit } => {
                writer.field("type", &"circuit");
                writer.field("queue", queue);
                writer.field("circuit", circuit);
            }
        });
    }
}

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message<M> {
    pub(super) id: CorrelationId,
    /// Messages are numbered as they come.
    pub(super) number: u64,
    pub(super) published: Millis,
    pub(super) envelope: Envelope,
    pub(super) attempts: u32,
    pub(super) cancelled: bool,
    pub(super) body: M,
}

impl<M> Message<M> {
    pub(super) fn new(
        id: CorrelationId,
        number: u64,
        published: Millis,
        envelope: Envelope,
        body: M,
    ) -> Self {
        Message { id, number, published, envelope, attempts: 0, cancelled: false, body }
    }

    pub(super) fn has_expired(&self, now: Millis) -> bool {
        self.envelope.expires.is_some_and(|expires| expires <= now)
    }
}
