use std::path::PathBuf;

use watchnext::error::Result;
use watchnext::train::count;

use crate::source::InteractionsFile;
use crate::{bar, written};

/// Count how many viewers have each two items, which is what `train` learns from: parts of the viewers can be counted one by one, on
/// several machines, and added up with `merge`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    file: InteractionsFile,
    /// The file of counts to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let interactions = self.file.read()?;
        let bar = bar("counting");
        count(&interactions, &self.out, &|done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        let (items, viewers) = (interactions.items.len(), interactions.viewers.len());
        written(&self.out, &format!("{items} items of {viewers} viewers"))
    }
}
