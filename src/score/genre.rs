use std::sync::Arc;

use super::{BuiltIn, Cause, Column, Columns, Domain, ONE, Role, Score, Scorer, fixed};
use crate::catalog::ItemIndex;
use crate::history::Profile;

pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "genre",
    build: |columns| Box::new(GenreScorer { columns }),
    columns: &[Column::Genres, Column::GenreShares],
    role: Role::Taste(2),
    domain: Domain::GenreSets,
    weight: [0.0, 0.1, 0.15, 0.08, 0.01, 0.01],
    weight_without_model: [0.0, 0.3, 0.3, 0.3, 0.3, 0.3],
};

/// A genre that the viewer avoids keeps at least this part of the population's share.
const LEAST: f64 = 0.05;
/// How many items' worth of the population's taste every viewer is given to begin with (α).
const SMOOTHING: f64 = 20.0;

/// The viewer's most-watched genres against everybody's: a smoothed log-lift.
///
/// `mean over the item's genres of ln(p(g | viewer) / q(g))`, where
/// `p(g | viewer) = (Σ w_i / |G_i| + α q(g)) / (Σ w_i + α)` and `q` is the population's share.
/// What is disliked counts with negative weights, and leaves a genre at least a twentieth of its share. 0 is as much as everybody; a
/// viewer without history gets 0 for all.
struct GenreScorer {
    columns: Arc<Columns>,
}

impl GenreScorer {
    fn lifts(&self, profile: &Profile) -> Vec<Score> {
        let one = f64::from(ONE);
        let total = profile.total as f64 / one;
        let mut weights = vec![0.0; self.columns.genre_shares.len()];
        for affinity in &profile.genres {
            weights[affinity.genre as usize] = affinity.weight as f64 / one;
        }
        let lift = |(weight, share): (f64, &f64)| {
            let smoothed = (weight + SMOOTHING * share).max(LEAST * SMOOTHING * share) / (total + SMOOTHING);
            fixed(libm::log(smoothed / share))
        };
        weights.into_iter().zip(self.columns.genre_shares.iter()).map(lift).collect()
    }
}

/// The mean of fixed-point numbers, rounded towards zero.
fn mean(sum: i64, count: usize) -> Score {
    if count == 0 { 0 } else { (sum / count as i64) as Score }
}

impl Scorer for GenreScorer {
    fn score(&self, profile: &Profile, first: u32, scores: &mut [Score]) {
        let lifts = self.lifts(profile);
        for (score, genres) in scores.iter_mut().zip(self.columns.genres.sets.iter().skip(first as usize)) {
            *score = mean(genres.iter().map(|&genre| i64::from(lifts[genre as usize])).sum(), genres.len());
        }
    }

    fn explain(&self, profile: &Profile, item: ItemIndex) -> Vec<Cause> {
        let lifts = self.lifts(profile);
        let genres = self.columns.genres.of(item);
        let cause =
            |&genre| Cause::Genre { genre, part: mean(i64::from(lifts[genre as usize]), genres.len()) };
        genres.iter().map(cause).collect()
    }
}
