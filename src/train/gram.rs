use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use faer::{ColMut, Mat};
use rayon::prelude::*;

use super::counts::Counts;
use super::submatrices::Submatrices;
use super::sums::{keep_strongest, sparse_sums};
use crate::columns::Rows;

/// `G = XᵀX` over the viewers' binary rows: how many viewers have both items, for every pair. It is not written out, unless
/// [`Gram::dense`] is asked for; what is needed of it comes from who has what, or from counts.
pub(super) struct Gram {
    source: Source,
    /// The diagonal.
    own: Vec<u32>,
    viewers: u64,
}

enum Source {
    Histories {
        /// Each viewer's items, ascending.
        by_viewer: Rows<u32>,
        /// Each item's viewers, ascending.
        by_item: Rows<u32>,
    },
    Counts(Counts),
}

/// How many rows and columns of the dense matrix fit into a cache.
const SQUARE: usize = 64;

impl Gram {
    pub(super) fn new(by_viewer: Rows<u32>, items: usize) -> Self {
        let viewers = (0_u32..).zip(by_viewer.iter());
        let entries = viewers.flat_map(|(viewer, row)| row.iter().map(move |&item| (item as usize, viewer)));
        let by_item = Rows::grouped(items, entries);
        Gram {
            own: by_item.iter().map(|viewers| viewers.len() as u32).collect(),
            viewers: by_viewer.len() as u64,
            source: Source::Histories { by_viewer, by_item },
        }
    }

    pub(super) fn of_counts(counts: Counts) -> Self {
        Gram { own: counts.popularity(), viewers: counts.viewers(), source: Source::Counts(counts) }
    }

    pub(super) fn items(&self) -> usize {
        self.own.len()
    }

    pub(super) fn viewers(&self) -> u64 {
        self.viewers
    }

    /// Each viewer's items, ascending; nobody's where only counts are known.
    pub(super) fn by_viewer(&self) -> &Rows<u32> {
        static NOBODY: LazyLock<Rows<u32>> = LazyLock::new(Rows::default);
        match &self.source {
            Source::Histories { by_viewer, .. } => by_viewer,
            Source::Counts(_) => &NOBODY,
        }
    }

    /// Hashes what the counts come from.
    pub(super) fn hash_source(&self, hasher: &mut impl Hasher) {
        match &self.source {
            Source::Histories { by_viewer, .. } => by_viewer.iter().for_each(|row| row.hash(hasher)),
            Source::Counts(counts) => counts.hash_rows(hasher),
        }
    }

    /// The diagonal: how many viewers have an item.
    pub(super) fn count(&self, item: usize) -> f64 {
        f64::from(self.own[item])
    }

    /// All of it. Counts are whole numbers, exact up to 2²⁴.
    pub(super) fn dense(&self) -> Mat<f32> {
        let items = self.items();
        let mut dense = Mat::zeros(items, items);
        columns_of(&mut dense).into_par_iter().enumerate().for_each(|(item, mut column)| {
            self.with_earlier(item, |other, count| column[other] += count);
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
    /// target itself left out. Of counts it is empty.
    pub(super) fn column(&self, target: usize, share: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
        let Source::Histories { by_viewer, by_item } = &self.source else { return Vec::new() };
        let mut column = sparse_sums(self.items(), |sums| {
            for &viewer in by_item.row(target) {
                let share = share(viewer as usize);
                by_viewer.row(viewer as usize).iter().for_each(|&item| sums.add(item as usize, share));
            }
        });
        column.retain(|&(item, _)| item != target);
        column
    }

    /// Of each of these targets' columns the items with the highest scores, ascending, the target itself left out. `score` is told
    /// the item and its count.
    pub(super) fn strongest(
        &self,
        targets: &[usize],
        most: usize,
        score: impl Fn(usize, f64) -> f64 + Sync,
    ) -> Vec<Vec<u32>> {
        let of_column = |mut column: Vec<(usize, f64)>| {
            keep_strongest(&mut column, most);
            // By reference, or they would stay in the memory that the whole column has taken.
            column.iter().map(|&(item, _)| item as u32).collect()
        };
        let Source::Counts(counts) = &self.source else {
            let of_target = |&target: &usize| {
                let mut column = self.column(target, |_| 1.0);
                column.iter_mut().for_each(|(item, count)| *count = score(*item, *count));
                of_column(column)
            };
            return targets.par_iter().map(of_target).collect();
        };
        // A column is a row and what later rows have in it: all rows are gone through for as many targets as a thread gets.
        let share = targets.len().div_ceil(rayon::current_num_threads()).max(1);
        let of_targets = |targets: &[usize]| -> Vec<Vec<u32>> {
            let mut places = vec![None; self.items()];
            targets.iter().enumerate().for_each(|(place, &target)| places[target] = Some(place));
            let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); targets.len()];
            let mut offer = |target: usize, item: usize, count: u32| {
                let Some(place) = places[target] else { return };
                columns[place].push((item, score(item, f64::from(count))));
                if columns[place].len() >= 4 * most.max(1) {
                    keep_strongest(&mut columns[place], most);
                }
            };
            for item in 0..self.items() {
                for (other, count) in counts.row(item) {
                    offer(item, other as usize, count);
                    offer(other as usize, item, count);
                }
            }
            columns.into_iter().map(of_column).collect()
        };
        targets.par_chunks(share).flat_map_iter(of_targets).collect()
    }

    /// The rows and columns of each of these sets of items, which are ascending.
    pub(super) fn among(&self, sets: Vec<Vec<u32>>) -> Submatrices {
        Submatrices::new(self.items(), sets, |item, row| {
            self.with_earlier(item, |other, count| row.add(other, count));
        })
    }

    /// The counts of an item with those before it, ascending.
    pub(super) fn earlier(&self, item: usize) -> Vec<(u32, u32)> {
        let mut row = sparse_sums(self.items(), |sums| {
            self.with_earlier(item, |other, count| sums.add(other, f64::from(count)));
        });
        row.retain(|&(other, _)| other != item);
        row.sort_unstable_by_key(|&(other, _)| other);
        row.into_iter().map(|(other, count)| (other as u32, count as u32)).collect()
    }

    /// Calls `add` with counts of an item with itself and with those before it, in parts that add up.
    fn with_earlier(&self, item: usize, mut add: impl FnMut(usize, f32)) {
        match &self.source {
            Source::Histories { by_viewer, by_item } => {
                for &viewer in by_item.row(item) {
                    for &other in by_viewer.row(viewer as usize) {
                        if other as usize > item {
                            break;
                        }
                        add(other as usize, 1.0);
                    }
                }
            }
            Source::Counts(counts) => {
                add(item, self.own[item] as f32);
                counts.row(item).for_each(|(other, count)| add(other as usize, count as f32));
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
        let counts = match &self.source {
            Source::Counts(counts) => counts,
            Source::Histories { by_viewer, by_item } => {
                let rows = (0..self.items()).flat_map(|item| (0..width).map(move |column| (item, column)));
                let of_items: Vec<T> = rows.map(|place| narrow(matrix[place])).collect();
                let of_viewers = row_sums(by_viewer, &of_items, width, narrow, &widen);
                let of_items = row_sums(by_item, &of_viewers, width, narrow, &widen);
                return Mat::from_fn(self.items(), width, |item, column| {
                    widen(of_items[item * width + column])
                });
            }
        };
        let mut product = Mat::zeros(self.items(), width);
        columns_of(&mut product).into_par_iter().enumerate().for_each(|(column, mut product)| {
            let values = matrix.col(column);
            for item in 0..self.items() {
                let mut sum = self.count(item) * values[item];
                for (other, count) in counts.row(item) {
                    let (other, count) = (other as usize, f64::from(count));
                    sum += count * values[other];
                    product[other] += count * values[item];
                }
                product[item] += sum;
            }
        });
        product
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

/// A matrix' columns, to share out among threads. faer's own iterator is there only where faer has threads, which it has not everywhere
/// where rayon works.
pub(super) fn columns_of<T>(matrix: &mut Mat<T>) -> Vec<ColMut<'_, T>> {
    matrix.col_iter_mut().collect()
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
        let among = gram.among(vec![vec![0, 1, 2, 3], vec![1, 3]]);
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
