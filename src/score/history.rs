use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use super::content::{self, Content, QueryVector};
use super::similar::Similar;
use super::sums::Sums;
use super::{
    BuiltIn, Cause, Column, Columns, Domain, MAX_REASONS, Role, SCORE_ONE, Score, Scorer, to_fixed_point,
};
use crate::catalog::ItemIndex;
use crate::history::Profile;
use crate::model::{JoinedModel, LowRank, Towards, WeightByLength, bucket_of};

pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "history",
    build: |columns| Box::new(HistoryScorer::new(columns)),
    columns: &[Column::Genres, Column::Terms, Column::Model],
    role: Role::Taste(1),
    domain: Domain::Items,
    weight: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    weight_without_model: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
};

/// What the mean likeness by content is multiplied by beside a model.
const BESIDE_MODEL: WeightByLength = [0.0, 0.1, 0.0, 0.0, 0.0, 0.0];

/// What goes with what the viewer watched.
///
/// By the model where both items are in it, as [`ItemModel`](crate::model::ItemModel) says. Where one of them is not, by content on
/// the model's scale, `c · Σ_i w_i cos(i, j)`, with `c` such that over all pairs the mean of `c · cos` is that
/// of `b`, times what `b` counts. Where there is no model, by the mean likeness `Σ_i w_i cos(i, j) / Σ_i w_i`; beside a model that counts a little, too, where
/// hardly anything is known of a viewer ([`BESIDE_MODEL`]). An item, which is no viewer,
/// is asked for by [`Similar`].
struct HistoryScorer {
    columns: Arc<Columns>,
    by_content: OnceCell<ByContent>,
    /// Whether there is an item that the model does not know.
    has_unknown: bool,
    similar: Similar,
    /// What the last history said by the model, and what its aversions said.
    sums: [RefCell<Sums>; 2],
}

/// What is compared where the model does not know an item, or where there is none.
struct ByContent {
    content: Content,
    /// `c`; `None` where there is no model.
    scale: Option<f64>,
}

impl HistoryScorer {
    fn new(columns: Arc<Columns>) -> Self {
        let has_unknown = (0..columns.items).any(|item| !columns.in_model(item));
        HistoryScorer {
            columns,
            by_content: OnceCell::new(),
            has_unknown,
            similar: Similar::default(),
            sums: Default::default(),
        }
    }

    fn by_content(&self) -> &ByContent {
        self.by_content.get_or_init(|| {
            let content = Content::new(self.columns.terms.get().clone());
            let scale = self.columns.model.as_ref().map(|model| {
                let known = (0..self.columns.items as usize).filter(|&item| model.known[item]);
                let cosine = content.mean_cosine(known);
                if cosine > 0.0 { model.mean_weight() / cosine } else { 0.0 }
            });
            ByContent { content, scale }
        })
    }

    /// What a step of an item's weight is worth in a likeness by content.
    fn worth(&self, profile: &Profile) -> Worth {
        let mean = 1.0 / total(profile).max(1) as f64;
        let Some((model, scale)) = self.columns.model.as_ref().zip(self.by_content().scale) else {
            return Worth { together: mean, apart: mean };
        };
        let scale = scale * model.weights.of(profile.items.len(), profile.ordered).0;
        let beside = if profile.of_viewer { BESIDE_MODEL[bucket_of(profile.items.len())] } else { 0.0 };
        Worth { together: mean * beside, apart: mean * beside + scale / f64::from(SCORE_ONE) }
    }

    /// What a history says by its content to items that the model knows, and to those that it does not; `None` where that is nothing, or where
    /// there are none.
    fn tastes(&self, profile: &Profile, worth: Worth) -> [Option<QueryVector>; 2] {
        let Worth { together, apart } = worth;
        let taste = |worth: &dyn Fn(ItemIndex) -> f64| {
            let items = profile.items.iter().map(|affinity| (affinity, worth(affinity.item)));
            self.by_content().content.query(items.filter(|(_, worth)| *worth != 0.0))
        };
        let silent =
            together == 0.0 && profile.items.iter().all(|affinity| self.columns.in_model(affinity.item));
        let to_known = |item: ItemIndex| if self.columns.in_model(item) { together } else { apart };
        [(!silent).then(|| taste(&to_known)), self.has_unknown.then(|| taste(&|_| apart))]
    }
}

/// What a step of an item's weight is worth in a likeness by content.
#[derive(Clone, Copy)]
struct Worth {
    /// Where the model knows both items.
    together: f64,
    /// Where it does not.
    apart: f64,
}

fn total(profile: &Profile) -> i64 {
    profile.items.iter().map(|affinity| i64::from(affinity.weight)).sum()
}

/// The scores of the items from the `first` on by the model.
fn score_by_model(
    model: &JoinedModel,
    profile: &Profile,
    sums: &mut Sums,
    first: ItemIndex,
    scores: &mut [Score],
) {
    let (similarity, next) = model.weights.of(profile.items.len(), profile.ordered);
    let [unit, unit_of_next] = [similarity, next].map(|factor| factor / f64::from(SCORE_ONE));
    sums.follow(model, &profile.items, unit);
    add_table(&sums.neighbours, &model.neighbours.scales, unit, first, scores);
    if let Some(low_rank) = &model.low_rank {
        add_low_rank(low_rank, sums, unit, first, scores);
    }
    if let Some(table) = model.next.as_ref().filter(|_| next > 0.0) {
        add_table(&sums.next, &table.scales, unit_of_next, first, scores);
    }
}

/// Adds sums of a table, in steps of `scales`, times `unit`.
fn add_table(sums: &[i64], scales: &[f32], unit: f64, first: ItemIndex, scores: &mut [Score]) {
    let first = first as usize;
    for ((score, &sum), &scale) in scores.iter_mut().zip(&sums[first..]).zip(&scales[first..]) {
        // A short history speaks for few.
        if sum != 0 {
            *score = score.saturating_add(to_fixed_point(sum as f64 * unit * f64::from(scale)));
        }
    }
}

fn add_low_rank(low_rank: &LowRank, sums: &Sums, unit: f64, first: ItemIndex, scores: &mut [Score]) {
    let taste = low_rank.taste(&sums.factors, unit);
    let rough = low_rank.rough(&taste);
    for ((item, score), &own) in (first..).zip(scores).zip(&sums.own[first as usize..]) {
        let said = rough.as_ref().and_then(|rough| low_rank.rough_score(rough, item, own));
        let said = said.unwrap_or_else(|| to_fixed_point(low_rank.dot(&taste, item) - own));
        *score = score.saturating_add(said);
    }
}

impl HistoryScorer {
    /// The scores of the items from the `first` on without what the viewer is averse to.
    fn score_liked(
        &self,
        profile: &Profile,
        worth: Worth,
        sums: &RefCell<Sums>,
        first: ItemIndex,
        scores: &mut [Score],
    ) {
        if profile.items.is_empty() {
            return;
        }
        if let Some(model) = &self.columns.model {
            score_by_model(model, profile, &mut sums.borrow_mut(), first, scores);
        }
        let [to_known, to_unknown] = self.tastes(profile, worth);
        if to_known.is_none() && to_unknown.is_none() {
            return;
        }
        let content = &self.by_content().content;
        for (item, score) in (first..).zip(scores) {
            if let Some(query) = if self.columns.in_model(item) { &to_known } else { &to_unknown } {
                *score = score.saturating_add(content.likeness(query, item as usize));
            }
        }
    }

    /// What each item of the history adds to the score of each of `items`.
    fn parts(&self, profile: &Profile, worth: Worth, items: &[ItemIndex]) -> Vec<Vec<(ItemIndex, Score)>> {
        let Worth { together, apart } = worth;
        let of_parts = |model: &JoinedModel| model.weights.of(profile.items.len(), profile.ordered);
        let (similarity, next) = self.columns.model.as_ref().map_or((0.0, 0.0), of_parts);
        let towards = self.columns.model.as_ref().map(|model| (model, Towards::new(model, items)));
        let mut parts = vec![Vec::new(); items.len()];
        for affinity in &profile.items {
            let source = affinity.item;
            let [weight, recent] =
                [affinity.weight, affinity.recent].map(|w| f64::from(w) / f64::from(SCORE_ONE));
            let by_model = towards.as_ref().filter(|(model, _)| model.contains(source));
            let by_model = by_model.map(|(model, towards)| {
                let score =
                    |alike, after| to_fixed_point(weight * similarity * alike + recent * next * after);
                (model, towards.scores(source, score))
            });
            for (place, (&item, parts)) in items.iter().zip(&mut parts).enumerate() {
                let by_model = by_model.as_ref().filter(|(model, _)| model.contains(item));
                let watched = by_model.map_or(0, |(_, scores)| scores[place]);
                let worth = if by_model.is_some() { together } else { apart };
                let cosine = if worth == 0.0 { 0.0 } else { self.by_content().content.cosine(source, item) };
                let part = watched.saturating_add(content::part(affinity.weight, worth, cosine));
                if part != 0 {
                    parts.push((source, part));
                }
            }
        }
        parts
    }

    /// The same, of what is left where what the viewer is averse to speaks for the items, too.
    fn dampened_parts(&self, profile: &Profile, items: &[ItemIndex]) -> Vec<Vec<(ItemIndex, Score)>> {
        let sum =
            |parts: &[(ItemIndex, Score)]| parts.iter().fold(0_i32, |sum, part| sum.saturating_add(part.1));
        let worth = self.worth(profile);
        let mut parts = self.parts(profile, worth, items);
        if !profile.averse.is_empty() {
            let averse = self.parts(&profile.of_aversions(), worth, items);
            for (parts, averse) in parts.iter_mut().zip(averse) {
                let score = sum(parts);
                let left = dampened_by_aversions(score, sum(&averse));
                let share =
                    |part: Score| (i64::from(part) * i64::from(left) / i64::from(score.max(1))) as Score;
                if score > 0 {
                    parts.iter_mut().for_each(|(_, part)| *part = share(*part));
                }
            }
        }
        parts
    }
}

/// Those that speak for an item most.
fn strongest(parts: Vec<(ItemIndex, Score)>) -> Vec<(ItemIndex, Score)> {
    let mut best: Vec<(ItemIndex, Score)> = Vec::with_capacity(MAX_REASONS + 1);
    for (item, part) in parts.into_iter().filter(|&(_, part)| part > 0) {
        let place = best.partition_point(|&(other, most)| most > part || most == part && other < item);
        if place < MAX_REASONS {
            best.insert(place, (item, part));
            best.truncate(MAX_REASONS);
        }
    }
    best
}

fn causes(parts: Vec<(ItemIndex, Score)>) -> Vec<Cause> {
    parts.into_iter().map(|(item, part)| Cause::Item { item, part }).collect()
}

/// What is left of a score where what the viewer is averse to speaks for the item, too: `s · s / (s + d)`, the share of what speaks
/// of it that they like.
fn dampened_by_aversions(score: Score, averse: Score) -> Score {
    let (score, averse) = (i64::from(score), i64::from(averse));
    let less = if score > 0 && averse > 0 { score * averse / (score + averse) } else { 0 };
    (score - less) as Score
}

/// The item of a profile that is an item's.
fn only_item(profile: &Profile) -> Option<ItemIndex> {
    match profile.items[..] {
        [affinity] if !profile.of_viewer => Some(affinity.item),
        _ => None,
    }
}

impl Scorer for HistoryScorer {
    fn prepare(&self) {
        self.by_content();
    }

    fn score(&self, profile: &Profile, first: u32, scores: &mut [Score]) {
        if let Some(item) = only_item(profile) {
            return self.similar.score(&self.columns, item, first, scores);
        }
        let worth = self.worth(profile);
        let [liked, averse_to] = &self.sums;
        self.score_liked(profile, worth, liked, first, scores);
        if !profile.averse.is_empty() {
            let mut averse = vec![0; scores.len()];
            self.score_liked(&profile.of_aversions(), worth, averse_to, first, &mut averse);
            scores
                .iter_mut()
                .zip(averse)
                .for_each(|(score, averse)| *score = dampened_by_aversions(*score, averse));
        }
    }

    fn explain(&self, profile: &Profile, item: ItemIndex) -> Vec<Cause> {
        if let Some(like) = only_item(profile) {
            return self.similar.explain(&self.columns, like, item);
        }
        self.dampened_parts(profile, &[item]).into_iter().flat_map(causes).collect()
    }

    fn reasons(&self, profile: &Profile, items: &[ItemIndex]) -> Vec<Vec<Cause>> {
        if only_item(profile).is_some() {
            return items.iter().map(|&item| self.explain(profile, item)).collect();
        }
        self.dampened_parts(profile, items).into_iter().map(|parts| causes(strongest(parts))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, CatalogOptions};
    use crate::columns::{Rows, Strings};
    use crate::history::ItemAffinity;
    use crate::model::{ItemModel, Neighbour, WeightTable};

    /// A table in which item 0 speaks for item 1, with this scale.
    fn table(scale: f32) -> WeightTable {
        let mut table = WeightTable { rows: Rows::default(), scales: vec![0.0, scale], bits: 8 };
        table.rows.push([]);
        table.rows.push([Neighbour { item: 0, weight: 2 }]);
        table
    }

    #[test]
    fn what_comes_next_counts_where_the_history_is_ordered_and_no_item_speaks_for_itself() {
        let json = br#"[{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let mut ids = Strings::default();
        ["a", "b"].iter().for_each(|id| ids.push(id));
        let low_rank =
            LowRank { bits: vec![8], scales: vec![0.5], factors: vec![3, 1], weights: vec![1.0, 1.0] };
        let model = ItemModel {
            ids,
            popularity: vec![1, 1],
            neighbours: table(0.25),
            low_rank: Some(low_rank),
            next: Some(table(2.0)),
            ..ItemModel::default()
        };
        let scorer = HistoryScorer::new(Columns::new(&catalog, Some(&model)).into());
        // Neighbours 2 · 0.25, low rank 0.5² · 3 · 1, next 2 · 2.
        for (ordered, expected) in [(false, 0.5 + 0.75), (true, 0.5 + 0.75 + 4.0)] {
            let profile = Profile { ordered, of_viewer: true, ..Profile::of_item(0) };
            let mut scores = [0; 2];
            scorer.score(&profile, 0, &mut scores);
            assert_eq!(scores, [0, to_fixed_point(expected)]);
            assert_eq!(scorer.explain(&profile, 0), []);
            assert_eq!(
                scorer.explain(&profile, 1),
                [Cause::Item { item: 0, part: to_fixed_point(expected) }]
            );
        }
    }

    #[test]
    fn what_is_disliked_steers_and_does_not_subtract() {
        let json = br#"[{"id":"a","title":"A","genres":["Crime"]},{"id":"b","title":"B","genres":["War"]},
            {"id":"c","title":"C","genres":["Crime","War"]},{"id":"d","title":"D","genres":["Crime"]}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let scorer = HistoryScorer::new(Columns::new(&catalog, None).into());
        let scores = |averse: Vec<ItemAffinity>| {
            let profile = Profile { averse, of_viewer: true, ..Profile::of_item(0) };
            let mut scores = [0; 4];
            scorer.score(&profile, 0, &mut scores);
            for item in [2, 3] {
                let parts = scorer.explain(&profile, item).into_iter();
                let sum: Score =
                    parts.map(|cause| if let Cause::Item { part, .. } = cause { part } else { 0 }).sum();
                assert!((sum - scores[item as usize]).abs() <= 1, "the parts are those of the score");
            }
            scores
        };
        let averse = |weight: f64| {
            scores(vec![ItemAffinity {
                item: 1,
                weight: to_fixed_point(weight),
                recent: to_fixed_point(weight),
            }])
        };
        let (liked, dampened_by_dislikes) = (scores(vec![]), averse(1.5));
        assert_eq!(dampened_by_dislikes[3], liked[3], "nothing in it is disliked");
        let mut disliked = [0; 4];
        scorer.score(&Profile { of_viewer: true, ..Profile::of_item(1) }, 0, &mut disliked);
        let left = |share: i64| {
            let (score, averse) = (i64::from(liked[2]), i64::from(disliked[2]));
            score * score / (score + averse * share / 10)
        };
        assert!(
            (i64::from(dampened_by_dislikes[2]) - left(15)).abs() <= 2,
            "{dampened_by_dislikes:?}, {liked:?}, {disliked:?}"
        );
        assert!(
            (i64::from(averse(0.3)[2]) - left(3)).abs() <= 2,
            "what was passed over counts a fifth of it"
        );
    }
}
