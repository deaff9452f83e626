use std::collections::BTreeSet;

/// How good one list is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Recall among the first 20.
    pub recall_20: f64,
    /// Recall among the first 50.
    pub recall_50: f64,
    /// nDCG of the first 10.
    pub ndcg_10: f64,
    /// nDCG of the first 50.
    pub ndcg_50: f64,
    /// nDCG of the first 100.
    pub ndcg_100: f64,
    /// Hit ratio of the first 10: 1 where any target is among them, else 0.
    pub hr_10: f64,
    /// Hit ratio of the first 50.
    pub hr_50: f64,
    /// Hit ratio of the first 200.
    pub hr_200: f64,
}

/// A metric's name, and where it is found.
pub type NamedMetric = (&'static str, fn(&Metrics) -> f64);

impl Metrics {
    /// Each by its usual name.
    pub const NAMED: [NamedMetric; 8] = [
        ("recall@20", |metrics| metrics.recall_20),
        ("recall@50", |metrics| metrics.recall_50),
        ("ndcg@10", |metrics| metrics.ndcg_10),
        ("ndcg@50", |metrics| metrics.ndcg_50),
        ("ndcg@100", |metrics| metrics.ndcg_100),
        ("hr@10", |metrics| metrics.hr_10),
        ("hr@50", |metrics| metrics.hr_50),
        ("hr@200", |metrics| metrics.hr_200),
    ];

    /// Compares a list, the best first, with what was to be found (at least one).
    pub fn of<T: Ord>(list: &[T], target: &BTreeSet<T>) -> Self {
        let hits: Vec<bool> = list.iter().map(|item| target.contains(item)).collect();
        Metrics {
            recall_20: recall(&hits, target.len(), 20),
            recall_50: recall(&hits, target.len(), 50),
            ndcg_10: ndcg(&hits, target.len(), 10),
            ndcg_50: ndcg(&hits, target.len(), 50),
            ndcg_100: ndcg(&hits, target.len(), 100),
            hr_10: hit_ratio(&hits, 10),
            hr_50: hit_ratio(&hits, 50),
            hr_200: hit_ratio(&hits, 200),
        }
    }
}

/// The part of the targets that is among the first `k`, of as many as could be there: `hits / min(k, targets)`.
pub(super) fn recall(hits: &[bool], targets: usize, k: usize) -> f64 {
    hits.iter().take(k).filter(|&&hit| hit).count() as f64 / targets.min(k) as f64
}

/// Whether any target is among the first `k`, as 1 or 0. With a single target it is the recall.
fn hit_ratio(hits: &[bool], k: usize) -> f64 {
    f64::from(u8::from(hits.iter().take(k).any(|&hit| hit)))
}

/// The discounted cumulative gain `Σ hit_r / log₂(r + 1)` over ranks `r = 1..k`, over the best possible one
/// (Järvelin and Kekäläinen 2002, with binary gains).
pub(super) fn ndcg(hits: &[bool], targets: usize, k: usize) -> f64 {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let found = hits.iter().take(k).enumerate().filter(|&(_, &hit)| hit);
    let ideal: f64 = (0..targets.min(k)).map(gain).sum();
    found.map(|(rank, _)| gain(rank)).sum::<f64>() / ideal
}

/// A mean over viewers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error, `s / √n`; 0 for fewer than two viewers.
    pub standard_error: f64,
}

impl Mean {
    /// The mean of these; 0 of none.
    pub fn of(values: impl ExactSizeIterator<Item = f64> + Clone) -> Self {
        let count = values.len() as f64;
        let mean = values.clone().sum::<f64>() / count.max(1.0);
        let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
        let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
        Mean { mean, standard_error: (variance / count.max(1.0)).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn as_computed_by_hand() {
        // Hits at ranks 1 and 3 of 3 targets.
        let metrics = Metrics::of(&["a", "x", "b", "y"], &BTreeSet::from(["a", "b", "c"]));
        close(metrics.recall_20, 2.0 / 3.0);
        close(metrics.recall_50, 2.0 / 3.0);
        let ndcg = (1.0 + 0.5) / (1.0 + 1.0 / 3_f64.log2() + 0.5);
        close(metrics.ndcg_10, ndcg);
        close(metrics.ndcg_50, ndcg);
        close(metrics.ndcg_100, ndcg);
        close(metrics.hr_10, 1.0);
    }

    #[test]
    fn one_target_is_hit_or_missed_and_counts_less_the_later_it_comes() {
        let list: Vec<u32> = (0..200).collect();
        // (target, HR@10, 50, 200, nDCG@10, 50)
        for (target, expected) in [
            (9, [1.0, 1.0, 1.0, 1.0 / 11_f64.log2(), 1.0 / 11_f64.log2()]),
            (10, [0.0, 1.0, 1.0, 0.0, 1.0 / 12_f64.log2()]),
            (50, [0.0, 0.0, 1.0, 0.0, 0.0]),
            (199, [0.0, 0.0, 1.0, 0.0, 0.0]),
            (200, [0.0; 5]),
        ] {
            let metrics = Metrics::of(&list, &BTreeSet::from([target]));
            let found = [metrics.hr_10, metrics.hr_50, metrics.hr_200, metrics.ndcg_10, metrics.ndcg_50];
            found.into_iter().zip(expected).for_each(|(found, expected)| close(found, expected));
        }
    }

    #[test]
    fn ranks_beyond_k_do_not_count_and_many_targets_cannot_all_be_found() {
        let list: Vec<u32> = (0..100).collect();
        let metrics = Metrics::of(&list, &(15..75).collect());
        close(metrics.recall_20, 5.0 / 20.0);
        close(metrics.recall_50, 35.0 / 50.0);
        close(metrics.ndcg_10, 0.0);
        let perfect = Metrics::of(&list, &(0..60).collect());
        close(perfect.recall_20, 1.0);
        close(perfect.ndcg_100, 1.0);
    }

    /// `benches/quality/metrics_cases.py` wrote what the Python package `implicit` says of these lists.
    #[test]
    fn as_a_peer_computes_them() {
        let cases: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/metrics/implicit.json")).expect("is JSON");
        assert_eq!(cases.len(), 30);
        for case in cases {
            let numbers = |name: &str| case[name].as_array().expect("is there").iter();
            let items = |name: &str| numbers(name).filter_map(serde_json::Value::as_u64);
            let metrics = Metrics::of(&items("list").collect::<Vec<_>>(), &items("target").collect());
            let ours = [metrics.recall_20, metrics.recall_50, metrics.ndcg_10, metrics.ndcg_100];
            for (ours, theirs) in ours.into_iter().zip(numbers("recall").chain(numbers("ndcg"))) {
                close(ours, theirs.as_f64().expect("is a number"));
            }
        }
    }

    #[test]
    fn the_mean_and_its_standard_error() {
        let mean = Mean::of([1.0, 2.0, 3.0, 6.0].into_iter());
        close(mean.mean, 3.0);
        close(mean.standard_error, (14.0_f64 / 3.0 / 4.0).sqrt());
        assert_eq!(Mean::of([5.0].into_iter()), Mean { mean: 5.0, standard_error: 0.0 });
        assert_eq!(Mean::of([].into_iter()), Mean { mean: 0.0, standard_error: 0.0 });
    }
}
