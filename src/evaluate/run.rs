use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use super::felt::{Felt, Hidden, Measure, Together};
use super::popularity::Popularity;
use super::propensity::Propensity;
use super::{Mean, Metrics};
use crate::catalog::{Catalog, ItemIndex};
use crate::error::{Error, Result};
use crate::history::{Event, EventKind, History, HistoryOptions, LOW_RATING};
use crate::rank::{
    Discounts, Filter, FilterOptions, List, Part, Quotas, Rerank, Rotation, Scores, SeenFilter,
    WeightsOption, agreements, genre_divergence, intra_list_distance, weights,
};
use crate::score::{Columns, Domain, POPULARITY, SCORE_ONE, Score, Scorer, ScorerId, ScorerSpec};
use crate::train::{Interaction, Interactions};

/// How many items each viewer's list has: the largest `k` of [`Metrics`].
pub const LIST_LENGTH: usize = 200;
/// The rating from which something was liked: where ratings are told, that is to be found.
pub const LIKED: f64 = 4.0;
/// The mix of genres is that of so many of the first.
const MIXED: usize = 10;

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct EvaluateOptions {
    /// The only scorer to ask; all of them, blended, where there is none.
    pub only: Option<ScorerId>,
    /// The scorers, with their default weights.
    pub scorers: Vec<ScorerSpec>,
    /// Weights other than these.
    pub weights: WeightsOption,
    /// How a history becomes a profile. Without a half-life the order does not count.
    pub history: HistoryOptions,
    /// How far lists turn to a better mix of genres.
    pub rerank: Rerank,
    /// Whether ratings are told as such, and what was rated below [`LIKED`] is not to be found. Otherwise all was watched.
    pub ratings: bool,
    /// What turns what is nearly equal.
    pub seed: Option<u64>,
    /// Only so many of the first events of each history (cold start); all where there is none.
    pub first: Option<usize>,
    /// Which items of the catalog are ranked; all where nothing is said.
    pub ranked: Option<Arc<[bool]>>,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Each viewer with a target, in the order of the target file.
    pub viewers: Vec<ViewerResult>,
    /// The share of the catalog's items that are in somebody's first 20.
    pub coverage_20: Mean,
    /// How much of their first 20 two viewers' lists have in common, over all pairs.
    pub overlap_20: Mean,
    /// The exponent `γ` of the propensities that [`Felt::ips_recall_20`] is taken with.
    pub propensity_exponent: f64,
}

/// What came out for one viewer.
#[derive(Debug, Clone)]
pub struct ViewerResult {
    /// Whose.
    pub viewer: String,
    /// The best first.
    pub list: Vec<ItemIndex>,
    /// How good it is.
    pub metrics: Metrics,
    /// What genres its first 10 have.
    pub mix: GenreMix,
    /// What is felt of it.
    pub felt: Felt,
}

/// The genres of a list's first 10.
#[derive(Debug, Clone, Copy)]
pub struct GenreMix {
    /// How unlike each other they are: [`intra_list_distance`].
    pub distance_10: f64,
    /// How far their mix is from the viewer's: [`genre_divergence`].
    pub divergence_10: f64,
}

impl Evaluation {
    /// The mean of a metric over the viewers.
    pub fn mean(&self, metric: impl Fn(&ViewerResult) -> f64 + Clone) -> Mean {
        Mean::of(self.viewers.iter().map(metric))
    }

    /// The mean over the viewers for whom there is such a thing; none where there is for nobody.
    pub fn mean_felt(&self, metric: impl Fn(&Felt) -> Option<f64>) -> Option<Mean> {
        let values: Vec<f64> = self.viewers.iter().filter_map(|result| metric(&result.felt)).collect();
        (!values.is_empty()).then(|| Mean::of(values.into_iter()))
    }
}

/// Ranks the catalog for every viewer of `target` from their rows in `foldin`, the way the engine does. Items that are
/// not in the catalog cannot be found, and count as missed. Viewers with nothing to be found are left out.
///
/// # Errors
/// [`Error::Option`] for bad options; [`Error::Event`] for a rating that is not from 0.5 to 5, where ratings are told.
pub fn evaluate(
    catalog: &Catalog,
    columns: &Arc<Columns>,
    foldin: &Interactions,
    target: &Interactions,
    options: &EvaluateOptions,
) -> Result<Evaluation> {
    options.history.validate()?;
    let rows: HashMap<&str, &[Interaction]> = foldin.viewers.iter().zip(foldin.by_viewer.iter()).collect();
    let viewers: Vec<(&str, &[Interaction])> = target.viewers.iter().zip(target.by_viewer.iter()).collect();
    let popularity = Popularity::new(catalog, columns, foldin);
    let propensity = Propensity::new(&popularity);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = viewers.len().div_ceil(threads).max(1);
    let rank = |part: &[(&str, &[Interaction])]| -> Result<Vec<_>> {
        let measure = Measure::new(catalog, &popularity, &propensity);
        let ranker = Ranker::new(catalog, columns, options, measure);
        let rank_one = |&(viewer, targets): &(&str, &[Interaction])| {
            let history = rows.get(viewer).copied().unwrap_or_default();
            let hidden = hidden(target, targets, options.ratings);
            if hidden.targets.is_empty() {
                return Ok(None);
            }
            let (list, mix, felt) = ranker.list(foldin, history, &hidden)?;
            let ids: Vec<&str> = list.iter().map(|&item| catalog.id(item)).collect();
            let metrics = Metrics::of(&ids, &hidden.targets);
            Ok(Some(ViewerResult { viewer: viewer.to_owned(), list, metrics, mix, felt }))
        };
        part.iter().filter_map(|viewer| rank_one(viewer).transpose()).collect()
    };
    let parts: Vec<Result<Vec<_>>> = thread::scope(|scope| {
        let running: Vec<_> = viewers.chunks(share).map(|part| scope.spawn(|| rank(part))).collect();
        let panicked = |_| Err(Error::Internal { reason: "a thread of the evaluation panicked".into() });
        running.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
    });
    let viewers = parts.into_iter().collect::<Result<Vec<_>>>()?.concat();
    let Together { overlap_20, coverage_20 } =
        Together::of(viewers.iter().map(|result| result.list.as_slice()), catalog.len());
    Ok(Evaluation { coverage_20, overlap_20, propensity_exponent: propensity.exponent, viewers })
}

/// Whether what is to be found came after what is known, for nine viewers out of ten: only then can the order of a history
/// say anything of it. Where it was drawn at random from among the history, it cannot.
pub fn in_order(foldin: &Interactions, target: &Interactions) -> bool {
    if !foldin.timed || !target.timed {
        return false;
    }
    let last = |rows: &[Interaction]| rows.last().map_or(f64::NEG_INFINITY, |row| row.time);
    let known: HashMap<&str, f64> = foldin.viewers.iter().zip(foldin.by_viewer.iter().map(last)).collect();
    let first = |rows: &[Interaction]| rows.first().map_or(f64::INFINITY, |row| row.time);
    let after = target
        .viewers
        .iter()
        .zip(target.by_viewer.iter().map(first))
        .filter(|&(viewer, first)| known.get(viewer).is_none_or(|&last| last <= first));
    after.count() * 10 >= target.viewers.len() * 9
}

/// Rows of `target`. Where ratings are told, what was rated below [`LIKED`] is not among the targets.
fn hidden<'a>(target: &'a Interactions, rows: &[Interaction], ratings: bool) -> Hidden<'a> {
    let is_low = |row: &Interaction| row.rating().is_some_and(|rating| f64::from(rating) <= LOW_RATING);
    let is_liked = |row: &Interaction| row.rating().is_none_or(|rating| f64::from(rating) >= LIKED);
    let ids = |keep: &dyn Fn(&Interaction) -> bool| -> BTreeSet<&'a str> {
        rows.iter().filter(|row| keep(row)).map(|row| id_of(target, row)).collect()
    };
    Hidden {
        targets: ids(&|row| !ratings || is_liked(row)),
        low: rows.iter().any(|row| row.rating().is_some()).then(|| ids(&is_low)),
    }
}

fn id_of<'a>(interactions: &'a Interactions, row: &Interaction) -> &'a str {
    interactions.items.strings().get(row.item as usize)
}

/// The engine's way of a request, without queues.
struct Ranker<'a> {
    catalog: &'a Catalog,
    options: &'a EvaluateOptions,
    columns: &'a Columns,
    scorers: Vec<Box<dyn Scorer>>,
    measure: Measure<'a>,
    discounts: Discounts,
    /// What popularity makes of tastes with the weight that it had last.
    agreements: RefCell<(Score, Vec<f64>)>,
}

impl<'a> Ranker<'a> {
    fn new(
        catalog: &'a Catalog,
        columns: &'a Arc<Columns>,
        options: &'a EvaluateOptions,
        measure: Measure<'a>,
    ) -> Self {
        let build = |spec: &ScorerSpec| spec.source.built_in().map(|kind| (kind.build)(columns.clone()));
        let scorers = options.scorers.iter().filter_map(build).collect();
        let discounts = Discounts::new(columns);
        Ranker { catalog, options, columns, scorers, measure, discounts, agreements: RefCell::default() }
    }

    fn list(
        &self,
        foldin: &Interactions,
        rows: &[Interaction],
        hidden: &Hidden,
    ) -> Result<(Vec<ItemIndex>, GenreMix, Felt)> {
        let shown = &rows[..self.options.first.map_or(rows.len(), |first| first.min(rows.len()))];
        let mut history = History::default();
        let event = |(place, row): (usize, &Interaction)| {
            let rating = row.rating().filter(|_| self.options.ratings).map(f64::from);
            let kind = if rating.is_some() { EventKind::Rate } else { EventKind::Watch };
            let time = foldin.milliseconds(row.time);
            let event = Event { rating, ..Event::new(id_of(foldin, row), kind, time) };
            event.validate(place).map(|()| event)
        };
        history.record(shown.iter().enumerate().map(event).collect::<Result<Vec<_>>>()?);
        let options = &self.options.history;
        let profile = history.profile(self.catalog, &options.weights, options.decay());
        let specs = &self.options.scorers;
        let weights = match self.options.only {
            Some(only) => (0..specs.len()).map(|scorer| if scorer == only { SCORE_ONE } else { 0 }).collect(),
            None => weights(specs, profile.known(), &self.options.weights)?,
        };
        let score = |scorer: ScorerId| {
            let count = match specs[scorer].domain {
                Domain::Items => self.catalog.len(),
                Domain::GenreSets => self.columns.genres.sets.len(),
            };
            let mut scores = vec![0; count];
            self.scorers[scorer].score(&profile, 0, &mut scores);
            scores
        };
        let asked = |scorer: ScorerId| (weights[scorer] != 0).then(|| score(scorer));
        let scores: Vec<Option<Vec<Score>>> = (0..specs.len()).map(asked).collect();
        let part = |scorer: ScorerId| {
            let of_item =
                (specs[scorer].domain == Domain::GenreSets).then_some(self.columns.genres.of_item.as_slice());
            let scores = scores[scorer].as_deref().map(|values| Scores { values, of_item });
            Part { role: specs[scorer].role, weight: weights[scorer], scores }
        };
        let parts: Vec<Part> = (0..specs.len()).map(part).collect();
        let mut of_popularity = self.agreements.borrow_mut();
        if let Some(popularity) =
            scores[POPULARITY].as_deref().filter(|_| of_popularity.0 != weights[POPULARITY])
        {
            *of_popularity = (weights[POPULARITY], agreements(popularity, weights[POPULARITY]));
        }
        let filter = Filter::new(&FilterOptions::default(), self.catalog, &profile, SeenFilter::Exclude)?;
        let ranked = self.options.ranked.as_deref();
        let allows = |item| filter.allows(item) && ranked.is_none_or(|ranked| ranked[item as usize]);
        let EvaluateOptions { rerank, seed, .. } = *self.options;
        let rotation = Rotation::new(seed, &profile.resting);
        let agreements = scores[POPULARITY].as_ref().map(|_| of_popularity.1.as_slice());
        let quotas = &Quotas::new(&profile, &self.columns.genre_shares);
        // One scorer alone is ranked by what it says.
        let known = if self.options.only.is_none() { profile.known() } else { 0 };
        let expectations = self.discounts.of(known, &parts);
        let expectations = expectations.as_ref();
        let list =
            List { parts: &parts, agreements, expectations, limit: LIST_LENGTH, quotas, rerank, rotation };
        let features = &self.catalog.features;
        let best = list.of(self.catalog.len(), features, &profile, allows);
        let list: Vec<ItemIndex> = best.into_iter().map(|ranked| ranked.item).collect();
        let first = &list[..list.len().min(MIXED)];
        let mix = GenreMix {
            distance_10: intra_list_distance(first, &self.catalog.features),
            divergence_10: genre_divergence(first, &self.catalog.features, &profile),
        };
        let felt = self.measure.felt(&list, &profile, allows, hidden);
        Ok((list, mix, felt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogOptions;
    use crate::score::WorkerCounts;
    use crate::train::ColumnNames;

    fn interactions(text: &str) -> Interactions {
        Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads")
    }

    #[test]
    fn lists_are_of_the_unseen_and_the_unknown_is_missed() {
        let json = br#"[{"id":"a","title":"A","popularity":9},{"id":"b","title":"B","popularity":8},
            {"id":"c","title":"C","popularity":7},{"id":"d","title":"D","popularity":6}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let columns = Arc::new(Columns::new(&catalog, None));
        let (foldin, target) = (interactions("1,a\n1,c\n2,b\n"), interactions("1,b\n2,a\n2,nowhere\n3,d\n"));
        let popularity = EvaluateOptions {
            only: Some(2),
            scorers: ScorerSpec::all(None, &[], &WorkerCounts::default()).expect("good"),
            weights: WeightsOption::new(),
            history: HistoryOptions::default(),
            rerank: Rerank::default(),
            ratings: false,
            seed: None,
            first: None,
            ranked: None,
        };
        let evaluation = evaluate(&catalog, &columns, &foldin, &target, &popularity).expect("evaluates");
        let lists: Vec<(&str, Vec<&str>)> = evaluation
            .viewers
            .iter()
            .map(|result| {
                (result.viewer.as_str(), result.list.iter().map(|&item| catalog.id(item)).collect())
            })
            .collect();
        assert_eq!(
            lists,
            [("1", vec!["b", "d"]), ("2", vec!["a", "c", "d"]), ("3", vec!["a", "b", "c", "d"])]
        );
        assert_eq!(evaluation.mean(|result| result.metrics.recall_20).mean, (1.0 + 0.5 + 1.0) / 3.0);
        assert_eq!(evaluation.coverage_20.mean, 1.0);

        assert!(!in_order(&foldin, &target), "nobody knows when");
        let (earlier, later) = (interactions("1,a,5,1\n1,b,5,2\n"), interactions("1,c,5,3\n"));
        assert!(in_order(&earlier, &later) && !in_order(&later, &earlier));

        let cold = EvaluateOptions { first: Some(1), ..popularity.clone() };
        let evaluation = evaluate(&catalog, &columns, &foldin, &target, &cold).expect("evaluates");
        assert_eq!(evaluation.viewers[0].list.len(), 3, "the second event of viewer 1 is not known");
        assert_eq!(evaluation.viewers[0].felt.low_20, None, "nobody says how anything was rated");
    }

    #[test]
    fn ratings_are_told_and_only_what_was_liked_is_to_be_found() {
        let json = br#"[{"id":"a","title":"A","genres":["War"],"popularity":9},{"id":"b","title":"B","genres":["War"],"popularity":8},
            {"id":"c","title":"C","genres":["Love"],"popularity":7},{"id":"d","title":"D","genres":["Love"],"popularity":6}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let columns = Arc::new(Columns::new(&catalog, None));
        let (foldin, target) =
            (interactions("1,a,1\n2,a,5\n"), interactions("1,b,2\n1,c,4\n1,d,3.5\n2,c,2\n"));
        let told = EvaluateOptions {
            only: Some(1),
            scorers: ScorerSpec::all(None, &[], &WorkerCounts::default()).expect("good"),
            weights: WeightsOption::new(),
            history: HistoryOptions::default(),
            rerank: Rerank::default(),
            ratings: true,
            seed: None,
            first: None,
            ranked: None,
        };
        let results = |options: &EvaluateOptions| {
            let viewers = evaluate(&catalog, &columns, &foldin, &target, options).expect("evaluates").viewers;
            let of = |result: ViewerResult| {
                let ids: Vec<&str> = result.list.iter().map(|&item| catalog.id(item)).collect();
                (ids.concat(), result.metrics.recall_20, result.felt.low_20)
            };
            viewers.into_iter().map(of).collect::<Vec<_>>()
        };
        // The first viewer dislikes a film of war; the second has nothing to be found. Of three listed one was rated low.
        assert_eq!(results(&told), [("cdb".into(), 1.0, Some(1.0 / 3.0))]);
        let watched = EvaluateOptions { ratings: false, ..told };
        assert_eq!(
            results(&watched),
            [("bcd".into(), 1.0, Some(1.0 / 3.0)), ("bcd".into(), 1.0, Some(1.0 / 3.0))]
        );
    }
}
