use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Event, EventKind, EventWeights, HalfLife};
use crate::catalog::{Catalog, GenreIndex, ItemIndex};
use crate::score::{ONE, fixed};

const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;

/// Everything one viewer did, in order of time.
#[derive(Debug, Clone, Default)]
pub struct History {
    events: Vec<Event>,
}

/// What the viewer's history says of their taste, in terms of one catalog.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Items that speak for the viewer's taste, the most recent first, with decay.
    pub items: Vec<ItemAffinity>,
    /// Genres of those items, ascending by genre, without decay: what was watched most, not last.
    pub genres: Vec<GenreAffinity>,
    /// Σ w_i without decay, in steps of 1 / [`ONE`].
    pub total: i64,
    /// Items not to be recommended again (watched, rated, liked, skipped), ascending.
    pub seen: Vec<ItemIndex>,
    /// Items the viewer dislikes, ascending.
    pub disliked: Vec<ItemIndex>,
    /// How many items of the history are not in the catalog.
    pub unknown: u32,
}

/// How much an item of the history counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAffinity {
    /// The item.
    pub item: ItemIndex,
    /// Its weight in steps of 1 / [`ONE`], above 0.
    pub weight: i32,
}

/// How much of the viewer's watching went to a genre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenreAffinity {
    /// The genre.
    pub genre: GenreIndex,
    /// Σ w_i / |G_i| over the items of this genre, in steps of 1 / [`ONE`].
    pub weight: i64,
    /// How many items of the history have it.
    pub count: u32,
}

/// What became of recorded events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// How many events were recorded.
    pub recorded: usize,
    /// Ids that are not in the catalog. They are kept: the catalog may get them later.
    pub unknown: Vec<String>,
}

/// What the events about one item come to.
#[derive(Default)]
struct ItemState {
    watches: u32,
    portion: f64,
    clicked: bool,
    skipped: bool,
    opinion: Option<Opinion>,
    last: f64,
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
            None if self.watches >= 2 => weights.rewatch * self.portion,
            None if self.watches == 1 => weights.watch * self.portion,
            None if self.clicked && !self.skipped => weights.click,
            None => 0.0,
        }
    }

    fn seen(&self) -> bool {
        self.watches > 0 || self.skipped || self.opinion.is_some()
    }
}

impl History {
    /// Adds events. Those with an earlier time than recorded ones find their place among them; of the
    /// same time, the later recorded is the later.
    pub fn record(&mut self, events: impl IntoIterator<Item = Event>) {
        self.events.extend(events);
        self.events.sort_by(|a, b| a.time.total_cmp(&b.time));
    }

    /// All events in order of time.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The viewer's taste.
    pub fn profile(&self, catalog: &Catalog, weights: &EventWeights, half_life: HalfLife) -> Profile {
        let mut states: FxHashMap<&str, ItemState> = FxHashMap::default();
        for (order, event) in self.events.iter().enumerate() {
            if event.kind == EventKind::Remove {
                states.remove(event.item.as_str());
                continue;
            }
            let state = states.entry(&event.item).or_default();
            (state.last, state.order) = (event.time, order);
            match event.kind {
                EventKind::Watch => {
                    state.watches += 1;
                    state.portion = state.portion.max(event.progress.unwrap_or(1.0));
                    state.skipped = false;
                }
                EventKind::Like => state.opinion = Some(Opinion::Like),
                EventKind::Dislike => state.opinion = Some(Opinion::Dislike),
                EventKind::Rate => state.opinion = event.rating.map(Opinion::Rating),
                EventKind::Click => (state.clicked, state.skipped) = (true, false),
                EventKind::Skip => state.skipped = true,
                EventKind::Remove => {}
            }
        }
        let mut states: Vec<(&str, ItemState)> = states.into_iter().collect();
        states.sort_by_key(|(_, state)| std::cmp::Reverse(state.order));
        summarise(&states, catalog, weights, half_life)
    }
}

fn summarise(
    states: &[(&str, ItemState)],
    catalog: &Catalog,
    weights: &EventWeights,
    half_life: HalfLife,
) -> Profile {
    let mut profile = Profile::default();
    let mut genres: FxHashMap<GenreIndex, GenreAffinity> = FxHashMap::default();
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
        if matches!(state.opinion, Some(Opinion::Dislike)) {
            profile.disliked.push(item);
        }
        let weight = state.weight(weights);
        if weight <= 0.0 {
            continue;
        }
        let halvings = half_life.events.map_or(0.0, |events| later_items / events)
            + half_life.days.map_or(0.0, |days| (newest - state.last) / MILLISECONDS_PER_DAY / days);
        later_items += 1.0;
        let decayed = fixed(weight * libm::exp2(-halvings));
        if decayed > 0 {
            profile.items.push(ItemAffinity { item, weight: decayed });
        }
        let weight = i64::from(fixed(weight));
        profile.total += weight;
        let item_genres = catalog.features.genres.row(item as usize);
        for &genre in item_genres {
            let affinity = genres.entry(genre).or_insert(GenreAffinity { genre, weight: 0, count: 0 });
            affinity.weight += weight / item_genres.len() as i64;
            affinity.count += 1;
        }
    }
    profile.seen.sort_unstable();
    profile.disliked.sort_unstable();
    profile.genres = genres.into_values().collect();
    profile.genres.sort_unstable_by_key(|affinity| affinity.genre);
    profile
}

impl Profile {
    /// The profile of somebody who watched just this one item: what [similar items](crate::engine) are
    /// asked with.
    pub fn of_item(item: ItemIndex) -> Self {
        Profile {
            items: vec![ItemAffinity { item, weight: ONE }],
            total: i64::from(ONE),
            seen: vec![item],
            ..Profile::default()
        }
    }
}
