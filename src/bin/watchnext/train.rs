use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;
use watchnext::error::{Error, Result};
use watchnext::model::ItemModel;
use watchnext::train::{
    Edlae, Family, MAX_DENSE_ITEMS, Preset, Shape, Similarity, TrainOptions, TrainPhase, inverse_bytes,
    train, train_counts,
};
use watchnext::tune::shape_within;

use crate::source::Source;
use crate::{print, source, write};

/// Learn a model from what many viewers did, or from counts of it (`count`, `merge`).
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    /// How large the model is to be; the options below say it in detail.
    #[arg(long, value_enum, conflicts_with_all = ["dimensions", "neighbours", "bits", "next"])]
    preset: Option<Preset>,
    /// How large the file may be, as 300KB, or for each item, as 70B/item: the shape is chosen on viewers that are held out.
    #[arg(long, conflicts_with_all = ["preset", "dimensions", "neighbours", "bits", "next"])]
    budget: Option<Budget>,
    /// Dimensions of the low-rank part.
    #[arg(long, default_value_t = 0)]
    dimensions: usize,
    /// How many neighbours each item keeps.
    #[arg(long, default_value_t = 64)]
    neighbours: usize,
    /// Bits of a neighbour's weight, 4 or 8.
    #[arg(long, default_value_t = 8)]
    bits: u8,
    /// How many items that come before it each item keeps.
    #[arg(long, default_value_t = 0)]
    next: usize,
    /// The kind of linear model.
    #[arg(long, value_enum, default_value_t = FamilyName::Edlae)]
    family: FamilyName,
    /// Dropout p of EDLAE, 0 to 0.99 [default: 0.33].
    #[arg(long)]
    dropout: Option<f64>,
    /// Ridge penalty λ of EDLAE, above 0 [default: 500].
    #[arg(long)]
    l2: Option<f64>,
    /// Up to how many items EDLAE inverts a dense matrix; above, each item is regressed on those it goes with most.
    #[arg(long, value_name = "ITEMS", default_value_t = MAX_DENSE_ITEMS)]
    max_dense_items: usize,
    /// How fast a viewer's part saturates in BM25.
    #[arg(long, default_value_t = 1.2)]
    k1: f64,
    /// How much an item's popularity counts against it in BM25, 0 to 1.
    #[arg(long, default_value_t = 0.75)]
    b: f64,
    /// What RP3beta raises the walk's probability to.
    #[arg(long, default_value_t = 0.8)]
    alpha: f64,
    /// How much an item's popularity counts against it in RP3beta.
    #[arg(long, default_value_t = 0.3)]
    beta: f64,
    /// Where the model is used, an item counts half after so many later ones; 0: no decay [default: 5].
    #[arg(long, value_name = "EVENTS")]
    half_life_events: Option<f64>,
    /// Where the model is used, an item counts half after so many days [none: no decay].
    #[arg(long, value_name = "DAYS")]
    half_life_days: Option<f64>,
    /// Print what was made as JSON.
    #[arg(long)]
    json: bool,
    /// The model to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let start = Instant::now();
        let (source, catalog) = self.source.read_any()?;
        let bar = spinner();
        let progress = |phase| {
            bar.set_message(match phase {
                TrainPhase::Together => "learning what goes together",
                TrainPhase::Next => "learning what comes next",
            });
        };
        let model = match source {
            Source::Counts(counts) => {
                let options = self.options(
                    counts.ids(),
                    (0..).zip(counts.popularity()).map(|(_, n): (usize, u32)| n as usize).sum(),
                );
                eprintln!("counts of {} items and {} viewers", counts.ids().len(), counts.viewers());
                if self.budget.is_some() {
                    let reason =
                        "a shape is chosen on viewers that are held out; counts have none".to_owned();
                    return Err(Error::Option { option: "budget".into(), reason });
                }
                train_counts(counts, catalog.as_ref(), &options, &progress)?
            }
            Source::Interactions(interactions) => {
                let items = interactions.items.len();
                let mut options = self.options(interactions.items.strings(), interactions.len());
                let dense = matches!(self.family, FamilyName::Edlae) && items <= self.max_dense_items;
                eprintln!(
                    "{} interactions of {} viewers with {items} items; {}",
                    interactions.len(),
                    interactions.viewers.len(),
                    if dense {
                        format!("a dense inverse needs {}", HumanBytes(inverse_bytes(items)))
                    } else {
                        "no dense matrix is needed".to_owned()
                    },
                );
                if let Some(budget) = &self.budget {
                    options.shape =
                        shape_within(budget.bytes(items), &interactions, &options, &mut |trial| {
                            let (done, of) = trial.done;
                            bar.suspend(|| {
                                eprintln!(
                                    "{done}/{of}  {:40} nDCG@10 {:.4}, nDCG@100 {:.4}",
                                    trial.what, trial.ndcg_10, trial.ndcg_100
                                )
                            });
                        })?;
                }
                train(&interactions, catalog.as_ref(), &options, &progress)?
            }
        };
        bar.finish_and_clear();
        made(&model, &self.out, start, self.json)
    }

    fn options(&self, ids: &watchnext::columns::Strings, rows: usize) -> TrainOptions {
        let items = ids.len();
        let env =
            |name: &str, usual: f64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual);
        let shape = match self.preset {
            None => Shape::of_sources(self.dimensions, self.neighbours, self.bits, self.next),
            Some(preset) => {
                let dims = env("WN_DIMS", 64.0) as usize;
                let bits = env("WN_FB", 4.0) as u8;
                let room = watchnext::train::room_within(items * preset.bytes_per_item(), 2, dims > 0, ids)
                    .unwrap_or(0);
                let rest = room.saturating_sub(dims * bits as usize * items / 8);
                let next = (rest as f64 * env("WN_NEXT", 0.6)) as usize;
                Shape {
                    dimensions: dims,
                    factor_bits: bits,
                    neighbours: watchnext::train::Room::Bytes(rest - next),
                    next: watchnext::train::Room::Bytes(next),
                    bits: env("WN_BITS", 3.0) as u8,
                }
            }
        };
        let mut options = TrainOptions::new(shape);
        let scale = (rows as f64 / items as f64).sqrt();
        options.next.l2 = env("WN_NL2", 13.6 * scale);
        options.next.decay.events = Some(env("WN_NHL", 2.0));
        options.next_half_life.events = Some(env("WN_RHL", 2.5));
        options.half_life.events = Some(env("WN_HL", 15.0));
        options.part_weights.ordered = [env("WN_OW", 0.25); 6];
        options.part_weights.next = [env("WN_NW", 2.5); 6];
        options.part_weights.unordered = [env("WN_UW", 1.0); 6];
        options.shrinkage = env("WN_SHR", 2.0);
        options.max_dense_items = self.max_dense_items;
        options.family = match self.family {
            FamilyName::Edlae => {
                let usual = Edlae::default();
                Family::Edlae(Edlae {
                    dropout: self.dropout.unwrap_or(usual.dropout),
                    l2: self.l2.unwrap_or(env("WN_L2", 34.0 * scale)),
                })
            }
            FamilyName::Cosine => Family::Similarity(Similarity::Cosine),
            FamilyName::UserIdf => Family::Similarity(Similarity::UserIdf),
            FamilyName::Bm25 => Family::Similarity(Similarity::Bm25 { k1: self.k1, b: self.b }),
            FamilyName::Rp3beta => {
                Family::Similarity(Similarity::Rp3Beta { alpha: self.alpha, beta: self.beta })
            }
            FamilyName::Content => Family::Content,
        };
        if let Some(events) = self.half_life_events {
            options.half_life.events = Some(events).filter(|&events| events != 0.0);
        }
        options.half_life.days = self.half_life_days;
        options
    }
}

/// The kinds of [`Family`].
#[derive(Clone, Copy, clap::ValueEnum)]
enum FamilyName {
    /// A regression of every item on all others (Steck 2020).
    Edlae,
    /// Neighbours by the cosine of their viewers.
    Cosine,
    /// The same, those who watch little counting more.
    UserIdf,
    /// Neighbours by BM25.
    Bm25,
    /// Neighbours by a random walk, against popularity.
    Rp3beta,
    /// Neighbours by their content; needs a catalog.
    Content,
}

/// Writes a model, and says how large it is and how long it took.
pub(crate) fn made(model: &ItemModel, out: &Path, start: Instant, json: bool) -> Result<()> {
    let bytes = model.to_bytes()?;
    write(out, &bytes)?;
    let per_item = bytes.len() as f64 / model.ids.len().max(1) as f64;
    let seconds = start.elapsed().as_secs_f64();
    if json {
        let made =
            json!({ "model_bytes": bytes.len(), "bytes_per_item": per_item, "train_seconds": seconds });
        return print(&made.to_string());
    }
    let size = HumanBytes(bytes.len() as u64);
    print(&format!("{}: {size} ({per_item:.1} bytes an item), in {seconds:.1} s", out.display()))
}

/// How large a file may be.
#[derive(Clone, Copy)]
enum Budget {
    Bytes(usize),
    BytesPerItem(usize),
}

impl Budget {
    fn bytes(self, items: usize) -> usize {
        match self {
            Budget::Bytes(bytes) => bytes,
            Budget::BytesPerItem(bytes) => bytes.saturating_mul(items),
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (size, per_item) = match text.strip_suffix("/item") {
            Some(size) => (size, true),
            None => (text, false),
        };
        let digits = size.trim_end_matches(|unit: char| !unit.is_ascii_digit());
        let unit = match size[digits.len()..].trim() {
            "" | "B" => 1,
            "kB" | "KB" => 1000,
            "MB" => 1_000_000,
            other => return Err(format!("{other:?} is not B, KB or MB")),
        };
        let number: usize = digits.parse().map_err(|_| format!("{digits:?} is not a whole number"))?;
        let bytes = number.checked_mul(unit).ok_or("is too large")?;
        Ok(if per_item { Budget::BytesPerItem(bytes) } else { Budget::Bytes(bytes) })
    }
}

/// Nothing tells beforehand how long an inverse takes; that it goes on is shown, and for how long already.
fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
