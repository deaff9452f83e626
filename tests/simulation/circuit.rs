use watchnext::broker::{BrokerOptions, Circuit};

/// When workers may be started, by what is promised of deaths in a row.
#[derive(Debug)]
pub(crate) struct Breaker {
    circuit: Circuit,
    deaths: u32,
    trips: u32,
    not_before: f64,
}

impl Default for Breaker {
    fn default() -> Self {
        Breaker { circuit: Circuit::Closed, deaths: 0, trips: 0, not_before: 0.0 }
    }
}

impl Breaker {
    pub(crate) fn circuit(&self) -> Circuit {
        self.circuit
    }

    pub(crate) fn not_before(&self) -> f64 {
        self.not_before
    }

    pub(crate) fn replied(&mut self) {
        *self = Breaker::default();
    }

    /// `again`: with a message that had been delivered before, which says more of the message than of the scorer.
    pub(crate) fn died(&mut self, again: bool, options: &BrokerOptions, now: f64) {
        if again && self.circuit == Circuit::Closed {
            return;
        }
        self.deaths += 1;
        if self.circuit == Circuit::HalfOpen || self.deaths >= options.restart_limit {
            self.circuit = Circuit::Open;
            self.not_before = now + options.open_for * 2_f64.powi(self.trips.min(5) as i32);
            self.trips += 1;
        } else if self.deaths > 1 {
            self.not_before = now + options.restart_delay * 2_f64.powi(self.deaths as i32 - 2);
        }
    }

    /// The engine says how it is with the circuit.
    pub(crate) fn told(&mut self, circuit: Circuit, now: f64) -> Result<(), String> {
        if circuit == Circuit::HalfOpen && self.circuit == Circuit::Open && now >= self.not_before {
            self.circuit = Circuit::HalfOpen;
        }
        if circuit == self.circuit { Ok(()) } else { Err(format!("{self:?} is said to be {circuit:?}")) }
    }

    /// How many workers there may be at most, of `size`.
    pub(crate) fn allows(&self, size: usize, now: f64) -> usize {
        match self.circuit {
            _ if now < self.not_before => 0,
            Circuit::Closed => size,
            Circuit::HalfOpen => 1,
            Circuit::Open => 0,
        }
    }

    /// How many there must be at least: when its time has come, an open circuit lets one try.
    pub(crate) fn should_allow(&self, size: usize, now: f64) -> usize {
        let open = self.circuit == Circuit::Open && now >= self.not_before;
        self.allows(size, now).max(usize::from(open))
    }
}
