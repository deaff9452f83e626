use faer::Mat;
use rayon::prelude::*;

use super::edlae::solve;
use super::steps::{keep_strongest, strongest_positive};
use super::submatrices::{Submatrices, submatrix_bytes};
use super::sums::sparse_sums;
use super::{Interaction, Interactions};
use crate::columns::Rows;
use crate::error::Result;
use crate::model::{Neighbour, Table};

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

/// How much memory the sums of a block of targets may take.
const BLOCK_BYTES: usize = 1 << 30;

impl NextItem {
    /// Each target's strongest weights. What is needed of the sums is made for a block of targets after the other.
    pub(super) fn table(self, interactions: &Interactions, most: usize, bits: u8) -> Result<Table> {
        let pairs = Pairs::new(self, interactions);
        let candidates = CANDIDATES.max(2 * most);
        let targets: Vec<usize> = (0..interactions.items.len()).collect();
        let mut table = Table { bits, ..Table::default() };
        for block in targets.chunks((BLOCK_BYTES / submatrix_bytes(candidates)).max(1)) {
            let columns: Vec<Vec<(usize, f64)>> =
                block.par_iter().map(|&target| pairs.strongest_followed(target, candidates)).collect();
            let of_column =
                |column: &Vec<(usize, f64)>| column.iter().map(|&(item, _)| item as u32).collect();
            let sets: Vec<Vec<u32>> = columns.iter().map(of_column).collect();
            let pasts = Submatrices::new(targets.len(), &sets, |item, row| pairs.add_past(item, row));
            let fit = |number: usize| {
                let mut system = pasts.matrix(number);
                (0..system.nrows()).for_each(|place| system[(place, place)] += self.l2);
                let column = &columns[number];
                let mut goal = Mat::from_fn(column.len(), 1, |place, _| column[place].1);
                solve(&system, &mut goal)?;
                let weights = column.iter().enumerate().map(|(place, &(item, _))| (item, goal[(place, 0)]));
                Ok(strongest_positive(block[number], weights.collect(), most, bits))
            };
            let kept: Vec<(Vec<Neighbour>, f32)> =
                (0..block.len()).into_par_iter().map(fit).collect::<Result<_>>()?;
            for (row, scale) in kept {
                table.rows.push(row);
                table.scales.push(scale);
            }
        }
        Ok(table)
    }
}

/// `Σ s_t s_tᵀ` and `Σ s_t y_tᵀ`, row by row and column by column.
struct Pairs<'a> {
    histories: &'a Rows<Interaction>,
    /// Where each item is: whose history, and which place in it.
    places: Rows<(u32, u32)>,
    /// By distance: how much two items of the past count together.
    decays: [f64; WINDOW + 1],
    /// By distance: the sum over the places `t` between the two, the later included, of δ^(t − 1 − earlier) · φ^(later − t).
    leads: [f64; WINDOW + 1],
    /// By the number of places after one: how often what is there is in the past, once for each of them, ever weaker.
    often: Vec<f64>,
    /// The diagonal of `Σ s_t s_tᵀ`, with the penalty.
    own: Vec<f64>,
}

impl<'a> Pairs<'a> {
    fn new(options: NextItem, interactions: &'a Interactions) -> Self {
        let (delta, phi) = (0.5_f64.powf(1.0 / options.past), 0.5_f64.powf(1.0 / options.future));
        let lead = |distance: i32| {
            (0..distance).map(|before| delta.powi(before) * phi.powi(distance - 1 - before)).sum()
        };
        let square = delta * delta;
        let histories = &interactions.by_viewer;
        let longest = histories.iter().map(<[_]>::len).max().unwrap_or(0);
        let places = (0_u32..).zip(histories.iter()).flat_map(|(viewer, row)| {
            row.iter().zip(0_u32..).map(move |(row, place)| (row.item as usize, (viewer, place)))
        });
        let mut pairs = Pairs {
            histories,
            places: Rows::grouped(interactions.items.len(), places),
            decays: std::array::from_fn(|distance| delta.powi(distance as i32)),
            leads: std::array::from_fn(|distance| lead(distance as i32)),
            often: (0..longest).map(|after| (1.0 - square.powi(after as i32)) / (1.0 - square)).collect(),
            own: Vec::new(),
        };
        let own = |item: usize| {
            let often =
                pairs.occurrences(item).map(|(history, place)| pairs.often[history.len() - 1 - place]);
            often.sum::<f64>() + options.l2
        };
        pairs.own = (0..interactions.items.len()).into_par_iter().map(own).collect();
        pairs
    }

    fn occurrences(&self, item: usize) -> impl Iterator<Item = (&[Interaction], usize)> {
        let places = self.places.row(item).iter();
        places.map(|&(viewer, place)| (self.histories.row(viewer as usize), place as usize))
    }

    /// Adds an item's row of `Σ s_t s_tᵀ`, as far as `row` goes: up to the diagonal.
    fn add_past(&self, item: usize, row: &mut [f32]) {
        for (history, place) in self.occurrences(item) {
            let after = history.len() - 1 - place;
            let often = self.often[after];
            row[item] += often as f32;
            for distance in 1..=place.min(WINDOW) {
                let other = history[place - distance].item as usize;
                if other < item {
                    row[other] += (self.decays[distance] * often) as f32;
                }
            }
            for distance in 1..=after.min(WINDOW) {
                let other = history[place + distance].item as usize;
                if other < item {
                    row[other] += (self.decays[distance] * self.often[after - distance]) as f32;
                }
            }
        }
    }

    /// Of the target's column of `Σ s_t y_tᵀ` the entries of so many items that it follows most, by item.
    fn strongest_followed(&self, target: usize, most: usize) -> Vec<(usize, f64)> {
        let mut near = sparse_sums(self.own.len(), |sums| {
            for (history, place) in self.occurrences(target) {
                for distance in 1..=place.min(WINDOW) {
                    sums.add(history[place - distance].item as usize, self.leads[distance]);
                }
            }
        });
        near.retain(|&(source, _)| source != target);
        near.iter_mut().for_each(|(source, sum)| *sum /= self.own[*source].sqrt());
        keep_strongest(&mut near, most);
        near.iter_mut().for_each(|(source, sum)| *sum *= self.own[*source].sqrt());
        near.shrink_to_fit();
        near
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
    fn the_sums_are_those_over_all_places() {
        let text = "1,a\n1,b\n1,c\n1,d\n2,c\n2,a\n2,d\n3,d\n";
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let options = NextItem { past: 2.0, future: 1.0, l2: 1.0 };
        let (mut pasts, mut futures) = ([[0.0; 4]; 4], [[0.0; 4]; 4]);
        let (delta, phi) = (0.5_f64.sqrt(), 0.5_f64);
        for row in interactions.by_viewer.iter() {
            for place in 1..row.len() {
                let mut past = [0.0; 4];
                let mut future = [0.0; 4];
                (0..place).for_each(|at| past[row[at].item as usize] = delta.powi((place - 1 - at) as i32));
                (place..row.len())
                    .for_each(|at| future[row[at].item as usize] = phi.powi((at - place) as i32));
                for (a, b) in (0..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
                    pasts[a][b] += past[a] * past[b];
                    futures[a][b] += past[a] * future[b];
                }
            }
        }
        let sums = Pairs::new(options, &interactions);
        for item in 0..4 {
            let mut row = vec![0.0; item + 1];
            sums.add_past(item, &mut row);
            for other in 0..=item {
                assert!((f64::from(row[other]) - pasts[item][other]).abs() < 1e-6, "{item} {other}: {row:?}");
            }
            let column = sums.strongest_followed(item, 4);
            for other in (0..4).filter(|&other| other != item) {
                let found = column.iter().find(|&&(source, _)| source == other).map_or(0.0, |&(_, sum)| sum);
                assert!((found - futures[other][item]).abs() < 1e-9, "{other} then {item}: {column:?}");
            }
        }
    }
}
