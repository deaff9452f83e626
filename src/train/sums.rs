use std::cell::RefCell;
use std::ops::AddAssign;

/// What there is of some items for one target.
pub(super) type Sources = Vec<(usize, f64)>;

thread_local! {
    /// All zeros between two uses: to make or to clear a list of all items for each of them would take longer than what is added.
    static SUMS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// Sums by item, of which most are 0.
pub(super) struct Sums<'a, T = f64> {
    sums: &'a mut [T],
    touched: Vec<usize>,
}

impl<'a, T: Copy + Default + PartialEq + AddAssign> Sums<'a, T> {
    /// For sums that are all 0.
    pub(super) fn new(sums: &'a mut [T]) -> Self {
        Sums { sums, touched: Vec::new() }
    }

    /// Adds to an item's sum.
    #[inline]
    pub(super) fn add(&mut self, item: usize, value: T) {
        let sum = &mut self.sums[item];
        if *sum == T::default() {
            self.touched.push(item);
        }
        *sum += value;
    }

    /// An item's sum.
    pub(super) fn of(&self, item: usize) -> T {
        self.sums[item]
    }

    /// Makes all of them 0 again, in as much time as it took to add them up.
    pub(super) fn clear(&mut self) {
        self.touched.drain(..).for_each(|item| self.sums[item] = T::default());
    }
}

/// The sums that `fill` adds up, of items below `items`: those that are not 0, in no order. It must not ask for others.
pub(super) fn sparse_sums(items: usize, fill: impl FnOnce(&mut Sums)) -> Sources {
    SUMS.with_borrow_mut(|all| {
        all.resize(items.max(all.len()), 0.0);
        let mut sums = Sums::new(all);
        fill(&mut sums);
        let Sums { sums, touched } = sums;
        // What was 0 again is there more than once, and is 0 the second time.
        let taken = touched.into_iter().map(|item| (item, std::mem::take(&mut sums[item])));
        taken.filter(|&(_, sum)| sum != 0.0).collect()
    })
}

/// Leaves the largest values, of equal ones the earlier item's, in the order of the items.
pub(super) fn keep_strongest(values: &mut Sources, most: usize) {
    if values.len() > most {
        values.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        values.truncate(most);
    }
    values.sort_unstable_by_key(|&(item, _)| item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_add_up_and_leave_nothing() {
        for _ in 0..2 {
            let mut sums = sparse_sums(5, |sums| {
                [(3, 1.0), (1, 0.0), (4, 2.0), (3, 0.5), (1, 0.0), (0, 1.0), (0, -1.0), (0, 3.0)]
                    .into_iter()
                    .for_each(|(item, value)| sums.add(item, value));
            });
            sums.sort_by_key(|&(item, _)| item);
            assert_eq!(sums, [(0, 3.0), (3, 1.5), (4, 2.0)]);
        }
    }

    #[test]
    fn cleared_they_are_all_0_again() {
        let mut all = [0.0_f32; 4];
        let mut sums = Sums::new(&mut all);
        for value in [1.0, 2.0] {
            [1, 3, 1].into_iter().for_each(|item| sums.add(item, value));
            assert_eq!([0, 1, 2, 3].map(|item| sums.of(item)), [0.0, 2.0 * value, 0.0, value]);
            sums.clear();
            assert_eq!([0, 1, 2, 3].map(|item| sums.of(item)), [0.0; 4]);
        }
    }
}
