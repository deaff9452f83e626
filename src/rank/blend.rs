use crate::error::{Error, Result};
use crate::json::number;
use crate::model::{MAX_WEIGHT, bucket_of};
use crate::score::{Score, ScorerSpec, find, to_fixed_point, unknown};

/// Weights by scorer name, as a request may give them. A scorer that is not named keeps its default.
pub type WeightsOption = Vec<(String, f64)>;

/// What each scorer's score is multiplied by, in steps of 1 / [`crate::score::SCORE_ONE`], for a history of `length` items, where the request
/// does not choose others.
///
/// # Errors
/// [`Error::Option`] for a name that is no scorer's, or a weight that is not from 0 to [`MAX_WEIGHT`].
pub fn weights(specs: &[ScorerSpec], length: usize, chosen: &WeightsOption) -> Result<Vec<Score>> {
    let bucket = bucket_of(length);
    let mut weights: Vec<Score> = specs.iter().map(|spec| to_fixed_point(spec.weight[bucket])).collect();
    for (name, weight) in chosen {
        let scorer = find(specs, name).ok_or_else(|| unknown("weights", name, specs))?;
        if !(0.0..=MAX_WEIGHT).contains(weight) {
            let reason = format!("must be from 0 to {}, found {}", number(MAX_WEIGHT), number(*weight));
            return Err(Error::Option { option: format!("weights.{name}"), reason });
        }
        weights[scorer] = to_fixed_point(*weight);
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ItemModel;
    use crate::score::{BUILT_IN, WorkerCounts};

    fn specs(model: Option<&ItemModel>) -> Vec<ScorerSpec> {
        ScorerSpec::all(model, &[], &WorkerCounts::default()).expect("good")
    }

    #[test]
    fn a_scorer_that_is_not_named_keeps_its_default() {
        let mut model = ItemModel::default();
        model.metadata.blend.insert("history".into(), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        let specs = specs(Some(&model));
        let genre = BUILT_IN[1].weight;
        for (length, bucket) in [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (20, 4), (21, 5), (5000, 5)]
        {
            let weights = weights(&specs, length, &vec![("popularity".to_owned(), 0.7)]).expect("good");
            assert_eq!(
                weights,
                [to_fixed_point(bucket as f64 / 10.0), to_fixed_point(genre[bucket]), to_fixed_point(0.7)]
            );
        }
        let alone = weights(&self::specs(None), 0, &WeightsOption::new());
        assert_eq!(
            alone,
            Ok(vec![0, 0, to_fixed_point(1.0)]),
            "of whom nothing is known gets what everybody watches"
        );
    }

    #[test]
    fn bad_weights_are_named() {
        for (name, weight, part) in [
            ("gender", 1.0, "there are history, genre, popularity"),
            ("genre", -0.1, "from 0 to 10"),
            ("genre", f64::NAN, "from 0 to 10"),
            ("genre", 11.0, "from 0 to 10"),
        ] {
            let chosen = vec![(name.to_owned(), weight)];
            let error = weights(&specs(None), 0, &chosen).expect_err(name);
            assert_eq!(error.code(), "OPTION");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
