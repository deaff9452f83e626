use super::Resting;
use crate::catalog::{GenreIndex, ItemIndex};
use crate::fixed::SCORE_ONE;
use crate::json::write_names;

/// What the viewer's history says of their taste, in terms of one catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Items that speak for the viewer's taste, the most recent first, with decay.
    pub items: Vec<ItemAffinity>,
    /// What the viewer did with each of those items. No scorer asks for it.
    pub verbs: Vec<Verb>,
    /// Genres of those items and of what is disliked, ascending by genre, without decay: what was watched most, not last.
    pub genres: Vec<GenreAffinity>,
    /// Σ w_i without decay, in steps of 1 / [`SCORE_ONE`].
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemAffinity {
    /// The item.
    pub item: ItemIndex,
    /// Its weight in steps of 1 / [`SCORE_ONE`].
    pub weight: i32,
    /// Its weight for what comes next, likewise. One of the two is above 0.
    pub recent: i32,
}

/// How much of the viewer's watching went to a genre.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GenreAffinity {
    /// The genre.
    pub genre: GenreIndex,
    /// Σ w_i / |G_i| over the items of this genre, in steps of 1 / [`SCORE_ONE`].
    pub weight: i64,
    /// The same over the items that speak against it.
    pub against: i64,
    /// How many items that speak for the viewer's taste have it.
    pub count: u32,
}

write_names! { Verb { Watched: "watched", Liked: "liked", Rated: "rated", Clicked: "clicked" } }

impl Profile {
    /// Of how many items it is known whether the viewer likes them.
    pub fn known(&self) -> usize {
        self.items.len() + self.averse.len()
    }

    /// The profile of somebody who watched just this one item: what [similar items](crate::engine) are
    /// asked with.
    pub fn of_item(item: ItemIndex) -> Self {
        Profile {
            items: vec![ItemAffinity { item, weight: SCORE_ONE, recent: SCORE_ONE }],
            total: i64::from(SCORE_ONE),
            seen: vec![item],
            ..Profile::default()
        }
    }

    /// The profile of somebody who watched just what this one is averse to.
    pub fn of_aversions(&self) -> Self {
        Profile { items: self.averse.clone(), ordered: self.ordered, ..Profile::default() }
    }
}
