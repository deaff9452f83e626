use std::path::PathBuf;

use watchnext::error::Result;
use watchnext::train::merge;

use crate::{bar, written};

/// Add up counts of different viewers: files that `count` wrote, and tables of other programs (docs/training.md).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of counts, and tables with the columns item, other and viewers (CSV, TSV, JSON lines or Parquet).
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// Of how many viewers the tables are, all together; files of counts say it themselves.
    #[arg(long)]
    viewers: Option<u64>,
    /// The file of counts to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let bar = bar("adding up");
        let items = std::cell::Cell::new(0);
        merge(&self.parts, self.viewers, &self.out, &|done, of| {
            items.set(of);
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        written(&self.out, &format!("{} items", items.get()))
    }
}
