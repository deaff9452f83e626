use serde::{Deserialize, Serialize};

use crate::catalog::{Features, GenreIndex, ItemIndex};
use crate::history::Profile;
use crate::model::JoinedModel;

/// A score in fixed point, in steps of 1 / [`ONE`]: the same in every browser, in whatever order it was added up.
pub type Score = i32;

/// The score 1.
pub const ONE: Score = 1 << 16;

/// A number as a [`Score`], saturating; NaN is 0.
pub fn fixed(value: f64) -> Score {
    libm::round(value * f64::from(ONE)) as Score
}

/// One reason to watch something, turned into a number for every item.
///
/// A scorer is a pure function of its data and the profile: no clock, no random number, and every sum that could be
/// added up in another order is in fixed point.
pub trait Scorer {
    /// Writes every item's score; `scores` has one place an item, all 0 at first.
    fn score(&self, profile: &Profile, scores: &mut [Score]);

    /// What caused the score of `item`, the largest part first. The parts add up to about the score.
    fn explain(&self, profile: &Profile, item: ItemIndex) -> Vec<Cause>;
}

/// Something in the viewer's history that speaks for (or against) an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// They watched this.
    Item { item: ItemIndex, part: Score },
    /// They watch this genre more (or less) than others do.
    Genre { genre: GenreIndex, part: Score },
}

/// What all scorers are made from: the catalog's columns and the model, joined to the catalog.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScorerData {
    /// The catalog's columns.
    pub features: Features,
    /// The model in the catalog's order.
    pub model: Option<JoinedModel>,
    /// How many viewers watched each item: the model's count, else the catalog's popularity, else 0.
    pub popularity: Vec<f32>,
    /// The population's share of each genre, summing to 1.
    pub genre_shares: Vec<f64>,
}

/// A row of the table of scorers.
pub struct ScorerKind {
    /// Its name, which is also its queue's and its weight's.
    pub name: &'static str,
    /// Makes one.
    pub build: fn(&ScorerData) -> Box<dyn Scorer + '_>,
}

/// All scorers. To add one: a file of its own, and a row here.
pub const SCORERS: &[ScorerKind] = &[];
