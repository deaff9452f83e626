//! Scorers: one for each reason to watch something, and how they are reached.

// What there are, what they read, and how they are asked.
mod columns;
pub mod message;
mod own;
mod registry;
mod service;

// The scorers, and what they share.
mod content;
mod genre;
mod history;
mod popularity;
mod similar;
mod sums;
#[cfg(test)]
mod tests;

pub use columns::{Column, Columns, GenreSets, LazyTerms};
#[cfg(feature = "train")]
pub use content::Likeness;
pub use own::{MAX_FUNCTION_ITEMS, OwnScorer, OwnScorers, checked, item_cause, sentence};
pub use registry::{
    BUILT_IN, BuiltIn, Domain, GENRE, HISTORY, POPULARITY, Role, ScorerId, ScorerSource, ScorerSpec,
    WorkerCounts, find, unknown,
};
pub use service::{Bounds, ScorerService};
pub use similar::LIKENESS;

pub use crate::fixed::{SCORE_ONE, Score, to_fixed_point};

use crate::catalog::{GenreIndex, ItemIndex};
use crate::history::Profile;

/// One reason to watch something, turned into a number for every item.
///
/// A scorer is a pure function of its data and the profile: no clock, no random number, and every sum
/// that could be added up in another order is in fixed point.
pub trait Scorer {
    /// Writes the scores of items, or of combinations of genres, from the `first` on; `scores` has one place each, all 0 at first.
    fn score(&self, profile: &Profile, first: u32, scores: &mut [Score]);

    /// Makes what it would make when it is asked for the first time.
    fn prepare(&self) {}

    /// What in the profile caused the score of `item`, in any order. A scorer that does not look at the
    /// profile names nothing.
    fn explain(&self, profile: &Profile, item: ItemIndex) -> Vec<Cause>;

    /// What is told of the causes of these items' scores: of items of the history at least the [`MAX_REASONS`] that speak for each most.
    fn reasons(&self, profile: &Profile, items: &[ItemIndex]) -> Vec<Vec<Cause>> {
        items.iter().map(|&item| self.explain(profile, item)).collect()
    }
}

/// At most so many items of a history, and so many genres, are named as reasons.
pub const MAX_REASONS: usize = 5;

/// Something in the viewer's history that speaks for an item, or against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// They watched this.
    Item {
        /// The item of the history.
        item: ItemIndex,
        /// Its part of the score.
        part: Score,
    },
    /// They watch this genre more, or less, than others do.
    Genre {
        /// The genre.
        genre: GenreIndex,
        /// Its part of the score.
        part: Score,
    },
    /// It is like the item that was asked for.
    Likeness {
        /// In what: a place in [`LIKENESS`].
        by: u8,
        /// Its part of the score.
        part: Score,
    },
    /// What a scorer of the page's own says of it, for people.
    Sentence(String),
}
