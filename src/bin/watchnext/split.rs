use std::fmt::Write as _;
use std::path::PathBuf;

use watchnext::error::{Error, Result};
use watchnext::evaluate::{Holdout, LeaveLastOne, Split};
use watchnext::train::Interactions;

use crate::source::InteractionsFile;
use crate::{csv_field, print, write};

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
    /// Folder to write train.csv, foldin.csv and target.csv into, and with `leave-last-one` also val_foldin.csv and val_target.csv.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// A random fifth of each held-out history.
    Random,
    /// The last fifth of each held-out history.
    InTime,
    /// The last item of everybody, the one before it being for validation: nobody is held out.
    LeaveLastOne,
    /// The 20 items after the first few.
    Cold,
    /// Those items of held-out histories that are left out of training: one in ten.
    ColdItems,
    /// Everything after one moment, of everybody: nobody is held out.
    TimeCut,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let all = self.file.read()?;
        if !all.timed && !matches!(self.protocol, Protocol::Random | Protocol::ColdItems) {
            let reason = "needs a column that says when".to_owned();
            return Err(Error::Option { option: "protocol".into(), reason });
        }
        let parts = match self.protocol {
            Protocol::LeaveLastOne => {
                let LeaveLastOne { train, validation, test } = LeaveLastOne::new(&all);
                let [foldin, target] = files(test, ["foldin.csv", "target.csv"]);
                let [val_foldin, val_target] = files(validation, ["val_foldin.csv", "val_target.csv"]);
                vec![("train.csv", train), val_foldin, val_target, foldin, target]
            }
            Protocol::TimeCut => {
                let (train, holdout) = Split::time_cut(&all);
                with_holdout(train, holdout)
            }
            Protocol::ColdItems => {
                let (train, holdout) = Split::new(&all).cold_items();
                with_holdout(train, holdout)
            }
            protocol => {
                let split = Split::new(&all);
                let holdout = match protocol {
                    Protocol::Random => split.random_holdout(),
                    Protocol::Cold => split.cold(self.first.unwrap_or_default()),
                    _ => split.temporal_holdout(),
                };
                with_holdout(split.train, holdout)
            }
        };
        std::fs::create_dir_all(&self.out).map_err(|error| Error::file(&self.out, error))?;
        for (name, part) in &parts {
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

/// A file's name and what is in it.
type File = (&'static str, Interactions);

fn with_holdout(train: Interactions, holdout: Holdout) -> Vec<File> {
    let [foldin, target] = files(holdout, ["foldin.csv", "target.csv"]);
    vec![("train.csv", train), foldin, target]
}

fn files(Holdout { foldin, target }: Holdout, names: [&'static str; 2]) -> [File; 2] {
    [(names[0], foldin), (names[1], target)]
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
