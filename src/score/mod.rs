use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::catalog::{GenreIndex, ItemIndex};
use crate::history::Profile;
use crate::model::WeightByLength;

mod content;
mod data;
mod genre;
mod history;
mod popularity;
mod serve;
mod similar;
#[cfg(test)]
mod tests;

#[cfg(feature = "train")]
pub use content::Likeness;
pub use data::ScorerData;
pub use serve::ScorerService;
pub use similar::LIKENESS;

/// A score in fixed point, in steps of 1 / [`ONE`]: the same in every browser, in whatever order it was
/// added up.
pub type Score = i32;

/// The score 1.
pub const ONE: Score = 1 << 16;

/// A number as a [`Score`], rounded and saturating; NaN is 0.
pub fn fixed(value: f64) -> Score {
    libm::round(value * f64::from(ONE)) as Score
}

/// One reason to watch something, turned into a number for every item.
///
/// A scorer is a pure function of its data and the profile: no clock, no random number, and every sum
/// that could be added up in another order is in fixed point.
pub trait Scorer {
    /// Writes every item's score; `scores` has one place an item, all 0 at first.
    fn score(&self, profile: &Profile, scores: &mut [Score]);

    /// What in the profile caused the score of `item`, in any order. A scorer that does not look at the
    /// profile names nothing.
    fn explain(&self, profile: &Profile, item: ItemIndex) -> Vec<Cause>;
}

/// Something in the viewer's history that speaks for an item, or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// A row of the table of scorers.
pub struct ScorerKind {
    /// Its name, which is also its queue's and its weight's.
    pub name: &'static str,
    /// Makes one.
    pub build: fn(Rc<ScorerData>) -> Box<dyn Scorer>,
    /// Its weight beside a model that does not say one itself.
    pub weight: WeightByLength,
    /// Its weight where there is no model.
    pub weight_without_model: WeightByLength,
}

/// All scorers. To add one: a file of its own, and a row here. The weights were chosen on MovieLens 1M's validation
/// viewers: the less is known of somebody, the more counts what everybody watches.
pub const SCORERS: [ScorerKind; 3] = [
    ScorerKind {
        name: "history",
        build: |data| Box::new(history::HistoryScorer::new(data)),
        weight: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
        weight_without_model: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    },
    ScorerKind {
        name: "genre",
        build: |data| Box::new(genre::GenreScorer::new(data)),
        weight: [0.0, 0.1, 0.15, 0.08, 0.01, 0.01],
        weight_without_model: [0.0, 0.3, 0.3, 0.3, 0.3, 0.3],
    },
    ScorerKind {
        name: "popularity",
        build: |data| Box::new(popularity::PopularityScorer::new(&data)),
        weight: [1.0, 0.42, 0.2, 0.07, 0.0, 0.0],
        weight_without_model: [1.0, 0.6, 0.6, 0.5, 0.5, 0.5],
    },
];

/// The place in [`SCORERS`] of the scorer that compares items: what `similar` asks.
pub const HISTORY: usize = 0;
/// That of the scorer that compares genres.
pub const GENRE: usize = 1;
/// That of the scorer of what everybody watches.
pub const POPULARITY: usize = 2;
