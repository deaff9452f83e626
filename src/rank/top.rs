use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::Weights;
use crate::catalog::ItemIndex;
use crate::score::{ONE, SCORERS, Score};

/// One scorer's scores; `None` for one that has not answered, which counts as 0 for every item.
pub type Part<'a> = Option<&'a [Score]>;

/// An item and its blended score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The item.
    pub item: ItemIndex,
    /// Weight times score of each scorer, in the order of [`SCORERS`]; see [`score_to_f64`].
    pub parts: [i64; SCORERS.len()],
}

impl Ranked {
    /// The sum of the parts.
    pub fn score(&self) -> i64 {
        self.parts.iter().sum()
    }
}

/// A part or score of [`Ranked`] as a number: exact, so that the parts of a score add up to it.
pub fn score_to_f64(score: i64) -> f64 {
    let one = f64::from(ONE);
    score as f64 / (one * one)
}

/// The `limit` best of the items that `allows` lets pass, the best first; of equal scores the item that comes first in
/// the catalog.
pub fn top(
    items: usize,
    weights: &Weights,
    scores: &[Part; SCORERS.len()],
    limit: usize,
    allows: impl Fn(ItemIndex) -> bool,
) -> Vec<Ranked> {
    let parts_of = |item: usize| {
        let mut parts = [0; SCORERS.len()];
        for (part, (scores, &weight)) in parts.iter_mut().zip(scores.iter().zip(weights)) {
            *part = scores.map_or(0, |scores| i64::from(scores[item]) * i64::from(weight));
        }
        parts
    };
    // The worst of the best so far is on top of the heap, to be thrown out first.
    let mut best: BinaryHeap<Reverse<Candidate>> = BinaryHeap::with_capacity(limit.min(items) + 1);
    for place in 0..items {
        let item = place as ItemIndex;
        let candidate = Candidate { score: parts_of(place).iter().sum(), item };
        let full = best.len() >= limit;
        if full && best.peek().is_none_or(|worst| candidate < worst.0) || !allows(item) {
            continue;
        }
        best.push(Reverse(candidate));
        if full {
            best.pop();
        }
    }
    let best = best.into_sorted_vec().into_iter();
    best.map(|Reverse(candidate)| Ranked { item: candidate.item, parts: parts_of(candidate.item as usize) })
        .collect()
}

/// Ordered by score; of equal scores the earlier item is the greater.
#[derive(PartialEq, Eq)]
struct Candidate {
    score: i64,
    item: ItemIndex,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.cmp(&other.score).then(other.item.cmp(&self.item))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_a_full_sort_gives(
            rows in prop::collection::vec((any::<Score>(), -3..3_i32, any::<bool>()), 0..60),
            weights in prop::array::uniform3(0..10 * ONE),
            limit in 0..70_usize,
        ) {
            let first: Vec<Score> = rows.iter().map(|row| row.0).collect();
            let second: Vec<Score> = rows.iter().map(|row| row.1).collect();
            let allows = |item: ItemIndex| rows[item as usize].2;
            let ranked = top(rows.len(), &weights, &[Some(&first), Some(&second), None], limit, allows);

            let score = |item: usize| {
                i64::from(first[item]) * i64::from(weights[0]) + i64::from(second[item]) * i64::from(weights[1])
            };
            let mut expected: Vec<usize> = (0..rows.len()).filter(|&item| rows[item].2).collect();
            expected.sort_by_key(|&item| (Reverse(score(item)), item));
            expected.truncate(limit);
            prop_assert_eq!(ranked.iter().map(|ranked| ranked.item as usize).collect::<Vec<_>>(), expected);
            for ranked in &ranked {
                prop_assert_eq!(ranked.score(), score(ranked.item as usize));
                let parts: f64 = ranked.parts.iter().map(|&part| score_to_f64(part)).sum();
                prop_assert_eq!(parts, score_to_f64(ranked.score()));
            }
        }
    }
}
