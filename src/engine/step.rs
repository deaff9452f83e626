use std::sync::Arc;

use super::{CallId, Effect, Engine};
use crate::broker::WorkerId;
use crate::correlation::CorrelationId;
use crate::json::write_fields;
use crate::score::ScorerId;

/// A message that was given to a worker, or its reply: for whoever follows the way of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The call that it is for; none for a reply that nobody waits for any more.
    pub call: Option<CallId>,
    /// The scorer's.
    pub queue: Arc<str>,
    /// Who has it.
    pub worker: WorkerId,
    /// The message.
    pub id: CorrelationId,
    /// Its delivery, counted from 1.
    pub attempt: u32,
    /// Of a reply: how many milliseconds the worker took.
    pub took: Option<f64>,
}

write_fields! { Step { call: "call", queue: "queue", worker: "worker", id: "id", attempt: "attempt", took: "took" } }

impl Engine {
    /// Tells of a step, where that is wanted.
    pub(super) fn step(
        &self,
        worker: WorkerId,
        id: CorrelationId,
        attempt: u32,
        took: Option<f64>,
        effects: &mut Vec<Effect>,
    ) {
        if self.debug
            && let Some(spec) = self.loaded.scorers.get(ScorerId::from(id.scorer))
        {
            let call = self.requests.get(&id.request).map(|request| request.call);
            effects.push(Effect::Step(Step { call, queue: spec.name.clone(), worker, id, attempt, took }));
        }
    }
}
