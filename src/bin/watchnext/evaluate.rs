use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use watchnext::catalog::Catalog;
use watchnext::columns::Strings;
use watchnext::error::{Error, Result};
use watchnext::evaluate::{
    EvaluateOptions, Evaluation, Felt, Mean, Metrics, ViewerResult, evaluate, in_order,
};
use watchnext::history::{HalfLife, HistoryOptions};
use watchnext::model::ItemModel;
use watchnext::rank::{Rerank, WeightsOption};
use watchnext::score::{BUILT_IN, Columns, ScorerId, ScorerSpec, WorkerCounts};

use crate::source::Reading;
use crate::{columns, csv_field, print, read, write};

/// Measure a model on viewers it has not seen.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model.
    #[arg(long, value_name = "FILE", required_unless_present = "no_model")]
    model: Option<PathBuf>,
    /// Do without a model: only the catalog is known.
    #[arg(long, requires = "catalog", conflicts_with = "model")]
    no_model: bool,
    /// The catalog to rank [default: the model's items, without genres].
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Each viewer's history.
    #[arg(long, value_name = "FILE")]
    foldin: PathBuf,
    /// What each viewer watched besides: what is to be found.
    #[arg(long, value_name = "FILE")]
    target: PathBuf,
    #[command(flatten)]
    columns: columns::Args,
    /// The scorer to measure alone, or `all` [default: all].
    #[arg(long, value_name = "history|genre|popularity|all")]
    scorers: Option<String>,
    /// A scorer's weight instead of the default one; may be repeated.
    #[arg(long, value_name = "SCORER=WEIGHT", value_parser = parse_weight)]
    weight: Vec<(String, f64)>,
    /// How much a list is to differ in genres, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    diversity: f64,
    /// How much its genres are to be those of the viewer's history, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    calibration: f64,
    /// Tell the ratings of the histories (0.5 to 5) as such, and look for what was rated 4 or more [all was watched].
    #[arg(long)]
    ratings: bool,
    /// What turns what is nearly equal.
    #[arg(long)]
    seed: Option<u64>,
    /// Show only the first so many events of each history.
    #[arg(long, value_name = "EVENTS")]
    first: Option<usize>,
    /// Rank only the catalog's items that nobody had in training (`split --protocol cold-items`).
    #[arg(long, requires = "model", requires = "catalog")]
    unseen: bool,
    /// Whether the order of a history counts [auto: if the targets came after it].
    #[arg(long, value_enum, default_value_t = Order::Auto)]
    order: Order,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write the lists as CSV: user, rank, item.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
}

/// Whether the order of a history counts.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    Auto,
    Yes,
    No,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let file = self.model.as_ref().map(|path| read(path)).transpose()?;
        let model = file.as_deref().map(ItemModel::from_bytes).transpose()?;
        let catalog = match (&self.catalog, &model) {
            (Some(path), _) => self.reading.catalog(path)?,
            (None, model) => Catalog::of_ids(model.as_ref().map_or(&Strings::default(), |model| &model.ids))?,
        };
        let columns = Arc::new(Columns::new(&catalog, model.as_ref()));
        let (foldin, target) = (
            self.columns.read(std::slice::from_ref(&self.foldin))?,
            self.columns.read(std::slice::from_ref(&self.target))?,
        );
        let half_life = model.as_ref().map_or(HistoryOptions::NO_MODEL, |model| model.metadata.half_life);
        let ordered = match self.order {
            Order::Auto => in_order(&foldin, &target),
            order => order == Order::Yes,
        };
        let half_life = if ordered { half_life } else { HalfLife::default() };
        let options = EvaluateOptions {
            only: self.only()?,
            scorers: ScorerSpec::all(model.as_ref(), &[], &WorkerCounts::default())?,
            weights: WeightsOption::from_iter(self.weight.iter().cloned()),
            history: HistoryOptions {
                half_life: Some(half_life),
                next_half_life: model.as_ref().and_then(|model| model.metadata.next_half_life),
                ..HistoryOptions::default()
            },
            rerank: Rerank::new(Some(self.diversity), Some(self.calibration))?,
            ratings: self.ratings,
            seed: self.seed,
            first: self.first,
            ranked: model.as_ref().filter(|_| self.unseen).map(|model| unseen(model, &catalog)),
        };
        let evaluation = evaluate(&catalog, &columns, &foldin, &target, &options)?;
        if let Some(path) = &self.predictions {
            write(path, predictions(&evaluation, &catalog).as_bytes())?;
        }
        let of_lists = Metrics::NAMED
            .map(|(name, metric)| (name, evaluation.mean(|result: &ViewerResult| metric(&result.metrics))));
        let of_mixes = [
            ("distance@10", evaluation.mean(|result| result.mix.distance_10)),
            ("divergence@10", evaluation.mean(|result| result.mix.divergence_10)),
        ];
        let felt = Felt::NAMED
            .into_iter()
            .filter_map(|(name, metric)| evaluation.mean_felt(metric).map(|mean| (name, mean)));
        let together = [("overlap@20", evaluation.overlap_20), ("coverage@20", evaluation.coverage_20)];
        let means: Vec<(&str, Mean)> =
            of_lists.into_iter().chain(of_mixes).chain(felt).chain(together).collect();
        let model = file.as_deref().zip(model.as_ref()).map(|(file, model)| (file.len(), model.ids.len()));
        print(&if self.json {
            as_json(&evaluation, &means, ordered, model)
        } else {
            as_table(&evaluation, &means, ordered, model)
        })
    }

    /// The only one asked for.
    fn only(&self) -> Result<Option<ScorerId>> {
        let name = self.scorers.as_deref().unwrap_or("all");
        if name == "all" {
            return Ok(None);
        }
        let place = BUILT_IN.iter().position(|scorer| scorer.name == name);
        let unknown =
            || Error::Option { option: "scorers".into(), reason: format!("there is no scorer {name:?}") };
        place.map(Some).ok_or_else(unknown)
    }
}

/// Which items of the catalog nobody had in training.
fn unseen(model: &ItemModel, catalog: &Catalog) -> Arc<[bool]> {
    let mut unseen = vec![true; catalog.len()];
    let seen = model.ids.iter().zip(&model.popularity).filter(|&(_, &count)| count > 0);
    seen.filter_map(|(id, _)| catalog.find(id)).for_each(|item| unseen[item as usize] = false);
    unseen.into()
}

fn parse_weight(text: &str) -> Result<(String, f64), String> {
    let (name, weight) = text.split_once('=').ok_or("expected SCORER=WEIGHT")?;
    Ok((name.to_owned(), weight.parse().map_err(|error| format!("{weight:?}: {error}"))?))
}

fn predictions(evaluation: &Evaluation, catalog: &Catalog) -> String {
    let mut csv = String::from("user,rank,item\n");
    for ViewerResult { viewer, list, .. } in &evaluation.viewers {
        for (place, &item) in list.iter().enumerate() {
            let _ = writeln!(csv, "{},{},{}", csv_field(viewer), place + 1, csv_field(catalog.id(item)));
        }
    }
    csv
}

fn as_json(
    evaluation: &Evaluation,
    means: &[(&str, Mean)],
    ordered: bool,
    model: Option<(usize, usize)>,
) -> String {
    let mut object: Map<String, Value> =
        means.iter().map(|(name, mean)| ((*name).to_owned(), json!(mean.mean))).collect();
    object.insert("propensity_exponent".into(), json!(evaluation.propensity_exponent));
    object.insert("users".into(), json!(evaluation.viewers.len()));
    object.insert("ordered".into(), json!(ordered));
    let errors = means.iter().map(|(name, mean)| ((*name).to_owned(), json!(mean.standard_error)));
    object.insert("standard_errors".into(), Value::Object(errors.collect()));
    if let Some((bytes, items)) = model {
        object.insert("model_bytes".into(), json!(bytes));
        object.insert("bytes_per_item".into(), json!(bytes as f64 / items as f64));
    }
    Value::Object(object).to_string()
}

fn as_table(
    evaluation: &Evaluation,
    means: &[(&str, Mean)],
    ordered: bool,
    model: Option<(usize, usize)>,
) -> String {
    let mut text = String::new();
    for (name, mean) in means {
        let _ = writeln!(text, "{name:16}{:.4} ± {:.4}", mean.mean, mean.standard_error);
    }
    let _ = writeln!(text, "{:16}exponent {:.4}", "propensity", evaluation.propensity_exponent);
    let _ = writeln!(text, "{:16}{}", "users", evaluation.viewers.len());
    let _ = write!(text, "{:16}{}", "order", if ordered { "counts" } else { "does not count" });
    if let Some((bytes, items)) = model {
        let _ = write!(text, "\n{:16}{bytes} bytes, {:.1} an item", "model", bytes as f64 / items as f64);
    }
    text
}
