use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::HumanDuration;
use watchnext::error::Result;
use watchnext::train::{Facts, Order, Preset, choose};
use watchnext::tune::{Frontier, Goal, tune, validate};

use crate::named::named;
use crate::train::{made, say};
use crate::{print, source};

/// Learn a model with parameters chosen on viewers that are held out.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    /// How large the model is to be.
    #[arg(long, value_parser = named(&Preset::NAMED), default_value = "base")]
    preset: Preset,
    /// What it is to be good at: A (a random fifth of each history is to be found), B (the last fifth), next (the last item), or several
    /// with weights, as A=2,next=1 [default: A,B].
    #[arg(long)]
    goal: Option<Goal>,
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
        let (facts, ids) = (Facts::new(&interactions), interactions.items.strings());
        let options = choose(&facts, ids, self.preset.budget().bytes(facts.items, 0), Order::Auto)?;
        // What `train` would make is what it starts from, and is not to be worse than.
        let options = validate(&interactions, &options, &|_| {})?;
        say(&options.reasons);
        let tell = |line: &str| {
            if self.json {
                eprintln!("{line}");
                Ok(())
            } else {
                print(line)
            }
        };
        tell(&format!("{:>8}  {:40} {:>8} {:>17}", "", "tried", "goal", "against the best"))?;
        let mut printed = Ok(());
        let goal = self.goal.unwrap_or_default();
        let tuned = tune(&interactions, catalog.as_ref(), &options, goal, &mut |trial| {
            let (done, of) = trial.done;
            let left = start.elapsed().as_secs_f64() / done as f64 * (of - done) as f64;
            let left = HumanDuration(Duration::from_secs_f64(left));
            let best = if trial.best { "best" } else { "" };
            let above = trial
                .above
                .map_or(String::new(), |above| format!("{:+.4} ± {:.4}", above.mean, above.standard_error));
            let line = format!(
                "{:>8}  {:40} {:8.4} {above:>17} {best:4}  {left} left",
                format!("{done}/{of}"),
                trial.what,
                trial.value,
            );
            if printed.is_ok() {
                printed = tell(&line);
            }
        })?;
        printed?;
        for frontier in &tuned.frontiers {
            tell(&table(frontier))?;
        }
        let gain = tuned.gain;
        tell(&format!("better than what it started from by {:.4} ± {:.4}", gain.mean, gain.standard_error))?;
        made(&tuned.model, &self.out, start, self.json)
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
