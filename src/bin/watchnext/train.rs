use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use watchnext::error::Result;
use watchnext::history::HalfLife;
use watchnext::train::{Edlae, Preset, Shape, TrainOptions, TrainPhase, inverse_bytes, train};
use watchnext::tune::shape_within;

use crate::{source, write};

/// Learn a model from what many viewers did (CSV, TSV or MovieLens' .dat, gzip or not).
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
    /// Dropout p of EDLAE, 0 to 0.99.
    #[arg(long, default_value_t = 0.33)]
    dropout: f64,
    /// Ridge penalty λ of EDLAE, above 0.
    #[arg(long, default_value_t = 500.0)]
    l2: f64,
    /// Where the model is used, an item counts half after so many later ones; 0: no decay.
    #[arg(long, value_name = "EVENTS", default_value_t = 5.0)]
    half_life_events: f64,
    /// Where the model is used, an item counts half after so many days [none: no decay].
    #[arg(long, value_name = "DAYS")]
    half_life_days: Option<f64>,
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
        eprintln!(
            "{} interactions of {} viewers with {items} items; training needs {}",
            interactions.len(),
            interactions.viewers.len(),
            HumanBytes(inverse_bytes(items)),
        );
        let shape = Shape {
            dimensions: self.dimensions,
            neighbours: self.neighbours,
            bits: self.bits,
            next: self.next,
        };
        let mut options = TrainOptions {
            edlae: Edlae { dropout: self.dropout, l2: self.l2 },
            half_life: HalfLife {
                events: Some(self.half_life_events).filter(|&events| events != 0.0),
                days: self.half_life_days,
            },
            ..TrainOptions::new(self.preset.map_or(shape, Preset::shape))
        };
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
                TrainPhase::Count => "counting pairs",
                TrainPhase::Invert => "inverting",
                TrainPhase::Compact => "making it small",
                TrainPhase::Next => "learning what comes next",
            });
        })?;
        bar.finish_and_clear();
        let bytes = model.to_bytes()?;
        write(&self.out, &bytes)?;
        eprintln!(
            "{}: {} ({:.1} bytes an item), in {:.1} s",
            self.out.display(),
            HumanBytes(bytes.len() as u64),
            bytes.len() as f64 / items as f64,
            start.elapsed().as_secs_f64(),
        );
        Ok(())
    }
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
