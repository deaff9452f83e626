use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use watchnext::error::{Error, Result};
use watchnext::evaluate::{Mean, Metrics};
use watchnext::train::CsvTable;

use crate::{columns, print};

/// Compare two runs viewer by viewer, from the lists that `evaluate --predictions` wrote.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The lists of one run: user, rank, item.
    first: PathBuf,
    /// Those of the other.
    second: PathBuf,
    /// What was to be found.
    #[arg(long, value_name = "FILE")]
    target: PathBuf,
    #[command(flatten)]
    columns: columns::Args,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let target = self.columns.read(std::slice::from_ref(&self.target))?;
        let lists = [read_lists(&self.first)?, read_lists(&self.second)?];
        let mut pairs = Vec::new();
        for (viewer, rows) in target.viewers.iter().zip(target.by_viewer.iter()) {
            let items: BTreeSet<&str> =
                rows.iter().map(|row| target.items.strings().get(row.item as usize)).collect();
            pairs.push(lists.each_ref().map(|lists| {
                let list: Vec<&str> =
                    lists.get(viewer).into_iter().flatten().map(|(_, item)| item.as_str()).collect();
                Metrics::of(&list, &items)
            }));
        }
        let rows = Metrics::NAMED.map(|(name, metric)| {
            let mean = |of: &dyn Fn(&[Metrics; 2]) -> f64| {
                Mean::of(pairs.iter().map(of).collect::<Vec<f64>>().into_iter())
            };
            let difference = mean(&|[first, second]| metric(second) - metric(first));
            (name, mean(&|pair| metric(&pair[0])), mean(&|pair| metric(&pair[1])), difference)
        });
        if self.json {
            let value = |mean: &Mean| json!({ "mean": mean.mean, "standard_error": mean.standard_error });
            let metrics: Map<String, Value> = rows
                .iter()
                .map(|(name, first, second, difference)| {
                    let row = json!({ "first": value(first), "second": value(second), "difference": value(difference) });
                    ((*name).to_owned(), row)
                })
                .collect();
            return print(&json!({ "users": pairs.len(), "metrics": metrics }).to_string());
        }
        let mut text = format!(
            "{:10} {:>8} {:>8}   difference, paired, of {} users\n",
            "",
            "first",
            "second",
            pairs.len()
        );
        for (name, first, second, Mean { mean, standard_error }) in rows {
            let _ = writeln!(
                text,
                "{name:10} {:8.4} {:8.4}   {mean:+.4} ± {standard_error:.4}",
                first.mean, second.mean
            );
        }
        print(text.trim_end())
    }
}

/// Each viewer's items by rank.
fn read_lists(path: &Path) -> Result<BTreeMap<String, Vec<(u32, String)>>> {
    let mut table = CsvTable::open(path)?;
    let mut lists: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
    let mut header = true;
    while let Some(row) = table.next_row()? {
        let (user, rank, item) = (row.field(0)?, row.field(1)?, row.field(2)?);
        match rank.parse() {
            Ok(rank) => lists.entry(user.into_owned()).or_default().push((rank, item.into_owned())),
            Err(_) if header => {}
            Err(_) => return Err(row.error(format!("{rank:?} is not a rank"))),
        }
        header = false;
    }
    if lists.is_empty() {
        return Err(Error::file(path, "there is no list in it"));
    }
    lists.values_mut().for_each(|list| list.sort());
    Ok(lists)
}
