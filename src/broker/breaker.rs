use super::{BrokerOptions, Millis};
use crate::json::write_names;

/// Whether workers are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// As many as the queue should have.
    Closed,
    /// None: too many died.
    Open,
    /// One, to see whether it lives.
    HalfOpen,
}

write_names! { Circuit { Closed: "closed", Open: "open", HalfOpen: "half-open" } }

/// How fast the workers of a queue are replaced, and whether at all: a delay that grows with each death in a row, then a
/// circuit breaker (Nygard, "Release It!", 2007).
#[derive(Debug)]
pub(super) struct Breaker {
    circuit: Circuit,
    /// Deaths without a reply between them.
    deaths: u32,
    /// How often it has opened since a worker last replied.
    trips: u32,
    /// Before then no worker is started.
    not_before: Millis,
}

/// It stays open for at most two to this power times as long as the first time.
const MAX_BACKOFF_EXPONENT: u32 = 5;

impl Breaker {
    pub(super) fn new() -> Self {
        Breaker { circuit: Circuit::Closed, deaths: 0, trips: 0, not_before: 0.0 }
    }

    pub(super) fn circuit(&self) -> Circuit {
        self.circuit
    }

    /// A worker has died. One with a message that has killed before says more of the message than of the scorer.
    pub(super) fn died(&mut self, of_its_message: bool, options: &BrokerOptions, now: Millis) {
        if of_its_message && self.circuit == Circuit::Closed {
            return;
        }
        self.deaths += 1;
        if self.circuit == Circuit::HalfOpen || self.deaths >= options.restart_limit {
            self.circuit = Circuit::Open;
            self.not_before = now + options.open_for * f64::from(1 << self.trips.min(MAX_BACKOFF_EXPONENT));
            self.trips += 1;
        } else if self.deaths > 1 {
            self.not_before = now + options.restart_delay * f64::from(1_u32 << (self.deaths - 2).min(16));
        }
    }

    /// A worker has replied.
    pub(super) fn replied(&mut self) {
        *self = Breaker::new();
    }

    /// How many workers there may be of `size` that there should be, which may let it half open.
    pub(super) fn allows(&mut self, size: usize, now: Millis) -> usize {
        if now < self.not_before {
            return 0;
        }
        if self.circuit == Circuit::Open {
            self.circuit = Circuit::HalfOpen;
        }
        if self.circuit == Circuit::HalfOpen { 1 } else { size }
    }

    /// When workers may be started again.
    pub(super) fn not_before(&self) -> Millis {
        self.not_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_in_a_row_delay_open_and_are_probed_ever_later() {
        let options = BrokerOptions::default();
        let mut breaker = Breaker::new();
        let mut now = 0.0;
        for delay in [0.0, 10.0, 20.0, 40.0] {
            breaker.died(false, &options, now);
            assert_eq!(breaker.circuit(), Circuit::Closed);
            if delay > 0.0 {
                assert_eq!(breaker.allows(2, now + delay - 1.0), 0);
            }
            now += delay;
            assert_eq!(breaker.allows(2, now), 2);
        }
        for wait in [5_000.0, 10_000.0, 20_000.0] {
            breaker.died(false, &options, now);
            assert_eq!(breaker.circuit(), Circuit::Open);
            assert_eq!(breaker.allows(2, now + wait - 1.0), 0);
            now += wait;
            assert_eq!((breaker.allows(2, now), breaker.circuit()), (1, Circuit::HalfOpen));
        }
        breaker.replied();
        assert_eq!((breaker.allows(2, now), breaker.circuit()), (2, Circuit::Closed));
    }

    #[test]
    fn neither_delays_nor_pauses_grow_for_ever() {
        let options = BrokerOptions { restart_limit: 1000, ..BrokerOptions::default() };
        let mut breaker = Breaker::new();
        (0..18).for_each(|_| breaker.died(false, &options, 0.0));
        assert_eq!(breaker.not_before(), options.restart_delay * f64::from(1 << 16));
        (0..18).for_each(|_| breaker.died(false, &options, 0.0));
        assert_eq!(breaker.not_before(), options.restart_delay * f64::from(1 << 16));

        let options = BrokerOptions { restart_limit: 1, ..options };
        let mut breaker = Breaker::new();
        let pauses = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0];
        for times in pauses {
            breaker.died(false, &options, 0.0);
            assert_eq!(breaker.not_before(), options.open_for * times);
        }
    }

    #[test]
    fn while_it_is_half_open_any_death_opens_it_again_whatever_it_died_of() {
        let options = BrokerOptions { restart_limit: 1, ..BrokerOptions::default() };
        let mut breaker = Breaker::new();
        breaker.died(false, &options, 0.0);
        assert_eq!(breaker.allows(2, options.open_for), 1);
        breaker.died(true, &options, options.open_for);
        assert_eq!(breaker.circuit(), Circuit::Open);
        assert_eq!(breaker.not_before(), options.open_for * 3.0);
    }

    #[test]
    fn what_a_message_does_again_and_again_is_not_the_scorers_fault() {
        let options = BrokerOptions::default();
        let mut breaker = Breaker::new();
        for _ in 0..100 {
            breaker.died(true, &options, 0.0);
        }
        assert_eq!((breaker.allows(2, 0.0), breaker.circuit()), (2, Circuit::Closed));
    }
}
