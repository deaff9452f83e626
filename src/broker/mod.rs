//! RabbitMQ's semantics without the I/O: one bounded queue a scorer, competing consumers, prefetch 1, the reply is
//! the acknowledgement, a message whose worker dies is redelivered, one that kills workers is dead-lettered, one whose time
//! is up is not run.
//!
//! `handle` takes what happened and the time, and returns what to do. It owns no worker, no
//! socket and no timer, and it does not know what a message says.

mod breaker;
mod dispatch;
mod message;
mod options;
mod queue;
mod stats;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

pub use crate::correlation::CorrelationId;
use crate::map::SortedMap;
pub use breaker::Circuit;
pub use dispatch::{Dispatch, Dispatches};
use message::Message;
pub use message::{
    DeadLetter, DeadLetterReason, Envelope, Input, Millis, Notice, Outcome, Output, QueueId, WorkerId,
};
pub use options::{BrokerOptions, Overflow, QueueOptions};
use queue::{Published, Queue};
pub use stats::{Counts, QueueStats, WorkerState, WorkerStats};

/// The queues and their workers. `M` is a message's body, `R` a reply's.
#[derive(Debug)]
pub struct Broker<M, R> {
    options: Rc<BrokerOptions>,
    queues: Vec<Queue<M>>,
    /// The queue of every worker alive.
    workers: SortedMap<WorkerId, QueueId>,
    next_worker: WorkerId,
    outputs: Vec<Output<M, R>>,
    unmatched: u64,
    dead_letters: VecDeque<(Arc<str>, DeadLetter)>,
}

impl<M: Clone, R> Broker<M, R> {
    /// With these queues.
    pub fn new(queues: impl IntoIterator<Item = QueueOptions>, options: BrokerOptions) -> Self {
        Broker {
            queues: queues.into_iter().map(|queue| Queue::new(queue, options.ageing)).collect(),
            options: Rc::new(options),
            workers: SortedMap::default(),
            next_worker: 0,
            outputs: Vec::new(),
            unmatched: 0,
            dead_letters: VecDeque::new(),
        }
    }

    /// Starts every queue's workers.
    pub fn start(&mut self, now: Millis) -> Vec<Output<M, R>> {
        self.settle(now)
    }

    /// Takes note of what happened at `now` and says what to do.
    pub fn handle(&mut self, input: Input<M, R>, now: Millis) -> Vec<Output<M, R>> {
        match input {
            Input::Publish { queue, id, envelope, message } => {
                match self.queues[queue].publish(id, envelope, message, &self.options, now) {
                    Published::Waiting => {}
                    Published::Known => self.unmatched += 1,
                    Published::Refused(message) | Published::Dropped(message) => {
                        let cause = "the queue is full".into();
                        self.dead_letter(queue, message, DeadLetterReason::MaxLength, cause);
                    }
                }
            }
            Input::Cancel { request } => {
                self.queues.iter_mut().for_each(|queue| queue.cancel(|id| id.request == request));
            }
            Input::Ready { worker } => {
                if let Some(&queue) = self.workers.get(&worker) {
                    self.queues[queue].ready(worker);
                }
            }
            Input::Reply { worker, id, .. } | Input::Reject { worker, id, .. }
                if self.is_confused(worker, id) =>
            {
                self.unmatched += 1;
                self.outputs.push(Output::Stop { worker });
                self.died(worker, "it spoke of a message that it never had".into(), now);
            }
            Input::Reply { worker, id, reply } => self.reply(worker, id, reply),
            Input::Reject { worker, id, requeue, cause } => self.reject(worker, id, requeue, cause, now),
            Input::Died { worker, cause } => self.died(worker, cause, now),
            Input::Tick => self.overdue(now),
        }
        self.settle(now)
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Millis> {
        self.queues.iter().filter_map(|queue| queue.wakes_at(&self.options)).min_by(Millis::total_cmp)
    }

    /// Whether a queue takes one more message, if need be for another.
    pub fn has_room(&self, queue: QueueId) -> bool {
        self.queues[queue].has_room(&self.options)
    }

    /// Each queue's figures, in the order of the queues.
    pub fn stats(&self) -> impl Iterator<Item = QueueStats> {
        self.queues.iter().map(Queue::stats)
    }

    /// How many replies match no open delivery, and messages one that is open already: duplicates, late ones, forgeries.
    pub fn unmatched(&self) -> u64 {
        self.unmatched
    }

    /// The last messages that were given up, with their queues; the oldest first.
    pub fn dead_letters(&self) -> impl Iterator<Item = &(Arc<str>, DeadLetter)> {
        self.dead_letters.iter()
    }

    /// Whether a worker is one of those alive.
    pub fn is_alive(&self, worker: WorkerId) -> bool {
        self.workers.contains_key(&worker)
    }

    /// How many workers are still starting, and how many there are, without stand-ins.
    pub fn starting(&self) -> (usize, usize) {
        let queues = self.queues.iter().map(Queue::starting);
        queues.fold((0, 0), |(starting, all), queue| (starting + queue.0, all + queue.1))
    }

    fn is_confused(&mut self, worker: WorkerId, id: CorrelationId) -> bool {
        let queue = self.workers.get(&worker).copied();
        queue.is_some_and(|queue| self.queues[queue].is_confused(worker, id))
    }

    fn reply(&mut self, worker: WorkerId, id: CorrelationId, reply: R) {
        let Some((queue, message)) = self.release(worker, id) else { return };
        self.watching_circuit(queue, Queue::acknowledged);
        if !message.cancelled {
            self.end(queue, id, Outcome::Reply(reply));
        }
    }

    /// The end of a message, for whoever else has it, too: it may have been hedged.
    fn end(&mut self, queue: QueueId, id: CorrelationId, outcome: Outcome<R>) {
        self.queues[queue].cancel(|other| other == id);
        self.outputs.push(Output::Settled { id, outcome });
    }

    fn reject(&mut self, worker: WorkerId, id: CorrelationId, requeue: bool, cause: String, now: Millis) {
        let Some((queue, message)) = self.release(worker, id) else { return };
        if requeue {
            self.redeliver(queue, message, cause, now);
        } else {
            self.dead_letter(queue, message, DeadLetterReason::Rejected, cause);
        }
    }

    /// The message that `worker` has, if it is this one; the worker is idle from now on.
    fn release(&mut self, worker: WorkerId, id: CorrelationId) -> Option<(QueueId, Message<M>)> {
        let queue = self.workers.get(&worker).copied();
        let message = queue.and_then(|queue| self.queues[queue].release(worker, id));
        if message.is_none() {
            self.unmatched += 1;
        }
        queue.zip(message)
    }

    fn died(&mut self, worker: WorkerId, cause: String, now: Millis) {
        let Some(queue) = self.workers.remove(&worker) else { return };
        let name = self.queues[queue].name.clone();
        self.outputs.push(Output::Notice(Notice::WorkerRestart {
            queue: name,
            worker,
            cause: cause.clone(),
        }));
        let options = self.options.clone();
        self.queues[queue].last_death.clone_from(&cause);
        let message = self.watching_circuit(queue, |queue| queue.died(worker, &options, now));
        if let Some(message) = message {
            self.redeliver(queue, message, cause, now);
        }
    }

    fn redeliver(&mut self, queue: QueueId, message: Message<M>, cause: String, now: Millis) {
        if message.cancelled || self.queues[queue].is_with_a_worker(message.id) {
            return;
        }
        if message.attempts >= self.options.delivery_limit {
            self.dead_letter(queue, message, DeadLetterReason::DeliveryLimit, cause);
        } else if message.has_expired(now) {
            self.dead_letter(queue, message, DeadLetterReason::Expired, cause);
        } else {
            self.queues[queue].requeue(message);
        }
    }

    fn dead_letter(&mut self, queue: QueueId, message: Message<M>, reason: DeadLetterReason, cause: String) {
        if message.cancelled {
            return;
        }
        let (id, letter) = (message.id, DeadLetter { reason, attempts: message.attempts, cause });
        let name = self.queues[queue].name.clone();
        self.queues[queue].counts.dead_lettered += 1;
        self.dead_letters.push_back((name.clone(), letter.clone()));
        if self.dead_letters.len() > self.options.dead_letters {
            self.dead_letters.pop_front();
        }
        self.outputs.push(Output::Notice(Notice::DeadLetter { queue: name, id, letter: letter.clone() }));
        self.end(queue, id, Outcome::DeadLetter(letter));
    }

    /// Stops the workers that do not answer, and hedges what takes long.
    fn overdue(&mut self, now: Millis) {
        let deadlines = self.queues.iter().flat_map(|queue| queue.deadlines(&self.options));
        let overdue: Vec<WorkerId> =
            deadlines.filter(|&(_, at)| at <= now).map(|(worker, _)| worker).collect();
        for worker in overdue {
            self.outputs.push(Output::Stop { worker });
            self.died(worker, "no answer in time".into(), now);
        }
        for queue in &mut self.queues {
            queue.mark_stuck(now);
            while let Some((worker, id, attempt, message)) = queue.hedge(&self.options, now) {
                self.outputs.push(Output::Deliver { worker, id, attempt, message });
            }
        }
    }

    /// Gives up what has expired or is hopeless, starts and stops workers, and delivers, until nothing is left to do.
    fn settle(&mut self, now: Millis) -> Vec<Output<M, R>> {
        for queue in 0..self.queues.len() {
            self.fill(queue, now);
            while let Some((message, expired)) = self.queues[queue].give_up(now) {
                let (reason, cause) = if expired {
                    (DeadLetterReason::Expired, "its time was up before a worker was free".into())
                } else {
                    let last = &self.queues[queue].last_death;
                    (DeadLetterReason::NoWorker, format!("no worker lives; the last died of this: {last}"))
                };
                self.dead_letter(queue, message, reason, cause);
            }
            while let Some(worker) = self.queues[queue].surplus_worker(&self.options) {
                self.queues[queue].stopped(worker);
                self.workers.remove(&worker);
                self.outputs.push(Output::Stop { worker });
            }
            while let Some((worker, id, attempt, message)) = self.queues[queue].deliver(now) {
                self.outputs.push(Output::Deliver { worker, id, attempt, message });
            }
        }
        std::mem::take(&mut self.outputs)
    }

    /// Starts workers until the queue has all it should have.
    fn fill(&mut self, queue: QueueId, now: Millis) {
        let options = self.options.clone();
        while self.watching_circuit(queue, |queue| queue.wants_worker(&options, now)) {
            self.start_worker(queue, false, now);
        }
        if self.queues[queue].wants_stand_in() {
            self.start_worker(queue, true, now);
        }
    }

    fn start_worker(&mut self, queue: QueueId, stand_in: bool, now: Millis) {
        let worker = self.next_worker;
        self.next_worker += 1;
        self.workers.insert(worker, queue);
        let failed_starts = self.queues[queue].start(worker, stand_in, now);
        self.outputs.push(Output::Start { worker, queue, failed_starts, stand_in });
    }

    /// Does something to a queue, and tells of it where the circuit is another one then.
    fn watching_circuit<T>(&mut self, queue: QueueId, change: impl FnOnce(&mut Queue<M>) -> T) -> T {
        let queue = &mut self.queues[queue];
        let before = queue.circuit();
        let result = change(queue);
        let circuit = queue.circuit();
        if circuit != before {
            self.outputs.push(Output::Notice(Notice::Circuit { queue: queue.name.clone(), circuit }));
        }
        result
    }
}
