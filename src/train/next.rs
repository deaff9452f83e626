use faer::Mat;
use rayon::prelude::*;

use super::Interactions;
use super::edlae::ridge;
use super::steps::{keep_strongest, strongest_of_columns};
use crate::error::Result;
use crate::model::Table;

/// What comes next, in closed form: a ridge regression from the decayed past to the decayed future of every place in
/// every viewer's history (after M. Choi et al., "Session-aware linear item-item models for session-based
/// recommendation", WWW 2021, eq. 11: SLIT).
///
/// With `s_t = Σ_a δ^(a−1) x_(t−a)` the past and `y_t = Σ_b φ^b x_(t+b)` the future at place `t`, the weights are
/// `(Σ s_t s_tᵀ + λ)⁻¹ Σ s_t y_tᵀ`. Both sums are over pairs of items that are not far from each other, each with a factor
/// that depends on their distance only; each target is regressed on the items it follows most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NextItem {
    /// After how many events the past counts half.
    pub(super) past: f64,
    /// After how many events the future counts half.
    pub(super) future: f64,
    /// The ridge penalty `λ`.
    pub(super) l2: f64,
}

/// Pairs that are further from each other do not count.
const WINDOW: usize = 30;
/// How many of the items it follows each target is regressed on, and how many for each that is kept.
const CANDIDATES: usize = 128;

impl NextItem {
    /// Each target's strongest weights.
    pub(super) fn table(self, interactions: &Interactions, most: usize, bits: u8) -> Result<Table> {
        let items = interactions.items.len();
        let (pasts, futures) = self.pairs(interactions);
        let candidates = CANDIDATES.max(2 * most);
        let own: Vec<f64> = (0..items).map(|item| pasts[item].get(item) + self.l2).collect();
        strongest_of_columns(items, most, bits, |target| {
            let mut near: Vec<(usize, f64)> =
                futures[target].iter().map(|(item, sum)| (item, sum / own[item].sqrt())).collect();
            near.retain(|&(item, _)| item != target);
            keep_strongest(&mut near, candidates);
            let sources: Vec<usize> = near.into_iter().map(|(item, _)| item).collect();
            // The last row and column are the goal.
            let past = |a: usize, b: usize| pasts[sources[a]].get(sources[b]);
            let system = Mat::from_fn(sources.len() + 1, sources.len() + 1, |row, column| {
                match (row < sources.len(), column < sources.len()) {
                    (true, true) => past(row, column),
                    (true, false) => futures[target].get(sources[row]),
                    (false, true) => futures[target].get(sources[column]),
                    (false, false) => 0.0,
                }
            });
            let weights = ridge(&system, sources.iter().map(|_| self.l2))?;
            Ok(sources.into_iter().zip(weights).collect())
        })
    }

    /// `Σ s_t s_tᵀ` by row, and `Σ s_t y_tᵀ` by column.
    fn pairs(self, interactions: &Interactions) -> (Vec<SparseRow>, Vec<SparseRow>) {
        let items = interactions.items.len();
        let (mut pasts, mut futures) = (vec![SparseRow::default(); items], vec![SparseRow::default(); items]);
        let (delta, phi) = (0.5_f64.powf(1.0 / self.past), 0.5_f64.powf(1.0 / self.future));
        let decays: Vec<f64> = (0..=WINDOW).map(|distance| delta.powi(distance as i32)).collect();
        // Σ over the places t between the two, the later included, of δ^(t − 1 − earlier) · φ^(later − t).
        let leads: Vec<f64> = (0..=WINDOW as i32)
            .map(|distance| (0..distance).map(|a| delta.powi(a) * phi.powi(distance - 1 - a)).sum())
            .collect();
        for row in interactions.by_viewer.iter() {
            for (later, target) in row.iter().enumerate() {
                // How often both are in the past: once for each place after the later one, ever weaker.
                let left = (row.len() - 1 - later) as i32;
                let often = (1.0 - delta.powi(2 * left)) / (1.0 - delta * delta);
                pasts[target.item as usize].add(target.item, often);
                for distance in 1..=later.min(WINDOW) {
                    let source = row[later - distance].item;
                    pasts[source as usize].add(target.item, decays[distance] * often);
                    pasts[target.item as usize].add(source, decays[distance] * often);
                    futures[target.item as usize].add(source, leads[distance]);
                }
            }
        }
        pasts.par_iter_mut().chain(&mut futures).for_each(SparseRow::merge);
        (pasts, futures)
    }
}

/// Sums by item.
#[derive(Debug, Clone, Default)]
struct SparseRow {
    sums: Vec<(u32, f32)>,
    /// How many of them, from the first on, are ascending and of different items.
    merged: usize,
}

impl SparseRow {
    /// Sums that are not merged yet may be as many as those that are, and so many more.
    const SLACK: usize = 64;

    fn add(&mut self, item: u32, part: f64) {
        self.sums.push((item, part as f32));
        if self.sums.len() > 2 * self.merged + Self::SLACK {
            self.merge();
        }
    }

    fn merge(&mut self) {
        self.sums.sort_by_key(|&(item, _)| item);
        self.sums.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
        self.merged = self.sums.len();
    }

    /// Of a merged row.
    fn get(&self, item: usize) -> f64 {
        let place = self.sums.binary_search_by_key(&(item as u32), |&(item, _)| item);
        place.map_or(0.0, |place| f64::from(self.sums[place].1))
    }

    fn iter(&self) -> impl Iterator<Item = (usize, f64)> {
        self.sums.iter().map(|&(item, sum)| (item as usize, f64::from(sum)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::ColumnNames;

    #[test]
    fn what_follows_has_weight_and_what_precedes_has_none() {
        let text = (0..20).map(|viewer| format!("{viewer},a\n{viewer},b\n{viewer},c\n")).collect::<String>();
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let next = NextItem { past: 5.0, future: 3.0, l2: 1.0 };
        let table = next.table(&interactions, 4, 8).expect("learns");
        let weight = |source: u32, target: usize| {
            let row = table.rows.row(target).iter().find(|neighbour| neighbour.item == source);
            row.map_or(0.0, |neighbour| f64::from(neighbour.weight) * f64::from(table.scales[target]))
        };
        let (a, b, c) = (0, 1, 2);
        assert!(weight(a, b as usize) > 0.5 && weight(b, c as usize) > 0.3, "{table:?}");
        assert!(weight(c, a as usize) < 0.1 && weight(b, a as usize) < 0.1, "{table:?}");
    }

    #[test]
    fn sums_are_merged() {
        let mut row = SparseRow::default();
        (0..1000_u32).for_each(|step| row.add(step % 7, 1.0));
        row.merge();
        assert_eq!(row.iter().count(), 7);
        assert_eq!((row.get(0), row.get(6), row.get(7)), (143.0, 142.0, 0.0));
    }
}
