use faer::Mat;
use rayon::prelude::*;

use super::submatrices::Submatrices;
use super::sums::sparse_sums;
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
        let mut column = sparse_sums(self.items(), |sums| {
            for &viewer in self.by_item.row(target) {
                let share = share(viewer as usize);
                self.by_viewer.row(viewer as usize).iter().for_each(|&item| sums.add(item as usize, share));
            }
        });
        column.retain(|&(item, _)| item != target);
        column
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

    /// `G` times a matrix with a row for each item. Of more than one column single precision is enough, since they are for what is
    /// kept in steps; it halves what has to come from memory, which is what this takes its time for.
    pub(super) fn times(&self, matrix: &Mat<f64>) -> Mat<f64> {
        if matrix.ncols() == 1 {
            self.times_in(matrix, |value| value, |value| value)
        } else {
            self.times_in(matrix, |value| value as f32, f64::from)
        }
    }

    fn times_in<T: Copy + Default + Send + Sync>(
        &self,
        matrix: &Mat<f64>,
        narrow: fn(f64) -> T,
        widen: impl Fn(T) -> f64 + Sync,
    ) -> Mat<f64> {
        let width = matrix.ncols();
        let rows = (0..self.items()).flat_map(|item| (0..width).map(move |column| (item, column)));
        let by_item: Vec<T> = rows.map(|place| narrow(matrix[place])).collect();
        let by_viewer = row_sums(&self.by_viewer, &by_item, width, narrow, &widen);
        let by_item = row_sums(&self.by_item, &by_viewer, width, narrow, &widen);
        Mat::from_fn(self.items(), width, |item, column| widen(by_item[item * width + column]))
    }
}

/// Row `r` of the result, `width` values, is the sum of those rows that row `r` of `rows` names.
fn row_sums<T: Copy + Default + Send + Sync>(
    rows: &Rows<u32>,
    values: &[T],
    width: usize,
    narrow: fn(f64) -> T,
    widen: &(impl Fn(T) -> f64 + Sync),
) -> Vec<T> {
    let mut sums = vec![T::default(); rows.len() * width];
    let add_up = |total: &mut Vec<f64>, (row, sums): (usize, &mut [T])| {
        total.fill(0.0);
        for &named in rows.row(row) {
            let values = &values[named as usize * width..][..width];
            total.iter_mut().zip(values).for_each(|(total, &value)| *total += widen(value));
        }
        sums.iter_mut().zip(&*total).for_each(|(sum, &total)| *sum = narrow(total));
    };
    sums.par_chunks_mut(width.max(1)).enumerate().for_each_init(|| vec![0.0; width], add_up);
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
