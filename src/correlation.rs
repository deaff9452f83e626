use crate::json::write_fields;

/// Which request a message belongs to, and which of its messages it is. A queue compares them, and looks at `request` alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorrelationId {
    /// The request.
    pub request: u64,
    /// What is asked: a request has one round of messages for each of its phases.
    pub phase: u16,
    /// The scorer that is asked.
    pub scorer: u16,
    /// Which part of the scorer's work, where it is split.
    pub shard: u16,
}

write_fields! { CorrelationId { request: "request", phase: "phase", scorer: "scorer", shard: "shard" } }
