use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::{factor, inverse};
use faer::reborrow::ReborrowMut;
use faer::{Mat, Par};
use rayon::prelude::*;

use crate::columns::Rows;
use crate::error::{Error, Result};

/// The full-rank linear autoencoder with emphasised denoising, in closed form (H. Steck, "Autoencoders that
/// don't overfit towards the identity", NeurIPS 2020, eq. 10 and 11).
///
/// With `G = XᵀX` over the viewers' binary rows, `Λ = p / (1 − p) · diag G + λ` and `P = (G + Λ)⁻¹`, the
/// weight of source `i` for target `j` is `B[i, j] = −P[i, j] / P[j, j]`, and 0 for `i = j`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edlae {
    /// The share `p` of a viewer's items that is left out in training, 0 to 0.99.
    pub dropout: f64,
    /// The ridge penalty `λ`, above 0.
    pub l2: f64,
}

/// The memory that training with so many items needs: the counts, their factor, its inverse, and the result.
pub fn inverse_bytes(items: usize) -> u64 {
    4 * 8 * (items as u64).pow(2)
}

/// How many viewers have both items, for every pair: `XᵀX`.
pub(super) fn count_pairs(viewers: &Rows<u32>, items: usize) -> Mat<f64> {
    let mut viewers_of = vec![Vec::new(); items];
    for (viewer, row) in viewers.iter().enumerate() {
        row.iter().for_each(|&item| viewers_of[item as usize].push(viewer));
    }
    let mut counts = Mat::zeros(items, items);
    counts.par_col_iter_mut().zip(&viewers_of).for_each(|(mut column, having)| {
        for &item in having.iter().flat_map(|&viewer| viewers.row(viewer)) {
            column[item as usize] += 1.0;
        }
    });
    counts
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
    pub(super) fn penalty(self, counts: &Mat<f64>) -> Vec<f64> {
        let penalty = |item| self.dropout / (1.0 - self.dropout) * counts[(item, item)] + self.l2;
        (0..counts.nrows()).map(penalty).collect()
    }

    /// The weights `B`, a column for each target, from the counts `G` and the diagonal of `Λ`.
    pub(super) fn weights(mut counts: Mat<f64>, penalty: &[f64]) -> Result<Mat<f64>> {
        let items = counts.nrows();
        for item in 0..items {
            counts[(item, item)] += penalty[item];
        }
        let parallel = Par::rayon(0);
        let scratch = factor::cholesky_in_place_scratch::<f64>(items, parallel, Default::default())
            .or(inverse::inverse_scratch::<f64>(items, parallel));
        let out_of_memory = |_| Error::Internal { reason: format!("no memory to invert {items} × {items}") };
        let mut memory = MemBuffer::try_new(scratch).map_err(out_of_memory)?;
        let stack = MemStack::new(&mut memory);
        factor::cholesky_in_place(counts.as_mut(), Default::default(), parallel, stack, Default::default())
            .map_err(|error| Error::ModelFormat { reason: format!("no inverse: {error:?}") })?;
        // The inverse is symmetric, of which this writes the lower half.
        let mut weights = Mat::zeros(items, items);
        inverse::inverse(weights.as_mut(), counts.as_ref(), parallel, stack);
        for target in 0..items {
            for source in 0..target {
                weights[(source, target)] = weights[(target, source)];
            }
        }
        weights.par_col_iter_mut().enumerate().for_each(|(target, mut column)| {
            let own = column[target];
            column.rb_mut().iter_mut().for_each(|weight| *weight /= -own);
            column[target] = 0.0;
        });
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_items_are_solved_by_hand() {
        // G = [[3, 2], [2, 4]]; with p = 1/2 and λ = 1, G + Λ = [[7, 2], [2, 9]], whose inverse is
        // [[9, −2], [−2, 7]] / 59. So B[0, 1] = 2/7 and B[1, 0] = 2/9.
        let mut viewers = Rows::default();
        for row in [&[0, 1][..], &[0, 1], &[0], &[1], &[1]] {
            viewers.push(row.iter().copied());
        }
        let counts = count_pairs(&viewers, 2);
        assert_eq!((counts[(0, 0)], counts[(0, 1)], counts[(1, 0)], counts[(1, 1)]), (3.0, 2.0, 2.0, 4.0));
        let penalty = Edlae { dropout: 0.5, l2: 1.0 }.penalty(&counts);
        assert_eq!(penalty, [4.0, 5.0]);
        let weights = Edlae::weights(counts, &penalty).expect("inverts");
        for (source, target, expected) in [(0, 1, 2.0 / 7.0), (1, 0, 2.0 / 9.0), (0, 0, 0.0), (1, 1, 0.0)] {
            assert!((weights[(source, target)] - expected).abs() < 1e-12, "{weights:?}");
        }
    }
}
