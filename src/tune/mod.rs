//! Parameters chosen on viewers that are held out: nothing by hand, nothing on the viewers a model is measured on.

mod blend;
mod goal;
mod grid;
mod validate;

use std::sync::Arc;

pub use blend::{Frontier, Point};
pub use goal::Goal;
use serde_json::{Map, Value, json};
pub use validate::validate;

use goal::{Asked, Worth};
use grid::{Anew, Lever, levers};

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::evaluate::{EvaluateOptions, Evaluation, Holdout, Mean, Metrics, Split, ViewerResult, evaluate};
use crate::history::{HalfLife, HistoryOptions};
use crate::model::{ItemModel, LENGTHS};
use crate::rank::{Rerank, WeightsOption};
use crate::score::{Columns, HISTORY, ScorerId, ScorerSpec, WorkerCounts};
use crate::train::{Interactions, TrainOptions, fit_item_similarity, fit_next, train};

/// Something that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What was changed, and to what.
    pub what: String,
    /// What it is worth by the goal; of a blend, nDCG@10.
    pub value: f64,
    /// By how much it is better than the best so far, from each viewer's difference; not for a blend, nor for the first.
    pub above: Option<Mean>,
    /// Whether it is the best so far.
    pub best: bool,
    /// How many trials are done, and of how many.
    pub done: (usize, usize),
}

/// What [`tune`] has found.
#[derive(Debug)]
pub struct Tuned {
    /// The model, learnt from all viewers.
    pub model: ItemModel,
    /// What each length of history could have had of accuracy and of what is felt.
    pub frontiers: Vec<Frontier>,
    /// By how much it is better by the goal than what tuning started from, all scorers together, on the held-out viewers; not below 0.
    pub gain: Mean,
}

/// The best model that can be found by changing one parameter after the other, starting from `start`, whose shape stays. A change is
/// kept where it is better by more than one standard error of the viewers' differences. Then the blend for each length of history is
/// chosen on the [`Frontier`] of nDCG@10 and of how much of a list is the viewer's own. What it started from is a candidate to the
/// end: nothing worse by the goal is returned.
///
/// # Errors
/// [`Error::Option`] where there are too few viewers to hold any out; those of [`train`].
pub fn tune(
    interactions: &Interactions,
    catalog: Option<&Catalog>,
    start: &TrainOptions,
    goal: Goal,
    report: &mut dyn FnMut(&Trial),
) -> Result<Tuned> {
    let split = Split::new(interactions);
    if split.held_out() == 0 {
        let reason = "there are too few viewers with five interactions to hold some out".to_owned();
        return Err(Error::Option { option: "interactions".into(), reason });
    }
    let of_ids;
    let ranked = match catalog {
        Some(catalog) => catalog,
        None => {
            of_ids = Catalog::of_ids(interactions.items.strings())?;
            &of_ids
        }
    };
    let mut tuner = Tuner::new(&split, catalog, ranked, goal, report);
    let preset = train(&split.train, catalog, start, &|_, _| {})?;
    let (options, mut model) = tuner.tune_parts(start, preset.clone())?;
    let of_preset = tuner.worth(&preset, None)?;
    tuner.tune_blend(&mut model)?;
    // Lists that are more the viewer's own are not to cost more than tuning has gained.
    let mut unblended = model.clone();
    unblended.metadata.blend.clone_from(&preset.metadata.blend);
    let tried = [(options.clone(), model), (options, unblended)];
    let gain = |(_, model): &(TrainOptions, ItemModel)| Ok(tuner.worth(model, None)?.above(&of_preset));
    let ((options, model), gain) = not_worse(tried, (start.clone(), preset), gain)?;
    let tuned = json!({
        "trials": tuner.trials,
        "heldOutViewers": split.held_out(),
        "atRandom": tuner.measured(&model, &split.random_holdout(), false)?,
        "inTime": tuner.measured(&model, &split.temporal_holdout(), true)?,
        "gain": { "mean": gain.mean, "standardError": gain.standard_error },
    });
    let (blend, frontiers) = (model.metadata.blend, tuner.frontiers);
    let mut model = train(interactions, catalog, &options, &|_, _| {})?;
    model.metadata.blend = blend;
    model.metadata.more.insert("tuned".into(), tuned.to_string());
    Ok(Tuned { model, frontiers, gain })
}

/// The first of those that were tried that is no worse than what it started from, or else that; and by how much it is better.
fn not_worse<T>(
    tried: impl IntoIterator<Item = T>,
    start: T,
    gain: impl Fn(&T) -> Result<Mean>,
) -> Result<(T, Mean)> {
    for candidate in tried {
        let gain = gain(&candidate)?;
        if gain.mean >= 0.0 {
            return Ok((candidate, gain));
        }
    }
    Ok((start, Mean { mean: 0.0, standard_error: 0.0 }))
}

struct Tuner<'a> {
    split: &'a Split,
    catalog: Option<&'a Catalog>,
    /// The catalog, or one of the ids alone.
    ranked: &'a Catalog,
    asked: Vec<Asked>,
    report: &'a mut dyn FnMut(&Trial),
    trials: usize,
    of: usize,
    frontiers: Vec<Frontier>,
}

impl<'a> Tuner<'a> {
    fn new(
        split: &'a Split,
        catalog: Option<&'a Catalog>,
        ranked: &'a Catalog,
        goal: Goal,
        report: &'a mut dyn FnMut(&Trial),
    ) -> Self {
        let asked = goal.asked(split);
        Tuner { split, catalog, ranked, asked, report, trials: 0, of: 0, frontiers: Vec::new() }
    }

    /// What goes together, what comes next, and how both are read, by history alone.
    fn tune_parts(&mut self, start: &TrainOptions, preset: ItemModel) -> Result<(TrainOptions, ItemModel)> {
        let levers = levers(self.split.train.timed && !start.shape.next.is_empty());
        let with_catalog = self.catalog.is_some();
        let count = |levers: &[Lever], options: &TrainOptions| -> usize {
            levers.iter().map(|lever| (lever.variants)(options, with_catalog).len()).sum()
        };
        self.of = 1 + count(&levers, start) + self.blend_trials();
        let (mut options, mut model) = (start.clone(), preset);
        let mut worth = self.worth(&model, Some(HISTORY))?;
        let (what, value) = ("as chosen by the data".to_owned(), worth.mean());
        self.tell(Trial { what, value, above: None, best: true, done: (0, 0) });
        for (place, lever) in levers.iter().enumerate() {
            // Another family has other parameters.
            self.of = self.trials + count(&levers[place..], &options) + self.blend_trials();
            for (what, other) in (lever.variants)(&options.clone(), with_catalog) {
                let candidate = self.learnt(&model, &other, lever.anew)?;
                let of_candidate = self.worth(&candidate, Some(HISTORY))?;
                let above = of_candidate.above(&worth);
                let (best, value) = (above.mean > above.standard_error, of_candidate.mean());
                self.tell(Trial { what, value, above: Some(above), best, done: (0, 0) });
                if best {
                    (options, model, worth) = (other, candidate, of_candidate);
                }
            }
        }
        Ok((options, model))
    }

    /// The model of other options, of which what need not be learnt anew is taken from one that is there.
    fn learnt(&self, model: &ItemModel, options: &TrainOptions, anew: Anew) -> Result<ItemModel> {
        let mut other = match anew {
            Anew::Similarity => ItemModel {
                next: model.next.clone(),
                ..fit_item_similarity(&self.split.train, self.catalog, options, &|_| {})?
            },
            Anew::Next => ItemModel { next: fit_next(&self.split.train, options, &|_| {})?, ..model.clone() },
            Anew::Nothing => model.clone(),
        };
        other.metadata.half_life = options.half_life;
        other.metadata.next_half_life = other.next.is_some().then_some(options.next_half_life);
        other.metadata.part_weights = options.part_weights;
        Ok(other)
    }

    /// What a model is worth by the goal, by one scorer or by all.
    fn worth(&self, model: &ItemModel, only: Option<ScorerId>) -> Result<Worth> {
        let evaluations: Vec<Evaluation> = (self.asked.iter())
            .map(|asked| self.evaluate(model, &asked.holdout, asked.ordered, only))
            .collect::<Result<_>>()?;
        Ok(Worth::new(&self.asked, &evaluations))
    }

    /// What the report in the model says of a holdout.
    fn measured(&self, model: &ItemModel, holdout: &Holdout, ordered: bool) -> Result<Value> {
        let evaluation = self.evaluate(model, holdout, ordered, None)?;
        let mut measured: Map<String, Value> = Metrics::NAMED
            .iter()
            .map(|&(name, metric)| {
                (name.to_owned(), json!(evaluation.mean(|result| metric(&result.metrics)).mean))
            })
            .collect();
        measured.insert("coverage@20".into(), json!(evaluation.coverage_20.mean));
        Ok(measured.into())
    }

    fn evaluate(
        &self,
        model: &ItemModel,
        holdout: &Holdout,
        ordered: bool,
        only: Option<ScorerId>,
    ) -> Result<Evaluation> {
        let columns = Arc::new(Columns::new(self.ranked, Some(model)));
        let half_life = if ordered { model.metadata.half_life } else { HalfLife::default() };
        let next_half_life = model.metadata.next_half_life.filter(|_| ordered);
        let options = EvaluateOptions {
            only,
            scorers: ScorerSpec::all(Some(model), &[], &WorkerCounts::default())?,
            weights: WeightsOption::new(),
            history: HistoryOptions {
                half_life: Some(half_life),
                next_half_life,
                ..HistoryOptions::default()
            },
            rerank: Rerank::default(),
            ratings: false,
            seed: None,
            first: None,
            ranked: None,
        };
        evaluate(self.ranked, &columns, &holdout.foldin, &holdout.target, &options)
    }

    fn tell(&mut self, trial: Trial) {
        self.trials += 1;
        self.of = self.of.max(self.trials);
        (self.report)(&Trial { done: (self.trials, self.of), ..trial });
    }
}

fn ndcg_10(evaluation: &Evaluation) -> f64 {
    let metric: fn(&ViewerResult) -> f64 = |result| result.metrics.ndcg_10;
    evaluation.mean(metric).mean
}

/// What a bucket of lengths is called.
fn name_of(bucket: usize) -> String {
    match LENGTHS.get(bucket) {
        Some(0) => "0".to_owned(),
        Some(last) => format!("{}–{last}", LENGTHS[bucket - 1] + 1),
        None => format!("over {}", LENGTHS[LENGTHS.len() - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PartWeights;
    use crate::train::{ColumnNames, Edlae, Family, Shape};

    #[test]
    fn what_is_worse_than_what_it_started_from_is_not_taken() {
        let taken = |gains: &[f64]| {
            let gain = |place: &usize| Ok(Mean { mean: gains[*place], standard_error: 0.01 });
            let (place, gain) = not_worse(0..gains.len(), 9, gain).expect("gains");
            (place, gain.mean)
        };
        assert_eq!(taken(&[0.02, 0.03]), (0, 0.02), "the blend is part of what is wanted");
        assert_eq!(taken(&[-0.001, 0.03]), (1, 0.03));
        assert_eq!(taken(&[0.0, 0.03]), (0, 0.0));
        assert_eq!(taken(&[-0.001, -0.02]), (9, 0.0), "what it started from");
    }

    #[test]
    fn what_order_tells_is_found() {
        // Everybody walks round a ring of items; where somebody goes next depends on where they are.
        let text: String = (0..300)
            .flat_map(|viewer| {
                (0..12).map(move |step| format!("{viewer},item {},5,{step}\n", (viewer * 7 + step) % 40))
            })
            .collect();
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        // What goes together drowns what comes next.
        let weight = |weight| [weight; LENGTHS.len() + 1];
        let preset = TrainOptions::new(Shape::of_sources(4, 8, 8, 8));
        let part_weights = PartWeights { ordered: weight(40.0), next: weight(1.0), ..preset.part_weights };
        let start = TrainOptions {
            half_life: HalfLife { events: Some(40.0), days: None },
            family: Family::Edlae(Edlae { l2: 5.0, dropout: 0.33 }),
            part_weights,
            ..preset
        };
        let mut trials = Vec::new();
        let goal = Goal { random_holdout: 0.0, temporal_holdout: 0.0, next: 1.0 };
        let Tuned { model, frontiers, gain } =
            tune(&interactions, None, &start, goal, &mut |trial| trials.push(trial.clone())).expect("tunes");
        assert_eq!(frontiers.len(), LENGTHS.len(), "one for each length of history but none");
        assert_eq!(trials.last().map(|trial| trial.done), Some((trials.len(), trials.len())));
        let tried = |trial: &&Trial| trial.what.starts_with("half-life of next");
        assert!(trials.iter().filter(tried).count() >= 8, "{trials:#?}");
        assert!(gain.mean > gain.standard_error, "{gain:?} {trials:#?}");
        assert!(trials.iter().skip(1).any(|trial| trial.best), "{trials:#?}");
        let bytes = model.to_bytes().expect("writes");
        assert_eq!(ItemModel::from_bytes(&bytes), Ok(model));
    }
}
