use crate::catalog::ItemIndex;
use crate::error::{Error, Result};
use crate::history::Resting;
use crate::json::number;

/// How much a seed may take away from an item: what is chosen for a place is at least this part short of the best.
pub const ROTATION: f64 = 0.25;
/// The largest number that JavaScript does not round.
const MAX_SEED: f64 = 9_007_199_254_740_991.0;

/// How a list changes from one time to the next: what was shown and not chosen rests, and a seed turns what is nearly equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation<'a> {
    seed: Option<u64>,
    resting: &'a [Resting],
}

/// A seed as a request gives it: a whole number, the same all day for a list that is another one every day.
///
/// # Errors
/// [`Error::Option`] for what is no whole number from 0 to 2⁵³ − 1.
pub fn seed_of(seed: Option<f64>) -> Result<Option<u64>> {
    match seed {
        Some(seed) if !((0.0..=MAX_SEED).contains(&seed) && seed.fract() == 0.0) => {
            let reason = format!("must be a whole number from 0 to 2^53 - 1, found {}", number(seed));
            Err(Error::Option { option: "seed".into(), reason })
        }
        seed => Ok(seed.map(|seed| seed as u64)),
    }
}

impl<'a> Rotation<'a> {
    /// By this seed, if any; `resting` is ascending.
    pub fn new(seed: Option<u64>, resting: &'a [Resting]) -> Self {
        Rotation { seed, resting }
    }

    /// What is left of an item's choice and score, above 0: what rests has its own part ([`Resting`]), and by a seed it is `1 − ρ u` of that, where `u` from 0 to 1
    /// is drawn for each item and seed, and `ρ` is [`ROTATION`].
    ///
    /// The best `k` items have at least `1 − ρ` of their choices left, so of what is chosen for a whole number of screens the
    /// `k`-th best has at least that part of the `k`-th best choice without a seed.
    pub fn left(&self, item: ItemIndex) -> f64 {
        let resting = match self.resting {
            [] => None,
            resting => resting.binary_search_by_key(&item, |resting| resting.item).ok(),
        };
        let left = resting.map_or(1.0, |place| self.resting[place].left);
        self.seed.map_or(left, |seed| left * (1.0 - ROTATION * drawn(seed, item)))
    }
}

/// A number from 0 to 1 for each seed and item: SplitMix64 (Steele, Lea and Flood 2014), at the item's place in the seed's sequence.
fn drawn(seed: u64, item: ItemIndex) -> f64 {
    let mut bits = seed
        .wrapping_mul(0xd134_2543_de82_ef95)
        .wrapping_add((u64::from(item) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_whole_number_that_javascript_has() {
        assert_eq!(seed_of(None), Ok(None));
        for seed in [0.0, 20_454.0, MAX_SEED] {
            assert_eq!(seed_of(Some(seed)), Ok(Some(seed as u64)));
        }
        for seed in [-1.0, 0.5, MAX_SEED + 1.0, f64::NAN, f64::INFINITY] {
            let error = seed_of(Some(seed)).expect_err("bad");
            assert!(error.to_string().starts_with("option seed: must be a whole number from 0"), "{error}");
        }
    }

    #[test]
    fn what_a_seed_takes_is_spread_evenly_and_each_seed_takes_something_else() {
        let drawn = |seed: u64| -> Vec<f64> { (0..4000).map(|item| super::drawn(seed, item)).collect() };
        for seed in [0, 1, 20_454, MAX_SEED as u64] {
            let (mut today, tomorrow) = (drawn(seed), drawn(seed + 1));
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let (a, b) = (mean(&today), mean(&tomorrow));
            let product: Vec<f64> = today.iter().zip(&tomorrow).map(|(x, y)| (x - a) * (y - b)).collect();
            assert!((mean(&product) * 12.0).abs() < 0.05, "one day says nothing of the next");
            today.sort_by(f64::total_cmp);
            for (place, value) in today.iter().enumerate() {
                assert!((value - place as f64 / 4000.0).abs() < 0.04, "{place}: {value}");
            }
        }
    }

    #[test]
    fn a_seed_and_a_rest_take_each_their_part() {
        let resting = [Resting { item: 1, left: 0.5 }, Resting { item: 4, left: 0.25 }];
        let left = |seed, item| Rotation::new(seed, &resting).left(item);
        assert_eq!([0, 1, 4, 5].map(|item| left(None, item)), [1.0, 0.5, 0.25, 1.0]);
        for item in 0..6 {
            let turned = left(Some(3), item) / left(None, item);
            assert!(turned > 1.0 - ROTATION && turned <= 1.0);
            assert_eq!(left(Some(3), item), left(Some(3), item));
        }
    }
}
