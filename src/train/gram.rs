use std::cell::RefCell;

use faer::Mat;
use rayon::prelude::*;

use super::submatrices::Submatrices;
use crate::columns::Rows;

/// `G = XᵀX` over the viewers' binary rows: how many viewers have both items, for every pair. It is not written out, unless
/// [`Gram::dense`] is asked for; what is needed of it comes from who has what.
pub(super) struct Gram {
    /// Each viewer's items, ascending.
    by_viewer: Rows<u32>,
    /// Each item's viewers, ascending.
    by_item: Rows<u32>,
}

/// How many rows and columns of the dense matrix fit into a cache.
const SQUARE: usize = 64;

thread_local! {
    /// All zeros between two uses.
    static SUMS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

impl Gram {
    pub(super) fn new(by_viewer: Rows<u32>, items: usize) -> Self {
        let viewers = (0_u32..).zip(by_viewer.iter());
        let entries = viewers.flat_map(|(viewer, row)| row.iter().map(move |&item| (item as usize, viewer)));
        Gram { by_item: Rows::grouped(items, entries), by_viewer }
    }

    pub(super) fn items(&self) -> usize {
        self.by_item.len()
    }

    /// Each viewer's items, ascending.
    pub(super) fn by_viewer(&self) -> &Rows<u32> {
        &self.by_viewer
    }

    /// The diagonal: how many viewers have an item.
    pub(super) fn count(&self, item: usize) -> f64 {
        self.by_item.row(item).len() as f64
    }

    /// All of it. Counts are whole numbers, exact up to 2²⁴.
    pub(super) fn dense(&self) -> Mat<f32> {
        let items = self.items();
        let mut dense = Mat::zeros(items, items);
        dense.par_col_iter_mut().enumerate().for_each(|(item, mut column)| {
            self.with_earlier(item, |other| column[other] += 1.0);
        });
        // Square by square, or every step of one of the two sides would be in another page of memory.
        let squares = || (0..items).step_by(SQUARE);
        for (columns, rows) in squares().flat_map(|columns| squares().map(move |rows| (columns, rows))) {
            for column in columns..(columns + SQUARE).min(items) {
                for row in rows.max(column + 1)..(rows + SQUARE).min(items) {
                    dense[(row, column)] = dense[(column, row)];
                }
            }
        }
        dense
    }

    /// One column, each viewer counting as much as `share` says: the items that somebody has with the target, in no order, the
    /// target itself left out.
    pub(super) fn column(&self, target: usize, share: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
        SUMS.with_borrow_mut(|sums| {
            sums.resize(self.items().max(sums.len()), 0.0);
            let mut touched = Vec::new();
            for &viewer in self.by_item.row(target) {
                let share = share(viewer as usize);
                for &item in self.by_viewer.row(viewer as usize) {
                    let sum = &mut sums[item as usize];
                    if *sum == 0.0 {
                        touched.push(item as usize);
                    }
                    *sum += share;
                }
            }
            sums[target] = 0.0;
            // What nobody's share has added to may be there more than once, and is nothing.
            let take = |item: usize| (item, std::mem::take(&mut sums[item]));
            touched.into_iter().map(take).filter(|&(_, sum)| sum != 0.0).collect()
        })
    }

    /// The rows and columns of each of these sets of items, which are ascending.
    pub(super) fn among<'a>(&self, sets: &'a [Vec<u32>]) -> Submatrices<'a> {
        Submatrices::new(self.items(), sets, |item, row| self.with_earlier(item, |other| row[other] += 1.0))
    }

    /// Calls `add` with every item up to this one, once for each viewer who has both.
    fn with_earlier(&self, item: usize, mut add: impl FnMut(usize)) {
        for &viewer in self.by_item.row(item) {
            for &other in self.by_viewer.row(viewer as usize) {
                if other as usize > item {
                    break;
                }
                add(other as usize);
            }
        }
    }

    /// `G` times a matrix with a row for each item.
    pub(super) fn times(&self, matrix: &Mat<f64>) -> Mat<f64> {
        self.sums_by_item(&self.sums_by_viewer(matrix))
    }

    /// `X` times a matrix with a row for each item; transposed, so that a viewer's sums are side by side.
    fn sums_by_viewer(&self, matrix: &Mat<f64>) -> Mat<f64> {
        row_sums(&self.by_viewer, &matrix.transpose().to_owned())
    }

    /// `Xᵀ` times a matrix with a column for each viewer.
    fn sums_by_item(&self, matrix: &Mat<f64>) -> Mat<f64> {
        row_sums(&self.by_item, matrix).transpose().to_owned()
    }
}

/// Column `r` of the result is the sum of the columns that row `r` names.
fn row_sums(rows: &Rows<u32>, columns: &Mat<f64>) -> Mat<f64> {
    let mut sums = Mat::zeros(columns.nrows(), rows.len());
    sums.par_col_iter_mut().enumerate().for_each(|(row, mut sum)| {
        for &column in rows.row(row) {
            sum += columns.col(column as usize);
        }
    });
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_ask_agree() {
        let mut by_viewer = Rows::default();
        for row in [&[0, 1][..], &[0, 1, 3], &[0], &[1, 3], &[1]] {
            by_viewer.push(row.iter().copied());
        }
        let gram = Gram::new(by_viewer, 4);
        let expected = [[3.0, 2.0, 0.0, 1.0], [2.0, 4.0, 0.0, 2.0], [0.0; 4], [1.0, 2.0, 0.0, 2.0]];
        let dense = gram.dense();
        let sets = [vec![0, 1, 2, 3], vec![1, 3]];
        let among = gram.among(&sets);
        let times = gram.times(&Mat::identity(4, 4));
        for (row, values) in expected.iter().enumerate() {
            assert_eq!(gram.count(row), values[row]);
            for (column, &value) in values.iter().enumerate() {
                assert_eq!(f64::from(dense[(row, column)]), value);
                assert_eq!((among.matrix(0)[(row, column)], times[(row, column)]), (value, value));
            }
        }
        assert_eq!(among.matrix(1)[(0, 1)], 2.0);
        let column = |target, share: &dyn Fn(usize) -> f64| {
            let mut column = gram.column(target, share);
            column.sort_by_key(|&(item, _)| item);
            column
        };
        assert_eq!(column(3, &|_| 1.0), [(0, 1.0), (1, 2.0)]);
        assert_eq!(column(0, &|viewer| if viewer == 1 { 0.5 } else { 2.0 }), [(1, 2.5), (3, 0.5)]);
        assert_eq!(column(0, &|viewer| if viewer == 1 { 0.5 } else { 0.0 }), [(1, 0.5), (3, 0.5)]);
    }
}
