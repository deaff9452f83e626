use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::catalog::ItemIndex;
use crate::score::SCORE_ONE;

/// An item and its blended score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// The item.
    pub item: ItemIndex,
    /// The sum over the scorers of weight times score; see [`score_to_f64`].
    pub score: i64,
    /// What it is chosen by, from 0.
    pub choice: f64,
    /// What those that are chosen together are put in order by: the score, or what [`super::Rotation`] leaves of it.
    pub order: f64,
}

impl Ranked {
    /// An item in the order of its score, that nothing has chosen yet.
    pub fn new(item: ItemIndex, score: i64) -> Self {
        Ranked { item, score, choice: 0.0, order: score_to_f64(score) }
    }

    /// The larger choice is the greater, then what is first in order, then the item that comes first in the catalog.
    fn by_choice(&self, other: &Self) -> Ordering {
        let by_order = || self.order.total_cmp(&other.order).then(other.item.cmp(&self.item));
        self.choice.total_cmp(&other.choice).then_with(by_order)
    }
}

/// A score of [`Ranked`], or one scorer's part of it, as a number: exact, so that the parts of a score add up to it.
pub fn score_to_f64(score: i64) -> f64 {
    let one = f64::from(SCORE_ONE);
    score as f64 / (one * one)
}

/// The `limit` first choices of the items that `allows` lets pass; of equal ones the first in order comes first, and of these
/// the item that comes first in the catalog. `choice` says what an item is chosen by, `rank` that and the rest.
pub(super) fn top(
    items: usize,
    limit: usize,
    choice: impl Fn(ItemIndex) -> f64,
    rank: impl Fn(ItemIndex) -> Ranked,
    allows: impl Fn(ItemIndex) -> bool,
) -> Vec<Ranked> {
    // The worst of the best so far is on top of the heap, to be thrown out first.
    let mut best: BinaryHeap<Reverse<Candidate>> = BinaryHeap::with_capacity(limit.min(items) + 1);
    // What an item must be chosen by at least: nearly all are passed over by that alone.
    let mut least = if limit == 0 { f64::INFINITY } else { f64::NEG_INFINITY };
    for item in 0..items as ItemIndex {
        if choice(item) < least {
            continue;
        }
        let candidate = Candidate(rank(item));
        let full = best.len() >= limit;
        if full && best.peek().is_none_or(|worst| candidate < worst.0) || !allows(item) {
            continue;
        }
        best.push(Reverse(candidate));
        if full {
            best.pop();
        }
        if best.len() >= limit {
            least = best.peek().map_or(least, |worst| worst.0.0.choice);
        }
    }
    best.into_sorted_vec().into_iter().map(|Reverse(Candidate(ranked))| ranked).collect()
}

/// A [`Ranked`] in the order of its choice.
struct Candidate(Ranked);

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.by_choice(&other.0)
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_a_full_sort_gives(
            rows in prop::collection::vec((0..4_u8, -3..3_i64, any::<bool>()), 0..60),
            limit in 0..70_usize,
        ) {
            let rank = |item: ItemIndex| {
                let (choice, score, _) = rows[item as usize];
                Ranked { choice: f64::from(choice), ..Ranked::new(item, score) }
            };
            let best = top(rows.len(), limit, |item| rank(item).choice, rank, |item| rows[item as usize].2);
            let mut expected: Vec<usize> = (0..rows.len()).filter(|&item| rows[item].2).collect();
            expected.sort_by_key(|&item| (Reverse(rows[item].0), Reverse(rows[item].1), item));
            expected.truncate(limit);
            prop_assert_eq!(best.iter().map(|ranked| ranked.item as usize).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn parts_add_up_exactly() {
        let parts = [i64::from(i32::MAX) << 19, -7, 1];
        let sum: f64 = parts.iter().map(|&part| score_to_f64(part)).sum();
        assert_eq!(sum, score_to_f64(parts.iter().sum()));
    }
}
