use std::sync::atomic::{AtomicU32, Ordering};

use faer::Mat;
use rayon::prelude::*;

use super::sums::Sums;
use crate::columns::Rows;

/// Submatrices of a large symmetric matrix that is never written out: for each of many sets of items, its rows and columns.
///
/// Each row of the large matrix is made once and serves all the sets that have its item; only the half up to the diagonal is
/// asked for and kept.
pub(super) struct Submatrices {
    sets: Vec<Vec<u32>>,
    /// Where each set's lower triangle begins in `values`, row after row; and at last where they end.
    starts: Vec<usize>,
    /// The bits of `f32`s. Each is written by one thread only: atomic for that to be known without locks.
    values: Vec<AtomicU32>,
}

/// The memory that the submatrix of a set of so many items takes.
pub(super) fn submatrix_bytes(items: usize) -> usize {
    items * (items + 1) / 2 * size_of::<f32>()
}

impl Submatrices {
    /// Each set is ascending, of items below `items`. `add_row(item, row)` adds up the entries of the item's row up to the diagonal, which
    /// are all 0 at first.
    pub(super) fn new(
        items: usize,
        sets: Vec<Vec<u32>>,
        add_row: impl Fn(usize, &mut Sums<f32>) + Sync,
    ) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for set in &sets {
            end += submatrix_bytes(set.len()) / size_of::<f32>();
            starts.push(end);
        }
        let values: Vec<AtomicU32> =
            (0..end).into_par_iter().with_min_len(1 << 16).map(|_| AtomicU32::new(0)).collect();
        let having = sets_with(items, &sets);
        (0..items).into_par_iter().for_each_init(
            || vec![0.0; items],
            |row, item| {
                let having = having.row(item);
                if having.is_empty() {
                    return;
                }
                // Of a million items a row has a few hundred: to make all of it 0 again would take far longer.
                let mut row = Sums::new(&mut row[..=item]);
                add_row(item, &mut row);
                for &(set, place) in having {
                    let (first, place) = (starts[set as usize], place as usize);
                    let out = &values[first + triangle(place)..][..=place];
                    for (out, &other) in out.iter().zip(&sets[set as usize]) {
                        out.store(row.of(other as usize).to_bits(), Ordering::Relaxed);
                    }
                }
                row.clear();
            },
        );
        Submatrices { sets, starts, values }
    }

    /// The items of a set.
    pub(super) fn set(&self, set: usize) -> &[u32] {
        &self.sets[set]
    }

    /// The whole of a set's submatrix, in the order of the set.
    pub(super) fn matrix(&self, set: usize) -> Mat<f64> {
        let size = self.sets[set].len();
        let value = |row: usize, column: usize| {
            let bits = self.values[self.starts[set] + triangle(row) + column].load(Ordering::Relaxed);
            f64::from(f32::from_bits(bits))
        };
        Mat::from_fn(size, size, |row, column| value(row.max(column), row.min(column)))
    }
}

/// Where row `row` of a lower triangle begins.
fn triangle(row: usize) -> usize {
    row * (row + 1) / 2
}

/// By item: the sets that have it, and its place in each.
fn sets_with(items: usize, sets: &[Vec<u32>]) -> Rows<(u32, u32)> {
    let entries = (sets.iter().zip(0_u32..)).flat_map(|(set, number)| {
        set.iter().zip(0_u32..).map(move |(&item, place)| (item as usize, (number, place)))
    });
    Rows::grouped(items, entries)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_those_of_the_matrix(
            sets in prop::collection::vec(prop::collection::btree_set(0_u32..30, 0..12), 0..20)
        ) {
            let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let entry = |a: u32, b: u32| f64::from(a.min(b) * 100 + a.max(b));
            let found = Submatrices::new(30, sets.clone(), |item, row| {
                for other in 0..=item {
                    assert_eq!(row.of(other), 0.0);
                    row.add(other, entry(item as u32, other as u32) as f32);
                }
            });
            for (number, set) in sets.iter().enumerate() {
                let matrix = found.matrix(number);
                prop_assert_eq!((matrix.nrows(), matrix.ncols()), (set.len(), set.len()));
                for (row, &a) in set.iter().enumerate() {
                    for (column, &b) in set.iter().enumerate() {
                        prop_assert_eq!(matrix[(row, column)], entry(a, b));
                    }
                }
            }
        }
    }
}
