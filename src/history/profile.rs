use super::rest::resting;
use super::{Decay, Event, EventKind, EventWeights, Resting};
use crate::catalog::{Catalog, GenreIndex, ItemIndex};
use crate::columns::Interner;
use crate::fixed::{ONE, fixed};
use crate::json::{write_fields, write_names};
use crate::map::SortedMap;
use crate::order;

/// The portion from which on something counts as watched to its end.
const FINISHED: f64 = 0.9;
/// The rating up to which something was not liked.
pub const LOW_RATING: f64 = 2.0;
const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;

/// Everything one viewer did, in order of time.
#[derive(Debug, Clone, Default)]
pub struct History {
    events: Vec<Event>,
    /// The sequences of the events that have an identity, ascending, by origin.
    known: SortedMap<String, Vec<u64>>,
}

/// What the viewer's history says of their taste, in terms of one catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Items that speak for the viewer's taste, the most recent first, with decay.
    pub items: Vec<ItemAffinity>,
    /// What the viewer did with each of those items. No scorer asks for it.
    pub verbs: Vec<Verb>,
    /// Genres of those items and of what is disliked, ascending by genre, without decay: what was watched most, not last.
    pub genres: Vec<GenreAffinity>,
    /// Σ w_i without decay, in steps of 1 / [`ONE`].
    pub total: i64,
    /// Items not to be recommended again (watched, rated, liked, skipped), ascending.
    pub seen: Vec<ItemIndex>,
    /// Items the viewer dislikes or rated 2 or less, ascending.
    pub disliked: Vec<ItemIndex>,
    /// Items that speak against what is like them: those, and what was passed over; without decay, the most recent first.
    pub averse: Vec<ItemAffinity>,
    /// What was shown and not chosen, ascending. No scorer asks for it.
    pub resting: Vec<Resting>,
    /// How many items of the history are not in the catalog.
    pub unknown: u32,
    /// Whether the weights decay: then what comes next counts, too.
    pub ordered: bool,
    /// Whether it is a viewer's, and not an item's: then what is to be expected of anybody counts, too.
    pub of_viewer: bool,
}

/// What a viewer did with an item; where it is more than one thing, what says the most of their taste.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verb {
    /// Watched it, or a part of it.
    #[default]
    Watched,
    /// Liked it.
    Liked,
    /// Rated it.
    Rated,
    /// Clicked it.
    Clicked,
}

/// How much an item of the history counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemAffinity {
    /// The item.
    pub item: ItemIndex,
    /// Its weight in steps of 1 / [`ONE`].
    pub weight: i32,
    /// Its weight for what comes next, likewise. One of the two is above 0.
    pub recent: i32,
}

/// How much of the viewer's watching went to a genre.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GenreAffinity {
    /// The genre.
    pub genre: GenreIndex,
    /// Σ w_i / |G_i| over the items of this genre, in steps of 1 / [`ONE`].
    pub weight: i64,
    /// The same over the items that speak against it.
    pub against: i64,
    /// How many items that speak for the viewer's taste have it.
    pub count: u32,
}

/// What became of recorded events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// How many events were recorded: without those that were known by their identity.
    pub recorded: usize,
    /// Ids that are not in the catalog. They are kept: the catalog may get them later.
    pub unknown: Vec<String>,
}

write_names! { Verb { Watched: "watched", Liked: "liked", Rated: "rated", Clicked: "clicked" } }
write_fields! { Recorded { recorded: "recorded", unknown: "unknown" } }

/// What the events about one item come to.
#[derive(Default)]
struct ItemState {
    watched: bool,
    /// How often to the end.
    finished: u32,
    portion: f64,
    clicked: bool,
    skipped: bool,
    opinion: Option<Opinion>,
    last: f64,
    /// The place of the last event among all, counted from 1; 0 where nothing is known of the item.
    order: usize,
}

enum Opinion {
    Like,
    Dislike,
    Rating(f64),
}

impl ItemState {
    /// A stated opinion outweighs what the viewer did.
    fn weight(&self, weights: &EventWeights) -> f64 {
        match self.opinion {
            Some(Opinion::Dislike) => 0.0,
            Some(Opinion::Rating(rating)) => weights.rating(rating),
            Some(Opinion::Like) => weights.like,
            None if self.finished >= 2 => weights.rewatch * self.portion,
            None if self.watched => weights.watch * self.portion,
            None if self.clicked && !self.skipped => weights.click,
            None => 0.0,
        }
    }

    /// How much it speaks against things like it: a dislike as much as a like speaks for them.
    fn aversion(&self, weights: &EventWeights) -> f64 {
        match self.opinion {
            Some(Opinion::Dislike) => weights.like,
            Some(Opinion::Rating(rating)) if rating <= LOW_RATING => weights.rating5,
            None if self.skipped && !self.watched => weights.skip,
            _ => 0.0,
        }
    }

    fn verb(&self) -> Verb {
        match self.opinion {
            Some(Opinion::Like) => Verb::Liked,
            Some(Opinion::Rating(_)) => Verb::Rated,
            _ if self.watched => Verb::Watched,
            _ => Verb::Clicked,
        }
    }

    fn seen(&self) -> bool {
        self.watched || self.skipped || self.opinion.is_some()
    }
}

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
        let added = self.events.len() - before;
        if self.events[before.saturating_sub(1)..].is_sorted_by_key(|event| order::total(event.time)) {
            return added;
        }
        let mut places: Vec<usize> = (0..self.events.len()).collect();
        order::sort_by_key(&mut places, |&place| order::total(self.events[place].time));
        let mut events: Vec<Option<Event>> = self.events.drain(..).map(Some).collect();
        self.events.extend(places.iter().filter_map(|&place| events[place].take()));
        added
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
        before - self.events.len()
    }

    /// Takes out all events, and what is known of them: they may come again.
    pub fn clear(&mut self) {
        *self = History::default();
    }

    /// All events in order of time.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The viewer's taste. A [`HalfLife`](super::HalfLife) stands for both of a [`Decay`].
    pub fn profile(&self, catalog: &Catalog, weights: &EventWeights, decay: impl Into<Decay>) -> Profile {
        let (mut ids, mut states) = (Interner::default(), Vec::new());
        let told = |(_, event): &(usize, &Event)| event.kind != EventKind::Impression;
        for (order, event) in self.events.iter().enumerate().filter(told) {
            let item = ids.intern(&event.item) as usize;
            if item == states.len() {
                states.push(ItemState::default());
            }
            let state = &mut states[item];
            if event.kind == EventKind::Remove {
                *state = ItemState::default();
                continue;
            }
            (state.last, state.order) = (event.time, order + 1);
            match event.kind {
                EventKind::Watch => {
                    let portion = event.progress.unwrap_or(1.0);
                    state.watched = true;
                    state.finished += u32::from(portion >= FINISHED);
                    state.portion = state.portion.max(portion);
                    state.skipped = false;
                }
                EventKind::Like => state.opinion = Some(Opinion::Like),
                EventKind::Dislike => state.opinion = Some(Opinion::Dislike),
                EventKind::Rate => state.opinion = event.rating.map(Opinion::Rating),
                EventKind::Click => (state.clicked, state.skipped) = (true, false),
                EventKind::Skip => state.skipped = true,
                EventKind::Remove | EventKind::Impression => {}
            }
        }
        let mut states: Vec<(&str, &ItemState)> =
            ids.strings().iter().zip(&states).filter(|(_, state)| state.order > 0).collect();
        order::sort_by_key(&mut states, |(_, state)| -(state.order as i64));
        let resting = resting(&self.events, catalog);
        Profile { resting, ..summarise(&states, catalog, weights, decay.into()) }
    }
}

fn summarise(
    states: &[(&str, &ItemState)],
    catalog: &Catalog,
    weights: &EventWeights,
    decay: Decay,
) -> Profile {
    let ordered = decay.taste != Default::default();
    let mut profile = Profile { ordered, of_viewer: true, ..Profile::default() };
    let mut genres: Vec<Option<GenreAffinity>> = vec![None; catalog.genres.len()];
    let newest = states.first().map_or(0.0, |(_, state)| state.last);
    let mut later_items = 0.0;
    for (id, state) in states {
        let Some(item) = catalog.find(id) else {
            profile.unknown += 1;
            continue;
        };
        if state.seen() {
            profile.seen.push(item);
        }
        let aversion = fixed(state.aversion(weights));
        if matches!(state.opinion, Some(Opinion::Dislike)) || state.opinion.is_some() && aversion > 0 {
            profile.disliked.push(item);
        }
        let item_genres = catalog.features.genres.row(item as usize);
        let mut add = |weight: i64, against: i64| {
            for &genre in item_genres {
                let affinity =
                    genres[genre as usize].get_or_insert(GenreAffinity { genre, ..GenreAffinity::default() });
                affinity.weight += weight / item_genres.len() as i64;
                affinity.against += against / item_genres.len() as i64;
                affinity.count += u32::from(weight > 0);
            }
        };
        if aversion > 0 {
            add(0, i64::from(aversion));
            profile.averse.push(ItemAffinity { item, weight: aversion, recent: aversion });
        }
        let weight = state.weight(weights);
        // Less than a step counts for nothing: its share of a total of 0 would be no number.
        let undecayed = i64::from(fixed(weight));
        if undecayed <= 0 {
            continue;
        }
        let days = (newest - state.last) / MILLISECONDS_PER_DAY;
        let [weight, recent] = [decay.taste, decay.recent]
            .map(|half_life| fixed(weight * libm::exp2(-half_life.halvings(later_items, days))));
        later_items += 1.0;
        if weight > 0 || recent > 0 {
            profile.items.push(ItemAffinity { item, weight, recent });
            profile.verbs.push(state.verb());
        }
        profile.total += undecayed;
        add(undecayed, 0);
    }
    order::sort(&mut profile.seen);
    order::sort(&mut profile.disliked);
    profile.genres = genres.into_iter().flatten().collect();
    profile
}

impl Profile {
    /// Of how many items it is known whether the viewer likes them.
    pub fn known(&self) -> usize {
        self.items.len() + self.averse.len()
    }

    /// The profile of somebody who watched just this one item: what [similar items](crate::engine) are
    /// asked with.
    pub fn of_item(item: ItemIndex) -> Self {
        Profile {
            items: vec![ItemAffinity { item, weight: ONE, recent: ONE }],
            total: i64::from(ONE),
            seen: vec![item],
            ..Profile::default()
        }
    }

    /// The profile of somebody who watched just what this one is averse to.
    pub fn of_aversions(&self) -> Self {
        Profile { items: self.averse.clone(), ordered: self.ordered, ..Profile::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::HalfLife;
    use super::*;
    use crate::catalog::CatalogOptions;

    const DAY: f64 = MILLISECONDS_PER_DAY;

    fn catalog() -> Catalog {
        let json =
            br#"[{"id":"a","title":"A","genres":["Crime","War"]},{"id":"b","title":"B","genres":["Crime"]},
            {"id":"c","title":"C"}]"#;
        Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
    }

    fn profile(events: Vec<Event>, half_life: HalfLife) -> Profile {
        let mut history = History::default();
        history.record(events);
        history.profile(&catalog(), &EventWeights::default(), half_life)
    }

    /// What the events, all about one item, make of its weight; and whether it is seen.
    fn weight(events: &[Event]) -> (f64, bool) {
        let profile = profile(events.to_vec(), HalfLife::default());
        let weight = profile.items.first().map_or(0, |affinity| affinity.weight);
        (f64::from(weight) / f64::from(ONE), profile.seen == [0])
    }

    fn event(kind: EventKind) -> Event {
        Event::new("a", kind, 0.0)
    }

    fn watch(progress: f64) -> Event {
        Event { progress: Some(progress), ..event(EventKind::Watch) }
    }

    fn rate(rating: f64) -> Event {
        Event { rating: Some(rating), ..event(EventKind::Rate) }
    }

    #[test]
    fn each_kind_of_event_has_its_weight() {
        use EventKind::{Click, Dislike, Like, Remove, Skip, Watch};
        for (events, expected) in [
            (vec![event(Watch)], (1.0, true)),
            (vec![watch(0.5)], (0.5, true)),
            (vec![watch(0.25), watch(0.5), watch(0.75)], (0.75, true)),
            (vec![watch(1.0), watch(1.0)], (1.5, true)),
            (vec![event(Like)], (1.5, true)),
            (vec![rate(5.0)], (1.5, true)),
            (vec![rate(4.0)], (1.0, true)),
            (vec![rate(3.0)], (0.5, true)),
            (vec![rate(0.5)], (0.0, true)),
            (vec![event(Click)], (fixed(0.2).into(), false)),
            (vec![event(Skip)], (0.0, true)),
            (vec![event(Skip), event(Click)], (fixed(0.2).into(), false)),
            (vec![event(Click), event(Skip)], (0.0, true)),
            (vec![event(Watch), event(Dislike)], (0.0, true)),
            (vec![event(Dislike), event(Like)], (1.5, true)),
            (vec![event(Like), event(Watch), event(Remove)], (0.0, false)),
            (vec![event(Like), event(Remove), event(Watch)], (1.0, true)),
        ] {
            let (expected, seen) = expected;
            let expected = if expected > 2.0 { expected / f64::from(ONE) } else { expected };
            assert_eq!(weight(&events), (expected, seen), "{events:?}");
        }
    }

    #[test]
    fn weights_halve_by_later_items_and_by_days() {
        let events = ["a", "b", "c"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
        let weights = |events: Vec<Event>, half_life| -> Vec<(ItemIndex, i32)> {
            profile(events, half_life).items.iter().map(|item| (item.item, item.weight)).collect()
        };
        let by_events = HalfLife { events: Some(1.0), days: None };
        assert_eq!(weights(events, by_events), [(2, ONE), (1, ONE / 2), (0, ONE / 4)]);
        let days = HalfLife { events: None, days: Some(10.0) };
        let events = [("a", 0.0), ("b", 10.0 * DAY)].map(|(id, time)| Event::new(id, EventKind::Watch, time));
        assert_eq!(weights(events.to_vec(), days), [(1, ONE), (0, ONE / 2)]);
        let both = HalfLife { events: Some(1.0), days: Some(10.0) };
        assert_eq!(weights(events.to_vec(), both), [(1, ONE), (0, ONE / 4)]);
    }

    #[test]
    fn genres_share_an_items_weight_and_do_not_decay() {
        let events = ["a", "b", "nowhere"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
        let profile = profile(events, HalfLife { events: Some(1.0), days: None });
        let genre = |genre, weight, count| GenreAffinity { genre, weight, against: 0, count };
        let one = i64::from(ONE);
        assert_eq!(profile.genres, [genre(0, one + one / 2, 2), genre(1, one / 2, 1)]);
        assert_eq!((profile.total, profile.unknown), (2 * one, 1));
    }

    #[test]
    fn what_is_disliked_or_rated_low_speaks_against_its_genres() {
        use EventKind::{Dislike, Like, Rate, Watch};
        let low = Event { rating: Some(2.0), ..Event::new("b", Rate, 0.0) };
        let events = vec![Event::new("a", Dislike, 0.0), low, Event::new("b", Watch, 0.0)];
        let profile = profile(events, HalfLife::default());
        let genre = |genre, quarters: i64| GenreAffinity {
            genre,
            against: quarters * i64::from(ONE) / 4,
            weight: 0,
            count: 0,
        };
        // A half of 1.5 each for the first, the whole for the second.
        assert_eq!(profile.genres, [genre(0, 9), genre(1, 3)]);
        assert_eq!((profile.disliked.as_slice(), profile.known(), profile.total), (&[0, 1][..], 2, 0));
        let high = Event { rating: Some(2.5), ..Event::new("b", Rate, 0.0) };
        let profile = self::profile(vec![high, Event::new("a", Like, 0.0)], HalfLife::default());
        assert_eq!((profile.disliked.len(), profile.verbs), (0, vec![Verb::Liked, Verb::Rated]));
    }

    proptest! {
        /// Events that come late find their place: the profile is that of the events in order of time.
        #[test]
        fn the_order_of_recording_does_not_matter(
            events in prop::collection::vec((0..3_usize, 0..7_usize, 0.0..1.0), 0..20),
            order in prop::collection::vec(any::<prop::sample::Index>(), 20),
        ) {
            use EventKind::{Click, Dislike, Like, Rate, Remove, Skip, Watch};
            let make = |(time, &(item, kind, value)): (usize, &(usize, usize, f64))| {
                let kind = [Watch, Like, Dislike, Rate, Click, Skip, Remove][kind];
                Event {
                    progress: (kind == Watch).then_some(value),
                    rating: (kind == Rate).then_some(0.5 + value * 4.5),
                    ..Event::new(["a", "b", "nowhere"][item], kind, time as f64 * DAY)
                }
            };
            let events: Vec<Event> = events.iter().enumerate().map(make).collect();
            let half_life = HalfLife { events: Some(2.0), days: Some(3.0) };
            let expected = profile(events.clone(), half_life);
            let (mut shuffled, mut rest) = (Vec::new(), events);
            for index in order {
                if !rest.is_empty() {
                    shuffled.push(rest.remove(index.index(rest.len())));
                }
            }
            prop_assert_eq!(profile(shuffled, half_life), expected);
        }
    }
}
