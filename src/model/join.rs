use serde::{Deserialize, Serialize};

use super::{ItemModel, Neighbour};
use crate::catalog::{Catalog, ItemIndex};
use crate::columns::Rows;

/// A model in the order of one catalog, by source: what scoring reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JoinedModel {
    /// Row `i`: the targets that source `i` speaks for (here [`Neighbour::item`] is the target).
    pub targets: Rows<Neighbour>,
    /// Each target's scale; 0 where the item is not in the model.
    pub scales: Vec<f32>,
    /// Whether an item is in the model.
    pub known: Vec<bool>,
    /// How many items of the catalog the model knows.
    pub matched: u32,
}

impl JoinedModel {
    /// Brings a model into the order of a catalog.
    pub fn new(model: &ItemModel, catalog: &Catalog) -> Self {
        let places: Vec<Option<u32>> = model.ids.iter().map(|id| catalog.find(id)).collect();
        let mut scales = vec![0.0; catalog.len()];
        let mut known = vec![false; catalog.len()];
        let mut by_source: Vec<Vec<Neighbour>> = vec![Vec::new(); catalog.len()];
        for (target, neighbours) in model.neighbours.iter().enumerate() {
            let Some(target_place) = places[target] else { continue };
            scales[target_place as usize] = model.scales[target];
            known[target_place as usize] = true;
            for neighbour in neighbours {
                if let Some(source) = places[neighbour.item as usize] {
                    by_source[source as usize]
                        .push(Neighbour { item: target_place, weight: neighbour.weight });
                }
            }
        }
        let mut targets = Rows::default();
        for mut row in by_source {
            row.sort_unstable_by_key(|neighbour| neighbour.item);
            targets.push(row);
        }
        let matched = places.iter().flatten().count() as u32;
        JoinedModel { targets, scales, known, matched }
    }

    /// Whether the model knows an item of the catalog.
    pub fn contains(&self, item: ItemIndex) -> bool {
        self.known[item as usize]
    }

    /// The mean weight of all pairs of items that the model knows, most of which are 0.
    pub fn mean_weight(&self) -> f64 {
        let weight = |neighbour: &Neighbour| {
            f64::from(neighbour.weight) * f64::from(self.scales[neighbour.item as usize])
        };
        let sum: f64 = self.targets.values().iter().map(weight).sum();
        sum / f64::from(self.matched.max(1)).powi(2)
    }

    /// How much `source` in a history speaks for `target`.
    pub fn weight(&self, source: ItemIndex, target: ItemIndex) -> f64 {
        let row = self.targets.row(source as usize);
        match row.binary_search_by_key(&target, |neighbour| neighbour.item) {
            Ok(place) => f64::from(row[place].weight) * f64::from(self.scales[target as usize]),
            Err(_) => 0.0,
        }
    }
}
