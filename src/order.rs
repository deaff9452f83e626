//! One way to sort, for everything that a page sorts: a merge sort that starts from short runs. The standard library's sorts would be a
//! tenth of what a page downloads, since there is a copy of them for each type; this one's copies are small.

/// So many values are sorted by insertion.
const RUN: usize = 16;

/// Ascending.
pub(crate) fn sort<T: Copy + PartialOrd>(values: &mut [T]) {
    sort_by(values, |a, b| a < b);
}

/// In the order that `before` gives; what is before neither of the other stays as it is.
pub(crate) fn sort_by<T: Copy>(values: &mut [T], before: impl Fn(&T, &T) -> bool) {
    for run in values.chunks_mut(RUN) {
        for end in 1..run.len() {
            let value = run[end];
            let mut place = end;
            while place > 0 && before(&value, &run[place - 1]) {
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
                    ([first, ..], [second, ..]) if before(second, first) => &mut right,
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
        fn it_sorts_as_the_standard_library_does(values in prop::collection::vec((0..50_u32, any::<u32>()), 0..200)) {
            let (mut ours, mut theirs) = (values.clone(), values.clone());
            sort_by(&mut ours, |a, b| a.0 < b.0);
            theirs.sort_by_key(|value| value.0);
            prop_assert_eq!(&ours, &theirs);
            sort(&mut ours);
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn totals_are_ordered_as_the_numbers(a: f64, b: f64) {
            prop_assert_eq!(total(a).cmp(&total(b)), a.total_cmp(&b));
        }
    }
}
