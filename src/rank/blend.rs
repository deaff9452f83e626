use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{ItemModel, MAX_WEIGHT, WeightByLength, bucket_of};
use crate::score::{SCORERS, Score, fixed};

/// What each scorer's score is multiplied by, in steps of 1 / [`crate::score::ONE`], in the order of [`SCORERS`].
pub type Weights = [Score; SCORERS.len()];

/// Weights by scorer name, as a request may give them. A scorer that is not named keeps its default.
pub type WeightsOption = BTreeMap<String, f64>;

/// The default weights of all scorers, in the order of [`SCORERS`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend([WeightByLength; SCORERS.len()]);

impl Blend {
    /// Those that go with this model, or with none.
    pub fn new(model: Option<&ItemModel>) -> Self {
        Blend(SCORERS.each_ref().map(|scorer| match model {
            Some(model) => model.metadata.blend.get(scorer.name).copied().unwrap_or(scorer.weight),
            None => scorer.weight_without_model,
        }))
    }

    /// The weights for a history of `length` items, where the request does not choose others.
    ///
    /// # Errors
    /// [`Error::Option`] for a name that is no scorer's, or a weight that is not from 0 to [`MAX_WEIGHT`].
    pub fn weights(&self, length: usize, chosen: &WeightsOption) -> Result<Weights> {
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
        let bucket = bucket_of(length);
        Ok(std::array::from_fn(|place| {
            fixed(chosen.get(SCORERS[place].name).copied().unwrap_or(self.0[place][bucket]))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scorer_that_is_not_named_keeps_its_default() {
        let mut model = ItemModel::default();
        model.metadata.blend.insert("history".into(), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        let blend = Blend::new(Some(&model));
        let genre = SCORERS[1].weight;
        for (length, bucket) in [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (20, 4), (21, 5), (5000, 5)]
        {
            let weights = blend.weights(length, &[("popularity".to_owned(), 0.7)].into()).expect("good");
            assert_eq!(weights, [fixed(bucket as f64 / 10.0), fixed(genre[bucket]), fixed(0.7)]);
        }
        let alone = Blend::new(None).weights(0, &WeightsOption::new());
        assert_eq!(alone, Ok([0, 0, fixed(1.0)]), "of whom nothing is known gets what everybody watches");
    }

    #[test]
    fn bad_weights_are_named() {
        for (name, weight, part) in [
            ("gender", 1.0, "there are history, genre, popularity"),
            ("genre", -0.1, "from 0 to 10"),
            ("genre", f64::NAN, "from 0 to 10"),
            ("genre", 11.0, "from 0 to 10"),
        ] {
            let chosen = WeightsOption::from([(name.to_owned(), weight)]);
            let error = Blend::new(None).weights(0, &chosen).expect_err(name);
            assert_eq!(error.code(), "OPTION");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
