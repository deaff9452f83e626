//! RabbitMQ's semantics without the I/O: one queue a scorer, competing consumers, prefetch 1, the reply is
//! the acknowledgement, a message whose worker dies is redelivered, one that kills workers is dead-lettered.
//!
//! `handle` takes what happened and the time, and returns what to do. It owns no worker, no
//! socket and no timer, and it does not know what a message says.

mod message;
mod queue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use message::{
    CorrelationId, DeadLetter, DeadLetterReason, Input, Millis, Outcome, Output, QueueId, WorkerId,
};
use queue::Queue;
pub use queue::{QueueStats, WorkerState, WorkerStats};

/// What is the same for all queues.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrokerOptions {
    /// How often a message is delivered before it is given up.
    pub delivery_limit: u32,
    /// How long a worker may take to get ready.
    pub start_timeout: Millis,
    /// How long a worker may take for one message.
    pub delivery_timeout: Millis,
    /// After how many deaths in a row, without a reply between them, workers are no longer replaced at once.
    pub restart_limit: u32,
}

impl Default for BrokerOptions {
    fn default() -> Self {
        BrokerOptions {
            delivery_limit: 3,
            start_timeout: 10_000.0,
            delivery_timeout: 30_000.0,
            restart_limit: 5,
        }
    }
}

/// The queues and their workers. `M` is a message's body, `R` a reply's.
#[derive(Debug)]
pub struct Broker<M, R> {
    options: BrokerOptions,
    queues: Vec<Queue<M>>,
    /// The queue of every worker alive.
    workers: BTreeMap<WorkerId, QueueId>,
    next_worker: WorkerId,
    outputs: Vec<Output<M, R>>,
    strangers: u64,
}

impl<M: Clone, R> Broker<M, R> {
    /// One queue for each name, with so many workers.
    pub fn new(queues: impl IntoIterator<Item = (&'static str, usize)>, options: BrokerOptions) -> Self {
        let queues = queues.into_iter().map(|(name, workers)| Queue::new(name, workers)).collect();
        let (workers, outputs) = (BTreeMap::new(), Vec::new());
        Broker { options, queues, workers, next_worker: 0, outputs, strangers: 0 }
    }

    /// Starts every queue's workers.
    pub fn start(&mut self, now: Millis) -> Vec<Output<M, R>> {
        for queue in 0..self.queues.len() {
            self.fill(queue, now);
        }
        std::mem::take(&mut self.outputs)
    }

    /// Takes note of what happened at `now` and says what to do.
    pub fn handle(&mut self, input: Input<M, R>, now: Millis) -> Vec<Output<M, R>> {
        match input {
            Input::Publish { queue, id, message } => {
                self.queues[queue].publish(id, message);
                self.fill(queue, now);
            }
            Input::Cancel { id } => self.queues.iter_mut().for_each(|queue| queue.cancel(id)),
            Input::Ready { worker } => {
                if let Some(&queue) = self.workers.get(&worker) {
                    self.queues[queue].ready(worker);
                }
            }
            Input::Reply { worker, id, reply } => self.reply(worker, id, reply),
            Input::Reject { worker, id, requeue, cause } => self.reject(worker, id, requeue, cause),
            Input::Died { worker, cause } => self.died(worker, cause, now),
            Input::Tick => self.overdue(now),
        }
        self.deliver(now);
        std::mem::take(&mut self.outputs)
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Millis> {
        let BrokerOptions { start_timeout, delivery_timeout, .. } = self.options;
        let deadlines = self.queues.iter().flat_map(|queue| queue.deadlines(start_timeout, delivery_timeout));
        deadlines.map(|(_, at)| at).min_by(Millis::total_cmp)
    }

    /// Each queue's figures, in the order of the queues.
    pub fn stats(&self) -> impl Iterator<Item = QueueStats> {
        self.queues.iter().map(Queue::stats)
    }

    /// How many replies came for nothing that was delivered: duplicates, late ones, forgeries.
    pub fn strangers(&self) -> u64 {
        self.strangers
    }

    /// Whether a worker is one of those alive.
    pub fn is_alive(&self, worker: WorkerId) -> bool {
        self.workers.contains_key(&worker)
    }

    /// How many workers are still starting, and how many there are.
    pub fn starting(&self) -> (usize, usize) {
        (self.queues.iter().map(Queue::starting).sum(), self.workers.len())
    }

    fn reply(&mut self, worker: WorkerId, id: CorrelationId, reply: R) {
        let Some(delivered) = self.release(worker, id) else { return };
        let queue = &mut self.queues[delivered.queue];
        queue.acknowledged();
        if !delivered.message.cancelled {
            self.outputs.push(Output::Settled { id, outcome: Outcome::Reply(reply) });
        }
    }

    fn reject(&mut self, worker: WorkerId, id: CorrelationId, requeue: bool, cause: String) {
        let Some(delivered) = self.release(worker, id) else { return };
        if requeue {
            self.redeliver(delivered, cause);
        } else {
            self.dead_letter(delivered, DeadLetterReason::Rejected, cause);
        }
    }

    /// The message that `worker` has, if it is this one; the worker is idle from now on.
    fn release(&mut self, worker: WorkerId, id: CorrelationId) -> Option<Delivered<M>> {
        let queue = self.workers.get(&worker).copied();
        let message = queue.and_then(|queue| self.queues[queue].release(worker, id));
        if message.is_none() {
            self.strangers += 1;
        }
        queue.zip(message).map(|(queue, message)| Delivered { queue, message })
    }

    fn died(&mut self, worker: WorkerId, cause: String, now: Millis) {
        let Some(queue) = self.workers.remove(&worker) else { return };
        if let Some(message) = self.queues[queue].remove(worker) {
            self.redeliver(Delivered { queue, message }, cause.clone());
        }
        if self.queues[queue].deaths_in_a_row() < self.options.restart_limit {
            self.fill(queue, now);
        } else if self.queues[queue].has_no_worker() {
            for message in self.queues[queue].drain() {
                self.dead_letter(Delivered { queue, message }, DeadLetterReason::NoWorker, cause.clone());
            }
        }
    }

    fn redeliver(&mut self, delivered: Delivered<M>, cause: String) {
        if delivered.message.cancelled {
            return;
        }
        if delivered.message.attempts >= self.options.delivery_limit {
            self.dead_letter(delivered, DeadLetterReason::DeliveryLimit, cause);
        } else {
            self.queues[delivered.queue].requeue(delivered.message);
        }
    }

    fn dead_letter(&mut self, delivered: Delivered<M>, reason: DeadLetterReason, cause: String) {
        let Delivered { queue, message } = delivered;
        if message.cancelled {
            return;
        }
        self.queues[queue].dead_lettered();
        let letter = DeadLetter { reason, attempts: message.attempts, cause };
        self.outputs.push(Output::Settled { id: message.id, outcome: Outcome::DeadLetter(letter) });
    }

    fn overdue(&mut self, now: Millis) {
        let BrokerOptions { start_timeout, delivery_timeout, .. } = self.options;
        let deadlines = self.queues.iter().flat_map(|queue| queue.deadlines(start_timeout, delivery_timeout));
        let overdue: Vec<WorkerId> =
            deadlines.filter(|&(_, at)| at <= now).map(|(worker, _)| worker).collect();
        for worker in overdue {
            self.outputs.push(Output::Stop { worker });
            self.died(worker, "no answer in time".into(), now);
        }
    }

    /// Starts workers until the queue has all it should have.
    fn fill(&mut self, queue: QueueId, now: Millis) {
        while self.queues[queue].wants_worker() {
            let worker = self.next_worker;
            self.next_worker += 1;
            self.workers.insert(worker, queue);
            let failed_starts = self.queues[queue].start(worker, now);
            self.outputs.push(Output::Start { worker, queue, failed_starts });
        }
    }

    fn deliver(&mut self, now: Millis) {
        for queue in &mut self.queues {
            while let Some((worker, id, attempt, message)) = queue.deliver(now) {
                self.outputs.push(Output::Deliver { worker, id, attempt, message });
            }
        }
    }
}

/// A message and the queue it came from.
struct Delivered<M> {
    queue: QueueId,
    message: queue::Message<M>,
}
