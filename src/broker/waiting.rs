use std::collections::{BTreeMap, BTreeSet};

use super::message::Message;
use super::{CorrelationId, Millis};

/// Messages that wait, the most urgent first.
///
/// A message is as urgent as if it had come earlier by so long for each step of its priority. So what has waited long
/// enough overtakes any priority, and the order of two messages never changes.
#[derive(Debug)]
pub(super) struct Waiting<M> {
    ageing: Millis,
    by_urgency: BTreeMap<Urgency, Message<M>>,
    places: BTreeMap<CorrelationId, Urgency>,
    by_expiry: BTreeSet<(i64, CorrelationId)>,
}

/// When a message seems to have come, in microseconds, and its number.
type Urgency = (i64, u64);

fn microseconds(time: Millis) -> i64 {
    (time * 1000.0) as i64
}

impl<M> Waiting<M> {
    pub(super) fn new(ageing: Millis) -> Self {
        Waiting { ageing, by_urgency: BTreeMap::new(), places: BTreeMap::new(), by_expiry: BTreeSet::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.by_urgency.len()
    }

    pub(super) fn contains(&self, id: CorrelationId) -> bool {
        self.places.contains_key(&id)
    }

    pub(super) fn push(&mut self, message: Message<M>) {
        let head_start = f64::from(message.envelope.priority) * self.ageing;
        let urgency = (microseconds(message.published - head_start), message.number);
        self.places.insert(message.id, urgency);
        if let Some(expires) = message.envelope.expires {
            self.by_expiry.insert((microseconds(expires), message.id));
        }
        self.by_urgency.insert(urgency, message);
    }

    /// Takes the most urgent.
    pub(super) fn pop(&mut self) -> Option<Message<M>> {
        let id = self.by_urgency.first_key_value().map(|(_, message)| message.id)?;
        self.remove(id)
    }

    pub(super) fn remove(&mut self, id: CorrelationId) -> Option<Message<M>> {
        let message = self.places.remove(&id).and_then(|urgency| self.by_urgency.remove(&urgency))?;
        if let Some(expires) = message.envelope.expires {
            self.by_expiry.remove(&(microseconds(expires), id));
        }
        Some(message)
    }

    /// Takes one whose time is up.
    pub(super) fn pop_expired(&mut self, now: Millis) -> Option<Message<M>> {
        let &(expires, id) = self.by_expiry.first()?;
        if expires <= microseconds(now) { self.remove(id) } else { None }
    }

    /// When the first of them expires.
    pub(super) fn expires_at(&self) -> Option<Millis> {
        self.by_expiry.first().map(|&(expires, _)| expires as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Envelope;
    use super::*;

    fn message(number: u64, published: Millis, priority: u8, expires: Option<Millis>) -> Message<()> {
        let id = CorrelationId { request: number, part: 0 };
        Message::new(id, number, published, Envelope { priority, expires }, ())
    }

    fn order(waiting: &mut Waiting<()>) -> Vec<u64> {
        std::iter::from_fn(|| waiting.pop().map(|message| message.number)).collect()
    }

    #[test]
    fn priorities_go_first_but_starve_nobody() {
        let mut waiting = Waiting::new(100.0);
        waiting.push(message(0, 0.0, 0, None));
        waiting.push(message(1, 10.0, 0, None));
        waiting.push(message(2, 20.0, 1, None));
        // It comes so late that the first ones have aged beyond its priority.
        waiting.push(message(3, 150.0, 1, None));
        waiting.push(message(4, 150.0, 9, None));
        assert_eq!(order(&mut waiting), [4, 2, 0, 1, 3]);
    }

    #[test]
    fn the_expired_are_found_in_their_order() {
        let mut waiting = Waiting::new(100.0);
        for (number, expires) in [(0, Some(30.0)), (1, None), (2, Some(10.0)), (3, Some(20.0))] {
            waiting.push(message(number, 0.0, 0, expires));
        }
        assert_eq!(waiting.expires_at(), Some(10.0));
        assert!(waiting.pop_expired(9.0).is_none());
        assert_eq!(waiting.pop_expired(20.0).map(|message| message.number), Some(2));
        assert!(waiting.remove(CorrelationId { request: 3, part: 0 }).is_some());
        assert!(waiting.pop_expired(29.0).is_none());
        assert_eq!((waiting.expires_at(), waiting.len()), (Some(30.0), 2));
        assert_eq!(order(&mut waiting), [0, 1]);
    }
}
