use std::collections::BTreeMap;

use watchnext::broker::{BrokerOptions, CorrelationId, DeadLetterReason, Overflow};

use crate::calls::{Call, PerScorer};

/// A message that has not ended.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) queue: usize,
    /// When it came, less what its priority is worth.
    arrival: f64,
    pub(crate) due: f64,
    pub(crate) deliveries: u32,
    /// The step in which it came.
    published: u64,
    /// The step since which it waits; none while a worker has it.
    waiting: Option<u64>,
}

/// Where every message is, and what is true of all queues: which message goes first, and when one is full.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    alive: BTreeMap<CorrelationId, Message>,
    step: u64,
    /// How many waited when this step began.
    before: PerScorer<usize>,
    /// How many have come, or come back, in this step.
    added: PerScorer<usize>,
    /// How many had no room in this step.
    no_room: PerScorer<usize>,
    /// What left its queue from the front in this step.
    went: Vec<Message>,
    /// What a worker has refused in this step.
    refused: Option<CorrelationId>,
}

impl Messages {
    pub(crate) fn begin_step(&mut self) {
        self.step += 1;
        self.before = std::array::from_fn(|queue| self.ready(queue));
        (self.added, self.no_room) = Default::default();
        self.went.clear();
        self.refused = None;
    }

    /// One of a call's messages comes to a queue.
    pub(crate) fn publish(
        &mut self,
        call: &Call,
        queue: usize,
        phase: u16,
        shard: usize,
        now: f64,
        ageing: f64,
    ) {
        let Some(request) = call.request else { return };
        let message = Message {
            queue,
            arrival: now - call.priority * ageing,
            due: call.due,
            deliveries: 0,
            published: self.step,
            waiting: Some(self.step),
        };
        self.added[queue] += 1;
        let (scorer, shard) = (queue as u16, shard as u16);
        self.alive.insert(CorrelationId { request, phase, scorer, shard }, message);
    }

    pub(crate) fn get(&self, id: CorrelationId) -> Option<&Message> {
        self.alive.get(&id)
    }

    fn waiting(&self, queue: usize) -> impl Iterator<Item = &Message> {
        self.alive.values().filter(move |message| message.queue == queue && message.waiting.is_some())
    }

    /// How many wait in a queue.
    pub(crate) fn ready(&self, queue: usize) -> usize {
        self.waiting(queue).count()
    }

    /// A worker gets a message, from the queue or while another has it.
    pub(crate) fn deliver(&mut self, id: CorrelationId, attempt: u32, limit: u32) -> Result<(), String> {
        let Some(message) = self.alive.get_mut(&id) else {
            return Err(format!("{id:?} is delivered, and it has ended"));
        };
        message.deliveries += 1;
        if message.deliveries > limit || message.deliveries != attempt {
            return Err(format!("{id:?} is delivered {} times, as attempt {attempt}", message.deliveries));
        }
        if message.waiting.take().is_some() {
            self.went.push(Message { ..*message });
        }
        Ok(())
    }

    /// The worker that had it has it no more.
    pub(crate) fn give_back(&mut self, id: CorrelationId) {
        if let Some(message) = self.alive.get_mut(&id) {
            message.waiting = Some(self.step);
            self.added[message.queue] += 1;
        }
    }

    pub(crate) fn refused_by_worker(&mut self, id: CorrelationId) {
        self.give_back(id);
        self.refused = Some(id);
    }

    /// Whether it was there.
    pub(crate) fn end(&mut self, id: CorrelationId) -> bool {
        self.alive.remove(&id).is_some()
    }

    pub(crate) fn end_request(&mut self, request: u64) {
        self.alive.retain(|id, _| id.request != request);
    }

    /// A message is given up. `hopeless`: its queue has no worker and starts none.
    pub(crate) fn give_up(
        &mut self,
        id: CorrelationId,
        reason: DeadLetterReason,
        hopeless: bool,
        options: &BrokerOptions,
        now: f64,
    ) -> Result<(), String> {
        let Some(message) = self.alive.remove(&id) else {
            return Err(format!("{id:?} is given up ({reason:?}), and it has ended"));
        };
        let came_now = message.published == self.step;
        let drops = options.overflow == Overflow::DropHead;
        let right = message.waiting.is_some()
            && match reason {
                DeadLetterReason::DeliveryLimit => {
                    message.deliveries == options.delivery_limit && message.waiting == Some(self.step)
                }
                DeadLetterReason::Rejected => self.refused == Some(id),
                DeadLetterReason::Expired => message.due <= now,
                // What waits already stays where new messages are refused.
                DeadLetterReason::MaxLength => drops || came_now,
                DeadLetterReason::NoWorker => hopeless,
            };
        if !right {
            return Err(format!("{id:?} is given up ({reason:?}), and it is {message:?}"));
        }
        if reason == DeadLetterReason::MaxLength {
            self.no_room[message.queue] += 1;
            if drops {
                self.went.push(message);
            }
        }
        Ok(())
    }

    pub(crate) fn end_step(
        &self,
        &BrokerOptions { queue_limit: limit, overflow, .. }: &BrokerOptions,
    ) -> Result<(), String> {
        for queue in 0..self.before.len() {
            // What comes back after a death is taken back whatever the limit; where it is dropped for a new one, that has its place.
            let back = self.waiting(queue).filter(|message| message.deliveries > 0).count();
            let ready = self.ready(queue);
            let in_place_of_others = overflow == Overflow::DropHead && ready <= self.before[queue];
            if ready > limit + back && !in_place_of_others {
                return Err(format!("{ready} messages wait in queue {queue}, whose limit is {limit}"));
            }
            let most = self.before[queue] + self.added[queue] - self.no_room[queue];
            if self.no_room[queue] > 0 && most < limit {
                return Err(format!("no room in queue {queue}, where at most {most} waited"));
            }
        }
        // In one step a message may come after another has gone.
        let first = |message: &Message| (message.arrival, message.published);
        for went in self.went.iter().filter(|message| message.published < self.step) {
            let waits = |other: &&Message| other.waiting.is_some_and(|since| since < self.step);
            if let Some(other) =
                self.waiting(went.queue).filter(waits).find(|other| first(other) < first(went))
            {
                return Err(format!("{went:?} went before {other:?}"));
            }
        }
        Ok(())
    }
}
