use std::rc::Rc;

use super::{Cause, ONE, Score, Scorer, ScorerData, fixed};
use crate::catalog::ItemIndex;
use crate::history::Profile;

/// How many items' worth of a genre every viewer is taken to have liked besides (β): what one item says against it is not all.
const BENEFIT: f64 = 0.5;
/// How many items' worth of the population's taste every viewer is given to begin with (α).
const SMOOTHING: f64 = 20.0;

/// The viewer's most-watched genres against everybody's: a smoothed log-lift.
///
/// `mean over the item's genres of ln(p(g | viewer) / q(g)) − ln(1 + v(g) / (w(g) + β))`, where `w(g) = Σ w_i / |G_i|`,
/// `p(g | viewer) = (w(g) + α q(g)) / (Σ w_i + α)`, `q` is the population's share, and `v(g)` is what `w(g)` is, of what speaks against it: so the
/// second part is how much of what they have had of a genre they liked. 0 is as much as everybody; a viewer without history gets
/// 0 for all.
pub(super) struct GenreScorer {
    data: Rc<ScorerData>,
}

impl GenreScorer {
    pub(super) fn new(data: Rc<ScorerData>) -> Self {
        GenreScorer { data }
    }

    fn lifts(&self, profile: &Profile) -> Vec<Score> {
        let one = f64::from(ONE);
        let total = profile.total as f64 / one;
        let mut weights = vec![(0.0, 0.0); self.data.genre_shares.len()];
        for affinity in &profile.genres {
            weights[affinity.genre as usize] = (affinity.weight as f64 / one, affinity.against as f64 / one);
        }
        let lift = |((weight, against), share): ((f64, f64), &f64)| {
            let smoothed = (weight + SMOOTHING * share) / (total + SMOOTHING);
            fixed(libm::log(smoothed / share / (1.0 + against / (weight + BENEFIT))))
        };
        weights.into_iter().zip(&self.data.genre_shares).map(lift).collect()
    }
}

/// The mean of fixed-point numbers, rounded towards zero.
fn mean(sum: i64, count: usize) -> Score {
    if count == 0 { 0 } else { (sum / count as i64) as Score }
}

impl Scorer for GenreScorer {
    fn score(&self, profile: &Profile, scores: &mut [Score]) {
        let lifts = self.lifts(profile);
        for (score, genres) in scores.iter_mut().zip(self.data.features.genres.iter()) {
            *score = mean(genres.iter().map(|&genre| i64::from(lifts[genre as usize])).sum(), genres.len());
        }
    }

    fn explain(&self, profile: &Profile, item: ItemIndex) -> Vec<Cause> {
        let lifts = self.lifts(profile);
        let genres = self.data.features.genres.row(item as usize);
        let cause =
            |&genre| Cause::Genre { genre, part: mean(i64::from(lifts[genre as usize]), genres.len()) };
        genres.iter().map(cause).collect()
    }
}
