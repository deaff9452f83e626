use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::reborrow::IntoConst;
use faer::{Accum, Mat, MatMut, Par, Side};
use rayon::prelude::*;

/// From so many rows on a matrix is worked on in blocks of rows.
const TALL: usize = 1 << 17;
/// How many rows a block has.
const BLOCK: usize = 1 << 12;
/// After the first pass the columns' products may be this far from those of an orthonormal basis for the second one to mend it.
const NEAR: f64 = 0.5;

/// An orthonormal basis of what the columns span.
///
/// A tall matrix goes through Cholesky QR twice (T. Fukaya et al., "CholeskyQR2: a simple and communication-avoiding algorithm for computing a
/// tall-skinny QR factorization on a large-scale parallel system", ScalA 2014): its blocks of rows are worked on apart from each other, where
/// Householder's reflections go over all of a column at a time and let threads wait for each other. What is too near to a lower rank for that,
/// and what is not tall, is left to those reflections.
pub(super) fn orthonormal(space: Mat<f64>) -> Mat<f64> {
    if space.nrows() < TALL {
        reflected(&space)
    } else {
        in_blocks(&space, BLOCK).unwrap_or_else(|| reflected(&space))
    }
}

fn reflected(space: &Mat<f64>) -> Mat<f64> {
    space.qr().compute_thin_Q()
}

fn in_blocks(space: &Mat<f64>, block: usize) -> Option<Mat<f64>> {
    let mut basis = space.clone();
    for pass in 0..2 {
        let products = products(&mut basis, block);
        if pass > 0 && !near_identity(&products) {
            return None;
        }
        let factor = products.llt(Side::Lower).ok()?;
        // Each row q of the basis has L q = r, r being that row before.
        let solve = |rows: MatMut<'_, f64>| {
            solve_lower_triangular_in_place(factor.L(), rows.transpose_mut(), Par::Seq);
        };
        blocks(&mut basis, block).into_par_iter().for_each(solve);
    }
    Some(basis)
}

/// What the columns' products with each other are, added up in the order of the blocks.
fn products(matrix: &mut Mat<f64>, block: usize) -> Mat<f64> {
    let width = matrix.ncols();
    let of_block = |rows: MatMut<'_, f64>| {
        let mut products = Mat::zeros(width, width);
        let rows = rows.into_const();
        matmul(&mut products, Accum::Replace, rows.transpose(), rows, 1.0, Par::Seq);
        products
    };
    let parts: Vec<Mat<f64>> = blocks(matrix, block).into_par_iter().map(of_block).collect();
    parts.into_iter().fold(Mat::zeros(width, width), |sum, part| sum + part)
}

fn near_identity(products: &Mat<f64>) -> bool {
    let off =
        |row: usize, column: usize| (products[(row, column)] - f64::from(u8::from(row == column))).abs();
    let width = products.ncols();
    (0..width).all(|column| (0..width).map(|row| off(row, column)).sum::<f64>() < NEAR)
}

/// Blocks of so many rows, to share out among threads.
fn blocks(matrix: &mut Mat<f64>, block: usize) -> Vec<MatMut<'_, f64>> {
    let mut rest = matrix.as_mut();
    let mut blocks = Vec::new();
    while rest.nrows() > block {
        let (first, others) = rest.split_at_row_mut(block);
        blocks.push(first);
        rest = others;
    }
    blocks.push(rest);
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of sines of very different sizes, the last of which is the first but for so much.
    fn space(rows: usize, apart: f64) -> Mat<f64> {
        let sine = |row: usize, column: usize| ((row + 1) as f64 * (1.3 + column as f64)).sin();
        Mat::from_fn(rows, 5, |row, column| match column {
            4 => sine(row, 0) + apart * sine(row, 4),
            _ => sine(row, column) * 100.0_f64.powi(column as i32),
        })
    }

    fn is_basis_of(basis: &Mat<f64>, space: &Mat<f64>) {
        let products = basis.transpose() * basis;
        let rest = space - basis * (basis.transpose() * space);
        for column in 0..5 {
            for row in 0..5 {
                let expected = f64::from(u8::from(row == column));
                assert!((products[(row, column)] - expected).abs() < 1e-13, "{products:?}");
            }
            let (rest, whole) = (rest.col(column).norm_l2(), space.col(column).norm_l2());
            assert!(rest <= 1e-12 * whole, "{rest} of {whole} is not spanned");
        }
    }

    #[test]
    fn blocks_come_to_a_basis_of_the_same_space() {
        for (rows, block) in [(5, 100), (100, 7), (1000, 100), (1001, 1000)] {
            let space = space(rows, 1e-3);
            is_basis_of(&in_blocks(&space, block).expect("is far from a lower rank"), &space);
        }
    }

    #[test]
    fn what_is_too_near_to_a_lower_rank_is_left_to_reflections() {
        for apart in [0.0, 1e-12] {
            assert!(in_blocks(&space(1000, apart), 100).is_none());
        }
        let mut tall = space(TALL, 0.0);
        let basis = orthonormal(tall.clone());
        tall.col_mut(4).fill(0.0);
        is_basis_of(&basis, &tall);
    }
}
