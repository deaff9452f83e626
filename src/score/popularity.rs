use super::{Cause, Score, Scorer, ScorerData, fixed};
use crate::catalog::ItemIndex;
use crate::history::Profile;

/// What everybody watches: the prior for viewers of whom little is known.
///
/// `log(1 + views) / log(1 + views of the most watched)`, from 0 to 1.
pub(super) struct PopularityScorer {
    scores: Vec<Score>,
}

impl PopularityScorer {
    pub(super) fn new(data: &ScorerData) -> Self {
        let most = data.popularity.iter().copied().fold(0.0, f32::max);
        let scale = libm::log1p(f64::from(most)).max(f64::MIN_POSITIVE);
        let score = |&views: &f32| fixed(libm::log1p(f64::from(views)) / scale);
        PopularityScorer { scores: data.popularity.iter().map(score).collect() }
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
