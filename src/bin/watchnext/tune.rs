use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration};
use watchnext::error::Result;
use watchnext::train::{TrainOptions, inverse_bytes};
use watchnext::tune::{Frontier, tune};

use crate::train::{PresetName, made};
use crate::{print, source};

/// Learn a model with parameters chosen on viewers that are held out.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    /// How large the model is to be.
    #[arg(long, value_enum, default_value = "base")]
    preset: PresetName,
    /// Print what was made as JSON; the table goes to stderr then.
    #[arg(long)]
    json: bool,
    /// The model to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let start = Instant::now();
        let (interactions, catalog) = self.source.read()?;
        let items = interactions.items.len();
        eprintln!("{items} items; a dense inverse needs {}", HumanBytes(inverse_bytes(items)));
        let tell = |line: &str| {
            if self.json {
                eprintln!("{line}");
                Ok(())
            } else {
                print(line)
            }
        };
        tell(&format!("{:>8}  {:32} {:>8} {:>9}", "", "tried", "nDCG@10", "nDCG@100"))?;
        let options = TrainOptions::new(self.preset.shape());
        let mut printed = Ok(());
        let (model, frontiers) = tune(&interactions, catalog.as_ref(), &options, &mut |trial| {
            let (done, of) = trial.done;
            let left = start.elapsed().as_secs_f64() / done as f64 * (of - done) as f64;
            let left = HumanDuration(Duration::from_secs_f64(left));
            let best = if trial.best { "best" } else { "" };
            let line = format!(
                "{:>8}  {:32} {:8.4} {:9.4} {best:4}  {left} left",
                format!("{done}/{of}"),
                trial.what,
                trial.ndcg_10,
                trial.ndcg_100,
            );
            if printed.is_ok() {
                printed = tell(&line);
            }
        })?;
        printed?;
        for frontier in &frontiers {
            tell(&table(frontier))?;
        }
        made(&model, &self.out, start, self.json)
    }
}

/// What could be had for one length of history, and what was taken.
fn table(frontier: &Frontier) -> String {
    let mut lines = vec![format!(
        "\n{:>11}  {:>5}  {:>15}  {:>11}  after {} items",
        "popularity", "genre", "nDCG@10", "personal@20", frontier.history
    )];
    for (place, point) in frontier.points.iter().enumerate() {
        let ndcg = format!("{:.4} ± {:.4}", point.ndcg_10.mean, point.ndcg_10.standard_error);
        let taken = if place == frontier.taken { "taken" } else { "" };
        lines.push(format!(
            "{:>11}  {:>5}  {ndcg:>15}  {:>11.3}  {taken}",
            point.popularity, point.genre, point.personal_20
        ));
    }
    lines.join("\n")
}
