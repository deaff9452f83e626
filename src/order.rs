//! One way to sort, for everything that a page sorts: a merge sort that starts from short runs. The standard library's sorts would be a
//! tenth of what a page downloads, since there is a copy of them for each type.

/// So many values are sorted by insertion.
const RUN: usize = 16;

/// Ascending.
pub(crate) fn sort(values: &mut [u32]) {
    merge_sort(values, |value| *value);
}

/// Ascending by a number; of equal ones the first stays the first.
pub(crate) fn sort_by_key<T: Copy>(values: &mut [T], key: impl Fn(&T) -> i64) {
    let mut keys: Vec<(i64, usize)> = values.iter().map(key).zip(0..).collect();
    merge_sort(&mut keys, |&(key, _)| key);
    let before = values.to_vec();
    values.iter_mut().zip(keys).for_each(|(value, (_, place))| *value = before[place]);
}

fn merge_sort<T: Copy, K: PartialOrd>(values: &mut [T], key: impl Fn(&T) -> K) {
    for run in values.chunks_mut(RUN) {
        for end in 1..run.len() {
            let value = run[end];
            let mut place = end;
            while place > 0 && key(&value) < key(&run[place - 1]) {
                run[place] = run[place - 1];
                place -= 1;
            }
            run[place] = value;
        }
    }
    if values.len() <= RUN {
        return;
    }
    let mut merged = values.to_vec();
    let mut length = RUN;
    while length < values.len() {
        for (pair, into) in values.chunks(2 * length).zip(merged.chunks_mut(2 * length)) {
            let (mut left, mut right) = pair.split_at(length.min(pair.len()));
            for place in into {
                let from = match (left, right) {
                    ([first, ..], [second, ..]) if key(second) < key(first) => &mut right,
                    ([], _) => &mut right,
                    _ => &mut left,
                };
                if let [first, rest @ ..] = *from {
                    *place = *first;
                    *from = rest;
                }
            }
        }
        values.copy_from_slice(&merged);
        length *= 2;
    }
}

/// A number that is ordered as a [`f64`] is by its `total_cmp`.
pub(crate) fn total(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(values in prop::collection::vec((-20..20_i64, any::<u32>()), 0..200)) {
            let (mut ours, mut theirs) = (values.clone(), values.clone());
            sort_by_key(&mut ours, |value| value.0);
            theirs.sort_by_key(|value| value.0);
            prop_assert_eq!(ours, theirs);
            let mut ours: Vec<u32> = values.iter().map(|value| value.1).collect();
            let mut theirs = ours.clone();
            sort(&mut ours);
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn totals_are_ordered_as_the_numbers(a: f64, b: f64) {
            prop_assert_eq!(total(a).cmp(&total(b)), a.total_cmp(&b));
        }
    }
}
