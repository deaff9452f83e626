use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::score::{SCORERS, Score, fixed};

/// The largest weight. It keeps a blended score exact as a JavaScript number.
pub const MAX_WEIGHT: f64 = 10.0;

/// What each scorer's score is multiplied by, in steps of 1 / [`crate::score::ONE`], in the order of [`SCORERS`].
pub type Weights = [Score; SCORERS.len()];

/// A row of [`DEFAULT_WEIGHTS`].
pub struct LengthBucket {
    /// The longest history this row is for, in items.
    pub up_to: usize,
    /// The weights in the order of [`SCORERS`]: history, genre, popularity.
    pub weights: [f64; SCORERS.len()],
}

/// The weights by length of history: the less is known of a viewer, the more counts what everybody watches.
pub const DEFAULT_WEIGHTS: [LengthBucket; 6] = [
    LengthBucket { up_to: 0, weights: [0.0, 0.0, 1.0] },
    LengthBucket { up_to: 2, weights: [1.0, 0.2, 1.0] },
    LengthBucket { up_to: 5, weights: [1.0, 0.2, 0.6] },
    LengthBucket { up_to: 10, weights: [1.0, 0.2, 0.4] },
    LengthBucket { up_to: 20, weights: [1.0, 0.1, 0.2] },
    LengthBucket { up_to: usize::MAX, weights: [1.0, 0.05, 0.1] },
];

/// Weights by scorer name, as a request may give them. A scorer that is not named keeps its default.
pub type WeightsOption = BTreeMap<String, f64>;

/// The weights for a history of `length` items.
///
/// # Errors
/// [`Error::Option`] for a name that is no scorer's, or a weight that is not from 0 to [`MAX_WEIGHT`].
pub fn weights(length: usize, chosen: &WeightsOption) -> Result<Weights> {
    for (name, &weight) in chosen {
        let fail = |reason| Err(Error::Option { option: format!("weights.{name}"), reason });
        if !SCORERS.iter().any(|scorer| scorer.name == name) {
            let names: Vec<&str> = SCORERS.iter().map(|scorer| scorer.name).collect();
            return fail(format!("there is no such scorer; there are {}", names.join(", ")));
        }
        if !(0.0..=MAX_WEIGHT).contains(&weight) {
            return fail(format!("must be from 0 to {MAX_WEIGHT}, found {weight}"));
        }
    }
    let bucket = DEFAULT_WEIGHTS.iter().find(|bucket| length <= bucket.up_to);
    let defaults = bucket.map_or([0.0; SCORERS.len()], |bucket| bucket.weights);
    let mut weights = [0; SCORERS.len()];
    for (place, scorer) in SCORERS.iter().enumerate() {
        weights[place] = fixed(chosen.get(scorer.name).copied().unwrap_or(defaults[place]));
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scorer_that_is_not_named_keeps_its_default() {
        let chosen = WeightsOption::from([("genre".to_owned(), 0.3)]);
        assert_eq!(weights(2, &chosen), Ok([fixed(1.0), fixed(0.3), fixed(1.0)]));
        assert_eq!(weights(0, &WeightsOption::new()), Ok([0, 0, fixed(1.0)]));
    }

    #[test]
    fn bad_weights_are_named() {
        for (name, weight, part) in [
            ("gender", 1.0, "there are history, genre, popularity"),
            ("genre", -0.1, "from 0 to 10"),
            ("genre", f64::NAN, "from 0 to 10"),
            ("genre", 11.0, "from 0 to 10"),
        ] {
            let error = weights(0, &WeightsOption::from([(name.to_owned(), weight)])).expect_err(name);
            assert_eq!(error.code(), "OPTION");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
