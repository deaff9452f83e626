use std::sync::Arc;

use super::Millis;
use super::dispatch::{Dispatch, Dispatches};
use crate::error::{Error, Result};
use crate::json::{number, read_fields, read_names};

/// What is the same for all queues.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerOptions {
    /// How many messages may wait in a queue.
    pub queue_limit: usize,
    /// What happens to a message for a queue that is full.
    pub overflow: Overflow,
    /// Which of its idle workers a queue gives a message.
    pub dispatch: Dispatches,
    /// How long a message has to wait to be as urgent as one whose priority is higher by 1.
    pub ageing: Millis,
    /// How often a message is delivered before it is given up.
    pub delivery_limit: u32,
    /// How long a worker may take to get ready.
    pub start_timeout: Millis,
    /// How long a worker may take for one message before it is stopped.
    pub delivery_timeout: Millis,
    /// How long a worker may have a message before an idle one gets it, too; what comes first counts. Never where absent.
    pub hedge_after: Option<Millis>,
    /// How long a worker is left with a message that nobody waits for any more before it is stopped.
    pub stuck_for: Millis,
    /// How many workers a queue may have beyond its own, in place of those whose message nobody waits for any more.
    pub spares: usize,
    /// After how many deaths in a row, without a reply between them, the circuit opens: no worker is started.
    pub restart_limit: u32,
    /// How long the second of these deaths delays the next start; each further one twice as long.
    pub restart_delay: Millis,
    /// How long the circuit stays open before a worker is started to probe; twice as long after each probe that
    /// dies.
    pub open_for: Millis,
    /// How many dead letters are kept to look at.
    pub dead_letters: usize,
}

impl Default for BrokerOptions {
    fn default() -> Self {
        BrokerOptions {
            queue_limit: 1000,
            overflow: Overflow::RejectPublish,
            dispatch: Dispatches::default(),
            ageing: 1000.0,
            delivery_limit: 3,
            start_timeout: 10_000.0,
            delivery_timeout: 30_000.0,
            hedge_after: None,
            stuck_for: 2_000.0,
            spares: 1,
            restart_limit: 5,
            restart_delay: 10.0,
            open_for: 5_000.0,
            dead_letters: 100,
        }
    }
}

impl BrokerOptions {
    /// Validates ranges.
    ///
    /// # Errors
    /// [`Error::Option`] for times outside 0 (or 1 ms, where 0 would be at once) to a day, and numbers outside their ranges.
    pub fn validate(&self) -> Result<()> {
        const DAY: f64 = 86_400_000.0;
        let hedge_after = self.hedge_after.unwrap_or(1.0);
        for (name, value, least, most) in [
            ("queueLimit", self.queue_limit as f64, 1.0, 100_000.0),
            ("ageing", self.ageing, 0.0, DAY),
            ("deliveryLimit", f64::from(self.delivery_limit), 1.0, 100.0),
            ("startTimeout", self.start_timeout, 1.0, DAY),
            ("deliveryTimeout", self.delivery_timeout, 1.0, DAY),
            ("hedgeAfter", hedge_after, 1.0, DAY),
            ("stuckFor", self.stuck_for, 0.0, DAY),
            ("spares", self.spares as f64, 0.0, 64.0),
            ("restartLimit", f64::from(self.restart_limit), 1.0, 1000.0),
            ("restartDelay", self.restart_delay, 0.0, DAY),
            ("openFor", self.open_for, 1.0, DAY),
            ("deadLetters", self.dead_letters as f64, 0.0, 10_000.0),
        ] {
            if !(least..=most).contains(&value) {
                let [least, most, value] = [least, most, value].map(number);
                let reason = format!("must be from {least} to {most}, found {value}");
                return Err(Error::Option { option: format!("broker.{name}"), reason });
            }
        }
        Ok(())
    }
}

/// What happens to a message for a queue that is full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overflow {
    /// It is dead-lettered at once.
    #[default]
    RejectPublish,
    /// It takes the place of the one that would have been next.
    DropHead,
}

read_fields! { BrokerOptions {
    queue_limit: "queueLimit", overflow: "overflow", dispatch: "dispatch", ageing: "ageing", delivery_limit: "deliveryLimit",
    start_timeout: "startTimeout", delivery_timeout: "deliveryTimeout", hedge_after: "hedgeAfter", stuck_for: "stuckFor",
    spares: "spares", restart_limit: "restartLimit", restart_delay: "restartDelay", open_for: "openFor", dead_letters: "deadLetters",
} }

read_names! { Overflow { RejectPublish: "reject-publish", DropHead: "drop-head" } }

/// What a queue has of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueOptions {
    /// Its name.
    pub name: Arc<str>,
    /// How many workers compete for its messages.
    pub workers: usize,
    /// Which of those that are idle gets the next.
    pub dispatch: Dispatch,
    /// Whether one more takes messages until the first of them is ready.
    pub stand_in: bool,
}

impl QueueOptions {
    /// A queue with so many workers and the usual way to choose.
    pub fn new(name: &str, workers: usize) -> Self {
        QueueOptions { name: name.into(), workers, dispatch: Dispatch::default(), stand_in: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `validate` says of the defaults with one change.
    fn refused(change: impl FnOnce(&mut BrokerOptions)) -> Option<String> {
        let mut options = BrokerOptions::default();
        change(&mut options);
        match options.validate() {
            Ok(()) => None,
            Err(Error::Option { option, .. }) => Some(option),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_option_has_a_range_and_is_named_outside_of_it() {
        const DAY: f64 = 86_400_000.0;
        type Set = fn(&mut BrokerOptions, f64);
        let options: [(&str, Set, f64, f64); 12] = [
            ("queueLimit", |options, value| options.queue_limit = value as usize, 1.0, 100_000.0),
            ("ageing", |options, value| options.ageing = value, 0.0, DAY),
            ("deliveryLimit", |options, value| options.delivery_limit = value as u32, 1.0, 100.0),
            ("startTimeout", |options, value| options.start_timeout = value, 1.0, DAY),
            ("deliveryTimeout", |options, value| options.delivery_timeout = value, 1.0, DAY),
            ("hedgeAfter", |options, value| options.hedge_after = Some(value), 1.0, DAY),
            ("stuckFor", |options, value| options.stuck_for = value, 0.0, DAY),
            ("spares", |options, value| options.spares = value as usize, 0.0, 64.0),
            ("restartLimit", |options, value| options.restart_limit = value as u32, 1.0, 1000.0),
            ("restartDelay", |options, value| options.restart_delay = value, 0.0, DAY),
            ("openFor", |options, value| options.open_for = value, 1.0, DAY),
            ("deadLetters", |options, value| options.dead_letters = value as usize, 0.0, 10_000.0),
        ];
        for (name, set, least, most) in options {
            let refused = |value: f64| refused(|options| set(options, value));
            assert_eq!((refused(least), refused(most)), (None, None), "{name}");
            assert_eq!(refused(most + 1.0), Some(format!("broker.{name}")));
            if least > 0.0 {
                assert_eq!(refused(least - 1.0), Some(format!("broker.{name}")));
            }
        }
        assert_eq!(refused(|options| options.ageing = f64::NAN), Some("broker.ageing".into()));
        assert_eq!(refused(|options| options.stuck_for = -1.0), Some("broker.stuckFor".into()));
    }
}
