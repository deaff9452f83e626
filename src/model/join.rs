use std::borrow::Cow;

use super::dots::RoughTaste;
use super::{ItemModel, LowRank, PartWeights, WeightTable};
use crate::arrays::{Sink, Source, receive, send};
use crate::bytes::Malformed;
use crate::catalog::{Catalog, ItemIndex};
use crate::columns::Rows;
use crate::fixed::{Score, to_fixed_point};

/// A model in the order of one catalog, by source: what scoring reads.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinedModel {
    /// What goes together, item by item.
    pub neighbours: JoinedTable,
    /// What goes together, as far as a few dimensions tell; all 0 for items that are not in the model.
    pub low_rank: Option<LowRank>,
    /// What comes next.
    pub next: Option<JoinedTable>,
    /// How much of the score each of these parts is.
    pub weights: PartWeights,
    /// Whether an item is in the model.
    pub known: Vec<bool>,
    /// How many items of the catalog the model knows.
    pub matched: u32,
}

/// A [`WeightTable`] in the order of one catalog, by source.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinedTable {
    /// Row `i`: the targets that source `i` speaks for, ascending.
    pub targets: Rows<ItemIndex>,
    /// The weight of each of them, row after row, in steps of the target's scale.
    pub weights: Vec<i8>,
    /// Each target's scale; 0 where the item is not in the model.
    pub scales: Vec<f32>,
}

impl JoinedModel {
    /// Where each item of a model is in a catalog.
    pub fn places(model: &ItemModel, catalog: &Catalog) -> Vec<Option<ItemIndex>> {
        model.ids.iter().map(|id| catalog.find(id)).collect()
    }

    /// Brings a model into the order of a catalog of so many items, in which its own have these places.
    pub fn new(model: &ItemModel, places: &[Option<ItemIndex>], items: usize) -> Self {
        let ItemModel { neighbours, low_rank, next, .. } = model;
        let (low_rank, next) = (low_rank.as_ref().map(Cow::Borrowed), next.as_ref().map(Cow::Borrowed));
        Self::of_parts(Cow::Borrowed(neighbours), low_rank, next, model.metadata.part_weights, places, items)
    }

    /// The same of a model whose pairs nobody else needs: each of its parts goes when it has been joined, so that they are never all there twice.
    pub fn taking(model: &mut ItemModel, places: &[Option<ItemIndex>], items: usize) -> Self {
        let (low_rank, next) = (model.low_rank.take().map(Cow::Owned), model.next.take().map(Cow::Owned));
        let neighbours = Cow::Owned(std::mem::take(&mut model.neighbours));
        Self::of_parts(neighbours, low_rank, next, model.metadata.part_weights, places, items)
    }

    fn of_parts(
        neighbours: Cow<WeightTable>,
        low_rank: Option<Cow<LowRank>>,
        next: Option<Cow<WeightTable>>,
        weights: PartWeights,
        places: &[Option<ItemIndex>],
        items: usize,
    ) -> Self {
        let mut known = vec![false; items];
        places.iter().flatten().for_each(|&place| known[place as usize] = true);
        let join = |table: Cow<WeightTable>| JoinedTable::new(&table, places, items);
        JoinedModel {
            neighbours: join(neighbours),
            low_rank: low_rank.map(|low_rank| low_rank.reordered(places, items)),
            next: next.map(join),
            weights,
            known,
            matched: places.iter().flatten().count() as u32,
        }
    }

    /// Sends it, for [`JoinedModel::receive`].
    pub fn send(&self, sink: &mut dyn Sink) {
        let known: Vec<u8> = self.known.iter().map(|&known| known.into()).collect();
        send(sink, &[self.matched, self.low_rank.is_some().into(), self.next.is_some().into()]);
        send(sink, &known);
        let PartWeights { unordered, ordered, next } = &self.weights;
        send(sink, &[*unordered, *ordered, *next].concat());
        self.neighbours.send(sink);
        if let Some(LowRank { bits, scales, factors, weights }) = &self.low_rank {
            send(sink, bits);
            send(sink, scales);
            send(sink, factors);
            send(sink, weights);
        }
        self.next.iter().for_each(|next| next.send(sink));
    }

    /// What [`JoinedModel::send`] sent.
    ///
    /// # Errors
    /// For other bytes.
    pub fn receive(source: &mut dyn Source) -> Result<Self, Malformed> {
        let head: Vec<u32> = receive(source)?;
        let [matched, has_low_rank, has_next] = head[..] else { return Err(Malformed("it is no model")) };
        let known: Vec<u8> = receive(source)?;
        let weights = match receive::<f64>(source)?.as_chunks() {
            (&[unordered, ordered, next], []) => PartWeights { unordered, ordered, next },
            _ => return Err(Malformed("three parts have weights")),
        };
        let neighbours = JoinedTable::receive(source)?;
        let low_rank = match has_low_rank {
            0 => None,
            _ => Some(LowRank {
                bits: receive(source)?,
                scales: receive(source)?,
                factors: receive(source)?,
                weights: receive(source)?,
            }),
        };
        let next = (has_next != 0).then(|| JoinedTable::receive(source)).transpose()?;
        let known = known.into_iter().map(|known| known != 0).collect();
        Ok(JoinedModel { neighbours, low_rank, next, weights, known, matched })
    }

    /// Whether the model knows an item of the catalog.
    pub fn contains(&self, item: ItemIndex) -> bool {
        self.known[item as usize]
    }

    /// How much `source` in a history speaks for `target`, whatever its order; and how much as what comes before it.
    pub fn weights(&self, source: ItemIndex, target: ItemIndex) -> (f64, f64) {
        let low_rank = self.low_rank.as_ref().filter(|_| source != target);
        let dot = low_rank.map_or(0.0, |low_rank| low_rank.dot(&low_rank.taste_for(source), target));
        let next = self.next.as_ref().map_or(0.0, |next| next.weight(source, target));
        (self.neighbours.weight(source, target) + dot, next)
    }

    /// How much an item and any other speak for each other, what comes next included: `(b_ij + b_ji) / 2`; 0 for itself.
    pub fn mutual_weight(&self, item: ItemIndex) -> impl Fn(ItemIndex) -> f64 {
        let low_rank = self.low_rank.as_ref().map(|low_rank| (low_rank, low_rank.taste_for(item)));
        move |other| {
            if item == other {
                return 0.0;
            }
            let both = |table: &JoinedTable| table.weight(item, other) + table.weight(other, item);
            let mut sum = both(&self.neighbours) + self.next.as_ref().map_or(0.0, both);
            if let Some((low_rank, taste)) = &low_rank {
                let weight = |item: ItemIndex| f64::from(low_rank.weights[item as usize]);
                sum += low_rank.product(taste, other) * (weight(item) + weight(other));
            }
            sum / 2.0
        }
    }

    /// The mean weight of all pairs of items that the model knows, without the order.
    pub fn mean_weight(&self) -> f64 {
        let pairs = f64::from(self.matched.max(1)).powi(2);
        (self.neighbours.sum() + self.low_rank.as_ref().map_or(0.0, LowRank::sum)) / pairs
    }
}

impl JoinedTable {
    fn new(table: &WeightTable, places: &[Option<u32>], items: usize) -> Self {
        let mut scales = vec![0.0; items];
        let mut targets = vec![None; items];
        for (target, place) in places.iter().enumerate() {
            if let Some(place) = place.map(|place| place as usize) {
                targets[place] = Some(target);
                scales[place] = table.scales[target];
            }
        }
        // In the catalog's order, so that the rows by source are ascending. Loops, since iterators over rows of rows take several times as long.
        let each = |take: &mut dyn FnMut(usize, ItemIndex, i8)| {
            for (place, target) in (0..).zip(&targets) {
                let Some(target) = *target else { continue };
                for neighbour in table.rows.row(target) {
                    if let Some(source) = places[neighbour.item as usize] {
                        take(source as usize, place, neighbour.weight);
                    }
                }
            }
        };
        let mut lengths = vec![0; items];
        each(&mut |source, _, _| lengths[source] += 1);
        let mut targets_of = Rows::of_lengths(&lengths);
        let mut weights = vec![0; targets_of.values().len()];
        // Where the next of each row goes.
        let mut next: Vec<usize> = (0..items).map(|source| targets_of.range(source).start).collect();
        each(&mut |source, target, weight| {
            let place = next[source];
            targets_of.values_mut()[place] = target;
            weights[place] = weight;
            next[source] += 1;
        });
        JoinedTable { targets: targets_of, weights, scales }
    }

    /// The targets that a source speaks for, ascending, and the weight of each.
    pub fn row(&self, source: ItemIndex) -> (&[ItemIndex], &[i8]) {
        let range = self.targets.range(source as usize);
        (&self.targets.values()[range.clone()], &self.weights[range])
    }

    fn weight(&self, source: ItemIndex, target: ItemIndex) -> f64 {
        let (targets, weights) = self.row(source);
        match targets.binary_search(&target) {
            Ok(place) => f64::from(weights[place]) * f64::from(self.scales[target as usize]),
            Err(_) => 0.0,
        }
    }

    fn sum(&self) -> f64 {
        let targets = self.targets.values().iter().zip(&self.weights);
        targets.map(|(&target, &weight)| f64::from(weight) * f64::from(self.scales[target as usize])).sum()
    }

    fn send(&self, sink: &mut dyn Sink) {
        self.targets.send(sink);
        send(sink, &self.weights);
        send(sink, &self.scales);
    }

    fn receive(source: &mut dyn Source) -> Result<Self, Malformed> {
        let (targets, weights, scales) = (Rows::receive(source)?, receive(source)?, receive(source)?);
        let table = JoinedTable { targets, weights, scales };
        let fits = table.weights.len() == table.targets.values().len();
        if fits { Ok(table) } else { Err(Malformed("a weight for each neighbour is missing")) }
    }
}

impl LowRank {
    fn reordered(&self, places: &[Option<u32>], items: usize) -> Self {
        let dimensions = self.scales.len();
        let mut joined = LowRank {
            bits: self.bits.clone(),
            scales: self.scales.clone(),
            factors: vec![0; items * dimensions],
            weights: vec![0.0; items],
        };
        for (item, place) in places.iter().enumerate() {
            let Some(place) = place.map(|place| place as usize) else { continue };
            joined.factors[place * dimensions..(place + 1) * dimensions]
                .copy_from_slice(self.factors_of(item as u32));
            joined.weights[place] = self.weights[item];
        }
        joined
    }

    /// `scale_d²` times each of these sums of factors: ready for [`LowRank::dot`].
    pub fn taste(&self, sums: &[i64], unit: f64) -> Vec<f64> {
        let scaled = |(&sum, &scale): (&i64, &f32)| sum as f64 * unit * f64::from(scale) * f64::from(scale);
        sums.iter().zip(&self.scales).map(scaled).collect()
    }

    /// What an item says of itself, which no score has: [`LowRank::dot`] of the [`LowRank::taste`] of its own factors, times `weight`.
    pub fn own(&self, item: ItemIndex, weight: i32, unit: f64) -> f64 {
        let mut sum = 0.0;
        for (&factor, &scale) in self.factors_of(item).iter().zip(&self.scales) {
            let scale = f64::from(scale);
            let taste = i64::from(factor).wrapping_mul(weight.into()) as f64 * unit * scale * scale;
            sum += taste * f64::from(factor);
        }
        sum * f64::from(self.weights[item as usize])
    }

    /// Such a taste for [`LowRank::rough_score`]; `None` where only [`LowRank::dot`] is any good.
    pub fn rough(&self, taste: &[f64]) -> Option<RoughTaste> {
        RoughTaste::new(taste, &self.bits)
    }

    /// A target's score for such a taste, without what is its own, in fixed point; `None` where only [`LowRank::dot`] can tell.
    #[inline(always)]
    pub fn rough_score(&self, taste: &RoughTaste, target: ItemIndex, own: f64) -> Option<Score> {
        let weight = f64::from(self.weights[target as usize]);
        // What is between the two is rounded to what both are.
        let [one, other] =
            taste.bounds(self.factors_of(target)).map(|bound| to_fixed_point(bound * weight - own));
        (one == other).then_some(one)
    }

    /// A target's score for such a taste.
    pub fn dot(&self, taste: &[f64], target: ItemIndex) -> f64 {
        self.product(taste, target) * f64::from(self.weights[target as usize])
    }

    /// The same without the target's weight.
    fn product(&self, taste: &[f64], target: ItemIndex) -> f64 {
        taste.iter().zip(self.factors_of(target)).map(|(taste, &factor)| taste * f64::from(factor)).sum()
    }

    pub(super) fn taste_for(&self, source: ItemIndex) -> Vec<f64> {
        let factors: Vec<i64> = self.factors_of(source).iter().map(|&factor| i64::from(factor)).collect();
        self.taste(&factors, 1.0)
    }

    /// The sum of the weights of all pairs.
    fn sum(&self) -> f64 {
        let mut sums = vec![0; self.scales.len()];
        let items = self.weights.len() as u32;
        for item in 0..items {
            sums.iter_mut().zip(self.factors_of(item)).for_each(|(sum, &factor)| *sum += i64::from(factor));
        }
        let taste = self.taste(&sums, 1.0);
        (0..items).map(|item| self.dot(&taste, item)).sum()
    }
}
