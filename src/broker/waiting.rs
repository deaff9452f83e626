use super::message::Message;
use super::{CorrelationId, Millis};

/// Messages that wait. There are few of them (`queue_limit`), so a list does.
///
/// A message is as urgent as if it had come earlier by `ageing` for each step of its priority. So what has waited long
/// enough overtakes any priority, and the order of two messages never changes.
#[derive(Debug)]
pub(super) struct Waiting<M> {
    ageing: Millis,
    /// The most urgent last.
    messages: Vec<Message<M>>,
}

impl<M> Waiting<M> {
    pub(super) fn new(ageing: Millis) -> Self {
        Waiting { ageing, messages: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn contains(&self, id: CorrelationId) -> bool {
        self.messages.iter().any(|message| message.id == id)
    }

    pub(super) fn push(&mut self, message: Message<M>) {
        let (arrival, number) = (self.effective_arrival(&message), message.number);
        let place = self.messages.partition_point(|other| {
            self.effective_arrival(other).total_cmp(&arrival).then(other.number.cmp(&number)).is_gt()
        });
        self.messages.insert(place, message);
    }

    /// Its arrival time minus the priority bonus.
    fn effective_arrival(&self, message: &Message<M>) -> Millis {
        message.published - f64::from(message.envelope.priority) * self.ageing
    }

    /// Takes the most urgent.
    pub(super) fn pop(&mut self) -> Option<Message<M>> {
        self.messages.pop()
    }

    pub(super) fn remove(&mut self, unwanted: impl Fn(CorrelationId) -> bool) {
        self.messages.retain(|message| !unwanted(message.id));
    }

    /// Takes one whose time is up.
    pub(super) fn pop_expired(&mut self, now: Millis) -> Option<Message<M>> {
        let place = self.messages.iter().position(|message| message.has_expired(now))?;
        Some(self.messages.remove(place))
    }

    /// When the first of them expires.
    pub(super) fn expires_at(&self) -> Option<Millis> {
        self.messages.iter().filter_map(|message| message.envelope.expires).min_by(Millis::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Envelope;
    use super::*;

    fn message(number: u64, published: Millis, priority: u8, expires: Option<Millis>) -> Message<()> {
        let id = CorrelationId { request: number, ..CorrelationId::default() };
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
    fn the_expired_are_found() {
        let mut waiting = Waiting::new(100.0);
        for (number, expires) in [(0, Some(30.0)), (1, None), (2, Some(10.0)), (3, Some(20.0))] {
            waiting.push(message(number, 0.0, 0, expires));
        }
        assert_eq!(waiting.expires_at(), Some(10.0));
        assert!(waiting.pop_expired(9.0).is_none());
        assert_eq!(waiting.pop_expired(10.0).map(|message| message.number), Some(2));
        waiting.remove(|id| id.request == 3);
        assert!(waiting.pop_expired(29.0).is_none());
        assert_eq!((waiting.expires_at(), waiting.len()), (Some(30.0), 2));
        assert_eq!(order(&mut waiting), [0, 1]);
    }
}
