use super::{BuiltIn, Cause, Column, Columns, Domain, Role, Score, Scorer, to_fixed_point};
use crate::catalog::ItemIndex;
use crate::history::Profile;

pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "popularity",
    build: |columns| Box::new(PopularityScorer::new(&columns)),
    columns: &[Column::Popularity, Column::Bias],
    role: Role::Popularity,
    domain: Domain::Items,
    weight: [1.0, 0.2, 0.12, 0.06, 0.03, 0.0],
    weight_without_model: [1.0, 0.6, 0.6, 0.5, 0.5, 0.5],
};

/// What is to be expected of anybody: the prior for viewers of whom little is known.
///
/// The model's bias where it has one for the item; elsewhere the views as a part of those of the most watched. Both are at most 1.
pub(super) struct PopularityScorer {
    scores: Vec<Score>,
}

impl PopularityScorer {
    fn new(columns: &Columns) -> Self {
        let most = columns.popularity.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let score = |(item, &views): (usize, &f32)| match columns.bias.get(item) {
            Some(&bias) if !bias.is_nan() => to_fixed_point(bias.into()),
            _ => to_fixed_point(f64::from(views) / f64::from(most)),
        };
        PopularityScorer { scores: columns.popularity.iter().enumerate().map(score).collect() }
    }
}

impl Scorer for PopularityScorer {
    fn score(&self, _: &Profile, first: u32, scores: &mut [Score]) {
        scores.copy_from_slice(&self.scores[first as usize..][..scores.len()]);
    }

    fn explain(&self, _: &Profile, _: ItemIndex) -> Vec<Cause> {
        Vec::new()
    }
}
