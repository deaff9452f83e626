//! Parameters chosen on viewers that are held out: nothing by hand, nothing on the viewers a model is measured on.

mod blend;
mod budget;
mod grid;

pub use blend::{Frontier, Point};
pub use budget::shape_within;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use grid::{HALF_LIFE_DAYS, HALF_LIFE_EVENTS, NEXT_WEIGHT, PARAMETERS, families, variants};

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::evaluate::{EvaluateOptions, Evaluation, Metrics, Split, Task, ViewerResult, evaluate};
use crate::history::{HalfLife, HistoryOptions};
use crate::model::{ItemModel, LENGTHS};
use crate::rank::{Spread, WeightsOption};
use crate::score::{Columns, HISTORY, ScorerSpec, WorkerCounts};
use crate::train::{Interactions, TrainOptions, learn_next, learn_together, train};

/// Something that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What was changed, and to what.
    pub what: String,
    /// nDCG@10 of the held-out viewers.
    pub ndcg_10: f64,
    /// Their nDCG@100.
    pub ndcg_100: f64,
    /// Whether it is the best so far.
    pub best: bool,
    /// How many trials are done, and of how many.
    pub done: (usize, usize),
}

/// The best model that can be found by changing one parameter after the other, starting from `start`, whose shape stays: the
/// family and its parameters, judged by nDCG@100 on hidden fifths of histories; what depends on the order, by nDCG@10 on
/// their last fifths; the blend for each length of history on the [`Frontier`] of nDCG@10 and of how much of a list is the
/// viewer's own. The frontiers come with the model.
///
/// # Errors
/// [`Error::Option`] where there are too few viewers to hold any out; those of [`train`].
pub fn tune(
    interactions: &Interactions,
    catalog: Option<&Catalog>,
    start: &TrainOptions,
    report: &mut dyn FnMut(&Trial),
) -> Result<(ItemModel, Vec<Frontier>)> {
    let split = Split::new(interactions);
    let of_ids;
    let ranked = match catalog {
        Some(catalog) => catalog,
        None => {
            of_ids = Catalog::of_ids(interactions.items.strings())?;
            &of_ids
        }
    };
    let mut tuner = Tuner::new(&split, catalog, ranked, start.clone(), report, 0)?;
    tuner.of = tuner.all_trials();
    let mut model = tuner.tune_together()?;
    if interactions.timed {
        tuner.tune_order(&mut model)?;
    }
    tuner.tune_blend(&mut model)?;
    let tuned = json!({
        "trials": tuner.trials,
        "heldOutViewers": split.held_out(),
        "atRandom": tuner.measured(&model, &split.at_random(), HalfLife::default())?,
        "inTime": tuner.measured(&model, &split.in_time(), model.metadata.half_life)?,
    });
    let blend = model.metadata.blend;
    let Tuner { options, frontiers, .. } = tuner;
    let mut model = train(interactions, catalog, &options, &|_| {})?;
    model.metadata.blend = blend;
    model.metadata.more.insert("tuned".into(), tuned.to_string());
    Ok((model, frontiers))
}

struct Tuner<'a> {
    split: &'a Split,
    catalog: Option<&'a Catalog>,
    /// The catalog, or one of the ids alone.
    ranked: &'a Catalog,
    /// The best so far.
    options: TrainOptions,
    report: &'a mut dyn FnMut(&Trial),
    trials: usize,
    of: usize,
    /// The best value of what is being decided.
    best: f64,
    frontiers: Vec<Frontier>,
}

impl<'a> Tuner<'a> {
    fn new(
        split: &'a Split,
        catalog: Option<&'a Catalog>,
        ranked: &'a Catalog,
        options: TrainOptions,
        report: &'a mut dyn FnMut(&Trial),
        of: usize,
    ) -> Result<Self> {
        if split.held_out() == 0 {
            let reason = "there are too few viewers with five interactions to hold some out".to_owned();
            return Err(Error::Option { option: "interactions".into(), reason });
        }
        Ok(Tuner {
            split,
            catalog,
            ranked,
            options,
            report,
            trials: 0,
            of,
            best: f64::NEG_INFINITY,
            frontiers: Vec::new(),
        })
    }

    fn all_trials(&self) -> usize {
        let together: usize = families(self.catalog.is_some())
            .into_iter()
            .map(|family| {
                let options = TrainOptions { family, ..self.options.clone() };
                1 + (0..PARAMETERS).map(|parameter| variants(&options, parameter).len()).sum::<usize>()
            })
            .sum();
        let half_lives = HALF_LIFE_EVENTS.len() + HALF_LIFE_DAYS.len();
        let order = if self.split.learnt.timed { half_lives + self.next_weights().len() } else { 0 };
        together + order + self.blend_trials()
    }

    /// Without next items there is nothing to weigh.
    fn next_weights(&self) -> &'static [f64] {
        if !self.options.shape.next.is_empty() { &NEXT_WEIGHT } else { &[] }
    }

    /// The family and its parameters, on histories without order.
    fn tune_together(&mut self) -> Result<ItemModel> {
        let task = self.split.at_random();
        let mut best = (f64::NEG_INFINITY, None);
        for family in families(self.catalog.is_some()) {
            let start = TrainOptions { family, ..self.options.clone() };
            self.best = f64::NEG_INFINITY;
            let mut kept = None;
            for parameter in 0..=PARAMETERS {
                // First the start itself, then its variants.
                let now = kept.as_ref().map_or(&start, |(options, _)| options);
                let tried = match parameter {
                    0 => vec![(format!("{family}"), start.clone())],
                    _ => variants(now, parameter - 1),
                };
                for (name, options) in tried {
                    let model = learn_together(&self.split.learnt, self.catalog, &options)?;
                    let evaluation = self.evaluate(&model, &task, HalfLife::default(), Some(HISTORY))?;
                    if self.tried(name, figures(&evaluation), Objective::Ndcg100) {
                        kept = Some((options, model));
                    }
                }
            }
            if self.best > best.0 {
                best = (self.best, kept);
            }
        }
        let nothing = || Error::Internal { reason: "no model was tried".into() };
        let (options, model) = best.1.ok_or_else(nothing)?;
        self.options = options;
        Ok(model)
    }

    /// The half-lives, then the weight of what comes next.
    fn tune_order(&mut self, model: &mut ItemModel) -> Result<()> {
        let task = self.split.in_time();
        self.best = f64::NEG_INFINITY;
        let mut next = None;
        for events in HALF_LIFE_EVENTS {
            let half_life = HalfLife { events: Some(events), ..self.options.half_life };
            let options = TrainOptions { half_life, ..self.options.clone() };
            let table = learn_next(&self.split.learnt, &options)?;
            model.next = table.clone().map(|table| table.times(1.0));
            let evaluation = self.evaluate(model, &task, half_life, Some(HISTORY))?;
            if self.tried(format!("half-life of {events} events"), figures(&evaluation), Objective::Ndcg10) {
                (self.options, next) = (options, table);
            }
        }
        model.next = next.clone().map(|table| table.times(1.0));
        for days in HALF_LIFE_DAYS {
            let half_life = HalfLife { days: Some(days), ..self.options.half_life };
            let evaluation = self.evaluate(model, &task, half_life, Some(HISTORY))?;
            if self.tried(format!("half-life of {days} days"), figures(&evaluation), Objective::Ndcg10) {
                self.options.half_life = half_life;
            }
        }
        for &weight in self.next_weights() {
            model.next = next.clone().map(|table| table.times(weight));
            let evaluation = self.evaluate(model, &task, self.options.half_life, Some(HISTORY))?;
            if self.tried(format!("next weight {weight}"), figures(&evaluation), Objective::Ndcg10) {
                self.options.part_weights.next = [weight; 6];
            }
        }
        model.next = next.map(|table| table.times(1.0));
        model.metadata.half_life = self.options.half_life;
        Ok(())
    }

    /// What the report in the model says of a task.
    fn measured(&self, model: &ItemModel, task: &Task, half_life: HalfLife) -> Result<Value> {
        let evaluation = self.evaluate(model, task, half_life, None)?;
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
        task: &Task,
        half_life: HalfLife,
        only: Option<usize>,
    ) -> Result<Evaluation> {
        let columns = Arc::new(Columns::new(self.ranked, Some(model)));
        let options = EvaluateOptions {
            only,
            scorers: ScorerSpec::all(Some(model), &WorkerCounts::default())?,
            weights: WeightsOption::new(),
            history: HistoryOptions { half_life: Some(half_life), ..HistoryOptions::default() },
            spread: Spread::default(),
            ratings: false,
            seed: None,
            first: None,
        };
        evaluate(self.ranked, &columns, &task.foldin, &task.target, &options)
    }

    /// Tells of a trial, and says whether it is the best so far.
    fn tried(&mut self, what: String, (ndcg_10, ndcg_100): (f64, f64), objective: Objective) -> bool {
        let before = self.best;
        self.best = before.max(if objective == Objective::Ndcg10 { ndcg_10 } else { ndcg_100 });
        let best = self.best > before;
        self.tell(Trial { what, ndcg_10, ndcg_100, best, done: (0, 0) });
        best
    }

    /// Tells of a trial; returns nDCG@10 and nDCG@100.
    fn told(&mut self, what: String, evaluation: &Evaluation) -> (f64, f64) {
        let (ndcg_10, ndcg_100) = figures(evaluation);
        self.tell(Trial { what, ndcg_10, ndcg_100, best: false, done: (0, 0) });
        (ndcg_10, ndcg_100)
    }

    fn tell(&mut self, trial: Trial) {
        self.trials += 1;
        (self.report)(&Trial { done: (self.trials, self.of), ..trial });
    }
}

/// What decides which trial is the best.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Objective {
    Ndcg10,
    Ndcg100,
}

fn figures(evaluation: &Evaluation) -> (f64, f64) {
    let mean = |metric: fn(&ViewerResult) -> f64| evaluation.mean(metric).mean;
    (mean(|result| result.metrics.ndcg_10), mean(|result| result.metrics.ndcg_100))
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
    use crate::train::{ColumnNames, Shape};

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
        let start = TrainOptions {
            half_life: HalfLife { events: Some(40.0), days: None },
            ..TrainOptions::new(Shape::of_sources(4, 8, 8, 8))
        };
        let mut trials = Vec::new();
        let (model, frontiers) =
            tune(&interactions, None, &start, &mut |trial| trials.push(trial.clone())).expect("tunes");
        assert_eq!(frontiers.len(), LENGTHS.len(), "one for each length of history but none");
        assert_eq!(trials.last().map(|trial| trial.done), Some((trials.len(), trials.len())));
        let order = trials.iter().filter(|trial| trial.what.starts_with("half-life"));
        let best = order.max_by(|a, b| a.ndcg_10.total_cmp(&b.ndcg_10)).expect("was tried");
        assert!(best.ndcg_10 > 0.8, "{trials:#?}");
        assert!(model.metadata.half_life.events.is_some_and(|events| events < 40.0));
        assert!(model.metadata.blend.contains_key("popularity"), "{:?}", model.metadata);
        let bytes = model.to_bytes().expect("writes");
        assert_eq!(ItemModel::from_bytes(&bytes), Ok(model));
    }
}
