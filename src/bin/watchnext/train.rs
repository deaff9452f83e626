use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;
use watchnext::error::Result;
use watchnext::model::ItemModel;
use watchnext::train::{
    Edlae, Family, MAX_DENSE_ITEMS, Preset, Shape, Similarity, TrainOptions, TrainPhase, inverse_bytes, train,
};
use watchnext::tune::shape_within;

use crate::{print, source, write};

/// Learn a model from what many viewers did (CSV, TSV or MovieLens' .dat, gzip or not).
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    /// How large the model is to be; the options below say it in detail.
    #[arg(long, value_enum, conflicts_with_all = ["dimensions", "neighbours", "bits", "next"])]
    preset: Option<PresetName>,
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
        let bar = spinner();
        bar.set_message("reading interactions");
        let (interactions, catalog) = self.source.read()?;
        let items = interactions.items.len();
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
        let mut options = self.options();
        if let Some(budget) = &self.budget {
            options.shape = shape_within(budget.bytes(items), &interactions, &options, &mut |trial| {
                let (done, of) = trial.done;
                bar.suspend(|| {
                    eprintln!(
                        "{done}/{of}  {:40} nDCG@10 {:.4}, nDCG@100 {:.4}",
                        trial.what, trial.ndcg_10, trial.ndcg_100
                    )
                });
            })?;
        }
        let model = train(&interactions, catalog.as_ref(), &options, &|phase| {
            bar.set_message(match phase {
                TrainPhase::Together => "learning what goes together",
                TrainPhase::Next => "learning what comes next",
            });
        })?;
        bar.finish_and_clear();
        made(&model, &self.out, start, self.json)
    }

    fn options(&self) -> TrainOptions {
        let shape = Shape {
            dimensions: self.dimensions,
            neighbours: self.neighbours,
            bits: self.bits,
            next: self.next,
        };
        let mut options = TrainOptions::new(self.preset.map_or(shape, PresetName::shape));
        options.max_dense_items = self.max_dense_items;
        options.family = match self.family {
            FamilyName::Edlae => {
                let usual = Edlae::default();
                Family::Edlae(Edlae {
                    dropout: self.dropout.unwrap_or(usual.dropout),
                    l2: self.l2.unwrap_or(usual.l2),
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

/// [`Preset`] by name.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum PresetName {
    /// Some 45 bytes an item.
    Nano,
    /// At most 70 bytes an item.
    Small,
    /// At most 140 bytes an item, and it knows what comes next.
    Base,
    /// As good as the dense model, at some 850 bytes an item.
    Large,
}

impl PresetName {
    pub(crate) fn shape(self) -> Shape {
        match self {
            PresetName::Nano => Preset::Nano,
            PresetName::Small => Preset::Small,
            PresetName::Base => Preset::Base,
            PresetName::Large => Preset::Large,
        }
        .shape()
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
