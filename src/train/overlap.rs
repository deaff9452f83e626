use faer::Mat;
use rayon::prelude::*;

use super::gram::Gram;
use super::sums::keep_strongest;
use crate::model::{LowRank, WeightTable};

/// How many of a list's first items are compared.
const FIRST: usize = 20;
/// For at most so many viewers, spread evenly.
const SAMPLE: usize = 100;

/// How much of the dense model's lists is in those of the one made small: the mean share of the first 20 unseen items that both
/// have, over a sample of the viewers.
pub(super) fn overlap(
    gram: &Gram,
    dense: &Mat<f32>,
    neighbours: &WeightTable,
    low_rank: Option<&LowRank>,
) -> f64 {
    let viewers: Vec<&[u32]> = gram.by_viewer().iter().collect();
    let every = viewers.len().div_ceil(SAMPLE).max(1);
    let sampled: Vec<&[u32]> = viewers.into_iter().step_by(every).collect();
    let shares: Vec<f64> = sampled
        .par_iter()
        .map(|row| {
            let mut seen = vec![false; gram.items()];
            row.iter().for_each(|&item| seen[item as usize] = true);
            let by_dense = |target: usize| -> f64 {
                let column = dense.col(target);
                row.iter().map(|&source| f64::from(column[source as usize])).sum()
            };
            let taste = low_rank.map(|low_rank| {
                let mut sums = vec![0; low_rank.scales.len()];
                for &item in *row {
                    let factors = low_rank.factors_of(item);
                    sums.iter_mut().zip(factors).for_each(|(sum, &factor)| *sum += i64::from(factor));
                }
                (low_rank, low_rank.taste(&sums, 1.0))
            });
            let by_small = |target: usize| {
                let kept = neighbours.rows.row(target).iter();
                let of_seen = kept.filter(|neighbour| seen[neighbour.item as usize]);
                let steps: i64 = of_seen.map(|neighbour| i64::from(neighbour.weight)).sum();
                steps as f64 * f64::from(neighbours.scales[target])
                    + taste.as_ref().map_or(0.0, |(low_rank, taste)| low_rank.dot(taste, target as u32))
            };
            let first = |score: &dyn Fn(usize) -> f64| -> Vec<usize> {
                let unseen = (0..gram.items()).filter(|&item| !seen[item]);
                let mut scores: Vec<(usize, f64)> = unseen.map(|item| (item, score(item))).collect();
                keep_strongest(&mut scores, FIRST);
                scores.into_iter().map(|(item, _)| item).collect()
            };
            let (dense, small) = (first(&by_dense), first(&by_small));
            let shared = small.iter().filter(|item| dense.binary_search(item).is_ok()).count();
            shared as f64 / dense.len().max(1) as f64
        })
        .collect();
    shares.iter().sum::<f64>() / shares.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Rows;
    use crate::model::Neighbour;

    #[test]
    fn what_both_lists_have_is_counted() {
        // 41 items, of which the one viewer has the first; the dense model likes items by their number.
        let mut viewers = Rows::default();
        viewers.push([0]);
        let gram = Gram::new(viewers, 41);
        let dense = Mat::from_fn(41, 41, |_, target| target as f32);
        let table = |weight: &dyn Fn(i8) -> i8| {
            let mut table = WeightTable { bits: 8, ..WeightTable::default() };
            for target in 0..41 {
                table.rows.push([Neighbour { item: 0, weight: weight(target) }]);
                table.scales.push(1.0);
            }
            table
        };
        assert_eq!(overlap(&gram, &dense, &table(&|target| target), None), 1.0);
        assert_eq!(overlap(&gram, &dense, &table(&|target| -target), None), 0.0);
        assert_eq!(
            overlap(&gram, &dense, &table(&|target| (target + 35) % 41), None),
            0.75,
            "26 to 40, but 21 to 25 not"
        );
    }
}
