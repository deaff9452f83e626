use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use watchnext::catalog::{Catalog, CatalogOptions};
use watchnext::error::Result;
use watchnext::history::HalfLife;
use watchnext::train::{Edlae, Interactions, TrainOptions, TrainPhase, inverse_bytes, train};

use crate::{columns, read, write};

/// Learn a model from what many viewers did (CSV, TSV or MovieLens' .dat, gzip or not).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// File of interactions: user, item and, if known, rating and timestamp.
    #[arg(long, value_name = "FILE")]
    interactions: PathBuf,
    #[command(flatten)]
    columns: columns::Args,
    /// Catalog, from which the population's genre shares are learnt.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// How many neighbours each item keeps.
    #[arg(long, default_value_t = 64)]
    neighbours: usize,
    /// Dropout p of EDLAE, 0 to 0.99.
    #[arg(long, default_value_t = 0.33)]
    dropout: f64,
    /// Ridge penalty λ of EDLAE, above 0.
    #[arg(long, default_value_t = 500.0)]
    l2: f64,
    /// Where the model is used, an item counts half after so many later ones [none: no decay].
    #[arg(long, value_name = "EVENTS")]
    half_life_events: Option<f64>,
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
        let interactions =
            Interactions::read(&self.interactions, &self.columns.names(), self.columns.min_rating)?;
        let catalog =
            self.catalog.map(|path| Catalog::parse(read(&path)?, &CatalogOptions::default(), &mut |_, _| {}));
        let catalog = catalog.transpose()?.map(|(catalog, _)| catalog);
        let items = interactions.items.len();
        eprintln!(
            "{} interactions of {} viewers with {items} items; the dense inverse needs {}",
            interactions.len(),
            interactions.viewers.len(),
            HumanBytes(inverse_bytes(items)),
        );
        let options = TrainOptions {
            edlae: Edlae { dropout: self.dropout, l2: self.l2 },
            neighbours: self.neighbours,
            half_life: HalfLife { events: self.half_life_events, days: self.half_life_days },
        };
        let model = train(&interactions, catalog.as_ref(), &options, &|phase| {
            bar.set_message(match phase {
                TrainPhase::Count => "counting pairs",
                TrainPhase::Invert => "inverting",
                TrainPhase::Prune => "keeping the strongest neighbours",
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

/// Nothing tells beforehand how long an inverse takes; that it goes on is shown, and for how long already.
fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
