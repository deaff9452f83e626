use faer::Mat;
use rayon::prelude::*;

use super::edlae::{CANDIDATES, candidates, dense_weights, local_weights, solve};
use super::gram::Gram;
use super::low_rank::{Factors, LowRankFit};
use super::overlap::overlap;
use super::steps::{in_steps, keep_strongest};
use super::submatrices::submatrix_bytes;
use crate::error::Result;
use crate::model::{LowRank, Neighbour, Table, bfloat16};

/// How large a model is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Dimensions of the low-rank part, 0 for none.
    pub dimensions: usize,
    /// How many neighbours each target keeps.
    pub neighbours: usize,
    /// How many bits a neighbour's weight has, 4 or 8.
    pub bits: u8,
    /// How many items that come before it each target keeps, 0 for none.
    pub next: usize,
}

/// EDLAE in small: `B ≈ low rank + sparse`.
///
/// The low-rank part is the truncated singular value decomposition of the viewers' rows, `V diag(σ² / (σ² + μ)) Vᵀ`, which
/// gets one weight a target. The sparse part keeps each target's strongest of what the low rank leaves of `B`. Then both,
/// the weight and what is kept, are fitted anew together: for target `j` they minimise `bᵀ (G + Λ) b − 2 bᵀ G_j`, the
/// objective that the dense `B` minimises without being kept small.
pub(super) struct Compact<'a> {
    gram: &'a Gram,
    /// The diagonal of `Λ`.
    penalty: &'a [f64],
    /// `G` and `B`, where they are not too large.
    dense: Option<(Mat<f32>, Mat<f32>)>,
}

/// How much memory the counts of a block of targets may take.
const BLOCK_BYTES: usize = 2 << 30;
/// From so many neighbours on, negative weights are kept, too.
const MANY_NEIGHBOURS: usize = 128;

/// What one target keeps.
struct Fitted {
    neighbours: Vec<Neighbour>,
    scale: f32,
    weight: f32,
}

impl<'a> Compact<'a> {
    /// Inverts, or leaves that to be done target by target.
    pub(super) fn new(gram: &'a Gram, penalty: &'a [f64], dense: bool) -> Result<Self> {
        let dense = dense.then(|| {
            let counts = gram.dense();
            let weights = dense_weights(&counts, penalty)?;
            Ok((counts, weights))
        });
        Ok(Compact { gram, penalty, dense: dense.transpose()? })
    }

    pub(super) fn fit(&self, shape: Shape, shrinkage: f64) -> Result<(Table, Option<LowRank>)> {
        let factors = Factors::new(self.gram, shape.dimensions, shrinkage)?;
        let low_rank = LowRankFit::new(self.gram, self.penalty, &factors);
        let fitted = self.fit_targets(&low_rank, shape)?;
        let mut table = Table { bits: shape.bits, ..Table::default() };
        let mut weights = Vec::new();
        for target in fitted {
            table.rows.push(target.neighbours);
            table.scales.push(target.scale);
            weights.push(target.weight);
        }
        let Factors { scales, steps } = factors;
        let rows =
            (0..self.gram.items()).flat_map(|item| (0..scales.len()).map(move |dimension| (item, dimension)));
        let factors = rows.map(|place| steps[place] as i8).collect();
        Ok((table, (shape.dimensions > 0).then_some(LowRank { scales, factors, weights })))
    }

    /// How much of the dense model's lists is in those of the small one; `None` where there is no dense one, or
    /// nobody whose lists they are.
    pub(super) fn overlap(&self, neighbours: &Table, low_rank: Option<&LowRank>) -> Option<f64> {
        let known = !self.gram.by_viewer().is_empty();
        let dense = self.dense.as_ref().filter(|_| known);
        dense.map(|(_, weights)| overlap(self.gram, weights, neighbours, low_rank))
    }

    /// With a dense inverse each target for itself; without one a block of targets after the other, which have their counts
    /// made together.
    fn fit_targets(&self, low_rank: &LowRankFit, shape: Shape) -> Result<Vec<Fitted>> {
        let targets: Vec<usize> = (0..self.gram.items()).collect();
        if let Some((counts, weights)) = &self.dense {
            let fit = |&target: &usize| {
                let weights = weights.col(target).iter().map(|&weight| f64::from(weight)).enumerate();
                let kept = strongest(weights.collect(), target, low_rank, shape.neighbours);
                let count = |a: usize, b: usize| f64::from(counts[(a, b)]);
                self.fit_target(target, &kept, count, low_rank, shape.bits)
            };
            return targets.par_iter().map(fit).collect();
        }
        let mut fitted = Vec::with_capacity(targets.len());
        for block in targets.chunks((BLOCK_BYTES / submatrix_bytes(CANDIDATES + 1)).max(1)) {
            let sets = candidates(self.gram, block);
            let counts = self.gram.among(&sets);
            let fit = |(number, &target): (usize, &usize)| {
                let (items, counts) = (&sets[number], counts.matrix(number));
                let weights = local_weights(&counts, items, self.penalty, target)?;
                let weights = items.iter().map(|&item| item as usize).zip(weights);
                let kept = strongest(weights.collect(), target, low_rank, shape.neighbours);
                let place = |item: usize| items.partition_point(|&other| (other as usize) < item);
                let count = |a: usize, b: usize| counts[(place(a), place(b))];
                self.fit_target(target, &kept, count, low_rank, shape.bits)
            };
            let block: Vec<Fitted> = block
                .par_iter()
                .enumerate()
                .map(|(number, target)| fit((number, target)))
                .collect::<Result<_>>()?;
            fitted.extend(block);
        }
        Ok(fitted)
    }

    /// Fits what is kept of one target, `count` saying how many viewers have two items.
    fn fit_target(
        &self,
        target: usize,
        kept: &[usize],
        count: impl Fn(usize, usize) -> f64,
        low_rank: &LowRankFit,
        bits: u8,
    ) -> Result<Fitted> {
        let with_low_rank = low_rank.curvature[target] > f64::EPSILON;
        let unknowns = kept.len() + usize::from(with_low_rank);
        let mut system =
            Mat::from_fn(unknowns, unknowns, |row, column| match (row < kept.len(), column < kept.len()) {
                (true, true) if row == column => count(kept[row], kept[row]) + self.penalty[kept[row]],
                (true, true) => count(kept[row], kept[column]),
                (false, false) => low_rank.curvature[target],
                _ => {
                    let item = kept[row.min(column)];
                    low_rank.penalised(target, item, count(item, target))
                }
            });
        let mut goal = Mat::from_fn(unknowns, 1, |row, _| {
            if row < kept.len() { count(kept[row], target) } else { low_rank.gain[target] }
        });
        // Rounding may leave what is barely positive not so.
        for row in 0..unknowns {
            system[(row, row)] *= 1.0 + 1e-9;
        }
        solve(&system, &mut goal)?;
        let values = (0..kept.len()).map(|row| (kept[row], goal[(row, 0)]));
        let (neighbours, scale) = in_steps(values, bits);
        let weight = if with_low_rank { bfloat16(goal[(kept.len(), 0)] as f32) } else { 0.0 };
        Ok(Fitted { neighbours, scale, weight })
    }
}

/// Whose weights the low rank says least of, ascending. Negative weights pay only where there is room for many.
fn strongest(
    mut weights: Vec<(usize, f64)>,
    target: usize,
    low_rank: &LowRankFit,
    most: usize,
) -> Vec<usize> {
    let signed = most >= MANY_NEIGHBOURS;
    weights.retain(|&(source, weight)| source != target && (signed || weight > 0.0));
    low_rank.subtract(target, &mut weights);
    if signed {
        weights.iter_mut().for_each(|(_, rest)| *rest = rest.abs());
    }
    keep_strongest(&mut weights, most);
    weights.into_iter().map(|(source, _)| source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Rows;

    #[test]
    fn with_all_neighbours_the_fit_is_the_dense_solution() {
        // The two items of edlae.rs: B[0, 1] = 2/7, B[1, 0] = 2/9.
        let mut viewers = Rows::default();
        for row in [&[0, 1][..], &[0, 1], &[0], &[1], &[1]] {
            viewers.push(row.iter().copied());
        }
        let gram = Gram::new(viewers, 2);
        for dense in [true, false] {
            let model = Compact::new(&gram, &[4.0, 5.0], dense).expect("inverts");
            let shape = Shape { dimensions: 0, neighbours: 1, bits: 8, next: 0 };
            let (table, low_rank) = model.fit(shape, 1.0).expect("fits");
            assert!(low_rank.is_none());
            for (target, expected) in [(0, 2.0 / 9.0), (1, 2.0 / 7.0)] {
                let weight = f64::from(table.rows.row(target)[0].weight) * f64::from(table.scales[target]);
                assert!((weight - expected).abs() < expected / 200.0, "{table:?}");
            }
        }
    }
}
