//! Parameters chosen on viewers that are held out: nothing by hand, nothing on the viewers a model is measured on.

mod budget;

pub use budget::shape_within;
use serde_json::json;

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::evaluate::{EvaluateOptions, Evaluation, Split, Task, ViewerResult, evaluate};
use crate::history::{HalfLife, HistoryOptions};
use crate::model::{ItemModel, LENGTHS, WeightByLength};
use crate::rank::{Blend, Spread, WeightsOption};
use crate::score::{HISTORY, SCORERS, ScorerData};
use crate::train::{Interactions, TrainOptions, train};

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

const L2: [f64; 5] = [60.0, 125.0, 250.0, 500.0, 1000.0];
const DROPOUT: [f64; 4] = [0.1, 0.2, 0.33, 0.5];
const SHRINKAGE: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
const HALF_LIFE: [f64; 5] = [3.0, 5.0, 8.0, 15.0, 40.0];
const NEXT_WEIGHT: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
const POPULARITY: [f64; 10] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 6.0];
const GENRE: [f64; 5] = [0.0, 0.01, 0.02, 0.05, 0.1];
/// A history in the middle of each of the buckets of [`LENGTHS`], but for the first and the last.
const COLD: [usize; LENGTHS.len() - 1] = [1, 4, 8, 15];

/// The best model that can be found by changing one parameter after the other, starting from `start`, whose shape stays.
/// What goes together is judged by nDCG@100 on hidden fifths of histories; what depends on the order, by nDCG@10 on their last
/// fifths; the blend, by nDCG@100 for each length of history.
///
/// # Errors
/// [`Error::Option`] where there are too few viewers to hold any out; those of [`train`].
pub fn tune(
    interactions: &Interactions,
    catalog: Option<&Catalog>,
    start: &TrainOptions,
    report: &mut dyn FnMut(&Trial),
) -> Result<ItemModel> {
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
    tuner.tune_together()?;
    if interactions.timed {
        tuner.tune_order()?;
    }
    let (blend_of, held_out) = (tuner.tune_blend()?, split.held_out());
    let (options, trials) = (tuner.options.clone(), tuner.trials);
    let mut model = train(interactions, catalog, &options, &|_| {})?;
    model.metadata.blend = SCORERS.iter().map(|scorer| scorer.name.to_owned()).zip(blend_of).collect();
    model.metadata.more.insert("tuned".into(), json!({ "trials": trials, "heldOutViewers": held_out }));
    Ok(model)
}

struct Tuner<'a> {
    split: &'a Split,
    catalog: Option<&'a Catalog>,
    /// The catalog, or one of the ids alone.
    ranked: &'a Catalog,
    options: TrainOptions,
    report: &'a mut dyn FnMut(&Trial),
    trials: usize,
    of: usize,
    /// The best value of the lever that is being moved.
    best: f64,
}

/// The blends and figures of a bucket of lengths.
type Weights = [f64; SCORERS.len()];

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
        Ok(Tuner { split, catalog, ranked, options, report, trials: 0, of, best: f64::NEG_INFINITY })
    }

    fn all_trials(&self) -> usize {
        let together = L2.len() + DROPOUT.len() + SHRINKAGE.len();
        let order = if self.split.learnt.timed { HALF_LIFE.len() + self.next_weights().len() } else { 0 };
        together + order + (COLD.len() + 1) * (POPULARITY.len() + self.genre_weights().len())
    }

    /// Without next items, or without genres, there is nothing to weigh.
    fn next_weights(&self) -> &'static [f64] {
        if self.options.shape.next > 0 { &NEXT_WEIGHT } else { &[] }
    }

    fn genre_weights(&self) -> &'static [f64] {
        if self.catalog.is_some() { &GENRE } else { &[] }
    }

    /// λ, then p, then μ, on histories without order.
    fn tune_together(&mut self) -> Result<()> {
        let task = self.split.at_random();
        self.best = f64::NEG_INFINITY;
        type Set = fn(&mut TrainOptions, f64);
        let levers: [(&str, &[f64], Set); 3] = [
            ("l2", &L2, |options, value| options.edlae.l2 = value),
            ("dropout", &DROPOUT, |options, value| options.edlae.dropout = value),
            ("shrinkage", &SHRINKAGE, |options, value| options.shrinkage = value),
        ];
        for (name, values, set) in levers {
            for &value in values {
                let mut options = self.options.clone();
                set(&mut options, value);
                options.shape.next = 0;
                let model = train(&self.split.learnt, self.catalog, &options, &|_| {})?;
                let evaluation = self.evaluate(&model, &task, HalfLife::default(), Some(HISTORY), &[])?;
                if self.tried(format!("{name} {value}"), &evaluation, Objective::Ndcg100) {
                    set(&mut self.options, value);
                }
            }
        }
        Ok(())
    }

    /// The half-life, then the weight of what comes next.
    fn tune_order(&mut self) -> Result<()> {
        let task = self.split.in_time();
        self.best = f64::NEG_INFINITY;
        for value in HALF_LIFE {
            let half_life = HalfLife { events: Some(value), ..self.options.half_life };
            let options = TrainOptions { half_life, ..self.options.clone() };
            let model = train(&self.split.learnt, self.catalog, &options, &|_| {})?;
            let evaluation = self.evaluate(&model, &task, half_life, Some(HISTORY), &[])?;
            if self.tried(format!("half-life {value}"), &evaluation, Objective::Ndcg10) {
                self.options = options;
            }
        }
        for &value in self.next_weights() {
            let options = TrainOptions { next_weight: value, ..self.options.clone() };
            let model = train(&self.split.learnt, self.catalog, &options, &|_| {})?;
            let evaluation = self.evaluate(&model, &task, options.half_life, Some(HISTORY), &[])?;
            if self.tried(format!("next weight {value}"), &evaluation, Objective::Ndcg10) {
                self.options = options;
            }
        }
        Ok(())
    }

    /// For each length of history the weight of what everybody watches, then that of genres; the history's is 1.
    fn tune_blend(&mut self) -> Result<[WeightByLength; SCORERS.len()]> {
        let model = train(&self.split.learnt, self.catalog, &self.options, &|_| {})?;
        let mut blend = SCORERS.each_ref().map(|scorer| scorer.weight);
        let timed = self.split.learnt.timed;
        let half_life = if timed { self.options.half_life } else { HalfLife::default() };
        let whole = if timed { self.split.in_time() } else { self.split.at_random() };
        let tasks = COLD.map(|items| self.split.cold(items)).into_iter().chain([whole]);
        for (bucket, task) in tasks.enumerate().map(|(place, task)| (place + 1, task)) {
            let mut weights: Weights = SCORERS.each_ref().map(|scorer| scorer.weight[bucket]);
            self.best = f64::NEG_INFINITY;
            let levers: [(usize, &[f64]); 2] = [(2, &POPULARITY), (1, self.genre_weights())];
            for (scorer, values) in levers {
                for &value in values {
                    let mut tried = weights;
                    tried[scorer] = value;
                    let evaluation = self.evaluate(&model, &task, half_life, None, &tried)?;
                    let name = format!("{} items, {} {value}", name_of(bucket), SCORERS[scorer].name);
                    if self.tried(name, &evaluation, Objective::Ndcg100) {
                        weights = tried;
                    }
                }
            }
            for (row, weight) in blend.iter_mut().zip(weights) {
                row[bucket] = weight;
            }
        }
        Ok(blend)
    }

    fn evaluate(
        &self,
        model: &ItemModel,
        task: &Task,
        half_life: HalfLife,
        only: Option<usize>,
        weights: &[f64],
    ) -> Result<Evaluation> {
        let data = ScorerData::new(self.ranked, Some(model));
        let named = SCORERS.iter().map(|scorer| scorer.name.to_owned());
        let options = EvaluateOptions {
            only,
            blend: Blend::new(Some(model)),
            weights: WeightsOption::from_iter(named.zip(weights.iter().copied())),
            history: HistoryOptions { half_life: Some(half_life), ..HistoryOptions::default() },
            spread: Spread::default(),
            first: None,
        };
        evaluate(self.ranked, &data, &task.foldin, &task.target, &options)
    }

    /// Tells of a trial, and says whether it is the best so far.
    fn tried(&mut self, what: String, evaluation: &Evaluation, objective: Objective) -> bool {
        let before = self.best;
        let (ndcg_10, ndcg_100) = figures(evaluation);
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
        Some(last) => format!("{}–{last}", LENGTHS[bucket - 1] + 1),
        None => format!("over {}", LENGTHS[LENGTHS.len() - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{ColumnNames, Edlae, Shape};

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
            edlae: Edlae { dropout: 0.33, l2: 500.0 },
            shrinkage: 2.0,
            shape: Shape { dimensions: 4, neighbours: 8, bits: 8, next: 8 },
            half_life: HalfLife { events: Some(40.0), days: None },
            next_weight: 2.0,
        };
        let mut trials = Vec::new();
        let model =
            tune(&interactions, None, &start, &mut |trial| trials.push(trial.clone())).expect("tunes");
        assert_eq!(trials.last().map(|trial| trial.done), Some((trials.len(), trials.len())));
        let order = trials.iter().filter(|trial| trial.what.starts_with("half-life"));
        let best = order.max_by(|a, b| a.ndcg_10.total_cmp(&b.ndcg_10)).expect("was tried");
        assert!(best.ndcg_10 > 0.8, "{trials:#?}");
        assert!(model.metadata.half_life.events.is_some_and(|events| events < 40.0));
        assert_eq!(model.metadata.blend.len(), SCORERS.len());
        let bytes = model.to_bytes().expect("writes");
        assert_eq!(ItemModel::from_bytes(&bytes), Ok(model));
    }
}
