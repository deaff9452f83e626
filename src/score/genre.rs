use std::sync::Arc;

use super::{BuiltIn, Cause, Column, Columns, Domain, Role, SCORE_ONE, Score, Scorer, to_fixed_point};
use crate::catalog::ItemIndex;
use crate::history::Profile;

pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "genre",
    build: |columns| Box::new(GenreScorer { columns }),
    columns: &[Column::Genres, Column::GenreShares],
    role: Role::Taste(2),
    domain: Domain::GenreSets,
    weight: [0.0, 0.1, 0.06, 0.03, 0.01, 0.01],
    weight_without_model: [0.0, 0.3, 0.3, 0.3, 0.3, 0.3],
};

/// How many items' worth of each genre every viewer is taken to have liked to begin with (β).
const LIKED: f64 = 0.5;
/// How many items' worth of the population's taste every viewer is given to begin with (α).
const SMOOTHING: f64 = 20.0;

/// The viewer's most-watched genres against everybody's: a smoothed log-lift.
///
/// `mean over the item's genres of ln(p(g) / q(g)) + ln(min(r(g) / r, 1))`. Of a genre the viewer watches `p(g) = (w(g) + α q(g)) / (w + α)`, everybody
/// `q(g)`; and of what they have had of it they liked `r(g) = (w(g) + β) / (w(g) + v(g) + β)`, of everything `r = (w + α) / (w + v + α)`. Here
/// `w(g) = Σ w_i / |G_i|` over the items of that genre that speak for it, `w = Σ w_i`, and `v(g)`, `v` are the same of what speaks against it.
/// That they dislike one genre speaks against it and not for the others. 0 is as much as everybody; a viewer without history gets 0 for all.
struct GenreScorer {
    columns: Arc<Columns>,
}

impl GenreScorer {
    fn lifts(&self, profile: &Profile) -> Vec<Score> {
        let one = f64::from(SCORE_ONE);
        let total = profile.total as f64 / one;
        let mut weights = vec![(0.0, 0.0); self.columns.genre_shares.len()];
        for affinity in &profile.genres {
            weights[affinity.genre as usize] = (affinity.weight as f64 / one, affinity.against as f64 / one);
        }
        let averse =
            profile.averse.iter().map(|affinity| i64::from(affinity.weight)).sum::<i64>() as f64 / one;
        let liked = (total + SMOOTHING) / (total + averse + SMOOTHING);
        let lift = |((weight, against), share): ((f64, f64), &f64)| {
            let smoothed = (weight + SMOOTHING * share) / (total + SMOOTHING);
            let liked = ((weight + LIKED) / (weight + against + LIKED) / liked).min(1.0);
            to_fixed_point(libm::log(smoothed / share * liked))
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
