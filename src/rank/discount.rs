use super::Part;
use super::top::score_to_f64;
use crate::catalog::ItemIndex;
use crate::model::{LENGTHS, bucket_of};
use crate::score::{Columns, Role, Score};

/// The exponent of the discount in eighths, for each length of history: what a model says of one or two items is too little to choose what only few
/// watch by, and the more is known of somebody, the better is it known how much of what everybody watches is theirs.
const EIGHTHS: [u8; LENGTHS.len() + 1] = [0, 0, 6, 4, 3, 0];
/// What every item's count has in addition, as a part of the largest (ε).
const LEAST: f64 = 0.02;
/// So many viewers who say nothing else than what is to be expected of anybody count beside an item's own (a).
const PRIOR: f64 = 10.0;
/// How many times its weight a genre's log-lift counts where it multiplies what is expected (κ).
pub(super) const LIFT: f64 = 25.0;

/// How much less an item's chances are the more viewers it has, and the fewer it has, when a list is chosen with a model's help:
/// `(n + 1) / (n + 1 + a) · (ε + n / most)^−q` of an item that `n` viewers have.
///
/// What somebody was seen to watch had been shown to them because it was popular. The propensity of being observed is about proportional
/// to `n`, and its inverse corrects for that (Schnabel, Swaminathan, Singh, Chandak and Joachims 2016; Yang, Cui, Xuan, Wang, Belongie and Estrin
/// 2018); about half of the exponent is half-way between what is accurate of what was observed, and of what could have been. But the inverse of a
/// small number is large, and what a model says of an item that few have is made of few viewers' chances. So it counts as much as there is
/// evidence for it, against `a` viewers of no taste, as in an empirical Bayes estimate of counts (DuMouchel 1999); the catalog counts as one viewer of each.
#[derive(Debug, Clone, Default)]
pub struct Discounts {
    /// By item; empty without a model, whose scores alone are expectations that a discount makes sense of.
    factors: Vec<Factor>,
}

#[derive(Debug, Clone, Copy)]
struct Factor {
    /// `(n + 1) / (n + 1 + a)`
    evidence: f32,
    /// `(ε + n / most)^−⅛`: roots alone are the same to the last bit on every machine.
    root: f32,
}

impl Discounts {
    /// Those of a catalog's items.
    pub fn new(columns: &Columns) -> Self {
        Discounts::of_counts(columns.model.as_ref().map_or(&[], |_| &columns.popularity))
    }

    pub(super) fn of_counts(counts: &[f32]) -> Self {
        let most = f64::from(counts.iter().copied().fold(f32::MIN_POSITIVE, f32::max));
        let factor = |&count: &f32| {
            let count = f64::from(count);
            let root = libm::sqrt(libm::sqrt(libm::sqrt(LEAST + count / most)));
            Factor { evidence: ((count + 1.0) / (count + 1.0 + PRIOR)) as f32, root: (1.0 / root) as f32 }
        };
        Discounts { factors: counts.iter().map(factor).collect() }
    }

    /// What is to be expected of a viewer of whom so many items are known, of whom scorers say `parts`; `None` where nothing is discounted.
    pub fn of<'a>(&'a self, items: usize, parts: &[Part<'a>]) -> Option<Expectations<'a>> {
        let eighths = EIGHTHS[bucket_of(items)];
        if eighths == 0 || self.factors.is_empty() {
            return None;
        }
        let genres = parts.iter().find(|part| matches!(part.role, Role::Taste(2..)));
        let genres = genres.and_then(|part| Some((part.weight, part.scores?)));
        let lifts = genres.map(|(weight, scores)| {
            let lift = |&value: &Score| {
                let lift = LIFT * score_to_f64(i64::from(value) * i64::from(weight));
                // The largest weights are not to overflow.
                libm::exp(lift.min(600.0))
            };
            (scores.values.iter().map(lift).collect(), scores.of_item)
        });
        Some(Expectations { factors: &self.factors, eighths, lifts })
    }
}

/// What makes an expectation of what history and popularity say, for one viewer: what is to be multiplied.
#[derive(Debug)]
pub struct Expectations<'a> {
    factors: &'a [Factor],
    eighths: u8,
    /// `exp(κ g)` of each item, or of each combination of genres and which is each item's; `None` where genres say nothing.
    lifts: Option<(Vec<f64>, Option<&'a [u32]>)>,
}

impl Expectations<'_> {
    /// What an item's chances are multiplied by.
    #[inline]
    pub(super) fn factor(&self, item: ItemIndex) -> f64 {
        let item = item as usize;
        let Factor { evidence, root } = self.factors[item];
        let discount = (0..self.eighths).fold(f64::from(evidence), |product, _| product * f64::from(root));
        match &self.lifts {
            Some((lifts, of_item)) => {
                discount * lifts[of_item.map_or(item, |of_item| of_item[item] as usize)]
            }
            None => discount,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_watched_and_what_hardly_anybody_knows_are_discounted_as_long_as_history_is_short() {
        let discounts = Discounts::of_counts(&[400.0, 40.0, 0.0]);
        let of = |length| {
            let expectations = discounts.of(length, &[])?;
            Some([0, 1, 2].map(|item| expectations.factor(item)))
        };
        for (length, exponent) in [(3, 0.75), (5, 0.75), (6, 0.5), (10, 0.5), (11, 0.375), (20, 0.375)] {
            let found = of(length).expect("discounts");
            for (found, count) in found.into_iter().zip([400.0, 40.0, 0.0_f64]) {
                let expected = (count + 1.0) / (count + 11.0) * (0.02 + count / 400.0).powf(-exponent);
                assert!((found / expected - 1.0).abs() < 1e-5, "{length}: {found}, {expected}");
            }
            assert!(found[1] > found[0] && found[1] > found[2]);
        }
        for length in [0, 1, 2, 21, 1000] {
            assert_eq!(of(length), None);
        }
        let without_model = Columns { popularity: vec![400.0, 40.0], ..Columns::default() };
        assert!(Discounts::new(&without_model).of(5, &[]).is_none(), "then scores are no expectations");
    }
}
