//! What `npm run bench:overhead` compares with, by the feature `unsupervised`: messages go to the workers at once and in turn, replies
//! come back, and nobody watches. Not in the published package.

use std::sync::Arc;

use crate::broker::{
    BrokerOptions, Circuit, DeadLetter, DeadLetterReason, Input, Millis, Outcome, Output, QueueId,
    QueueOptions, QueueStats, WorkerId,
};
use crate::correlation::CorrelationId;

/// In place of [`crate::broker::Broker`].
#[derive(Debug)]
pub(super) struct Broker<M, R> {
    queues: Vec<(QueueOptions, u64)>,
    starting: usize,
    none: Vec<(Arc<str>, DeadLetter)>,
    kind: std::marker::PhantomData<(M, R)>,
}

impl<M: Clone, R> Broker<M, R> {
    pub(super) fn new(queues: impl IntoIterator<Item = QueueOptions>, _: BrokerOptions) -> Self {
        let queues: Vec<(QueueOptions, u64)> = queues.into_iter().map(|queue| (queue, 0)).collect();
        let starting = queues.iter().map(|(queue, _)| queue.workers).sum();
        Broker { queues, starting, none: Vec::new(), kind: std::marker::PhantomData }
    }

    fn workers(&self, queue: QueueId) -> std::ops::Range<WorkerId> {
        let first: usize = self.queues[..queue].iter().map(|(queue, _)| queue.workers).sum();
        first as WorkerId..(first + self.queues[queue].0.workers) as WorkerId
    }

    pub(super) fn start(&mut self, _: Millis) -> Vec<Output<M, R>> {
        let start = |queue| self.workers(queue).map(move |worker| (worker, queue));
        let starts = (0..self.queues.len()).flat_map(start);
        starts
            .map(|(worker, queue)| Output::Start { worker, queue, failed_starts: 0, stand_in: false })
            .collect()
    }

    pub(super) fn handle(&mut self, input: Input<M, R>, _: Millis) -> Vec<Output<M, R>> {
        match input {
            Input::Publish { queue, id, message, .. } => {
                let workers = self.workers(queue);
                let turn = &mut self.queues[queue].1;
                *turn += 1;
                let worker = workers.start + (*turn % workers.len() as u64) as WorkerId;
                vec![Output::Deliver { worker, id, attempt: 1, message }]
            }
            Input::Ready { .. } => {
                self.starting -= 1;
                Vec::new()
            }
            Input::Reply { id, reply, .. } => vec![Output::Settled { id, outcome: Outcome::Reply(reply) }],
            Input::Reject { id, cause, .. } => vec![refused(id, cause)],
            Input::Cancel { .. } | Input::Died { .. } | Input::Tick => Vec::new(),
        }
    }

    pub(super) fn wakes_at(&self) -> Option<Millis> {
        None
    }

    pub(super) fn has_room(&self, _: QueueId) -> bool {
        true
    }

    pub(super) fn stats(&self) -> impl Iterator<Item = QueueStats> {
        self.queues.iter().map(|(queue, published)| QueueStats {
            name: queue.name.clone(),
            ready: 0,
            unacknowledged: 0,
            counts: crate::broker::Counts { published: *published, ..Default::default() },
            circuit: Circuit::Closed,
            workers: Vec::new(),
        })
    }

    pub(super) fn unmatched(&self) -> u64 {
        0
    }

    pub(super) fn dead_letters(&self) -> impl Iterator<Item = &(Arc<str>, DeadLetter)> {
        self.none.iter()
    }

    pub(super) fn is_alive(&self, _: WorkerId) -> bool {
        false
    }

    pub(super) fn starting(&self) -> (usize, usize) {
        (self.starting, self.queues.iter().map(|(queue, _)| queue.workers).sum())
    }
}

fn refused<M, R>(id: CorrelationId, cause: String) -> Output<M, R> {
    let letter = DeadLetter { reason: DeadLetterReason::Rejected, attempts: 1, cause };
    Output::Settled { id, outcome: Outcome::DeadLetter(letter) }
}
