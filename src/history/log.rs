use super::{Decay, Event, EventWeights, Profile, RunningProfile};
use crate::catalog::Catalog;
use crate::json::write_fields;
use crate::map::SortedMap;
use crate::order;

/// Everything one viewer did, in order of time.
#[derive(Debug, Clone, Default)]
pub struct History {
    events: Vec<Event>,
    /// The sequences of the events that have an identity, ascending, by origin.
    known: SortedMap<String, Vec<u64>>,
    /// Another number whenever events do not only come after those that were there.
    edition: u32,
}

/// What became of recorded events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// How many events were recorded: without those that were known by their identity.
    pub recorded: usize,
    /// Ids that are not in the catalog. They are kept: the catalog may get them later.
    pub unknown: Vec<String>,
}

write_fields! { Recorded { recorded: "recorded", unknown: "unknown" } }

impl History {
    /// Adds events. Those with an earlier time than recorded ones find their place among them; of the
    /// same time, the later recorded is the later. Those that are known by their identity are left out. How many there were to add.
    pub fn record(&mut self, events: impl IntoIterator<Item = Event>) -> usize {
        let before = self.events.len();
        for mut event in events {
            if self.is_new(std::mem::take(&mut event.origin), event.sequence) {
                self.events.push(event);
            }
        }
        self.sort(before);
        self.events.len() - before
    }

    /// Puts the events from a place on where they belong.
    fn sort(&mut self, before: usize) {
        if self.events[before.saturating_sub(1)..].is_sorted_by_key(|event| order::total(event.time)) {
            return;
        }
        // What is no later than all that has come now stays where it is.
        let times = self.events[before..].iter().map(|event| order::total(event.time));
        let earliest = times.min().unwrap_or(i64::MAX);
        let stay = self.events[..before].partition_point(|event| order::total(event.time) <= earliest);
        let mut events: Vec<Option<Event>> = self.events.drain(stay..).map(Some).collect();
        let mut order: Vec<(i64, usize)> = Vec::with_capacity(events.len());
        order.extend(events.iter().flatten().map(|event| order::total(event.time)).zip(0..));
        order::sort_by_key(&mut order, |&(time, _)| time);
        self.events.extend(order.iter().filter_map(|&(_, place)| events[place].take()));
        if stay < before {
            self.edition += 1;
        }
    }

    /// Makes room for so many events, which would else be moved again and again as they come.
    pub(super) fn expect(&mut self, events: usize) {
        self.events.reserve(events);
    }

    /// Whether an event is not known by its identity; from now on it is.
    fn is_new(&mut self, origin: String, sequence: u64) -> bool {
        if origin.is_empty() {
            return true;
        }
        let known = match self.known.get_mut(&origin) {
            Some(known) => known,
            None => self.known.get_or_insert(origin, Vec::new()),
        };
        // They mostly come in their order.
        if known.last().is_none_or(|last| *last < sequence) {
            known.push(sequence);
            return true;
        }
        let place = known.binary_search(&sequence);
        place.map_or_else(|place| known.insert(place, sequence), |_| ());
        place.is_err()
    }

    /// Takes out every event about an item, as if it had never been. How many there were.
    pub fn forget(&mut self, item: &str) -> usize {
        let before = self.events.len();
        self.events.retain(|event| event.item != item);
        let gone = before - self.events.len();
        self.edition += u32::from(gone > 0);
        gone
    }

    /// Takes out all events, and what is known of them: they may come again.
    pub fn clear(&mut self) {
        *self = History { edition: self.edition + 1, ..History::default() };
    }

    /// All events in order of time.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// A number that stays the same as long as what is recorded comes after what was there.
    pub(super) fn edition(&self) -> u32 {
        self.edition
    }

    /// The viewer's taste. A [`HalfLife`](super::HalfLife) stands for both of a [`Decay`]. Who wants it after each event keeps a
    /// [`RunningProfile`] instead.
    pub fn profile(&self, catalog: &Catalog, weights: &EventWeights, decay: impl Into<Decay>) -> Profile {
        let profile = RunningProfile::new(*weights, decay.into()).of(self, catalog);
        std::rc::Rc::unwrap_or_clone(profile)
    }
}
