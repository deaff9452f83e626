use crate::catalog::{Catalog, ItemIndex};
use crate::score::Columns;
use crate::train::Interactions;

/// How often each item of the catalog is watched, as far as the command knows.
///
/// With a model its counts of training viewers (what only the catalog knows is brought to their scale, and rounded); without
/// one the catalog's `popularity`; without that, too, how many of the histories have the item. An item without a
/// count has that of the rarest one: it would otherwise tell infinitely much, and be infinitely hard to come by.
pub(super) struct Popularity {
    /// By item, above 0.
    counts: Vec<f64>,
    /// The exponent of the power law of the counts there are.
    exponent: f64,
    total: f64,
    /// The most watched first; of equal ones the first in the catalog.
    order: Vec<ItemIndex>,
}

impl Popularity {
    pub(super) fn new(catalog: &Catalog, columns: &Columns, foldin: &Interactions) -> Self {
        let known = columns.popularity.iter().map(|&views| f64::from(views));
        let mut counts: Vec<f64> =
            if columns.model.is_some() { known.map(f64::round).collect() } else { known.collect() };
        if counts.iter().all(|&count| count == 0.0) {
            for row in foldin.by_viewer.values() {
                if let Some(item) = catalog.find(foldin.items.strings().get(row.item as usize)) {
                    counts[item as usize] += 1.0;
                }
            }
        }
        Popularity::of(counts)
    }

    /// From counts by item, 0 where there is none.
    pub(super) fn of(mut counts: Vec<f64>) -> Self {
        let known: Vec<f64> = counts.iter().copied().filter(|&count| count > 0.0).collect();
        let least = known.iter().copied().reduce(f64::min).unwrap_or(1.0);
        counts.iter_mut().for_each(|count| *count = count.max(least));
        let mut order: Vec<ItemIndex> = (0..counts.len() as ItemIndex).collect();
        order.sort_by(|&a, &b| counts[b as usize].total_cmp(&counts[a as usize]));
        Popularity { exponent: power_law_exponent(&known), total: counts.iter().sum(), counts, order }
    }

    /// By item.
    pub(super) fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// See [`power_law_exponent`].
    pub(super) fn exponent(&self) -> f64 {
        self.exponent
    }

    /// The first so many of everybody's list, without what is not allowed: the viewer's own history.
    pub(super) fn first(&self, items: usize, allowed: impl Fn(ItemIndex) -> bool) -> Vec<ItemIndex> {
        self.order.iter().copied().filter(|&item| allowed(item)).take(items).collect()
    }

    /// How much it tells of a viewer that they watched this, in bits: `−log₂(n_i / Σ n)`.
    pub(super) fn self_information(&self, item: ItemIndex) -> f64 {
        -libm::log2(self.counts[item as usize] / self.total)
    }
}

/// The exponent `γ` of a power law, `p(n) ∝ n^−γ` from the smallest to the largest count, that makes the counts most
/// likely; whole numbers are taken as such. At least −1, which it is also of counts that are all the same.
///
/// The likelihood is largest where the law's mean of `ln n` is that of the counts. Without the bound at the largest count
/// (Clauset, Shalizi and Newman 2009) the sum over all `n` is finite only for `γ > 1`, and views are often flatter than that.
fn power_law_exponent(counts: &[f64]) -> f64 {
    let most = counts.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let least = counts.iter().copied().fold(most, f64::min);
    if least == most {
        return UNIFORM;
    }
    let whole = counts.iter().all(|count| count.fract() == 0.0);
    let steps = steps(least, most, whole);
    let observed = counts.iter().map(|&count| libm::log(count)).sum::<f64>() / counts.len() as f64;
    // The steeper the law, the smaller its mean.
    let (mut flat, mut steep) = (UNIFORM, STEEPEST);
    while steep - flat > PRECISION {
        let exponent = f64::midpoint(flat, steep);
        if mean_log(&steps, exponent) > observed { flat = exponent } else { steep = exponent }
    }
    flat
}

/// With this exponent all propensities are equal.
pub(super) const UNIFORM: f64 = -1.0;
const STEEPEST: f64 = 10.0;
const PRECISION: f64 = 1e-9;
/// Steps grow with the counts from here on: a sum over all whole numbers may be long.
const FINE: f64 = 1000.0;

/// The range of counts in steps: the logarithm of the middle of each, and its width.
fn steps(least: f64, most: f64, whole: bool) -> Vec<(f64, f64)> {
    let mut steps = Vec::new();
    let mut from = least;
    while if whole { from <= most } else { from < most } {
        let width = if whole {
            (from / FINE).floor().max(1.0).min(most - from + 1.0)
        } else {
            (from / FINE).min(most - from)
        };
        let middle = from + (width - f64::from(u8::from(whole))) / 2.0;
        steps.push((libm::log(middle), width));
        let next = from + width;
        // Counts so close that nothing is between them.
        if next <= from {
            break;
        }
        from = next;
    }
    steps
}

/// The mean of `ln n` where `p(n) ∝ n^−exponent`.
fn mean_log(steps: &[(f64, f64)], exponent: f64) -> f64 {
    let first = steps.first().map_or(0.0, |step| step.0);
    let weight = |&(log, width): &(f64, f64)| width * libm::exp(-exponent * (log - first));
    let sum: f64 = steps.iter().map(weight).sum();
    steps.iter().map(|step| weight(step) * step.0).sum::<f64>() / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_popular_are_first_and_the_rare_tell_most() {
        let popularity = Popularity::of(vec![1.0, 4.0, 0.0, 2.0, 4.0]);
        assert_eq!(popularity.counts(), [1.0, 4.0, 1.0, 2.0, 4.0], "the rarest stands for the unknown");
        assert_eq!(
            popularity.exponent(),
            power_law_exponent(&[1.0, 4.0, 2.0, 4.0]),
            "nor is it one more of them"
        );
        assert_eq!(popularity.first(3, |item| item != 4), [1, 3, 0]);
        // 12 in all: −log₂(4/12) and −log₂(1/12).
        assert!((popularity.self_information(1) - 3_f64.log2()).abs() < 1e-12);
        assert!((popularity.self_information(2) - 12_f64.log2()).abs() < 1e-12);
    }

    #[test]
    fn the_exponent_of_two_counts_as_computed_by_hand() {
        // Counts 1 and 2 alone: p(1) = 1 / (1 + 2^−γ). With two in three being 1, 2^−γ = 1/2.
        assert!((power_law_exponent(&[1.0, 1.0, 2.0]) - 1.0).abs() < 1e-6);
        // Half and half is no slope at all, and more of the larger a rising one, as far as uniform propensities.
        assert!(power_law_exponent(&[1.0, 2.0]).abs() < 1e-6);
        assert_eq!(power_law_exponent(&[1.0, 2.0, 2.0, 2.0, 2.0]), UNIFORM);
        assert_eq!(power_law_exponent(&[7.0, 7.0]), UNIFORM);
        assert_eq!(power_law_exponent(&[]), UNIFORM);
    }

    #[test]
    fn the_exponent_is_found_again() {
        for exponent in [0.0, 0.5, 1.0, 1.5, 2.5] {
            // So many items have each count as the law expects of many.
            let whole: Vec<f64> = (1..=3000)
                .flat_map(|count| {
                    let items = 1e6 * libm::pow(f64::from(count), -exponent);
                    std::iter::repeat_n(f64::from(count), items.min(1e9) as usize / 1000)
                })
                .collect();
            let found = power_law_exponent(&whole);
            assert!((found - exponent).abs() < 0.05, "{found} for {exponent}");
            // The quantiles of the law for numbers that are not whole, from .01 to 100.
            let power = 1.0 - exponent;
            let quantile = |place: u32| {
                let part = (f64::from(place) + 0.5) / 2000.0;
                if power == 0.0 {
                    0.01 * libm::pow(1e4, part)
                } else {
                    0.01 * libm::pow(1.0 + part * (libm::pow(1e4, power) - 1.0), 1.0 / power)
                }
            };
            let found = power_law_exponent(&(0..2000).map(quantile).collect::<Vec<f64>>());
            assert!((found - exponent).abs() < 0.05, "{found} for {exponent}");
        }
    }
}
