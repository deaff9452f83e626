mod bytes;
mod dots;
mod file;
mod join;
mod sections;
#[cfg(test)]
mod tests;
mod towards;

use crate::columns::{Rows, Strings};
use crate::history::HalfLife;
use crate::json::{Fault, FromJson, ToJson, Value, Writer};
use crate::map::SortedMap;
pub use dots::RoughTaste;
pub use file::{seal, section_bytes};
pub use join::{JoinedModel, JoinedTable};
pub use sections::row_bits;
pub use towards::Towards;

/// What was learnt from many viewers.
///
/// The score of target `j` is `u · Σ_i b_ij` over the viewer's history, with `b = neighbours + low_rank`, and 0 for `i = j`. Where the
/// history is ordered it is `s · Σ_i w_i b_ij + n · Σ_i v_i next_ij`, the weights `w` and `v` of its items decaying each by a half-life of its
/// own. The factors `u`, `s` and `n` depend on the length of the history: [`PartWeights`]. `bias` is what is to be expected of anybody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemModel {
    /// Item ids, each once.
    pub ids: Strings,
    /// How many training viewers have each item.
    pub popularity: Vec<u32>,
    /// What goes together, item by item.
    pub neighbours: WeightTable,
    /// What goes together, as far as a few dimensions tell.
    pub low_rank: Option<LowRank>,
    /// What comes next.
    pub next: Option<WeightTable>,
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
pub struct WeightTable {
    /// Row `j`: the neighbours of target `j`, ascending by item, each once.
    pub rows: Rows<Neighbour>,
    /// What one step of [`Neighbour::weight`] is worth for target `j`; exact in bfloat16, see [`bfloat16`].
    pub scales: Vec<f32>,
    /// How many bits a weight has in the file, of [`WeightTable::BITS`]: from 1 to 2^bits where all weights of the table are above 0, else with a
    /// sign.
    pub bits: u8,
}

impl WeightTable {
    /// How many bits a weight may have.
    pub const BITS: std::ops::RangeInclusive<u8> = 1..=8;

    /// Whether a weight can be said in the table's bits, where it has weights of 0 or below, or has none.
    fn holds(&self, weight: i8, signed: bool) -> bool {
        let most = if signed { (1_i32 << (self.bits - 1)) - 1 } else { 1 << self.bits };
        let least = if signed { -most - 1 } else { 1 };
        (least..=most).contains(&i32::from(weight))
    }

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
    /// How many bits a factor has in the file, for each dimension, of [`LowRank::BITS`].
    pub bits: Vec<u8>,
    /// What one step of a factor is worth, for each dimension.
    pub scales: Vec<f32>,
    /// Each item's factors, item after item.
    pub factors: Vec<i8>,
    /// Each target's weight; exact in bfloat16, see [`bfloat16`].
    pub weights: Vec<f32>,
}

impl LowRank {
    /// How many bits a factor may have.
    pub const BITS: std::ops::RangeInclusive<u8> = 2..=8;

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

/// How much the parts of a model count, for each length of history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartWeights {
    /// `neighbours` and `low_rank` where the history has no order.
    pub unordered: WeightByLength,
    /// The same where it has one.
    pub ordered: WeightByLength,
    /// `next`.
    pub next: WeightByLength,
}

impl Default for PartWeights {
    fn default() -> Self {
        let one = [1.0; LENGTHS.len() + 1];
        PartWeights { unordered: one, ordered: one, next: one }
    }
}

impl PartWeights {
    /// The largest that is allowed.
    pub const MOST: f64 = 1000.0;

    /// What `neighbours` and `low_rank` count, and what `next` does.
    pub fn of(&self, length: usize, ordered: bool) -> (f64, f64) {
        let bucket = bucket_of(length);
        if ordered { (self.ordered[bucket], self.next[bucket]) } else { (self.unordered[bucket], 0.0) }
    }
}

/// What a model file says of itself, as JSON in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// How fast history decays for `neighbours` and `low_rank`.
    pub half_life: HalfLife,
    /// How fast it decays for `next`; as `half_life` where absent.
    pub next_half_life: Option<HalfLife>,
    /// How much each part of the model counts.
    pub part_weights: PartWeights,
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
                "nextHalfLife" => read.next_half_life = Option::from_json(value)?,
                "partWeights" => {
                    for (part, weights) in weights_by_name(value)? {
                        match &*part {
                            "unordered" => read.part_weights.unordered = weights,
                            "ordered" => read.part_weights.ordered = weights,
                            "next" => read.part_weights.next = weights,
                            _ => return Err(value.fault("the parts unordered, ordered, next")),
                        }
                    }
                }
                "blend" => read.blend.extend(weights_by_name(value)?),
                _ => read.more.insert(name.to_owned(), value.source().to_owned()),
            }
            Ok(())
        })?;
        Ok(read)
    }
}

/// The weights by length of a history that an object has under each of its names.
fn weights_by_name(value: Value) -> Result<Vec<(String, WeightByLength)>, Fault> {
    let mut read = Vec::new();
    for (name, weights) in Vec::<(String, Vec<f64>)>::from_json(value)? {
        read.push((name, weights.try_into().map_err(|_| value.fault("six weights each"))?));
    }
    Ok(read)
}

impl ToJson for Metadata {
    fn write(&self, writer: &mut Writer) {
        let PartWeights { unordered, ordered, next } = &self.part_weights;
        let of_parts = [("unordered", unordered), ("ordered", ordered), ("next", next)];
        let of_scorers = self.blend.iter().map(|(scorer, weights)| (scorer.as_str(), weights));
        writer.object(|writer| {
            writer.field("halfLife", &self.half_life);
            if let Some(half_life) = &self.next_half_life {
                writer.field("nextHalfLife", half_life);
            }
            if self.part_weights != PartWeights::default() {
                writer.name("partWeights");
                write_weights(writer, &mut of_parts.into_iter());
            }
            if !self.blend.is_empty() {
                writer.name("blend");
                write_weights(writer, &mut of_scorers.into_iter());
            }
            for (name, json) in self.more.iter() {
                writer.name(name);
                writer.raw(json);
            }
        });
    }
}

fn write_weights(writer: &mut Writer, by_name: &mut dyn Iterator<Item = (&str, &WeightByLength)>) {
    writer.object(|writer| by_name.for_each(|(name, weights)| writer.field(name, &&weights[..])));
}
