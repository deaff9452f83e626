use std::f64::consts::LN_2;
use std::rc::Rc;

use super::rest::Rests;
use super::state::ItemState;
use super::{
    Decay, Event, EventKind, EventWeights, GenreAffinity, History, ItemAffinity, MILLISECONDS_PER_DAY,
    Profile,
};
use crate::catalog::{Catalog, GenreIndex, ItemIndex};
use crate::columns::Interner;
use crate::fixed::{SCORE_ONE, Score, to_fixed_point};
use crate::order;

/// So many entries of a list are put in their places one by one.
const FEW: usize = 64;
/// No event.
const NONE: u32 = u32::MAX;

/// A profile that follows a history: an event costs what the event changes, and not what was before it.
///
/// All sums are of whole numbers, so that what an item adds can be taken away again, and nothing depends on the way that led there: the profile is,
/// bit for bit, what would be made of all events anew. What decays is made anew after each event, the newest first, as far as anything is left
/// of a weight. An event with an earlier time than those before it, and what is forgotten, costs as much as all events.
#[derive(Debug)]
pub struct RunningProfile {
    weights: EventWeights,
    decay: Decay,
    /// What of a history it has followed.
    edition: u32,
    followed: usize,
    /// The items that events are about.
    ids: Interner,
    items: Vec<Item>,
    /// By event: the one about the same item that counts where this one is taken back.
    earlier: Vec<u32>,
    /// The items of which something is known, by their last event, ascending. An entry of an event that is not the item's last any more is passed over.
    recent: Vec<(u32, u32)>,
    /// Those that speak against what is like them, or have, likewise.
    averse: Vec<(u32, u32)>,
    /// Items that have come to be seen or disliked, or are so no more, since the profile was made.
    marked: Vec<u32>,
    /// How many items each genre of the profile is there for.
    genre_uses: Vec<u32>,
    rests: Rests,
    profile: Rc<Profile>,
}

#[derive(Debug, Default)]
struct Item {
    /// Its place in the catalog.
    item: Option<ItemIndex>,
    /// The last event that has not been taken back, its place among all; and when that was.
    last: u32,
    time: f64,
    state: ItemState,
}

/// What an item is to a profile, but for decay.
#[derive(Debug, Default, PartialEq)]
struct Part {
    /// The place of its last event, if any.
    last: Option<u32>,
    is_seen: bool,
    is_disliked: bool,
    aversion: Score,
    weight: Score,
}

impl RunningProfile {
    /// One that has followed nothing yet.
    pub fn new(weights: EventWeights, decay: Decay) -> Self {
        RunningProfile {
            weights,
            decay,
            edition: 0,
            followed: 0,
            ids: Interner::default(),
            items: Vec::new(),
            earlier: Vec::new(),
            recent: Vec::new(),
            averse: Vec::new(),
            marked: Vec::new(),
            genre_uses: Vec::new(),
            rests: Rests::default(),
            profile: Rc::new(Profile {
                ordered: decay.taste != Default::default(),
                of_viewer: true,
                ..Profile::default()
            }),
        }
    }

    /// The profile of all that is recorded. It is always the same history's, and the same catalog's.
    pub fn of(&mut self, history: &History, catalog: &Catalog) -> Rc<Profile> {
        let events = history.events();
        if self.edition != history.edition() {
            *self = RunningProfile { edition: history.edition(), ..Self::new(self.weights, self.decay) };
        }
        if self.followed < events.len() {
            for place in self.followed..events.len() {
                self.add(events, place as u32, catalog);
            }
            self.followed = events.len();
            self.finish(events);
        }
        self.profile.clone()
    }

    /// Takes note of an event.
    fn add(&mut self, events: &[Event], place: u32, catalog: &Catalog) {
        let event = &events[place as usize];
        let own = self.ids.intern(&event.item);
        if own as usize == self.items.len() {
            let item = catalog.find(&event.item);
            self.items.push(Item { item, last: NONE, ..Item::default() });
        }
        let item = &mut self.items[own as usize];
        self.rests.add(event, own, item.item);
        self.earlier.push(NONE);
        if event.kind == EventKind::Impression {
            return;
        }
        let before = item.part(&self.weights);
        if event.kind != EventKind::Remove {
            self.earlier[place as usize] = item.last;
            (item.last, item.time) = (place, event.time);
            item.state.add(event);
        } else if item.last != NONE {
            item.take_back(&self.earlier, events);
        }
        let (now, item) = (item.part(&self.weights), item.item);
        self.change(own, item, &before, &now, catalog);
    }

    /// Puts what an item is now in the place of what it was.
    fn change(&mut self, own: u32, item: Option<ItemIndex>, before: &Part, now: &Part, catalog: &Catalog) {
        if let Some(last) = now.last {
            put(&mut self.recent, (last, own), &self.items);
            if now.aversion > 0 {
                put(&mut self.averse, (last, own), &self.items);
            }
        }
        if (before.is_seen, before.is_disliked) != (now.is_seen, now.is_disliked) {
            self.marked.push(own);
        }
        let profile = Rc::make_mut(&mut self.profile);
        let Some(item) = item else {
            profile.unknown =
                profile.unknown + u32::from(now.last.is_some()) - u32::from(before.last.is_some());
            return;
        };
        if (before.aversion, before.weight) == (now.aversion, now.weight) {
            return;
        }
        profile.total += i64::from(now.weight) - i64::from(before.weight);
        let genres = catalog.features.genres.row(item as usize);
        for &genre in genres {
            let place = self.genre(genre);
            let affinity = &mut Rc::make_mut(&mut self.profile).genres[place];
            for (part, sign) in [(before, -1), (now, 1)] {
                let share = |weight: Score| sign * (i64::from(weight) / genres.len() as i64);
                affinity.weight += share(part.weight);
                affinity.against += share(part.aversion);
                let (counts, is_used) = (part.weight > 0, part.weight > 0 || part.aversion > 0);
                affinity.count = affinity.count.wrapping_add_signed(sign as i32 * i32::from(counts));
                self.genre_uses[place] =
                    self.genre_uses[place].wrapping_add_signed(sign as i32 * i32::from(is_used));
            }
            if self.genre_uses[place] == 0 {
                self.genre_uses.remove(place);
                Rc::make_mut(&mut self.profile).genres.remove(place);
            }
        }
    }

    /// The place of a genre in the profile, where it is from now on.
    fn genre(&mut self, genre: GenreIndex) -> usize {
        let genres = &mut Rc::make_mut(&mut self.profile).genres;
        let place = genres.partition_point(|affinity| affinity.genre < genre);
        if genres.get(place).is_none_or(|affinity| affinity.genre != genre) {
            genres.insert(place, GenreAffinity { genre, ..GenreAffinity::default() });
            self.genre_uses.insert(place, 0);
        }
        place
    }

    /// Makes what decays, and what is there in the order of the last events.
    fn finish(&mut self, events: &[Event]) {
        let profile = Rc::make_mut(&mut self.profile);
        let Decay { taste, recent } = self.decay;
        profile.items.clear();
        profile.verbs.clear();
        let weights = [self.weights.rewatch, self.weights.like, self.weights.rating, self.weights.click];
        let most = weights.into_iter().fold(self.weights.watch, f64::max);
        // From so many halvings on nothing is left of any weight, and before that more halvings are no fewer.
        let faded = libm::log(most * f64::from(SCORE_ONE)) / LN_2 + 2.0;
        let items = &self.items;
        let mut recent_items = self
            .recent
            .iter()
            .rev()
            .filter(|entry| is_last(entry, items))
            .map(|&(_, own)| &items[own as usize])
            .peekable();
        let newest = recent_items.peek().map_or(0.0, |item| item.time);
        let mut later_items = 0.0;
        for item in recent_items {
            let Some(place) = item.item else { continue };
            let weight = item.state.weight(&self.weights);
            // Less than a step counts for nothing: its share of a total of 0 would be no number.
            if to_fixed_point(weight) <= 0 {
                continue;
            }
            let days = (newest - item.time) / MILLISECONDS_PER_DAY;
            let halvings = [taste, recent].map(|half_life| half_life.halvings(later_items, days));
            if halvings.iter().all(|halvings| *halvings > faded) {
                break;
            }
            let [weight, recent] = halvings.map(|halvings| match halvings {
                0.0 => to_fixed_point(weight),
                halvings => to_fixed_point(weight * libm::exp2(-halvings)),
            });
            later_items += 1.0;
            if weight > 0 || recent > 0 {
                profile.items.push(ItemAffinity { item: place, weight, recent });
                profile.verbs.push(item.state.verb());
            }
        }
        let averse =
            self.averse.iter().rev().filter(|entry| is_last(entry, items)).filter_map(|&(_, own)| {
                let Item { item, state, .. } = &items[own as usize];
                let weight = state.aversion(&self.weights);
                item.filter(|_| weight > 0).map(|item| ItemAffinity { item, weight, recent: weight })
            });
        profile.averse.clear();
        profile.averse.extend(averse);
        self.rests.list(events.last().map_or(0.0, |event| event.time), &mut profile.resting);
        // Of a start, or a file of another service, all is put in order at once.
        let all = self.marked.len() > FEW;
        if all {
            profile.seen.clear();
            profile.disliked.clear();
            self.marked = (0..items.len() as u32).collect();
        }
        for item in self.marked.drain(..).map(|own| &items[own as usize]) {
            let Some(place) = item.item else { continue };
            let part = item.part(&self.weights);
            for (list, is_in) in
                [(&mut profile.seen, part.is_seen), (&mut profile.disliked, part.is_disliked)]
            {
                match all {
                    true if is_in => list.push(place),
                    true => {}
                    false => set(list, place, is_in),
                }
            }
        }
        if all {
            order::sort(&mut profile.seen);
            order::sort(&mut profile.disliked);
        }
    }
}

impl Item {
    fn part(&self, weights: &EventWeights) -> Part {
        if self.last == NONE {
            return Part::default();
        }
        Part {
            last: Some(self.last),
            is_seen: self.state.is_seen(),
            is_disliked: self.state.is_disliked(weights),
            aversion: self.state.aversion(weights).max(0),
            weight: to_fixed_point(self.state.weight(weights)).max(0),
        }
    }

    /// Takes the last event back: the item is what it was before.
    fn take_back(&mut self, earlier: &[u32], events: &[Event]) {
        self.last = earlier[self.last as usize];
        let mut standing = Vec::new();
        let mut place = self.last;
        while place != NONE {
            standing.push(place);
            place = earlier[place as usize];
        }
        self.time = standing.first().map_or(0.0, |&last| events[last as usize].time);
        self.state = ItemState::default();
        standing.iter().rev().for_each(|&place| self.state.add(&events[place as usize]));
    }
}

/// Puts an item's last event into the order of last events.
fn put(order: &mut Vec<(u32, u32)>, entry: (u32, u32), items: &[Item]) {
    let place = match order.last() {
        Some(newest) if *newest >= entry => order.partition_point(|other| *other < entry),
        _ => order.len(),
    };
    if order.get(place) != Some(&entry) {
        order.insert(place, entry);
    }
    // Now and then those that are passed over are taken out.
    if order.len() > 2 * items.len() + FEW {
        order.retain(|entry| is_last(entry, items));
    }
}

/// Whether an event is still the last of its item.
fn is_last(&(last, own): &(u32, u32), items: &[Item]) -> bool {
    items[own as usize].last == last
}

/// Puts an item into a list that is ascending, or takes it out.
fn set(items: &mut Vec<ItemIndex>, item: ItemIndex, is_in: bool) {
    match items.binary_search(&item) {
        Ok(place) if !is_in => drop(items.remove(place)),
        Err(place) if is_in => items.insert(place, item),
        _ => {}
    }
}
