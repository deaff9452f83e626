use std::ops::Range;

use super::breaker::{Breaker, Circuit};
use super::dispatch::Dispatcher;
use super::message::Message;
use super::stats::{Counts, QueueStats, WorkerState, WorkerStats};
use super::waiting::Waiting;
use super::{BrokerOptions, CorrelationId, Envelope, Millis, Overflow, QueueOptions, WorkerId};

/// A queue, and the workers that compete for its messages.
#[derive(Debug)]
pub(super) struct Queue<M> {
    pub(super) name: &'static str,
    pub(super) counts: Counts,
    size: usize,
    waiting: Waiting<M>,
    workers: Vec<Worker<M>>,
    dispatcher: Dispatcher,
    breaker: Breaker,
    failed_starts: u32,
}

#[derive(Debug)]
struct Worker<M> {
    id: WorkerId,
    /// The least number that no other worker alive has.
    slot: usize,
    doing: Doing<M>,
    handled: u64,
    /// What it replied to last: it may say so twice.
    last: Option<CorrelationId>,
}

#[derive(Debug)]
enum Doing<M> {
    Starting {
        since: Millis,
    },
    Idle,
    /// `stuck`: nobody waits for its message any more.
    Busy {
        message: Message<M>,
        since: Millis,
        stuck: bool,
    },
}

/// Which worker gets which message, for the so many-th time, and its body.
pub(super) type Delivery<M> = (WorkerId, CorrelationId, u32, M);

/// What came of a message that was published.
pub(super) enum Published<M> {
    Waiting,
    /// The queue is full, and this one has no room.
    Refused(Message<M>),
    /// It waits, and this one had to go.
    Dropped(Message<M>),
    /// It has not ended yet, and is not taken twice.
    Known,
}

impl<M: Clone> Queue<M> {
    pub(super) fn new(options: QueueOptions, ageing: Millis) -> Self {
        Queue {
            name: options.name,
            counts: Counts::default(),
            size: options.workers,
            waiting: Waiting::new(ageing),
            workers: Vec::new(),
            dispatcher: Dispatcher::new(options.dispatch),
            breaker: Breaker::new(),
            failed_starts: 0,
        }
    }

    pub(super) fn publish(
        &mut self,
        id: CorrelationId,
        envelope: Envelope,
        body: M,
        options: &BrokerOptions,
        now: Millis,
    ) -> Published<M> {
        if self.waiting.contains(id) || self.is_with_a_worker(id) {
            return Published::Known;
        }
        let message = Message::new(id, self.counts.published, now, envelope, body);
        self.counts.published += 1;
        if self.waiting.len() < options.queue_limit {
            self.waiting.push(message);
            return Published::Waiting;
        }
        match options.overflow {
            Overflow::RejectPublish => Published::Refused(message),
            Overflow::DropHead => {
                let head = self.waiting.pop();
                self.waiting.push(message);
                head.map_or(Published::Waiting, Published::Dropped)
            }
        }
    }

    pub(super) fn has_room(&self, options: &BrokerOptions) -> bool {
        options.overflow == Overflow::DropHead || self.waiting.len() < options.queue_limit
    }

    /// Back to where it was.
    pub(super) fn requeue(&mut self, message: Message<M>) {
        self.waiting.push(message);
    }

    /// Messages that wait go; those that workers have go when the workers are done with them.
    pub(super) fn cancel(&mut self, unwanted: impl Fn(CorrelationId) -> bool) {
        self.waiting.remove(&unwanted);
        for worker in &mut self.workers {
            if let Doing::Busy { message, .. } = &mut worker.doing {
                message.cancelled |= unwanted(message.id);
            }
        }
    }

    /// Takes a waiting message whose time is up, or any where nobody will ever take it.
    pub(super) fn give_up(&mut self, now: Millis) -> Option<(Message<M>, bool)> {
        if let Some(message) = self.waiting.pop_expired(now) {
            return Some((message, true));
        }
        let hopeless = self.workers.is_empty() && self.breaker.circuit() == Circuit::Open;
        if hopeless { self.waiting.pop().map(|message| (message, false)) } else { None }
    }

    /// The workers whose message nobody waits for any more do not count, up to so many.
    pub(super) fn mark_stuck(&mut self, now: Millis) {
        for worker in &mut self.workers {
            if let Doing::Busy { message, stuck, .. } = &mut worker.doing {
                *stuck |= message.has_expired(now);
            }
        }
    }

    pub(super) fn wants_worker(&mut self, options: &BrokerOptions, now: Millis) -> bool {
        let counted = self.counted(options);
        counted < self.size && counted < self.breaker.allows(self.size, now)
    }

    /// An idle worker too many: those that were stuck have come back.
    pub(super) fn superfluous(&self, options: &BrokerOptions) -> Option<WorkerId> {
        let idle = || self.workers.iter().filter(|worker| matches!(worker.doing, Doing::Idle));
        if self.counted(options) > self.size {
            idle().max_by_key(|worker| worker.slot).map(|worker| worker.id)
        } else {
            None
        }
    }

    /// How many workers there are, without those that are stuck, as far as there may be spares for them.
    fn counted(&self, options: &BrokerOptions) -> usize {
        self.workers.len() - self.stuck().min(options.spares)
    }

    fn stuck(&self) -> usize {
        self.workers.iter().filter(|worker| matches!(worker.doing, Doing::Busy { stuck: true, .. })).count()
    }

    pub(super) fn circuit(&self) -> Circuit {
        self.breaker.circuit()
    }

    pub(super) fn starting(&self) -> usize {
        self.workers.iter().filter(|worker| matches!(worker.doing, Doing::Starting { .. })).count()
    }

    /// Adds a worker; returns how many have failed to start before it.
    pub(super) fn start(&mut self, id: WorkerId, now: Millis) -> u32 {
        let taken = |slot: &usize| self.workers.iter().any(|worker| worker.slot == *slot);
        let slot = (0..).find(|slot| !taken(slot)).unwrap_or_default();
        self.workers.push(Worker { id, slot, doing: Doing::Starting { since: now }, handled: 0, last: None });
        self.failed_starts
    }

    pub(super) fn ready(&mut self, id: WorkerId) {
        if let Some(worker) = self.find(id)
            && matches!(worker.doing, Doing::Starting { .. })
        {
            worker.doing = Doing::Idle;
            self.failed_starts = 0;
        }
    }

    /// Removes a worker that was told to stop.
    pub(super) fn stopped(&mut self, id: WorkerId) {
        self.workers.retain(|worker| worker.id != id);
    }

    /// Removes a dead worker; returns the message it had.
    pub(super) fn died(&mut self, id: WorkerId, options: &BrokerOptions, now: Millis) -> Option<Message<M>> {
        let place = self.workers.iter().position(|worker| worker.id == id)?;
        self.counts.restarts += 1;
        let message = match self.workers.remove(place).doing {
            Doing::Starting { .. } => {
                self.failed_starts += 1;
                None
            }
            Doing::Idle => None,
            Doing::Busy { message, .. } => Some(message),
        };
        let again = message.as_ref().is_some_and(|message| message.attempts > 1);
        self.breaker.died(again, options, now);
        message
    }

    /// Takes message `id` back from worker `worker`, if it has it; the worker is idle then.
    pub(super) fn release(&mut self, worker: WorkerId, id: CorrelationId) -> Option<Message<M>> {
        let worker = self.find(worker)?;
        match std::mem::replace(&mut worker.doing, Doing::Idle) {
            Doing::Busy { message, .. } if message.id == id => {
                worker.handled += 1;
                worker.last = Some(id);
                Some(message)
            }
            other => {
                worker.doing = other;
                None
            }
        }
    }

    /// Whether a worker speaks of a message that it has never been given.
    pub(super) fn is_confused(&mut self, worker: WorkerId, id: CorrelationId) -> bool {
        let confused = |worker: &mut Worker<M>| {
            matches!(&worker.doing, Doing::Busy { message, .. } if message.id != id)
                && worker.last != Some(id)
        };
        self.find(worker).is_some_and(confused)
    }

    /// Gives the most urgent message to an idle worker.
    pub(super) fn deliver(&mut self, now: Millis) -> Option<Delivery<M>> {
        if self.waiting.len() == 0 {
            return None;
        }
        let worker = self.choose()?;
        let mut message = self.waiting.pop()?;
        message.attempts += 1;
        self.counts.redelivered += u64::from(message.attempts > 1);
        Some(self.give(worker, message, now))
    }

    /// Gives an idle worker what another has had for too long: a hedged request (Dean and Barroso, "The Tail at Scale", 2013).
    pub(super) fn hedge(&mut self, options: &BrokerOptions, now: Millis) -> Option<Delivery<M>> {
        if self.waiting.len() > 0 {
            return None;
        }
        let late = self.hedges(options).find(|(_, when)| when.contains(&now)).map(|(place, _)| place)?;
        let worker = self.choose()?;
        let Doing::Busy { message, .. } = &mut self.workers[late].doing else { return None };
        message.attempts += 1;
        let message = message.clone();
        self.counts.hedged += 1;
        Some(self.give(worker, message, now))
    }

    /// The places of the workers whose message a second one may get, and when.
    fn hedges(&self, options: &BrokerOptions) -> impl Iterator<Item = (usize, Range<Millis>)> {
        let late = |worker: &Worker<M>| {
            let after = options.hedge_after?;
            let Doing::Busy { message, since, .. } = &worker.doing else { return None };
            let alone = self.with(message.id).count() == 1;
            let may = alone && !message.cancelled && message.attempts < options.delivery_limit;
            may.then(|| since + after..message.envelope.expires.unwrap_or(f64::INFINITY))
        };
        self.workers.iter().enumerate().filter_map(move |(place, worker)| Some((place, late(worker)?)))
    }

    /// The workers that have a message.
    fn with(&self, id: CorrelationId) -> impl Iterator<Item = &Worker<M>> {
        self.workers
            .iter()
            .filter(move |worker| matches!(&worker.doing, Doing::Busy { message, .. } if message.id == id))
    }

    /// Whether a worker has a message.
    pub(super) fn is_with_a_worker(&self, id: CorrelationId) -> bool {
        self.with(id).next().is_some()
    }

    /// The place of the idle worker whose turn it is.
    fn choose(&mut self) -> Option<usize> {
        let idle: Vec<usize> = (0..self.workers.len())
            .filter(|&place| matches!(self.workers[place].doing, Doing::Idle))
            .collect();
        let handled: Vec<(usize, u64)> =
            idle.iter().map(|&place| (self.workers[place].slot, self.workers[place].handled)).collect();
        self.dispatcher.choose(&handled).map(|chosen| idle[chosen])
    }

    fn give(&mut self, place: usize, message: Message<M>, now: Millis) -> Delivery<M> {
        let worker = &mut self.workers[place];
        let delivery = (worker.id, message.id, message.attempts, message.body.clone());
        worker.doing = Doing::Busy { message, since: now, stuck: false };
        delivery
    }

    pub(super) fn acknowledged(&mut self) {
        self.counts.acknowledged += 1;
        self.breaker.replied();
    }

    /// Until when each worker must have got ready, or replied.
    pub(super) fn deadlines(&self, options: &BrokerOptions) -> impl Iterator<Item = (WorkerId, Millis)> {
        let BrokerOptions { start_timeout, delivery_timeout, stuck_for, .. } = *options;
        self.workers.iter().filter_map(move |worker| match &worker.doing {
            Doing::Starting { since } => Some((worker.id, since + start_timeout)),
            Doing::Busy { message, since, .. } => {
                let given_up = message.envelope.expires.map_or(f64::INFINITY, |expires| expires + stuck_for);
                Some((worker.id, given_up.min(since + delivery_timeout)))
            }
            Doing::Idle => None,
        })
    }

    /// When something is to be done that no message and no worker brings about.
    pub(super) fn wakes_at(&self, options: &BrokerOptions) -> Option<Millis> {
        let stuck = self.workers.iter().filter_map(|worker| match &worker.doing {
            Doing::Busy { message, stuck: false, .. } => message.envelope.expires,
            _ => None,
        });
        // While it is half open, only a reply or a death brings others about.
        let waits = self.counted(options) < self.size && self.circuit() != Circuit::HalfOpen;
        let start = waits.then(|| self.breaker.not_before());
        let deadlines = self.deadlines(options).map(|(_, at)| at);
        let idle = self.workers.iter().any(|worker| matches!(worker.doing, Doing::Idle));
        let hedges = self.hedges(options).filter(|(_, when)| idle && !when.is_empty());
        deadlines
            .chain(hedges.map(|(_, when)| when.start))
            .chain(stuck)
            .chain(start)
            .chain(self.waiting.expires_at())
            .min_by(Millis::total_cmp)
    }

    pub(super) fn stats(&self) -> QueueStats {
        let workers: Vec<WorkerStats> = self.workers.iter().map(Worker::stats).collect();
        let busy = |worker: &&WorkerStats| matches!(worker.state, WorkerState::Busy | WorkerState::Stuck);
        QueueStats {
            name: self.name,
            ready: self.waiting.len(),
            unacknowledged: workers.iter().filter(busy).count(),
            counts: self.counts,
            circuit: self.circuit(),
            workers,
        }
    }

    fn find(&mut self, id: WorkerId) -> Option<&mut Worker<M>> {
        self.workers.iter_mut().find(|worker| worker.id == id)
    }
}

impl<M> Worker<M> {
    fn stats(&self) -> WorkerStats {
        let state = match self.doing {
            Doing::Starting { .. } => WorkerState::Starting,
            Doing::Idle => WorkerState::Idle,
            Doing::Busy { stuck: false, .. } => WorkerState::Busy,
            Doing::Busy { stuck: true, .. } => WorkerState::Stuck,
        };
        WorkerStats { worker: self.id, state, handled: self.handled }
    }
}
