use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::{factor, inverse};
use faer::linalg::solvers::Solve;
use faer::reborrow::ReborrowMut;
use faer::traits::RealField;
use faer::{Mat, Side};
use rayon::prelude::*;

use super::gram::{Gram, columns_of};
use crate::error::{Error, Result};

/// The full-rank linear autoencoder with emphasised denoising, in closed form (H. Steck, "Autoencoders that
/// don't overfit towards the identity", NeurIPS 2020, eq. 10 and 11).
///
/// With `G = XᵀX` over the viewers' binary rows, `Λ = p / (1 − p) · diag G + λ` and `P = (G + Λ)⁻¹`, the
/// weight of source `i` for target `j` is `B[i, j] = −P[i, j] / P[j, j]`, and 0 for `i = j`. Without dropout it is
/// EASE (H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edlae {
    /// The share `p` of a viewer's items that is left out in training, 0 to 0.99.
    pub dropout: f64,
    /// The ridge penalty `λ`, above 0.
    pub l2: f64,
}

/// Up to how many items the inverse is dense, where nothing else is said.
pub const MAX_DENSE_ITEMS: usize = 25_000;
/// Up to this condition number single precision is enough for the inverse.
const SINGLE_PRECISION: f32 = 1e5;
/// How many items of the same viewers each target is regressed on where there is no dense inverse, where nothing else is said.
pub(super) const CANDIDATES: usize = 256;

/// The memory that training with so many items needs with a dense inverse: the counts, their factor, and its inverse.
pub fn inverse_bytes(items: usize) -> u64 {
    3 * 4 * (items as u64).pow(2)
}

impl Default for Edlae {
    /// What did well on MovieLens 1M.
    fn default() -> Self {
        Edlae { dropout: 0.33, l2: 500.0 }
    }
}

impl Edlae {
    pub(super) fn validate(self) -> Result<()> {
        let fail = |option: &str, reason| Err(Error::Option { option: option.into(), reason });
        if !(0.0..=0.99).contains(&self.dropout) {
            return fail("dropout", format!("must be from 0 to 0.99, found {}", self.dropout));
        }
        if !self.l2.is_finite() || self.l2 <= 0.0 {
            return fail("l2", format!("must be above 0, found {}", self.l2));
        }
        Ok(())
    }

    /// The diagonal of `Λ`.
    pub(super) fn penalty(self, gram: &Gram) -> Vec<f64> {
        let odds = self.dropout / (1.0 - self.dropout);
        (0..gram.items()).map(|item| odds * gram.count(item) + self.l2).collect()
    }
}

/// The weights `B`, a column for each target, from all of `G` and the diagonal of `Λ`.
pub(super) fn dense_weights(counts: &Mat<f32>, penalty: &[f64]) -> Result<Mat<f32>> {
    let sum = |column: usize| counts.col(column).iter().sum::<f32>() + penalty[column] as f32;
    let norm = (0..counts.ncols()).map(sum).fold(0.0, f32::max);
    let least = penalty.iter().copied().fold(f64::INFINITY, f64::min) as f32;
    let mut inverse = if norm / least <= SINGLE_PRECISION {
        inverse_of(counts, penalty, |count, penalty| count + penalty as f32, |value: f32| value)?
    } else {
        inverse_of(counts, penalty, |count, penalty| f64::from(count) + penalty, |value: f64| value as f32)?
    };
    columns_of(&mut inverse).into_par_iter().enumerate().for_each(|(target, mut column)| {
        let own = column[target];
        column.rb_mut().iter_mut().for_each(|weight| *weight /= -own);
        column[target] = 0.0;
    });
    Ok(inverse)
}

/// `(G + Λ)⁻¹` by Cholesky factors, in the precision that `sum` has.
fn inverse_of<T: RealField>(
    counts: &Mat<f32>,
    penalty: &[f64],
    sum: impl Fn(f32, f64) -> T,
    single: impl Fn(T) -> f32,
) -> Result<Mat<f32>> {
    let items = counts.nrows();
    let mut matrix = Mat::from_fn(items, items, |row, column| {
        sum(counts[(row, column)], if row == column { penalty[row] } else { 0.0 })
    });
    let parallel = faer::get_global_parallelism();
    let scratch = factor::cholesky_in_place_scratch::<T>(items, parallel, Default::default())
        .or(inverse::inverse_scratch::<T>(items, parallel));
    let out_of_memory = |_| Error::Internal { reason: format!("no memory to invert {items} × {items}") };
    let mut memory = MemBuffer::try_new(scratch).map_err(out_of_memory)?;
    let stack = MemStack::new(&mut memory);
    factor::cholesky_in_place(matrix.as_mut(), Default::default(), parallel, stack, Default::default())
        .map_err(|error| Error::ModelFormat { reason: format!("no inverse: {error:?}") })?;
    // The inverse is symmetric, of which this writes the lower half.
    let mut lower = Mat::<T>::zeros(items, items);
    inverse::inverse(lower.as_mut(), matrix.as_ref(), parallel, stack);
    drop(matrix);
    Ok(Mat::from_fn(items, items, |row, column| single(lower[(row.max(column), row.min(column))].clone())))
}

/// What each target is regressed on where there is no dense inverse: so many items that go with it most, and itself, ascending.
pub(super) fn candidates(gram: &Gram, targets: &[usize], most: usize) -> Vec<Vec<u32>> {
    let mut sets = gram.strongest(targets, most, |item, count| count / gram.count(item).sqrt());
    for (set, &target) in sets.iter_mut().zip(targets) {
        let place = set.partition_point(|&item| (item as usize) < target);
        set.insert(place, target as u32);
    }
    sets
}

/// One column of `B`, without a dense inverse: the ridge regression of the target on its candidates, which is what the
/// inverse of their rows and columns of `G + Λ` says (H. Steck, "Markov random fields for collaborative filtering", NeurIPS
/// 2019, section 3.1). `counts` are those rows and columns of `G`; a weight for each candidate, 0 for the target.
pub(super) fn local_weights(
    counts: &Mat<f64>,
    items: &[u32],
    penalty: &[f64],
    target: usize,
) -> Result<Vec<f64>> {
    let place = items.partition_point(|&item| (item as usize) < target);
    let mut system = counts.clone();
    for (row, &item) in items.iter().enumerate() {
        system[(row, row)] += penalty[item as usize];
    }
    // The target's own row and column become those of 1, so that its weight is the 0 on the other side.
    let mut goal =
        Mat::from_fn(items.len(), 1, |row, _| if row == place { 0.0 } else { counts[(row, place)] });
    for other in 0..items.len() {
        system[(place, other)] = 0.0;
        system[(other, place)] = 0.0;
    }
    system[(place, place)] = 1.0;
    solve(&system, &mut goal)?;
    Ok(goal.col(0).iter().copied().collect())
}

/// Solves a positive definite system in place.
pub(super) fn solve(system: &Mat<f64>, goal: &mut Mat<f64>) -> Result<()> {
    if system.nrows() > 0 {
        let factor = system
            .llt(Side::Lower)
            .map_err(|error| Error::ModelFormat { reason: format!("an item cannot be fitted: {error:?}") })?;
        factor.solve_in_place(goal);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Rows;

    #[test]
    fn two_items_are_solved_by_hand() {
        // G = [[3, 2], [2, 4]]; with p = 1/2 and λ = 1, G + Λ = [[7, 2], [2, 9]], whose inverse is
        // [[9, −2], [−2, 7]] / 59. So B[0, 1] = 2/7 and B[1, 0] = 2/9.
        let mut viewers = Rows::default();
        for row in [&[0, 1][..], &[0, 1], &[0], &[1], &[1]] {
            viewers.push(row.iter().copied());
        }
        let gram = Gram::new(viewers, 2);
        let penalty = Edlae { dropout: 0.5, l2: 1.0 }.penalty(&gram);
        assert_eq!(penalty, [4.0, 5.0]);
        let weights = dense_weights(&gram.dense(), &penalty).expect("inverts");
        for (source, target, expected) in [(0, 1, 2.0 / 7.0), (1, 0, 2.0 / 9.0), (0, 0, 0.0), (1, 1, 0.0)] {
            assert!((weights[(source, target)] - expected).abs() < 1e-6, "{weights:?}");
        }
        let sets = candidates(&gram, &[1], CANDIDATES);
        assert_eq!(sets, [[0, 1]]);
        let local =
            local_weights(&gram.among(sets.to_vec()).matrix(0), &sets[0], &penalty, 1).expect("is solved");
        assert!((local[0] - 2.0 / 7.0).abs() < 1e-12 && local[1] == 0.0, "{local:?}");
    }

    #[test]
    fn what_single_precision_cannot_do_is_done_in_double() {
        // Two items that go together always: all but singular.
        let mut viewers = Rows::default();
        (0..1000).for_each(|_| viewers.push([0, 1]));
        let gram = Gram::new(viewers, 2);
        let weights = dense_weights(&gram.dense(), &[1e-4, 1e-4]).expect("inverts");
        assert!((weights[(0, 1)] - 1.0).abs() < 1e-6, "{weights:?}");
    }
}
