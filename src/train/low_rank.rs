use faer::reborrow::{Reborrow, ReborrowMut};
use faer::{Mat, Side};

use super::gram::Gram;
use super::orthonormal::orthonormal;
use crate::error::{Error, Result};
use crate::model::LowRank;

/// A low-rank matrix `U Uᵀ`, its factors in whole steps of a scale for each dimension.
pub(super) struct Factors {
    bits: u8,
    scales: Vec<f32>,
    steps: Mat<f64>,
}

/// Parts of the largest factor that the largest step may be: what is larger is cut off.
const LARGEST: [f64; 6] = [1.0, 0.8, 0.6, 0.45, 0.35, 0.25];

impl Factors {
    /// `V diag(σ² / (σ² + μ)) Vᵀ` of the viewers' rows, each factor in so many bits.
    pub(super) fn new(gram: &Gram, dimensions: usize, bits: u8, shrinkage: f64) -> Result<Self> {
        if dimensions == 0 {
            return Ok(Factors { bits, scales: Vec::new(), steps: Mat::zeros(gram.items(), 0) });
        }
        let mut steps = basis(gram, dimensions, shrinkage)?;
        let most = f64::from((1_i32 << (bits - 1)) - 1);
        let mut scales = Vec::new();
        for mut column in steps.col_iter_mut() {
            let largest = column.rb().iter().fold(0.0, |most: f64, factor| most.max(factor.abs()));
            let step = |factor: f64, scale: f64| (factor / scale).round().clamp(-most, most);
            let error = |scale: f64| -> f64 {
                column.rb().iter().map(|&factor| (step(factor, scale) * scale - factor).powi(2)).sum()
            };
            let candidates = LARGEST.map(|part| (largest * part / most).max(f64::from(f32::MIN_POSITIVE)));
            let best = candidates.into_iter().min_by(|&a, &b| error(a).total_cmp(&error(b)));
            let scale = best.unwrap_or(1.0) as f32;
            column.rb_mut().iter_mut().for_each(|factor| *factor = step(*factor, f64::from(scale)));
            scales.push(scale);
        }
        Ok(Factors { bits, scales, steps })
    }

    /// The model's part, with a weight for each target.
    pub(super) fn finish(self, weights: Vec<f32>) -> LowRank {
        let dimensions = self.scales.len();
        let rows =
            (0..self.steps.nrows()).flat_map(|item| (0..dimensions).map(move |dimension| (item, dimension)));
        let factors = rows.map(|place| self.steps[place] as i8).collect();
        LowRank { bits: vec![self.bits; dimensions], scales: self.scales, factors, weights }
    }

    /// `U`.
    fn dequantised(&self) -> Mat<f64> {
        Mat::from_fn(self.steps.nrows(), self.steps.ncols(), |item, dimension| {
            self.steps[(item, dimension)] * f64::from(self.scales[dimension])
        })
    }
}

/// The strongest eigenvectors of `G`, each times `√(σ² / (σ² + μ))`, by subspace iteration (Halko,
/// Martinsson and Tropp 2011, algorithm 4.4).
fn basis(gram: &Gram, dimensions: usize, shrinkage: f64) -> Result<Mat<f64>> {
    const SPARE: usize = 16;
    const ITERATIONS: usize = 12;
    let items = gram.items();
    let width = (dimensions + SPARE).min(items);
    // Any start will do, as long as it is always the same (a Lehmer generator).
    let mut state = 1_u64;
    let mut space = Mat::from_fn(items, width, |_, _| {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 2_147_483_647.0 - 0.5
    });
    for _ in 0..ITERATIONS {
        space = orthonormal(gram.times(&space));
    }
    let small = space.transpose() * gram.times(&space);
    let eigen = small.self_adjoint_eigen(Side::Lower).map_err(|error| Error::ModelFormat {
        reason: format!("no low-rank part can be found: {error:?}"),
    })?;
    let vectors = &space * eigen.U();
    let values = eigen.S().column_vector();
    let kept = dimensions.min(width);
    // Eigenvalues ascend.
    Ok(Mat::from_fn(items, kept, |item, dimension| {
        let place = width - 1 - dimension;
        let square = values[place].max(0.0);
        vectors[(item, place)] * (square / (square + shrinkage)).sqrt()
    }))
}

/// What fitting needs to know of the low-rank direction of each target `j`, `ℓ = U u_j` without its own place.
pub(super) struct LowRankFit {
    factors: Mat<f64>,
    /// `(G + Λ) U`.
    penalised: Mat<f64>,
    /// `u_j · u_j`.
    own: Vec<f64>,
    /// `ℓᵀ (G + Λ) ℓ`.
    pub(super) curvature: Vec<f64>,
    /// `ℓᵀ G_j`.
    pub(super) gain: Vec<f64>,
}

impl LowRankFit {
    pub(super) fn new(gram: &Gram, penalty: &[f64], factors: &Factors) -> Self {
        let factors = factors.dequantised();
        let (items, dimensions) = (factors.nrows(), factors.ncols());
        let counted = gram.times(&factors);
        let penalised = Mat::from_fn(items, dimensions, |item, d| {
            counted[(item, d)] + penalty[item] * factors[(item, d)]
        });
        let square = factors.transpose() * &penalised;
        let curved = &factors * &square;
        let dot = |a: &Mat<f64>, b: &Mat<f64>, item: usize| -> f64 {
            (0..dimensions).map(|d| a[(item, d)] * b[(item, d)]).sum()
        };
        let own: Vec<f64> = (0..items).map(|item| dot(&factors, &factors, item)).collect();
        let curvature = |item: usize| {
            let diagonal = gram.count(item) + penalty[item];
            dot(&curved, &factors, item) - 2.0 * own[item] * dot(&penalised, &factors, item)
                + own[item] * own[item] * diagonal
        };
        let gain = |item| dot(&counted, &factors, item) - own[item] * gram.count(item);
        let (curvature, gain) = ((0..items).map(curvature).collect(), (0..items).map(gain).collect());
        LowRankFit { factors, penalised, own, curvature, gain }
    }

    /// `(G + Λ) ℓ` at `item`, which is not the target and goes with it so often.
    pub(super) fn penalised(&self, target: usize, item: usize, count: f64) -> f64 {
        let dot: f64 =
            (0..self.factors.ncols()).map(|d| self.penalised[(item, d)] * self.factors[(target, d)]).sum();
        dot - self.own[target] * count
    }

    /// Takes from each of these weights of the target what the low rank, fitted alone, says already.
    pub(super) fn subtract(&self, target: usize, weights: &mut [(usize, f64)]) {
        if self.curvature[target] <= f64::EPSILON {
            return;
        }
        let weight = self.gain[target] / self.curvature[target];
        for d in 0..self.factors.ncols() {
            let factor = weight * self.factors[(target, d)];
            let column = self.factors.col(d);
            weights.iter_mut().for_each(|(source, rest)| *rest -= factor * column[*source]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Rows;

    #[test]
    fn the_basis_is_that_of_the_eigenvectors() {
        // G = [[3, 1], [1, 3]] has the eigenvalues 4 and 2, of (1, 1) / √2 and (1, −1) / √2.
        let mut viewers = Rows::default();
        for row in [&[0, 1][..], &[0], &[0], &[1], &[1]] {
            viewers.push(row.iter().copied());
        }
        let basis = basis(&Gram::new(viewers, 2), 1, 4.0).expect("is found");
        let expected = (0.5_f64 * 0.5).sqrt();
        assert!((basis[(0, 0)].abs() - expected).abs() < 1e-6, "{basis:?}");
        assert!((basis[(0, 0)] - basis[(1, 0)]).abs() < 1e-6);
    }
}
