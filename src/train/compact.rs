use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use rayon::prelude::*;

use crate::columns::Rows;
use crate::error::{Error, Result};
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

/// A dense model in small: `B ≈ low rank + sparse`.
///
/// The low-rank part is the truncated singular value decomposition of the viewers' rows, `V diag(σ² / (σ² + μ)) Vᵀ`, which
/// gets one weight a target. The sparse part keeps each target's strongest of what the low rank leaves of `B`. Then both,
/// the weight and what is kept, are fitted anew together: for target `j` they minimise `bᵀ (G + Λ) b − 2 bᵀ G_j`, the
/// objective that the dense `B` minimises without being kept small.
pub(super) struct Compact<'a> {
    /// `G = XᵀX`.
    pub(super) counts: &'a Mat<f64>,
    /// The diagonal of `Λ`.
    pub(super) penalty: &'a [f64],
    /// The dense `B`.
    pub(super) dense: &'a Mat<f64>,
    /// `μ`.
    pub(super) shrinkage: f64,
}

/// From so many neighbours on, negative weights are kept, too.
const MANY_NEIGHBOURS: usize = 128;

/// What one target keeps.
struct Fitted {
    neighbours: Vec<Neighbour>,
    scale: f32,
    weight: f32,
}

impl Compact<'_> {
    pub(super) fn fit(&self, shape: Shape) -> Result<(Table, Option<LowRank>)> {
        let (scales, factors) = match shape.dimensions {
            0 => (Vec::new(), Mat::zeros(self.counts.nrows(), 0)),
            dimensions => quantised(basis(self.counts, dimensions, self.shrinkage)?),
        };
        let low_rank = LowRankFit::new(self, dequantised(&scales, &factors));
        let items = self.counts.nrows();
        let fitted: Vec<Fitted> = (0..items)
            .into_par_iter()
            .map(|target| self.fit_target(target, &low_rank, shape))
            .collect::<Result<_>>()?;
        let mut table = Table { bits: shape.bits, ..Table::default() };
        let mut weights = Vec::new();
        for target in fitted {
            table.rows.push(target.neighbours);
            table.scales.push(target.scale);
            weights.push(target.weight);
        }
        let rows = (0..items).flat_map(|item| (0..scales.len()).map(move |dimension| (item, dimension)));
        let factors = rows.map(|(item, dimension)| factors[(item, dimension)] as i8).collect();
        Ok((table, (shape.dimensions > 0).then_some(LowRank { scales, factors, weights })))
    }

    fn fit_target(&self, target: usize, low_rank: &LowRankFit, shape: Shape) -> Result<Fitted> {
        let kept = self.strongest(target, low_rank, shape.neighbours);
        let with_low_rank = low_rank.curvature[target] > f64::EPSILON;
        let unknowns = kept.len() + usize::from(with_low_rank);
        let penalised = |a: usize, b: usize| self.counts[(a, b)] + if a == b { self.penalty[a] } else { 0.0 };
        let mut system =
            Mat::from_fn(unknowns, unknowns, |row, column| match (kept.get(row), kept.get(column)) {
                (Some(&a), Some(&b)) => penalised(a, b),
                (Some(&item), None) | (None, Some(&item)) => low_rank.penalised(self, target, item),
                (None, None) => low_rank.curvature[target],
            });
        let mut goal = Mat::from_fn(unknowns, 1, |row, _| match kept.get(row) {
            Some(&item) => self.counts[(item, target)],
            None => low_rank.gain[target],
        });
        // Rounding may leave what is barely positive not so.
        for row in 0..unknowns {
            system[(row, row)] *= 1.0 + 1e-9;
        }
        if unknowns > 0 {
            let factor = system.llt(Side::Lower).map_err(|error| Error::ModelFormat {
                reason: format!("item {target} cannot be fitted: {error:?}"),
            })?;
            factor.solve_in_place(&mut goal);
        }
        let values = (0..kept.len()).map(|row| (kept[row], goal[(row, 0)]));
        let (neighbours, scale) = in_steps(values, shape.bits);
        let weight = if with_low_rank { bfloat16(goal[(kept.len(), 0)] as f32) } else { 0.0 };
        Ok(Fitted { neighbours, scale, weight })
    }

    /// Whose weights the low rank says least of, ascending. Negative weights pay only where there is room for many.
    fn strongest(&self, target: usize, low_rank: &LowRankFit, most: usize) -> Vec<usize> {
        let column = self.dense.col(target);
        let signed = most >= MANY_NEIGHBOURS;
        let rest = low_rank.rest(target, self.dense).into_iter();
        let rest = rest.map(|rest| if signed { rest.abs() } else { rest });
        let mut kept: Vec<(usize, f64)> = rest
            .enumerate()
            .filter(|&(source, _)| source != target && (signed || column[source] > 0.0))
            .collect();
        keep_strongest(&mut kept, most);
        kept.into_iter().map(|(source, _)| source).collect()
    }
}

/// What fitting needs to know of the low-rank direction of each target `j`, `ℓ = U u_j` without its own place.
struct LowRankFit {
    factors: Mat<f64>,
    /// `(G + Λ) U`.
    penalised: Mat<f64>,
    /// `u_j · u_j`.
    own: Vec<f64>,
    /// `ℓᵀ (G + Λ) ℓ`.
    curvature: Vec<f64>,
    /// `ℓᵀ G_j`.
    gain: Vec<f64>,
}

impl LowRankFit {
    fn new(model: &Compact, factors: Mat<f64>) -> Self {
        let (items, dimensions) = (factors.nrows(), factors.ncols());
        let counted = model.counts * &factors;
        let penalised = Mat::from_fn(items, dimensions, |item, d| {
            counted[(item, d)] + model.penalty[item] * factors[(item, d)]
        });
        let square = factors.transpose() * &penalised;
        let curved = &factors * &square;
        let dot = |a: &Mat<f64>, b: &Mat<f64>, item: usize| -> f64 {
            (0..dimensions).map(|d| a[(item, d)] * b[(item, d)]).sum()
        };
        let own: Vec<f64> = (0..items).map(|item| dot(&factors, &factors, item)).collect();
        let curvature = |item: usize| {
            let diagonal = model.counts[(item, item)] + model.penalty[item];
            dot(&curved, &factors, item) - 2.0 * own[item] * dot(&penalised, &factors, item)
                + own[item] * own[item] * diagonal
        };
        let gain = |item| dot(&counted, &factors, item) - own[item] * model.counts[(item, item)];
        let (curvature, gain) = ((0..items).map(curvature).collect(), (0..items).map(gain).collect());
        LowRankFit { factors, penalised, own, curvature, gain }
    }

    /// `(G + Λ) ℓ` at `item`, which is not the target.
    fn penalised(&self, model: &Compact, target: usize, item: usize) -> f64 {
        let dot: f64 =
            (0..self.factors.ncols()).map(|d| self.penalised[(item, d)] * self.factors[(target, d)]).sum();
        dot - self.own[target] * model.counts[(item, target)]
    }

    /// What the low rank, fitted alone, leaves of the target's column.
    fn rest(&self, target: usize, dense: &Mat<f64>) -> Vec<f64> {
        let column = dense.col(target);
        if self.curvature[target] <= f64::EPSILON {
            return column.iter().copied().collect();
        }
        let weight = self.gain[target] / self.curvature[target];
        let mut rest: Vec<f64> = column.iter().copied().collect();
        for d in 0..self.factors.ncols() {
            let factor = weight * self.factors[(target, d)];
            rest.iter_mut().zip(self.factors.col(d).iter()).for_each(|(rest, other)| *rest -= factor * other);
        }
        rest
    }
}

/// Leaves the largest values, of equal ones the earlier item's, in the order of the items.
fn keep_strongest(values: &mut Vec<(usize, f64)>, most: usize) {
    if values.len() > most {
        values.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        values.truncate(most);
    }
    values.sort_unstable_by_key(|&(item, _)| item);
}

/// Weights in whole steps of a scale that makes the strongest the largest that so many bits can say; without those of
/// no step.
pub(super) fn in_steps(
    values: impl Iterator<Item = (usize, f64)> + Clone,
    bits: u8,
) -> (Vec<Neighbour>, f32) {
    let most = f64::from((1_u16 << (bits - 1)) - 1);
    let scale = bfloat16((values.clone().map(|(_, value)| value.abs()).fold(0.0, f64::max) / most) as f32);
    let step = |(item, value): (usize, f64)| Neighbour {
        item: item as u32,
        weight: (value / f64::from(scale)).round().clamp(-most, most) as i8,
    };
    if scale == 0.0 {
        return (Vec::new(), 0.0);
    }
    (values.map(step).filter(|neighbour| neighbour.weight != 0).collect(), scale)
}

/// The strongest positive weights of each column of a dense matrix.
pub(super) fn strongest_of_columns(dense: &Mat<f64>, most: usize, bits: u8, factor: f64) -> Table {
    let keep = |target: usize| {
        let column = dense.col(target).iter().enumerate();
        let mut kept: Vec<(usize, f64)> = column
            .filter(|&(_, &weight)| weight > 0.0)
            .map(|(source, &weight)| (source, weight * factor))
            .collect();
        keep_strongest(&mut kept, most);
        in_steps(kept.into_iter(), bits)
    };
    let kept: Vec<(Vec<Neighbour>, f32)> = (0..dense.ncols()).into_par_iter().map(keep).collect();
    let mut table = Table { rows: Rows::default(), scales: Vec::new(), bits };
    for (row, scale) in kept {
        table.rows.push(row);
        table.scales.push(scale);
    }
    table
}

/// The strongest eigenvectors of a symmetric matrix, each times `√(σ² / (σ² + μ))`, by subspace iteration (Halko,
/// Martinsson and Tropp 2011, algorithm 4.4).
fn basis(matrix: &Mat<f64>, dimensions: usize, shrinkage: f64) -> Result<Mat<f64>> {
    const SPARE: usize = 16;
    const ITERATIONS: usize = 12;
    let items = matrix.nrows();
    let width = (dimensions + SPARE).min(items);
    // Any start will do, as long as it is always the same (a Lehmer generator).
    let mut state = 1_u64;
    let mut space = Mat::from_fn(items, width, |_, _| {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 2_147_483_647.0 - 0.5
    });
    for _ in 0..ITERATIONS {
        space = (matrix * &space).qr().compute_thin_Q();
    }
    let small = space.transpose() * (matrix * &space);
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

/// Factors in whole steps, 127 at most, of a scale for each dimension.
fn quantised(mut factors: Mat<f64>) -> (Vec<f32>, Mat<f64>) {
    let mut scales = Vec::new();
    for dimension in 0..factors.ncols() {
        let most = factors.col(dimension).iter().fold(0.0, |most: f64, factor| most.max(factor.abs()));
        let scale = (most / f64::from(i8::MAX)) as f32;
        for item in 0..factors.nrows() {
            let step = factors[(item, dimension)] / f64::from(scale.max(f32::MIN_POSITIVE));
            factors[(item, dimension)] = step.round().clamp(-127.0, 127.0);
        }
        scales.push(scale);
    }
    (scales, factors)
}

fn dequantised(scales: &[f32], factors: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(factors.nrows(), factors.ncols(), |item, dimension| {
        factors[(item, dimension)] * f64::from(scales[dimension])
    })
}

#[cfg(test)]
mod tests {
    use faer::mat;

    use super::*;

    #[test]
    fn steps_keep_the_strongest_exactly() {
        let (neighbours, scale) = in_steps([(1, 0.5), (4, -0.25), (6, 0.001)].into_iter(), 8);
        let weights: Vec<(u32, i8)> =
            neighbours.iter().map(|neighbour| (neighbour.item, neighbour.weight)).collect();
        assert_eq!(weights, [(1, 127), (4, -64)], "what rounds to 0 is not kept");
        assert!((f64::from(scale) * 127.0 - 0.5).abs() < 0.5 / 256.0);
        assert_eq!(in_steps([(0, 0.0)].into_iter(), 4), (Vec::new(), 0.0));
    }

    #[test]
    fn the_basis_is_that_of_the_eigenvectors() {
        // Eigenvalues 4 and 2, of (1, 1) / √2 and (1, −1) / √2.
        let basis = basis(&mat![[3.0, 1.0], [1.0, 3.0]], 1, 4.0).expect("is found");
        let expected = (0.5_f64 * 0.5).sqrt();
        assert!((basis[(0, 0)].abs() - expected).abs() < 1e-12, "{basis:?}");
        assert!((basis[(0, 0)] - basis[(1, 0)]).abs() < 1e-12);
    }

    #[test]
    fn with_all_neighbours_the_fit_is_the_dense_solution() {
        // Two items of edlae.rs: B[0, 1] = 2/7, B[1, 0] = 2/9.
        let counts = mat![[3.0, 2.0], [2.0, 4.0]];
        let dense = mat![[0.0, 2.0 / 7.0], [2.0 / 9.0, 0.0]];
        let model = Compact { counts: &counts, penalty: &[4.0, 5.0], dense: &dense, shrinkage: 1.0 };
        let shape = Shape { dimensions: 0, neighbours: 1, bits: 8, next: 0 };
        let (table, low_rank) = model.fit(shape).expect("fits");
        assert!(low_rank.is_none());
        for (target, expected) in [(0, 2.0 / 9.0), (1, 2.0 / 7.0)] {
            let weight = f64::from(table.rows.row(target)[0].weight) * f64::from(table.scales[target]);
            assert!((weight - expected).abs() < expected / 200.0, "{table:?}");
        }
    }
}
