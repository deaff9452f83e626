use std::f64::consts::LN_2;

use super::quota::REACH;
use super::top::{Ranked, score_to_f64, top};
use super::{Expectations, Quotas, Rerank, Rotation};
use crate::catalog::{Features, ItemIndex};
use crate::history::Profile;
use crate::score::{Role, SCORE_ONE, Score};

/// So many places of a list are chosen together, and then put in order: what fits on a screen. A longer list goes on where a
/// shorter one ends.
pub const SCREEN: usize = 20;
/// How many times its weight popularity counts in a choice that is an expectation (β).
const IN_CHOICE: f64 = 2.0;
/// What popularity is taken to be at least, so that what nobody knows can be chosen (ε).
const LEAST: f64 = 0.03;
/// How many times the root of its weight the exponent of popularity is (α).
const EXPONENT: f64 = 1.5;

/// How a list is made of the scorers' scores.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// What each scorer says.
    pub parts: &'a [Part<'a>],
    /// What popularity makes of the taste for each item: [`agreements`]; 1 for all where there is none.
    pub agreements: Option<&'a [f64]>,
    /// With a model as long as little is known; then choices are expectations, and not agreements.
    pub expectations: Option<&'a Expectations<'a>>,
    /// How many items.
    pub limit: usize,
    /// How many titles a genre may have of a screen, unless a spread is asked for.
    pub quotas: &'a Quotas,
    /// How far it turns to a better mix of genres.
    pub rerank: Rerank,
    /// How it changes from one time to the next.
    pub rotation: Rotation<'a>,
}

/// What a scorer says, and how much it counts.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// What it says of an item.
    pub role: Role,
    /// What its scores are multiplied by, in steps of 1 / [`SCORE_ONE`].
    pub weight: Score,
    /// `None` where it has not answered, which counts as 0 for every item.
    pub scores: Option<Scores<'a>>,
}

/// A scorer's scores.
#[derive(Debug, Clone, Copy)]
pub struct Scores<'a> {
    /// One an item, or one for each combination of genres.
    pub values: &'a [Score],
    /// Of the latter, which is each item's.
    pub of_item: Option<&'a [u32]>,
}

impl Part<'_> {
    /// Weight times score of an item.
    #[inline]
    pub fn of(&self, item: ItemIndex) -> i64 {
        let score = self.scores.map_or(0, |scores| match scores.of_item {
            Some(of_item) => scores.values[of_item[item as usize] as usize],
            None => scores.values[item as usize],
        });
        // Of two numbers of 32 bits.
        i64::from(score).wrapping_mul(self.weight.into())
    }
}

/// What popularity makes of the taste for each item, `a = (ε + p)^(α √w)`, of popularity's scores and weight.
pub fn agreements(popularity: &[Score], weight: Score) -> Vec<f64> {
    let one = f64::from(SCORE_ONE);
    let exponent = EXPONENT * (f64::from(weight) / one).sqrt();
    let agreement = |&score: &Score| {
        let popularity = f64::from(score.max(0)) / one;
        libm::exp2(exponent * libm::log(LEAST + popularity) / LN_2)
    };
    popularity.iter().map(agreement).collect()
}

impl List<'_> {
    /// The items that `allows` lets pass.
    ///
    /// An item's score is the sum of its parts, `s = h + g + w p`: what the history, the genres and popularity say, with their weights.
    /// That is the right order. But as long as little is known of a viewer, most of the best by that sum are what everybody watches. So a
    /// screen's worth of items is chosen by something else, and then put in the order of their scores.
    ///
    /// With a model, from three items to twenty, `h + β w p` is about how likely the viewer is to watch an item, and the genres' log-lift how much likelier its genres make it. So choices
    /// are `(h + β w p) exp(κ g)`, of which [`Discounts`](super::Discounts) take out what popularity did, and what too few viewers say. A scorer of the page's own
    /// ([`Role::Taste`] 0) is added to that as it is. What everybody watches is worth a place among twenty more than one among the first: β is 2.
    ///
    /// Without one scores are no chances, and of one or two items hardly. Then choices are `h a + g a²`, with `a = (ε + p)^(α √w)`, where taste and popularity must both agree (a logarithmic
    /// opinion pool; Genest and Zidek 1986). A genre says less of a title than what was watched, so it must agree the more: the power of `a` is the scorer's
    /// [`Role`]. Where popularity has no weight, choice and order are the same. What taste does not speak for comes last, by score.
    ///
    /// As long as little is known a screen has no more of a genre than its [`Quotas`]. With diversity or calibration the order is that of
    /// [`Rerank`]. Choice and order are what [`Rotation`] leaves of them.
    pub fn of(
        &self,
        items: usize,
        features: &Features,
        profile: &Profile,
        allows: impl Fn(ItemIndex) -> bool,
    ) -> Vec<Ranked> {
        let rank = |item: ItemIndex| self.ranked(item);
        let choice = |item: ItemIndex| self.choice(item);
        if !self.rerank.is_none() {
            let mut best = top(items, self.rerank.candidates(self.limit), choice, rank, allows);
            if best.first().is_none_or(|first| first.choice == 0.0) {
                best.iter_mut().for_each(|ranked| ranked.choice = ranked.order);
            }
            return self.rerank.apply(best, self.limit, features, profile);
        }
        let screens = self.limit.div_ceil(SCREEN);
        let mut best = if self.quotas.is_none() {
            top(items, screens * SCREEN, choice, rank, allows)
        } else {
            let candidates = top(items, screens * SCREEN + REACH, choice, rank, allows);
            self.quotas.fill(candidates, screens, features)
        };
        best.chunks_mut(SCREEN).for_each(|screen| screen.sort_by(|a, b| b.order.total_cmp(&a.order)));
        best.truncate(self.limit);
        best
    }

    /// An item's score, whether it is in the list or not.
    pub fn ranked(&self, item: ItemIndex) -> Ranked {
        let score = self.parts.iter().map(|part| part.of(item)).sum();
        let mut ranked = Ranked { choice: self.choice(item), ..Ranked::new(item, score) };
        let left = self.rotation.left(item);
        ranked.order *= if ranked.order > 0.0 { left } else { 1.0 / left };
        ranked
    }

    /// What an item is chosen by; 0 where taste does not speak for it.
    fn choice(&self, item: ItemIndex) -> f64 {
        // What must agree with popularity not at all, once, and twice.
        let (mut alone, mut once, mut twice, mut popularity) = (0, 0, 0, 0);
        for part in self.parts {
            match part.role {
                Role::Taste(0) => alone += part.of(item),
                Role::Taste(1) => once += part.of(item),
                Role::Taste(_) => twice += part.of(item),
                Role::Popularity => popularity += part.of(item),
            }
        }
        let left = self.rotation.left(item);
        if let Some(expectations) = self.expectations {
            let expected = score_to_f64(once) + IN_CHOICE * score_to_f64(popularity);
            return (score_to_f64(alone) + expected * expectations.factor(item)).max(0.0) * left;
        }
        if alone + once + twice <= 0 {
            return 0.0;
        }
        let agreement = self.agreements.map_or(1.0, |agreements| agreements[item as usize]);
        let choice = (score_to_f64(twice) * agreement + score_to_f64(once)) * agreement + score_to_f64(alone);
        (choice * left).max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use proptest::prelude::*;

    use super::*;
    use crate::history::Resting;
    use crate::rank::{Discounts, LIFT, ROTATION};
    use crate::score::{BUILT_IN, GENRE, HISTORY, POPULARITY};

    /// History, genres and popularity of each item, in hundredths.
    fn list(rows: &[[i32; 3]], weights: [f64; 3], limit: usize) -> Vec<Ranked> {
        turned(rows, weights, limit, Rotation::default())
    }

    fn turned(rows: &[[i32; 3]], weights: [f64; 3], limit: usize, rotation: Rotation) -> Vec<Ranked> {
        made(rows, weights, limit, rotation, None)
    }

    fn discounted(rows: &[[i32; 3]], weights: [f64; 3], limit: usize, discounts: &Discounts) -> Vec<Ranked> {
        made(rows, weights, limit, Rotation::default(), Some(discounts))
    }

    fn made(
        rows: &[[i32; 3]],
        weights: [f64; 3],
        limit: usize,
        rotation: Rotation,
        discounts: Option<&Discounts>,
    ) -> Vec<Ranked> {
        let of = |scorer: usize| -> Vec<Score> {
            rows.iter().map(|row| row[scorer] * (SCORE_ONE / 100)).collect()
        };
        let (scores, weights) = ([of(0), of(1), of(2)], weights.map(crate::score::to_fixed_point));
        let part = |scorer: usize| Part {
            role: BUILT_IN[scorer].role,
            weight: weights[scorer],
            scores: Some(Scores { values: &scores[scorer], of_item: None }),
        };
        let parts = [HISTORY, GENRE, POPULARITY].map(part);
        let agreements = agreements(&scores[POPULARITY], weights[POPULARITY]);
        let rerank = Rerank::default();
        let quotas = &Quotas::default();
        let expectations = discounts.and_then(|discounts| discounts.of(3, &parts));
        let list = List {
            parts: &parts,
            agreements: Some(&agreements),
            expectations: expectations.as_ref(),
            limit,
            quotas,
            rerank,
            rotation,
        };
        list.of(rows.len(), &Features::default(), &Profile::default(), |_| true)
    }

    fn items(list: &[Ranked]) -> Vec<ItemIndex> {
        list.iter().map(|ranked| ranked.item).collect()
    }

    fn rows() -> impl Strategy<Value = Vec<[i32; 3]>> {
        prop::collection::vec((-5..40_i32, -20..20_i32, 0..100_i32).prop_map(|(h, g, p)| [h, g, p]), 1..90)
    }

    proptest! {
        /// Written down plainly: choose 20, put them in order, choose the next 20.
        #[test]
        fn a_screen_is_chosen_by_agreement_and_ordered_by_score(rows in rows(), weight in 0.0..1.0_f64, limit in 1..70_usize) {
            let weights = [1.0, 0.5, weight].map(|weight| f64::from(crate::score::to_fixed_point(weight)) / f64::from(SCORE_ONE));
            let hundredth = f64::from(SCORE_ONE / 100) / f64::from(SCORE_ONE);
            let parts = |item: usize| -> [f64; 3] {
                std::array::from_fn(|scorer| f64::from(rows[item][scorer]) * hundredth * weights[scorer])
            };
            let score = |item: usize| parts(item).iter().sum::<f64>();
            let choice = |item: usize| {
                let [history, genre, _] = parts(item);
                let agreement = (LEAST + f64::from(rows[item][2]) * hundredth).powf(1.5 * weights[2].sqrt());
                let choice = history * agreement + genre * agreement * agreement;
                if history + genre > 0.0 { choice.max(f64::MIN_POSITIVE) } else { 0.0 }
            };
            let mut left: Vec<usize> = (0..rows.len()).collect();
            left.sort_by(|&a, &b| choice(b).total_cmp(&choice(a)).then(score(b).total_cmp(&score(a))));
            let found = items(&list(&rows, weights, limit));
            prop_assert_eq!(found.len(), limit.min(rows.len()));
            for (screen, chosen) in found.chunks(SCREEN).zip(left.chunks(SCREEN)) {
                let score_of = |item: &ItemIndex| (score(*item as usize) * 1e9).round();
                prop_assert!(screen.is_sorted_by(|a, b| score_of(a) >= score_of(b)));
                let worst = chosen.iter().map(|&item| choice(item)).fold(f64::INFINITY, f64::min);
                prop_assert!(screen.iter().all(|&item| choice(item as usize) >= worst * (1.0 - 1e-9)));
            }
        }

        /// Where there are discounts: what is to be expected, times what its genres make of it, without what popularity did.
        #[test]
        fn with_discounts_a_screen_has_the_best_expectations(rows in rows(), weight in 0.0..1.0_f64, genre in 0.0..0.1_f64) {
            let [weight, genre] = [weight, genre].map(|weight| f64::from(crate::score::to_fixed_point(weight)) / f64::from(SCORE_ONE));
            let hundredth = f64::from(SCORE_ONE / 100) / f64::from(SCORE_ONE);
            let counts: Vec<f32> = rows.iter().map(|row| row[2] as f32).collect();
            let discounts = Discounts::of_counts(&counts);
            let found = items(&discounted(&rows, [1.0, genre, weight], 20, &discounts));
            let most = f64::from(counts.iter().copied().fold(f32::MIN_POSITIVE, f32::max));
            let choice = |item: usize| {
                let [history, lift, popularity] = rows[item].map(|part| f64::from(part) * hundredth);
                let expected = (history + 2.0 * weight * popularity).max(0.0);
                let count = f64::from(counts[item]);
                let discount = (count + 1.0) / (count + 11.0) * (0.02 + count / most).powf(-0.75);
                expected * (LIFT * genre * lift).exp() * discount
            };
            let mut best: Vec<f64> = (0..rows.len()).map(choice).collect();
            best.sort_by(|a, b| b.total_cmp(a));
            let mut chosen: Vec<f64> = found.iter().map(|&item| choice(item as usize)).collect();
            chosen.sort_by(|a, b| b.total_cmp(a));
            prop_assert_eq!(chosen.len(), rows.len().min(20));
            for (chosen, best) in chosen.iter().zip(&best) {
                prop_assert!((chosen - best).abs() <= 1e-4 * best, "{} is not {}", chosen, best);
            }
        }

        #[test]
        fn a_longer_list_goes_on_where_a_shorter_one_ends(rows in rows(), weight in 0.0..1.0_f64, limit in 1..80_usize) {
            let long = items(&list(&rows, [1.0, 0.5, weight], 80));
            let short = items(&list(&rows, [1.0, 0.5, weight], limit));
            prop_assert_eq!(&short[..], &long[..short.len()]);
        }

        /// What is said of the loss: the k-th choice is at most a stated part worse than the k-th without a seed.
        #[test]
        fn a_seed_costs_no_more_than_it_says(rows in rows(), weight in 0.0..1.0_f64, seed in 0..1_000_000_u64, screens in 1..4_usize) {
            let (weights, limit) = ([1.0, 0.5, weight], screens * SCREEN);
            let choices = |rotation| -> Vec<f64> {
                let plain = self::list(&rows, weights, rows.len());
                let of = |item: ItemIndex| plain.iter().find(|ranked| ranked.item == item).map_or(0.0, |ranked| ranked.choice);
                let mut choices: Vec<f64> = turned(&rows, weights, limit, rotation).iter().map(|ranked| of(ranked.item)).collect();
                choices.sort_by(|a, b| b.total_cmp(a));
                choices
            };
            let (plain, seeded) = (choices(Rotation::default()), choices(Rotation::new(Some(seed), &[])));
            prop_assert_eq!(plain.len(), seeded.len());
            for (plain, seeded) in plain.iter().zip(&seeded) {
                prop_assert!(*seeded >= plain * (1.0 - ROTATION) * (1.0 - 1e-9), "{} for {}", seeded, plain);
            }
            prop_assert_eq!(&seeded, &choices(Rotation::new(Some(seed), &[])), "the same for the same seed");
        }

        #[test]
        fn what_rests_comes_no_sooner(rows in rows(), place in any::<prop::sample::Index>(), left in 0.01..0.99_f64) {
            let weights = [1.0, 0.5, 0.3];
            let plain = items(&list(&rows, weights, rows.len()));
            let item = plain[place.index(plain.len())];
            let resting = [Resting { item, left }];
            let rested = items(&turned(&rows, weights, rows.len(), Rotation::new(None, &resting)));
            let place_of = |list: &[ItemIndex]| list.iter().position(|&other| other == item);
            prop_assert!(place_of(&rested) >= place_of(&plain));
        }

        #[test]
        fn without_popularity_taste_decides(rows in rows()) {
            let list = list(&rows, [1.0, 0.5, 0.0], 20);
            let taste = |row: &[i32; 3]| 2 * row[0].max(-100) + row[1];
            let mut best: Vec<i32> = rows.iter().map(taste).collect();
            best.sort_unstable_by(|a, b| b.cmp(a));
            let found: Vec<i32> = list.iter().map(|ranked| taste(&rows[ranked.item as usize])).collect();
            prop_assert_eq!(&found[..], &best[..found.len()]);
        }
    }

    #[test]
    fn what_everybody_watches_does_not_take_the_whole_screen() {
        // Twenty that everybody watches and that taste hardly speaks for, twenty that it does.
        let popular = (0..20).map(|item| [1, 0, 60 + item]);
        let rows: Vec<[i32; 3]> = popular.chain((0..20).map(|item| [10 + item, 0, 5])).collect();
        let popular = |weight: f64| {
            list(&rows, [1.0, 1.0, weight], 20).iter().filter(|ranked| ranked.item < 20).count()
        };
        assert_eq!((popular(0.0), popular(0.3), popular(3.0)), (0, 0, 20));
        let mut by_sum: Vec<usize> = (0..40).collect();
        by_sum.sort_by_key(|&item| Reverse(10 * rows[item][0] + 3 * rows[item][2]));
        assert!(by_sum[..20].iter().filter(|&&item| item < 20).count() > 5, "{by_sum:?}");
        // Of whom nothing is known gets what everybody watches.
        let unknown: Vec<[i32; 3]> = rows.iter().map(|row| [0, 0, row[2]]).collect();
        assert_eq!(items(&list(&unknown, [1.0, 1.0, 0.3], 20)), (0..20).rev().collect::<Vec<_>>());
    }
}
