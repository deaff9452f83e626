use serde::{Deserialize, Serialize};

use super::{ItemModel, LowRank, Neighbour, PartWeights, Table};
use crate::catalog::{Catalog, ItemIndex};
use crate::columns::Rows;

/// A model in the order of one catalog, by source: what scoring reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JoinedModel {
    /// What goes together, item by item.
    pub neighbours: JoinedTable,
    /// What goes together, as far as a few dimensions tell; all 0 for items that are not in the model.
    pub low_rank: Option<LowRank>,
    /// What comes next.
    pub next: Option<JoinedTable>,
    /// How much of the score each of these parts is.
    pub weights: PartWeights,
    /// What those have who have nothing else; 0 for items that are not in the model. Empty where nothing of the kind was learnt.
    pub bias: Vec<f32>,
    /// Whether an item is in the model.
    pub known: Vec<bool>,
    /// How many items of the catalog the model knows.
    pub matched: u32,
}

/// A [`Table`] in the order of one catalog, by source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JoinedTable {
    /// Row `i`: the targets that source `i` speaks for (here [`Neighbour::item`] is the target).
    pub targets: Rows<Neighbour>,
    /// Each target's scale; 0 where the item is not in the model.
    pub scales: Vec<f32>,
}

impl JoinedModel {
    /// Brings a model into the order of a catalog.
    pub fn new(model: &ItemModel, catalog: &Catalog) -> Self {
        let places: Vec<Option<u32>> = model.ids.iter().map(|id| catalog.find(id)).collect();
        let mut known = vec![false; catalog.len()];
        places.iter().flatten().for_each(|&place| known[place as usize] = true);
        let mut bias = vec![0.0; if model.bias.is_empty() { 0 } else { catalog.len() }];
        for (place, &value) in places.iter().zip(&model.bias) {
            place.iter().for_each(|&place| bias[place as usize] = value);
        }
        let join = |table: &Table| JoinedTable::new(table, &places, catalog.len());
        JoinedModel {
            neighbours: join(&model.neighbours),
            low_rank: model.low_rank.as_ref().map(|low_rank| low_rank.reordered(&places, catalog.len())),
            next: model.next.as_ref().map(join),
            weights: model.metadata.part_weights,
            bias,
            known,
            matched: places.iter().flatten().count() as u32,
        }
    }

    /// Whether the model knows an item of the catalog.
    pub fn contains(&self, item: ItemIndex) -> bool {
        self.known[item as usize]
    }

    /// How much `source` in a history speaks for `target`, whatever its order; and how much as what comes before it.
    pub fn weight(&self, source: ItemIndex, target: ItemIndex) -> (f64, f64) {
        let low_rank = self.low_rank.as_ref().filter(|_| source != target);
        let similarity = self.neighbours.weight(source, target)
            + low_rank.map_or(0.0, |low_rank| low_rank.weight(source, target));
        (similarity, self.next.as_ref().map_or(0.0, |next| next.weight(source, target)))
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
    fn new(table: &Table, places: &[Option<u32>], items: usize) -> Self {
        let mut scales = vec![0.0; items];
        let mut by_source: Vec<Vec<Neighbour>> = vec![Vec::new(); items];
        for (target, neighbours) in table.rows.iter().enumerate() {
            let Some(place) = places[target] else { continue };
            scales[place as usize] = table.scales[target];
            for neighbour in neighbours {
                if let Some(source) = places[neighbour.item as usize] {
                    by_source[source as usize].push(Neighbour { item: place, weight: neighbour.weight });
                }
            }
        }
        let mut targets = Rows::default();
        for mut row in by_source {
            row.sort_unstable_by_key(|neighbour| neighbour.item);
            targets.push(row);
        }
        JoinedTable { targets, scales }
    }

    fn weight(&self, source: ItemIndex, target: ItemIndex) -> f64 {
        let row = self.targets.row(source as usize);
        match row.binary_search_by_key(&target, |neighbour| neighbour.item) {
            Ok(place) => f64::from(row[place].weight) * f64::from(self.scales[target as usize]),
            Err(_) => 0.0,
        }
    }

    fn sum(&self) -> f64 {
        let weight = |neighbour: &Neighbour| {
            f64::from(neighbour.weight) * f64::from(self.scales[neighbour.item as usize])
        };
        self.targets.values().iter().map(weight).sum()
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

    /// A target's score for such a taste.
    pub fn dot(&self, taste: &[f64], target: ItemIndex) -> f64 {
        self.product(taste, target) * f64::from(self.weights[target as usize])
    }

    /// The same without the target's weight.
    fn product(&self, taste: &[f64], target: ItemIndex) -> f64 {
        taste.iter().zip(self.factors_of(target)).map(|(taste, &factor)| taste * f64::from(factor)).sum()
    }

    fn weight(&self, source: ItemIndex, target: ItemIndex) -> f64 {
        self.dot(&self.taste_for(source), target)
    }

    fn taste_for(&self, source: ItemIndex) -> Vec<f64> {
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
