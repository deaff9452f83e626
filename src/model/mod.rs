mod bytes;
mod file;
mod join;

pub use join::JoinedModel;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::columns::{Rows, Strings};
use crate::history::HalfLife;

/// What was learnt from many viewers.
///
/// Scores are `s_j = scale_j · Σ_i w_i · weight_ji`, the sum over the viewer's history, `i` among the
/// at most k neighbours kept for target `j`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemModel {
    /// Item ids, each once.
    pub ids: Strings,
    /// How many training viewers have each item.
    pub popularity: Vec<u32>,
    /// Row `j`: the neighbours of target `j`, ascending by item.
    pub neighbours: Rows<Neighbour>,
    /// What one step of [`Neighbour::weight`] is worth for target `j`.
    pub scales: Vec<f32>,
    /// The population's genre shares by genre name, summing to 1; empty when trained without a catalog.
    pub genre_shares: Vec<(String, f32)>,
    /// How it was made, and what the run time should know (half-lives).
    pub metadata: Metadata,
}

/// A neighbour of a target item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The source: an item that the viewer may have in their history.
    pub item: u32,
    /// How much it speaks for the target, in steps of the target's scale.
    pub weight: i8,
}

/// The largest weight of a scorer. It keeps a blended score exact as a JavaScript number.
pub const MAX_WEIGHT: f64 = 10.0;

/// Histories of up to so many items are weighted alike; longer ones than the last, too.
pub const LENGTHS: [usize; 5] = [0, 2, 5, 10, 20];

/// A scorer's weight for histories of 0, 1–2, 3–5, 6–10, 11–20, and more items.
pub type WeightByLength = [f64; LENGTHS.len() + 1];

/// What a model file says of itself, as JSON in the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    /// How fast history decays for this model.
    pub half_life: HalfLife,
    /// What each scorer's score is multiplied by with this model, by the scorer's name; the default for one not named.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub blend: BTreeMap<String, WeightByLength>,
    /// Everything else: what it was trained with, and by which version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}
