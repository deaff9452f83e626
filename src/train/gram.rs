use faer::Mat;
use rayon::prelude::*;

use crate::columns::Rows;

/// `G = XᵀX` over the viewers' binary rows: how many viewers have both items, for every pair. It is not written out, unless
/// [`Gram::dense`] is asked for; what is needed of it comes from who has what.
pub(super) struct Gram {
    /// Each viewer's items, ascending.
    by_viewer: Rows<u32>,
    /// Each item's viewers, ascending.
    by_item: Rows<u32>,
}

impl Gram {
    pub(super) fn new(by_viewer: Rows<u32>, items: usize) -> Self {
        let mut viewers_of = vec![Vec::new(); items];
        for (viewer, row) in by_viewer.iter().enumerate() {
            row.iter().for_each(|&item| viewers_of[item as usize].push(viewer as u32));
        }
        let mut by_item = Rows::default();
        viewers_of.into_iter().for_each(|viewers| by_item.push(viewers));
        Gram { by_viewer, by_item }
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
        dense.par_col_iter_mut().enumerate().for_each(|(target, mut column)| {
            for &item in self.rows_with(target).flat_map(|(_, row)| row) {
                column[item as usize] += 1.0;
            }
        });
        dense
    }

    /// One column, each viewer counting as much as `share` says: the items that somebody has with the target, ascending, the
    /// target itself left out.
    pub(super) fn column(&self, target: usize, share: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
        let mut sums = vec![0.0; self.items()];
        for (viewer, row) in self.rows_with(target) {
            let share = share(viewer);
            row.iter().for_each(|&item| sums[item as usize] += share);
        }
        sums[target] = 0.0;
        sums.into_iter().enumerate().filter(|&(_, sum)| sum != 0.0).collect()
    }

    /// The rows and columns of these items.
    pub(super) fn among(&self, items: &[usize]) -> Mat<f64> {
        let mut having: Vec<(u32, u32)> = (items.iter().zip(0..))
            .flat_map(|(&item, place)| self.by_item.row(item).iter().map(move |&viewer| (viewer, place)))
            .collect();
        having.sort_unstable();
        let mut counts = Mat::zeros(items.len(), items.len());
        for of_viewer in having.chunk_by(|a, b| a.0 == b.0) {
            for &(_, a) in of_viewer {
                of_viewer.iter().for_each(|&(_, b)| counts[(b as usize, a as usize)] += 1.0);
            }
        }
        counts
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

    fn rows_with(&self, item: usize) -> impl Iterator<Item = (usize, &[u32])> {
        let viewers = self.by_item.row(item).iter();
        viewers.map(|&viewer| (viewer as usize, self.by_viewer.row(viewer as usize)))
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
        let among = gram.among(&[0, 1, 2, 3]);
        let times = gram.times(&Mat::identity(4, 4));
        for (row, values) in expected.iter().enumerate() {
            assert_eq!(gram.count(row), values[row]);
            for (column, &value) in values.iter().enumerate() {
                assert_eq!(f64::from(dense[(row, column)]), value);
                assert_eq!((among[(row, column)], times[(row, column)]), (value, value));
            }
        }
        assert_eq!(gram.column(3, |_| 1.0), [(0, 1.0), (1, 2.0)]);
        assert_eq!(gram.column(0, |viewer| if viewer == 1 { 0.5 } else { 2.0 }), [(1, 2.5), (3, 0.5)]);
        assert_eq!(gram.among(&[3, 1])[(0, 1)], 2.0);
    }
}
