mod bytes;
mod file;
mod join;
mod sections;
#[cfg(test)]
mod tests;

use crate::columns::{Rows, Strings};
use crate::history::HalfLife;
use crate::json::{Fault, FromJson, ToJson, Value, Writer};
use crate::map::SortedMap;
pub use file::{seal, section_bytes};
pub use join::{JoinedModel, JoinedTable};
pub use sections::neighbour_bits;

/// What was learnt from many viewers.
///
/// The score of target `j` is `Σ_i w_i · b_ij` over the viewer's history, with `b = neighbours + low_rank`, and 0 for `i = j`. Where
/// the history is ordered, `next` is added to `b`. `bias` is what is to be expected of anybody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemModel {
    /// Item ids, each once.
    pub ids: Strings,
    /// How many training viewers have each item.
    pub popularity: Vec<u32>,
    /// What goes together, item by item.
    pub neighbours: Table,
    /// What goes together, as far as a few dimensions tell.
    pub low_rank: Option<LowRank>,
    /// What comes next.
    pub next: Option<Table>,
    /// How much each item is to be expected of a viewer who has nothing else, the most being 1; exact in bfloat16, see
    /// [`bfloat16`]. Empty where nothing of the kind was learnt.
    pub bias: Vec<f32>,
    /// The population's genre shares by genre name, summing to 1; empty when trained without a catalog.
    pub genre_shares: Vec<(String, f32)>,
    /// How it was made, and what the run time should know (half-lives).
    pub metadata: Metadata,
}

/// A sparse matrix of weights, by target: `b_ij = scale_j · weight_ij`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Row `j`: the neighbours of target `j`, ascending by item.
    pub rows: Rows<Neighbour>,
    /// What one step of [`Neighbour::weight`] is worth for target `j`; exact in bfloat16, see [`bfloat16`].
    pub scales: Vec<f32>,
    /// How many bits a weight has in the file, 4 or 8.
    pub bits: u8,
}

impl Table {
    /// Every weight times a factor from 0 on.
    pub fn times(mut self, factor: f64) -> Self {
        self.scales.iter_mut().for_each(|scale| *scale = bfloat16((f64::from(*scale) * factor) as f32));
        self
    }
}

/// A neighbour of a target item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbour {
    /// The source: an item that the viewer may have in their history.
    pub item: u32,
    /// How much it speaks for the target, in steps of the target's scale.
    pub weight: i8,
}

/// A matrix of low rank, `b_ij = weight_j · Σ_d scale_d² · factor_id · factor_jd`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LowRank {
    /// What one step of a factor is worth, for each dimension.
    pub scales: Vec<f32>,
    /// Each item's factors, item after item.
    pub factors: Vec<i8>,
    /// Each target's weight; exact in bfloat16, see [`bfloat16`].
    pub weights: Vec<f32>,
}

impl LowRank {
    /// An item's factors.
    pub fn factors_of(&self, item: u32) -> &[i8] {
        let (dimensions, item) = (self.scales.len(), item as usize);
        &self.factors[item * dimensions..(item + 1) * dimensions]
    }
}

/// The nearest number that the upper half of its bits can say (8 bits of precision), which is what files keep of scales.
pub fn bfloat16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits(bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

/// The largest weight of a scorer. It keeps a blended score exact as a JavaScript number.
pub const MAX_WEIGHT: f64 = 10.0;

/// Histories of up to so many items are weighted alike; longer ones than the last, too.
pub const LENGTHS: [usize; 5] = [0, 2, 5, 10, 20];

/// A scorer's weight for histories of 0, 1–2, 3–5, 6–10, 11–20, and more items.
pub type WeightByLength = [f64; LENGTHS.len() + 1];

/// The place in a [`WeightByLength`] of the weight for a history of so many items.
pub fn bucket_of(length: usize) -> usize {
    LENGTHS.partition_point(|&up_to| up_to < length)
}

/// What a model file says of itself, as JSON in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// How fast history decays for this model.
    pub half_life: HalfLife,
    /// What each scorer's score is multiplied by with this model, by the scorer's name; the default for one not named.
    pub blend: SortedMap<String, WeightByLength>,
    /// Everything else, each as JSON: what it was trained with, and by which version. The run time does not look at it.
    pub more: SortedMap<String, String>,
}

impl FromJson for Metadata {
    fn from_json(value: Value) -> Result<Self, Fault> {
        let mut read = Metadata::default();
        value.entries(&mut |name, value| {
            match name {
                "halfLife" => read.half_life = HalfLife::from_json(value)?,
                "blend" => {
                    for (scorer, weights) in Vec::<(String, Vec<f64>)>::from_json(value)? {
                        let weights = weights.try_into().map_err(|_| value.fault("six weights a scorer"))?;
                        read.blend.insert(scorer, weights);
                    }
                }
                _ => read.more.insert(name.to_owned(), value.source().to_owned()),
            }
            Ok(())
        })?;
        Ok(read)
    }
}

impl ToJson for Metadata {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.field("halfLife", &self.half_life);
            if !self.blend.is_empty() {
                writer.name("blend");
                writer.object(|writer| {
                    self.blend.iter().for_each(|(scorer, weights)| writer.field(scorer, &&weights[..]))
                });
            }
            for (name, json) in self.more.iter() {
                writer.name(name);
                writer.raw(json);
            }
        });
    }
}
