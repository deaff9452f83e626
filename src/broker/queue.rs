use std::ops::Range;
use std::sync::Arc;

use super::breaker::{Breaker, Circuit};
use super::dispatch::Dispatcher;
use super::message::Message;
use super::stats::{Counts, QueueStats, WorkerState, WorkerStats};
use super::waiting::Waiting;
use super::{BrokerOptions, CorrelationId, Envelope, Millis, Overflow, QueueOptions, WorkerId};

/// A queue, and the workers that compete for its messages.
#[derive(Debug)]
pub(super) struct Queue<M> {
    pub(super) name: Arc<str>,
    pub(super) counts: Counts,
    size: usize,
    waiting: Waiting<M>,
    workers: Vec<Worker<M>>,
    dispatcher: Dispatcher,
    breaker: Breaker,
    failed_starts: u32,
    /// What the last worker died of.
    pub(super) last_death: String,
    /// Whether none of its own workers has been ready yet, and one more is to take messages until then.
    stand_in: bool,
}

#[derive(Debug)]
struct Worker<M> {
    id: WorkerId,
    /// The least number that no other worker alive has.
    slot: usize,
    state: WorkerState,
    /// Whether it is the stand-in, and none of the queue's own.
    stand_in: bool,
    /// Since when it is in this state.
    since: Millis,
    /// What it has, while it is busy or stuck.
    message: Option<Message<M>>,
    handled: u64,
    /// What it replied to last: it may say so twice.
    last: Option<CorrelationId>,
}

/// Which worker gets which message, its attempt, counted from 1, and its body.
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
            last_death: String::new(),
            stand_in: options.stand_in,
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
        for message in self.workers.iter_mut().filter_map(|worker| worker.message.as_mut()) {
            message.cancelled |= unwanted(message.id);
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
            if worker.message.as_ref().is_some_and(|message| message.has_expired(now)) {
                worker.state = WorkerState::Stuck;
            }
        }
    }

    pub(super) fn wants_worker(&mut self, options: &BrokerOptions, now: Millis) -> bool {
        let counted = self.counted(options);
        counted < self.size && counted < self.breaker.allows(self.size, now)
    }

    pub(super) fn wants_stand_in(&self) -> bool {
        self.stand_in && !self.workers.iter().any(|worker| worker.stand_in)
    }

    /// An idle worker too many: those that were stuck have come back, or the queue's own are there at last.
    pub(super) fn surplus_worker(&self, options: &BrokerOptions) -> Option<WorkerId> {
        let mut idle = self.in_state(WorkerState::Idle).filter(|worker| !worker.stand_in || !self.stand_in);
        let surplus = if self.counted(options) > self.size {
            idle.max_by_key(|worker| worker.slot)
        } else {
            idle.find(|worker| worker.stand_in)
        };
        surplus.map(|worker| worker.id)
    }

    /// How many workers there are, without those that are stuck, as far as there may be spares for them.
    fn counted(&self, options: &BrokerOptions) -> usize {
        self.own().count() - self.in_state(WorkerState::Stuck).count().min(options.spares)
    }

    fn own(&self) -> impl Iterator<Item = &Worker<M>> {
        self.workers.iter().filter(|worker| !worker.stand_in)
    }

    fn in_state(&self, state: WorkerState) -> impl Iterator<Item = &Worker<M>> {
        self.workers.iter().filter(move |worker| worker.state == state)
    }

    pub(super) fn circuit(&self) -> Circuit {
        self.breaker.circuit()
    }

    /// How many of its own workers are still starting, and how many there are.
    pub(super) fn starting(&self) -> (usize, usize) {
        let starting = self.own().filter(|worker| worker.state == WorkerState::Starting);
        (starting.count(), self.own().count())
    }

    /// Adds a worker; returns how many have failed to start before it.
    pub(super) fn start(&mut self, id: WorkerId, stand_in: bool, now: Millis) -> u32 {
        let taken = |slot: &usize| self.workers.iter().any(|worker| worker.slot == *slot);
        let slot = (0..).find(|slot| !taken(slot)).unwrap_or_default();
        let state = WorkerState::Starting;
        self.workers.push(Worker {
            id,
            slot,
            state,
            stand_in,
            since: now,
            message: None,
            handled: 0,
            last: None,
        });
        self.failed_starts
    }

    pub(super) fn ready(&mut self, id: WorkerId) {
        if let Some(worker) = self.find(id)
            && worker.state == WorkerState::Starting
        {
            worker.state = WorkerState::Idle;
            let is_own = !worker.stand_in;
            if is_own {
                self.stand_in = false;
                self.failed_starts = 0;
            }
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
        let Worker { state, message, stand_in, .. } = self.workers.remove(place);
        if stand_in {
            self.stand_in = false;
            return message;
        }
        self.failed_starts += u32::from(state == WorkerState::Starting);
        let again = message.as_ref().is_some_and(|message| message.attempts > 1);
        self.breaker.died(again, options, now);
        message
    }

    /// Takes message `id` back from worker `worker`, if it has it; the worker is idle then.
    pub(super) fn release(&mut self, worker: WorkerId, id: CorrelationId) -> Option<Message<M>> {
        let worker = self.find(worker)?;
        let message = worker.message.take_if(|message| message.id == id)?;
        worker.state = WorkerState::Idle;
        worker.handled += 1;
        worker.last = Some(id);
        Some(message)
    }

    /// Whether a worker speaks of a message that it has never been given.
    pub(super) fn is_confused(&mut self, worker: WorkerId, id: CorrelationId) -> bool {
        let confused = |worker: &mut Worker<M>| {
            worker.message.as_ref().is_some_and(|message| message.id != id) && worker.last != Some(id)
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
        let message = self.workers[late].message.as_mut()?;
        message.attempts += 1;
        let message = message.clone();
        self.counts.hedged += 1;
        Some(self.give(worker, message, now))
    }

    /// The places of the workers whose message a second one may get, and when.
    fn hedges(&self, options: &BrokerOptions) -> impl Iterator<Item = (usize, Range<Millis>)> {
        let late = |worker: &Worker<M>| {
            let after = options.hedge_after?;
            let (message, since) = (worker.message.as_ref()?, worker.since);
            let alone = self.with(message.id).count() == 1;
            let may = alone && !message.cancelled && message.attempts < options.delivery_limit;
            may.then(|| since + after..message.envelope.expires.unwrap_or(f64::INFINITY))
        };
        self.workers.iter().enumerate().filter_map(move |(place, worker)| Some((place, late(worker)?)))
    }

    /// The workers that have a message.
    fn with(&self, id: CorrelationId) -> impl Iterator<Item = &Worker<M>> {
        let has = move |worker: &&Worker<M>| worker.message.as_ref().is_some_and(|message| message.id == id);
        self.workers.iter().filter(has)
    }

    /// Whether a worker has a message.
    pub(super) fn is_with_a_worker(&self, id: CorrelationId) -> bool {
        self.with(id).next().is_some()
    }

    /// The place of the idle worker whose turn it is.
    fn choose(&mut self) -> Option<usize> {
        let idle: Vec<usize> =
            (0..self.workers.len()).filter(|&place| self.workers[place].state == WorkerState::Idle).collect();
        let handled: Vec<(usize, u64)> =
            idle.iter().map(|&place| (self.workers[place].slot, self.workers[place].handled)).collect();
        self.dispatcher.choose(&handled).map(|chosen| idle[chosen])
    }

    fn give(&mut self, place: usize, message: Message<M>, now: Millis) -> Delivery<M> {
        let worker = &mut self.workers[place];
        let delivery = (worker.id, message.id, message.attempts, message.body.clone());
        (worker.state, worker.since, worker.message) = (WorkerState::Busy, now, Some(message));
        delivery
    }

    pub(super) fn acknowledged(&mut self) {
        self.counts.acknowledged += 1;
        self.breaker.replied();
    }

    /// Until when each worker must have got ready, or replied.
    pub(super) fn deadlines(&self, options: &BrokerOptions) -> impl Iterator<Item = (WorkerId, Millis)> {
        let BrokerOptions { start_timeout, delivery_timeout, stuck_for, .. } = *options;
        self.workers.iter().filter_map(move |worker| match (&worker.message, worker.state) {
            (Some(message), _) => {
                let given_up = message.envelope.expires.map_or(f64::INFINITY, |expires| expires + stuck_for);
                Some((worker.id, given_up.min(worker.since + delivery_timeout)))
            }
            (None, WorkerState::Starting) => Some((worker.id, worker.since + start_timeout)),
            (None, _) => None,
        })
    }

    /// When something is to be done that no message and no worker brings about.
    pub(super) fn wakes_at(&self, options: &BrokerOptions) -> Option<Millis> {
        let stuck =
            self.in_state(WorkerState::Busy).filter_map(|worker| worker.message.as_ref()?.envelope.expires);
        // While it is half open, only a reply or a death brings others about.
        let waits = self.counted(options) < self.size && self.circuit() != Circuit::HalfOpen;
        let start = waits.then(|| self.breaker.not_before());
        let deadlines = self.deadlines(options).map(|(_, at)| at);
        let idle = self.in_state(WorkerState::Idle).next().is_some();
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
            name: self.name.clone(),
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
        WorkerStats { worker: self.id, state: self.state, handled: self.handled }
    }
}
