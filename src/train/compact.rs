use faer::Mat;

use super::checkpoint::Checkpoint;
use super::edlae::{candidates, dense_weights, local_weights, solve};
use super::gram::Gram;
use super::low_rank::{Factors, LowRankFit};
use super::overlap::overlap;
use super::room::{Fitted, Keep, Regressions};
use super::submatrices::{Submatrices, submatrix_bytes};
use super::sums::{Sources, keep_strongest};
use super::{Shape, TrainOptions};
use crate::error::Result;
use crate::model::{LowRank, WeightTable, bfloat16};

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
    /// How many others each target is regressed on where they are.
    candidates: usize,
}

/// How much memory the counts of a block of targets may take.
const BLOCK_BYTES: usize = 2 << 30;
impl<'a> Compact<'a> {
    /// Inverts, or leaves that to be done target by target, for items up to `options.max_dense_items`.
    pub(super) fn new(gram: &'a Gram, penalty: &'a [f64], options: &TrainOptions) -> Result<Self> {
        let dense = gram.items() <= options.max_dense_items;
        let dense = dense.then(|| {
            let counts = gram.dense();
            let weights = dense_weights(&counts, penalty)?;
            Ok((counts, weights))
        });
        Ok(Compact { gram, penalty, dense: dense.transpose()?, candidates: options.candidates })
    }

    pub(super) fn fit(
        &self,
        shape: Shape,
        shrinkage: f64,
        progress: &dyn Fn(f64),
        checkpoint: Checkpoint,
    ) -> Result<(WeightTable, Option<LowRank>)> {
        let factors = Factors::new(self.gram, shape.dimensions, shape.factor_bits, shrinkage)?;
        let low_rank = LowRankFit::new(self.gram, self.penalty, &factors);
        let targets = CompactTargets { of: self, low_rank: &low_rank };
        let (table, weights) = targets.fit_all(shape.neighbours, shape.bits, progress, checkpoint)?;
        Ok((table, (shape.dimensions > 0).then(|| factors.finish(weights))))
    }

    /// How much of the dense model's lists is in those of the small one; `None` where there is no dense one, or
    /// nobody whose lists they are.
    pub(super) fn overlap(&self, neighbours: &WeightTable, low_rank: Option<&LowRank>) -> Option<f64> {
        let known = !self.gram.by_viewer().is_empty();
        let dense = self.dense.as_ref().filter(|_| known);
        dense.map(|(_, weights)| overlap(self.gram, weights, neighbours, low_rank))
    }
}

/// The targets of a [`Compact`] beside a low-rank part.
struct CompactTargets<'a> {
    of: &'a Compact<'a>,
    low_rank: &'a LowRankFit,
}

/// Some targets, and where there is no dense inverse the counts of what each is regressed on, made together.
struct Block {
    targets: Vec<usize>,
    local: Option<Submatrices>,
}

impl Regressions for CompactTargets<'_> {
    type Block = Block;

    fn items(&self) -> usize {
        self.of.gram.items()
    }

    fn block_size(&self) -> usize {
        if self.of.dense.is_some() {
            self.items()
        } else {
            BLOCK_BYTES / submatrix_bytes(self.of.candidates + 1)
        }
    }

    fn block(&self, targets: &[usize]) -> Block {
        let gram = self.of.gram;
        let local =
            self.of.dense.is_none().then(|| gram.among(candidates(gram, targets, self.of.candidates)));
        Block { targets: targets.to_vec(), local }
    }

    fn fit(&self, block: &Block, number: usize, keep: Keep) -> Result<Fitted> {
        let target = block.targets[number];
        match (&self.of.dense, &block.local) {
            (Some((counts, weights)), _) => {
                let weights = weights.col(target).iter().map(|&weight| f64::from(weight)).enumerate();
                let count = |a: usize, b: usize| f64::from(counts[(a, b)]);
                self.fit_target(target, weights.collect(), count, keep)
            }
            (None, Some(local)) => {
                let (items, counts) = (local.set(number), local.matrix(number));
                let weights = local_weights(&counts, items, self.of.penalty, target)?;
                let weights = items.iter().map(|&item| item as usize).zip(weights);
                let place = |item: usize| items.partition_point(|&other| (other as usize) < item);
                let count = |a: usize, b: usize| counts[(place(a), place(b))];
                self.fit_target(target, weights.collect(), count, keep)
            }
            (None, None) => Ok(Fitted { neighbours: Vec::new(), scale: 0.0, weight: 0.0 }),
        }
    }
}

impl CompactTargets<'_> {
    /// Fits what is kept of a target's weights, `count` saying how many viewers have two items.
    fn fit_target(
        &self,
        target: usize,
        weights: Sources,
        count: impl Fn(usize, usize) -> f64,
        keep: Keep,
    ) -> Result<Fitted> {
        let (low_rank, penalty) = (self.low_rank, self.of.penalty);
        let kept = self.strongest(weights, target, keep);
        let with_low_rank = low_rank.curvature[target] > f64::EPSILON;
        let unknowns = kept.len() + usize::from(with_low_rank);
        let mut system =
            Mat::from_fn(unknowns, unknowns, |row, column| match (row < kept.len(), column < kept.len()) {
                (true, true) if row == column => count(kept[row], kept[row]) + penalty[kept[row]],
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
        let (neighbours, scale) = keep.steps.of(values.collect());
        let weight = if with_low_rank { bfloat16(goal[(kept.len(), 0)] as f32) } else { 0.0 };
        Ok(Fitted { neighbours, scale, weight })
    }

    /// Whose weights the low rank says least of, ascending.
    fn strongest(&self, mut weights: Sources, target: usize, keep: Keep) -> Vec<usize> {
        let signed = keep.steps.signed;
        weights.retain(|&(source, weight)| source != target && (signed || weight > 0.0));
        self.low_rank.subtract(target, &mut weights);
        if signed {
            weights.iter_mut().for_each(|(_, rest)| *rest = rest.abs());
        }
        keep_strongest(&mut weights, keep.most);
        weights.into_iter().map(|(source, _)| source).collect()
    }
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
            let shape = Shape::of_sources(0, 1, 8, 0);
            let max_dense_items = if dense { 2 } else { 0 };
            let options = TrainOptions { max_dense_items, ..TrainOptions::new(shape) };
            let model = Compact::new(&gram, &[4.0, 5.0], &options).expect("inverts");
            let (table, low_rank) = model.fit(shape, 1.0, &|_| {}, Checkpoint::none()).expect("fits");
            assert!(low_rank.is_none());
            for (target, expected) in [(0, 2.0 / 9.0), (1, 2.0 / 7.0)] {
                let weight = f64::from(table.rows.row(target)[0].weight) * f64::from(table.scales[target]);
                assert!((weight - expected).abs() < expected / 200.0, "{table:?}");
            }
        }
    }
}
