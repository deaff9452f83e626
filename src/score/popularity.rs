use super::{Cause, Score, Scorer, ScorerData, fixed};
use crate::catalog::ItemIndex;
use crate::history::Profile;

/// What is to be expected of anybody: the prior for viewers of whom little is known.
///
/// The model's bias where it has one for the item; elsewhere the views as a part of those of the most watched. Both are at most 1.
pub(super) struct PopularityScorer {
    scores: Vec<Score>,
}

impl PopularityScorer {
    pub(super) fn new(data: &ScorerData) -> Self {
        let most = data.popularity.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let learnt = data.model.as_ref().filter(|model| !model.bias.is_empty());
        let score = |(item, &views): (usize, &f32)| match learnt.filter(|model| model.known[item]) {
            Some(model) => fixed(model.bias[item].into()),
            None => fixed(f64::from(views) / f64::from(most)),
        };
        PopularityScorer { scores: data.popularity.iter().enumerate().map(score).collect() }
    }
}

impl Scorer for PopularityScorer {
    fn score(&self, _: &Profile, scores: &mut [Score]) {
        scores.copy_from_slice(&self.scores);
    }

    fn explain(&self, _: &Profile, _: ItemIndex) -> Vec<Cause> {
        Vec::new()
    }
}
