use std::path::PathBuf;
use std::time::Instant;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use watchnext::error::Result;
use watchnext::train::{ColumnNames, Interactions, ReadOptions, ReadReport};

/// How files of interactions are read.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Column of the viewer: a name, or a place from 0 [usually found by itself].
    #[arg(long, value_name = "COLUMN")]
    user_column: Option<String>,
    /// Column of the item.
    #[arg(long, value_name = "COLUMN")]
    item_column: Option<String>,
    /// Column of the rating.
    #[arg(long, value_name = "COLUMN")]
    rating_column: Option<String>,
    /// Column of the time: numbers that grow with it, or ISO dates.
    #[arg(long, value_name = "COLUMN")]
    timestamp_column: Option<String>,
    /// Leave out interactions with a lower rating.
    #[arg(long, value_name = "RATING")]
    min_rating: Option<f64>,
    /// Each line is a person and what they watched, in order [usually found by itself].
    #[arg(long, conflicts_with_all = ["user_column", "item_column", "rating_column", "timestamp_column", "min_rating"])]
    lists: bool,
}

impl Args {
    /// Reads files and says what could not be read of them.
    pub(crate) fn read(&self, paths: &[PathBuf]) -> Result<Interactions> {
        let options = ReadOptions {
            columns: ColumnNames {
                user: self.user_column.clone(),
                item: self.item_column.clone(),
                rating: self.rating_column.clone(),
                timestamp: self.timestamp_column.clone(),
            },
            min_rating: self.min_rating,
            lists: self.lists,
        };
        let start = Instant::now();
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template("reading {bar:30} {binary_bytes}/{binary_total_bytes}, {eta} left")
        {
            bar.set_style(style);
        }
        let read = Interactions::read(paths, &options, &|progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.read);
        });
        bar.finish_and_clear();
        let (interactions, report) = read?;
        tell(&report, start);
        Ok(interactions)
    }
}

/// Files that took longer than this are said to have been read.
const LONG: f64 = 1.0;

fn tell(report: &ReadReport, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    if seconds > LONG {
        eprintln!("{} rows read in {seconds:.1} s", HumanCount(report.rows));
    }
    if report.low > 0 {
        eprintln!("{} rows have a lower rating", HumanCount(report.low));
    }
    if let Some(first) = &report.first_skipped {
        let lines = if report.skipped == 1 { "line was" } else { "lines were" };
        eprintln!(
            "{} {lines} skipped; the first is {}, line {}: {}",
            HumanCount(report.skipped),
            first.file,
            first.line,
            first.reason
        );
    }
}
