//! The weights of popularity and genres by how much is known of a viewer, chosen by accuracy and by what is felt.

use super::grid::{COLD, GENRE, POPULARITY};
use super::{Trial, Tuner, name_of, ndcg_10};
use crate::error::Result;
use crate::evaluate::{Holdout, Mean};
use crate::model::ItemModel;
use crate::score::{BUILT_IN, GENRE as GENRE_SCORER, POPULARITY as POPULARITY_SCORER};

/// How much of the best nDCG@10 may be given up for lists that are the viewer's own, after one or two events and after three to
/// five. Beyond that it is one standard error.
const GIVEN_UP: [f64; 2] = [0.15, 0.07];

/// What lists are like with one choice of weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Popularity's weight.
    pub popularity: f64,
    /// The genres'.
    pub genre: f64,
    /// How good the lists are.
    pub ndcg_10: Mean,
    /// How much of the first 20 is the viewer's own.
    pub personal_20: f64,
}

/// What can be had for one length of history: no other point is better in one respect and as good in the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    /// Of how many items.
    pub history: String,
    /// The most accurate first.
    pub points: Vec<Point>,
    /// The place of the one that was taken: of those that give up no more accuracy than may be the one that is felt most.
    pub taken: usize,
}

impl Frontier {
    fn new(history: String, bucket: usize, mut points: Vec<Point>) -> Self {
        let better = |a: &Point, b: &Point| {
            a.ndcg_10.mean >= b.ndcg_10.mean
                && a.personal_20 >= b.personal_20
                && (a.ndcg_10.mean, a.personal_20) != (b.ndcg_10.mean, b.personal_20)
        };
        let all = points.clone();
        points.retain(|point| !all.iter().any(|other| better(other, point)));
        points.sort_by(|a, b| b.ndcg_10.mean.total_cmp(&a.ndcg_10.mean));
        points.dedup_by_key(|point| (point.ndcg_10.mean.to_bits(), point.personal_20.to_bits()));
        let least = points.first().map_or(0.0, |best| match GIVEN_UP.get(bucket - 1) {
            Some(share) => best.ndcg_10.mean * (1.0 - share),
            None => best.ndcg_10.mean - best.ndcg_10.standard_error,
        });
        // Along the frontier the one goes up as the other goes down.
        let taken = points.iter().rposition(|point| point.ndcg_10.mean >= least).unwrap_or_default();
        Frontier { history, points, taken }
    }
}

impl Tuner<'_> {
    /// For each length of history but none the weights of popularity and of genres; the history's is 1.
    pub(super) fn tune_blend(&mut self, model: &mut ItemModel) -> Result<()> {
        let timed = self.split.train.timed;
        let cold = COLD.map(|items| vec![(self.split.cold(items), timed)]);
        // With much history the blend must do in both ways to ask.
        let mut whole = vec![(self.split.random_holdout(), false)];
        if timed {
            whole.push((self.split.temporal_holdout(), true));
        }
        let popularity = BUILT_IN[POPULARITY_SCORER];
        let usual = *model.metadata.blend.get(popularity.name).unwrap_or(&popularity.weight);
        for (holdouts, bucket) in cold.into_iter().chain([whole]).zip(1..) {
            let mut points = Vec::new();
            // In long histories it counts nothing; then what it counts in those before.
            let usual = [bucket, bucket - 1].map(|bucket| usual[bucket]);
            let usual = usual.into_iter().find(|&weight| weight > 0.0).unwrap_or(1.0);
            for popularity in POPULARITY.map(|times| (1e4 * times * usual).round() / 1e4) {
                for &genre in self.genre_weights() {
                    set(model, POPULARITY_SCORER, bucket, popularity);
                    set(model, GENRE_SCORER, bucket, genre);
                    let point = self.point(model, bucket, (popularity, genre), &holdouts)?;
                    points.push(point);
                }
            }
            let frontier = Frontier::new(name_of(bucket), bucket, points);
            if let Some(point) = frontier.points.get(frontier.taken) {
                set(model, POPULARITY_SCORER, bucket, point.popularity);
                set(model, GENRE_SCORER, bucket, point.genre);
            }
            self.frontiers.push(frontier);
        }
        Ok(())
    }

    fn point(
        &mut self,
        model: &ItemModel,
        bucket: usize,
        (popularity, genre): (f64, f64),
        holdouts: &[(Holdout, bool)],
    ) -> Result<Point> {
        let evaluations =
            holdouts.iter().map(|(holdout, ordered)| self.evaluate(model, holdout, *ordered, None));
        let evaluations = evaluations.collect::<Result<Vec<_>>>()?;
        let ndcg = |place: usize| evaluations.iter().map(move |evaluation| evaluation.viewers[place].metrics);
        let count = evaluations.len() as f64;
        let viewers = evaluations.iter().map(|evaluation| evaluation.viewers.len()).min().unwrap_or_default();
        let mean = |place: usize| ndcg(place).map(|metrics| metrics.ndcg_10).sum::<f64>() / count;
        let personal = evaluations.iter().filter_map(|of| of.mean_felt(|felt| Some(felt.personal_20)));
        self.tell(Trial {
            what: format!("{} items, popularity {popularity}, genre {genre}", name_of(bucket)),
            value: evaluations.iter().map(ndcg_10).sum::<f64>() / count,
            above: None,
            best: false,
            done: (0, 0),
        });
        Ok(Point {
            popularity,
            genre,
            ndcg_10: Mean::of((0..viewers).map(mean)),
            personal_20: personal.map(|mean| mean.mean).sum::<f64>() / count,
        })
    }

    /// How many trials [`Tuner::tune_blend`] takes.
    pub(super) fn blend_trials(&self) -> usize {
        (COLD.len() + 1) * POPULARITY.len() * self.genre_weights().len()
    }

    /// Without genres there is nothing to weigh.
    fn genre_weights(&self) -> &'static [f64] {
        if self.catalog.is_some() { &GENRE } else { &[0.0] }
    }
}

fn set(model: &mut ItemModel, scorer: usize, bucket: usize, weight: f64) {
    let kind = BUILT_IN[scorer];
    model.metadata.blend.get_or_insert(kind.name.to_owned(), kind.weight)[bucket] = weight;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(ndcg_10: f64, personal_20: f64) -> Point {
        let ndcg_10 = Mean { mean: ndcg_10, standard_error: 0.01 };
        Point { popularity: 0.0, genre: 0.0, ndcg_10, personal_20 }
    }

    #[test]
    fn what_is_felt_is_as_high_as_accuracy_allows() {
        let points = vec![
            point(0.10, 0.9),
            point(0.20, 0.1),
            point(0.188, 0.4),
            point(0.18, 0.3), // Worse than the one above in both.
            point(0.171, 0.6),
            point(0.188, 0.4), // The same again.
        ];
        for (bucket, taken) in [(1, 0.6), (2, 0.4), (3, 0.1), (5, 0.1)] {
            let frontier = Frontier::new(String::new(), bucket, points.clone());
            let along: Vec<f64> = frontier.points.iter().map(|point| point.personal_20).collect();
            assert_eq!(along, [0.1, 0.4, 0.6, 0.9]);
            assert_eq!(frontier.points[frontier.taken].personal_20, taken, "bucket {bucket}");
        }
    }
}
