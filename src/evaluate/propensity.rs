use super::popularity::Popularity;
use crate::catalog::ItemIndex;

/// How much more likely a popular item is to be observed, to be taken out of an accuracy (Yang, Cui, Xuan, Wang,
/// Belongie and Estrin 2018): `p_i ∝ n_i^((γ + 1) / 2)`. What is found counts `1 / p_i`, and a perfect list 1.
pub(super) struct Propensity {
    /// `γ`.
    pub(super) exponent: f64,
    /// `1 / p_i` by item, that of the rarest being 1.
    inverse: Vec<f64>,
}

impl Propensity {
    /// With the exponent of the power law of the counts.
    pub(super) fn new(popularity: &Popularity) -> Self {
        Propensity::with_exponent(popularity, popularity.exponent())
    }

    fn with_exponent(popularity: &Popularity, exponent: f64) -> Self {
        let counts = popularity.counts();
        let least = counts.iter().copied().reduce(f64::min).unwrap_or(1.0);
        // Above 0, or the accuracy of somebody who watches only what is ever so popular would be no number.
        let inverse = |&count: &f64| libm::pow(count / least, -(exponent + 1.0) / 2.0).max(f64::MIN_POSITIVE);
        Propensity { exponent, inverse: counts.iter().map(inverse).collect() }
    }

    /// What is not in the catalog cannot be found; it counts as the rarest item.
    fn weight(&self, item: Option<ItemIndex>) -> f64 {
        item.map_or(1.0, |item| self.inverse[item as usize])
    }

    /// Recall and nDCG of the first `k`, self-normalised: `Σ g_r / p_i` over the hits at ranks `r`, over the largest that a
    /// list of `k` could have. `g_r` is 1 for Recall and `1 / log₂(r + 1)` for nDCG. The targets are at least one, each once,
    /// `None` for those not in the catalog.
    pub(super) fn recall_and_ndcg(
        &self,
        list: &[ItemIndex],
        targets: &[Option<ItemIndex>],
        k: usize,
    ) -> (f64, f64) {
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let mut ideal: Vec<f64> = targets.iter().map(|&target| self.weight(target)).collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        ideal.truncate(k);
        let (mut found, mut gained) = (0.0, 0.0);
        for (rank, &item) in list.iter().take(k).enumerate() {
            if targets.contains(&Some(item)) {
                found += self.weight(Some(item));
                gained += self.weight(Some(item)) * gain(rank);
            }
        }
        let best: f64 = ideal.iter().enumerate().map(|(rank, weight)| weight * gain(rank)).sum();
        (found / ideal.iter().sum::<f64>(), gained / best)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::metrics::{ndcg, recall};
    use super::super::popularity::UNIFORM;
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn as_computed_by_hand() {
        // γ = 1: p ∝ n, so 1/p is 1/4, 1/2 and 1 (of n = 4, 2, 1), and 1 for what is not in the catalog.
        let popularity = Popularity::of(vec![4.0, 2.0, 1.0, 1.0]);
        let propensity = Propensity::with_exponent(&popularity, 1.0);
        // Found are item 0 at rank 1 and item 1 at rank 3; items 2 and the unknown one are missed.
        let targets = [Some(0), Some(1), Some(2), None];
        let (recall, ndcg) = propensity.recall_and_ndcg(&[0, 3, 1], &targets, 20);
        close(recall, (0.25 + 0.5) / (0.25 + 0.5 + 1.0 + 1.0));
        // The best order: 1, 1, 1/2, 1/4 at gains 1, 1/log₂3, 1/2, 1/log₂5.
        let best = 1.0 + 1.0 / 3_f64.log2() + 0.5 / 2.0 + 0.25 / 5_f64.log2();
        close(ndcg, (0.25 + 0.5 / 2.0) / best);
        // Two places can have but the two rarest.
        let (recall, _) = propensity.recall_and_ndcg(&[0, 3, 1], &targets, 2);
        close(recall, 0.25 / 2.0);
        // γ = 3: p ∝ n².
        let steep = Propensity::with_exponent(&popularity, 3.0);
        close(steep.recall_and_ndcg(&[0], &[Some(0), Some(1)], 20).0, 0.0625 / (0.0625 + 0.25));
    }

    proptest! {
        /// Where everything is as likely to be observed, these are the plain metrics.
        #[test]
        fn uniform_propensities_change_nothing(
            counts in prop::collection::vec(0_u32..1000, 40),
            list in Just((0..40_u32).collect::<Vec<ItemIndex>>()).prop_shuffle(),
            targets in prop::collection::btree_set(0_u32..50, 1..30),
            k in 1_usize..25,
        ) {
            let popularity = Popularity::of(counts.into_iter().map(f64::from).collect());
            let propensity = Propensity::with_exponent(&popularity, UNIFORM);
            let known: Vec<Option<ItemIndex>> =
                targets.iter().map(|&target| (target < 40).then_some(target)).collect();
            let hits: Vec<bool> = list.iter().map(|item| targets.contains(item)).collect();
            let (ips_recall, ips_ndcg) = propensity.recall_and_ndcg(&list, &known, k);
            close(ips_recall, recall(&hits, targets.len(), k));
            close(ips_ndcg, ndcg(&hits, targets.len(), k));
        }

        /// A perfect list has 1, whatever the propensities.
        #[test]
        fn the_best_list_has_one(
            counts in prop::collection::vec(1_u32..1000, 30),
            targets in prop::collection::btree_set(0_u32..30, 1..30),
        ) {
            let popularity = Popularity::of(counts.into_iter().map(f64::from).collect());
            let propensity = Propensity::new(&popularity);
            let targets: BTreeSet<ItemIndex> = targets;
            let mut list: Vec<ItemIndex> = targets.iter().copied().collect();
            list.sort_by(|&a, &b| propensity.inverse[b as usize].total_cmp(&propensity.inverse[a as usize]));
            let known: Vec<Option<ItemIndex>> = targets.into_iter().map(Some).collect();
            let (recall, ndcg) = propensity.recall_and_ndcg(&list, &known, 20);
            close(recall, 1.0);
            close(ndcg, 1.0);
        }
    }
}
