use super::{JoinedModel, JoinedTable, RoughTaste};
use crate::catalog::ItemIndex;
use crate::fixed::Score;
use crate::order;

/// What items of a history speak for a few targets: what all of them need is made once.
pub struct Towards<'a> {
    model: &'a JoinedModel,
    /// The targets, ascending, and the place at which each was asked for.
    targets: Vec<(ItemIndex, usize)>,
    /// Whether an item is one of them: nearly all that a row has are not.
    is_target: Vec<bool>,
    /// By place. What two items say of each other in low rank is the same both ways, but for a weight; so a target's taste does for all sources.
    rough: Vec<Option<RoughTaste>>,
}

impl<'a> Towards<'a> {
    /// For these targets.
    pub fn new(model: &'a JoinedModel, targets: &[ItemIndex]) -> Self {
        let mut is_target = vec![false; model.known.len()];
        targets.iter().for_each(|&target| is_target[target as usize] = true);
        let mut places: Vec<(ItemIndex, usize)> = targets.iter().copied().zip(0..).collect();
        order::sort_by_key(&mut places, |&(target, _)| target.into());
        let rough = |&target: &ItemIndex| {
            let low_rank = model.low_rank.as_ref()?;
            low_rank.rough(&low_rank.taste_for(target))
        };
        Towards { model, targets: places, is_target, rough: targets.iter().map(rough).collect() }
    }

    /// What `score` makes of the weights of `source` for each target, [`JoinedModel::weights`]. It must not be now larger and now smaller the larger the
    /// first of them is: nearly always two numbers that the exact one is between give the same score.
    pub fn scores(&self, source: ItemIndex, score: impl Fn(f64, f64) -> Score) -> Vec<Score> {
        let mut weights = vec![(0.0, 0.0); self.rough.len()];
        self.each(&self.model.neighbours, source, &mut |place, weight| weights[place].0 = weight);
        if let Some(next) = &self.model.next {
            self.each(next, source, &mut |place, weight| weights[place].1 = weight);
        }
        let mut scores = vec![0; weights.len()];
        for &(target, place) in &self.targets {
            let (alike, after) = weights[place];
            let known = match &self.model.low_rank {
                Some(low_rank) if source != target => self.rough[place].as_ref().and_then(|rough| {
                    let [least, most] = rough.bounds(low_rank.factors_of(source));
                    let weight = f64::from(low_rank.weights[target as usize]);
                    let one = score(alike + least * weight, after);
                    (one == score(alike + most * weight, after)).then_some(one)
                }),
                _ => Some(score(alike, after)),
            };
            scores[place] = known.unwrap_or_else(|| {
                let (alike, after) = self.model.weights(source, target);
                score(alike, after)
            });
        }
        scores
    }

    /// Calls `take` with what a table says of a source and each target that is in its row.
    fn each(&self, table: &JoinedTable, source: ItemIndex, take: &mut dyn FnMut(usize, f64)) {
        let (targets, weights) = table.row(source);
        for (&target, &weight) in
            targets.iter().zip(weights).filter(|(target, _)| self.is_target[**target as usize])
        {
            let first = self.targets.partition_point(|(other, _)| *other < target);
            let same = self.targets[first..].iter().take_while(|(other, _)| *other == target);
            let weight = f64::from(weight) * f64::from(table.scales[target as usize]);
            same.for_each(|&(_, place)| take(place, weight));
        }
    }
}
