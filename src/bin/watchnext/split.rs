use std::fmt::Write as _;
use std::path::PathBuf;

use watchnext::error::{Error, Result};
use watchnext::evaluate::Split;
use watchnext::train::Interactions;

use crate::source::InteractionsFile;
use crate::{csv_field, file_error, print, write};

/// Split interactions into what is learnt from, what is shown of the others, and what is to be found.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    file: InteractionsFile,
    /// What is to be found.
    #[arg(long, value_enum)]
    protocol: Protocol,
    /// With `cold`: how many items are shown.
    #[arg(long, value_name = "ITEMS", required_if_eq("protocol", "cold"))]
    first: Option<usize>,
    /// Folder to write train.csv, foldin.csv and target.csv into.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// A random fifth of each held-out history.
    Random,
    /// The last fifth of each held-out history.
    InTime,
    /// The last item of each held-out history.
    LeaveLastOne,
    /// The 20 items after the first few.
    Cold,
    /// Everything after one moment, of everybody: nobody is held out.
    TimeCut,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let all = self.file.read()?;
        if !all.timed && self.protocol != Protocol::Random {
            let reason = "needs a column that says when".to_owned();
            return Err(Error::Option { option: "protocol".into(), reason });
        }
        let (learnt, task) = if self.protocol == Protocol::TimeCut {
            Split::time_cut(&all)
        } else {
            let split = Split::new(&all);
            let task = match self.protocol {
                Protocol::Random => split.at_random(),
                Protocol::LeaveLastOne => split.leave_last_one(),
                Protocol::Cold => split.cold(self.first.unwrap_or_default()),
                Protocol::InTime | Protocol::TimeCut => split.in_time(),
            };
            (split.learnt, task)
        };
        std::fs::create_dir_all(&self.out).map_err(|error| file_error(&self.out, error))?;
        for (name, part) in
            [("train.csv", &learnt), ("foldin.csv", &task.foldin), ("target.csv", &task.target)]
        {
            let path = self.out.join(name);
            write(&path, csv(part).as_bytes())?;
            print(&format!(
                "{}: {} interactions of {} viewers",
                path.display(),
                part.len(),
                part.viewers.len()
            ))?;
        }
        Ok(())
    }
}

fn csv(interactions: &Interactions) -> String {
    let mut text = String::from("user,item,timestamp\n");
    for (viewer, row) in interactions.viewers.iter().zip(interactions.by_viewer.iter()) {
        for interaction in row {
            let item = interactions.items.strings().get(interaction.item as usize);
            let _ = writeln!(text, "{},{},{}", csv_field(viewer), csv_field(item), interaction.time);
        }
    }
    text
}
