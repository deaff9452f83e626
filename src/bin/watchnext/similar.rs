use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use watchnext::catalog::Catalog;
use watchnext::engine::{
    Answer, Command, LoadOptions, Loaded, OnModelError, Recommendations, SimilarOptions,
};
use watchnext::error::{Error, Result};
use watchnext::host::LocalHost;
use watchnext::rank::{FilterOptions, IdFilter};

use crate::recommend::{described, table};
use crate::source::Reading;
use crate::{csv_field, print, read, write};

/// Say what is like an item: the same list as in a browser.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The catalog.
    #[arg(long, value_name = "FILE")]
    catalog: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// The model.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The item's id.
    #[arg(long, value_name = "ID", required_unless_present = "lists")]
    item: Option<String>,
    /// Write the lists of all items as CSV: item, rank, similar.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["item", "explain", "json"])]
    lists: Option<PathBuf>,
    /// Only these items, an id a line: with --lists also those whose lists are made.
    #[arg(long, value_name = "FILE")]
    among: Option<PathBuf>,
    /// How many items.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// How much a list is to differ in genres, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    diversity: f64,
    /// How much it counts how many watch an item, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    popularity: f64,
    /// Say why.
    #[arg(long)]
    explain: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let model = self.model.as_ref().map(|path| read(path)).transpose()?;
        let options = LoadOptions { on_model_error: OnModelError::Fail, ..self.reading.options()? };
        let (loaded, columns) =
            Loaded::new(read(&self.catalog)?, model.as_deref(), &options, &mut |_, _| {})?;
        let among = self.among.as_ref().map(|path| {
            let text = String::from_utf8(read(path)?).map_err(|error| Error::file(path, error))?;
            Ok(text.lines().map(str::to_owned).collect::<Vec<_>>())
        });
        let among = among.transpose()?;
        let sources = match (&self.item, &among) {
            (Some(item), _) => vec![item.clone()],
            (None, Some(among)) => among.clone(),
            (None, None) => ids(&loaded.catalog),
        };
        let mut engine = LocalHost::of(loaded, columns, &options);
        let mut csv = String::from("item,rank,similar\n");
        for item in sources {
            let list = self.ask(&mut engine, &item, among.clone())?;
            for (place, similar) in list.items.iter().enumerate() {
                let _ = writeln!(csv, "{},{},{}", csv_field(&item), place + 1, csv_field(&similar.id));
            }
            if self.lists.is_none() {
                let items: Vec<Value> = list.items.iter().map(described).collect::<Result<_>>()?;
                let table = |items: &[Value]| table(items, &engine.engine().loaded().catalog);
                print(&if self.json { Value::from(items).to_string() } else { table(&items) })?;
            }
        }
        self.lists.map_or(Ok(()), |path| write(&path, csv.as_bytes()))
    }

    fn ask(&self, engine: &mut LocalHost, item: &str, allow: Option<Vec<String>>) -> Result<Recommendations> {
        let options = SimilarOptions {
            item: item.to_owned(),
            limit: Some(f64::from(self.limit)),
            filter: FilterOptions {
                ids: IdFilter { allow, ..IdFilter::default() },
                ..FilterOptions::default()
            },
            diversity: Some(self.diversity),
            popularity: Some(self.popularity),
            explain: self.explain,
            ..SimilarOptions::default()
        };
        match engine.call(Command::Similar(options))? {
            Answer::Recommendations(list) => Ok(list),
            _ => Err(Error::Internal { reason: "the engine answered something else".into() }),
        }
    }
}

fn ids(catalog: &Catalog) -> Vec<String> {
    (0..catalog.len() as u32).map(|item| catalog.id(item).to_owned()).collect()
}
