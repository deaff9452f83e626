use std::collections::VecDeque;

use serde::Serialize;

use super::{CorrelationId, Millis, WorkerId};

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message<M> {
    pub(super) id: CorrelationId,
    pub(super) attempts: u32,
    pub(super) cancelled: bool,
    body: M,
}

/// A queue, and the workers that compete for its messages.
#[derive(Debug)]
pub(super) struct Queue<M> {
    name: &'static str,
    size: usize,
    ready: VecDeque<Message<M>>,
    workers: Vec<Worker<M>>,
    deaths_in_a_row: u32,
    failed_starts: u32,
    counts: Counts,
}

#[derive(Debug)]
struct Worker<M> {
    id: WorkerId,
    doing: Doing<M>,
    handled: u64,
}

#[derive(Debug)]
enum Doing<M> {
    Starting { since: Millis },
    Idle,
    Busy { message: Message<M>, since: Millis },
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    published: u64,
    acknowledged: u64,
    redelivered: u64,
    dead_lettered: u64,
    started: u64,
}

/// A queue's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStats {
    /// Its name.
    pub name: &'static str,
    /// Messages waiting.
    pub ready: usize,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: usize,
    /// Messages that came.
    pub published: u64,
    /// Messages that were replied to.
    pub acknowledged: u64,
    /// Deliveries after a message's first.
    pub redelivered: u64,
    /// Messages given up.
    pub dead_lettered: u64,
    /// Workers started in place of dead ones.
    pub restarts: u64,
    /// The workers alive.
    pub workers: Vec<WorkerStats>,
}

/// A worker's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkerStats {
    /// Its number.
    pub worker: WorkerId,
    /// What it is doing.
    pub state: WorkerState,
    /// Messages it replied to.
    pub handled: u64,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// Not ready yet.
    Starting,
    /// Waiting for a message.
    Idle,
    /// It has a message.
    Busy,
}

impl<M: Clone> Queue<M> {
    pub(super) fn new(name: &'static str, size: usize) -> Self {
        Queue {
            name,
            size,
            ready: VecDeque::new(),
            workers: Vec::new(),
            deaths_in_a_row: 0,
            failed_starts: 0,
            counts: Counts::default(),
        }
    }

    pub(super) fn publish(&mut self, id: CorrelationId, body: M) {
        self.counts.published += 1;
        self.ready.push_back(Message { id, attempts: 0, cancelled: false, body });
    }

    /// Back to where it was: at the head.
    pub(super) fn requeue(&mut self, message: Message<M>) {
        self.ready.push_front(message);
    }

    /// A waiting message goes; one that a worker has goes when the worker is done with it.
    pub(super) fn cancel(&mut self, id: CorrelationId) {
        self.ready.retain(|message| message.id != id);
        for worker in &mut self.workers {
            if let Doing::Busy { message, .. } = &mut worker.doing
                && message.id == id
            {
                message.cancelled = true;
            }
        }
    }

    pub(super) fn drain(&mut self) -> Vec<Message<M>> {
        self.ready.drain(..).collect()
    }

    pub(super) fn wants_worker(&self) -> bool {
        self.workers.len() < self.size
    }

    pub(super) fn has_no_worker(&self) -> bool {
        self.workers.is_empty()
    }

    pub(super) fn starting(&self) -> usize {
        self.workers.iter().filter(|worker| matches!(worker.doing, Doing::Starting { .. })).count()
    }

    pub(super) fn deaths_in_a_row(&self) -> u32 {
        self.deaths_in_a_row
    }

    /// Adds a worker; returns how many have failed to start before it.
    pub(super) fn start(&mut self, id: WorkerId, now: Millis) -> u32 {
        self.counts.started += 1;
        self.workers.push(Worker { id, doing: Doing::Starting { since: now }, handled: 0 });
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

    /// Removes a dead worker; returns the message it had.
    pub(super) fn remove(&mut self, id: WorkerId) -> Option<Message<M>> {
        let place = self.workers.iter().position(|worker| worker.id == id)?;
        self.deaths_in_a_row += 1;
        match self.workers.remove(place).doing {
            Doing::Starting { .. } => {
                self.failed_starts += 1;
                None
            }
            Doing::Idle => None,
            Doing::Busy { message, .. } => Some(message),
        }
    }

    /// Takes message `id` back from worker `worker`, if it has it; the worker is idle then.
    pub(super) fn release(&mut self, worker: WorkerId, id: CorrelationId) -> Option<Message<M>> {
        let worker = self.find(worker)?;
        match std::mem::replace(&mut worker.doing, Doing::Idle) {
            Doing::Busy { message, .. } if message.id == id => {
                worker.handled += 1;
                Some(message)
            }
            other => {
                worker.doing = other;
                None
            }
        }
    }

    /// Gives the first message to the idle worker that has handled the fewest.
    pub(super) fn deliver(&mut self, now: Millis) -> Option<(WorkerId, CorrelationId, u32, M)> {
        let idle = self.workers.iter_mut().filter(|worker| matches!(worker.doing, Doing::Idle));
        let worker = idle.min_by_key(|worker| worker.handled)?;
        let mut message = self.ready.pop_front()?;
        message.attempts += 1;
        self.counts.redelivered += u64::from(message.attempts > 1);
        let delivery = (worker.id, message.id, message.attempts, message.body.clone());
        worker.doing = Doing::Busy { message, since: now };
        Some(delivery)
    }

    pub(super) fn acknowledged(&mut self) {
        self.counts.acknowledged += 1;
        self.deaths_in_a_row = 0;
    }

    pub(super) fn dead_lettered(&mut self) {
        self.counts.dead_lettered += 1;
    }

    /// Until when each worker must have got ready, or replied.
    pub(super) fn deadlines(
        &self,
        start: Millis,
        delivery: Millis,
    ) -> impl Iterator<Item = (WorkerId, Millis)> {
        self.workers.iter().filter_map(move |worker| match worker.doing {
            Doing::Starting { since } => Some((worker.id, since + start)),
            Doing::Busy { since, .. } => Some((worker.id, since + delivery)),
            Doing::Idle => None,
        })
    }

    pub(super) fn stats(&self) -> QueueStats {
        let workers: Vec<WorkerStats> = self.workers.iter().map(Worker::stats).collect();
        QueueStats {
            name: self.name,
            ready: self.ready.len(),
            unacknowledged: workers.iter().filter(|worker| worker.state == WorkerState::Busy).count(),
            published: self.counts.published,
            acknowledged: self.counts.acknowledged,
            redelivered: self.counts.redelivered,
            dead_lettered: self.counts.dead_lettered,
            restarts: self.counts.started.saturating_sub(self.size as u64),
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
            Doing::Busy { .. } => WorkerState::Busy,
        };
        WorkerStats { worker: self.id, state, handled: self.handled }
    }
}
