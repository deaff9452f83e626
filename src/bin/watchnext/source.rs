use std::path::{Path, PathBuf};

use indicatif::HumanCount;
use serde_json::{Map, Value};
use watchnext::catalog::Catalog;
use watchnext::columns::Strings;
use watchnext::engine::LoadOptions;
use watchnext::error::{Error, Result};
use watchnext::json::from_json;
use watchnext::train::{Counts, Interactions, is_counts};

use crate::{columns, read};

/// What many viewers did.
#[derive(clap::Args)]
pub(crate) struct InteractionsFile {
    /// Files of interactions, or folders of them: user, item and, if known, rating and timestamp. CSV, TSV, `;`, MovieLens' .dat,
    /// RecBole's .inter, JSON lines, a person a line; packed with gzip or zstd or not; or Parquet.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    interactions: Vec<PathBuf>,
    #[command(flatten)]
    columns: columns::Args,
}

impl InteractionsFile {
    pub(crate) fn read(&self) -> Result<Interactions> {
        self.columns.read(&self.interactions)
    }
}

/// What there is to learn from.
pub(crate) enum Source {
    Interactions(Interactions),
    /// What `count` or `merge` wrote.
    Counts(Counts),
}

/// What a model is learnt from.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    file: InteractionsFile,
    /// Catalog, without which genres are neither learnt nor weighed.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Leave out items with fewer viewers: what a model says of those would tell of single people.
    #[arg(long, value_name = "VIEWERS", default_value_t = 1)]
    min_support: usize,
}

impl Args {
    /// Interactions, and nothing else.
    pub(crate) fn read(&self) -> Result<(Interactions, Option<Catalog>)> {
        let interactions = self.file.read()?.with_support(self.min_support)?;
        let mut rows = vec![0; interactions.items.len()];
        interactions.by_viewer.values().iter().for_each(|row| rows[row.item as usize] += 1);
        let catalog = self.read_catalog(interactions.items.strings(), &rows)?;
        Ok((interactions, catalog))
    }

    /// Interactions or counts.
    pub(crate) fn read_any(&self) -> Result<(Source, Option<Catalog>)> {
        let path = match &*self.file.interactions {
            [path] => is_counts(path)?.then_some(path),
            _ => None,
        };
        let Some(path) = path else {
            return self.read().map(|(interactions, catalog)| (Source::Interactions(interactions), catalog));
        };
        let counts = Counts::read(path)?.with_support(self.min_support)?;
        let catalog = self.read_catalog(counts.ids(), &counts.popularity())?;
        Ok((Source::Counts(counts), catalog))
    }

    /// The catalog; says how many of these items, which are in so many interactions, are in it.
    fn read_catalog(&self, ids: &Strings, rows: &[u32]) -> Result<Option<Catalog>> {
        let Some(path) = &self.catalog else { return Ok(None) };
        let catalog = self.reading.catalog(path)?;
        eprintln!("{}: {}", path.display(), matches(ids, rows, &catalog));
        Ok(Some(catalog))
    }
}

/// How many of the items are in the catalog; ids that are written in two ways are the usual reason for few.
fn matches(ids: &Strings, rows: &[u32], catalog: &Catalog) -> String {
    let known: Vec<bool> = ids.iter().map(|id| catalog.find(id).is_some()).collect();
    let sum = |rows: &mut dyn Iterator<Item = u32>| rows.map(f64::from).sum::<f64>();
    let known_rows = sum(&mut rows.iter().zip(&known).filter(|(_, known)| **known).map(|(&rows, _)| rows));
    let share = known_rows / sum(&mut rows.iter().copied()).max(1.0);
    let count = known.iter().filter(|&&known| known).count();
    let mut text = format!(
        "{} of {} items of the interactions are in it ({:.1} % of the interactions), of its own {}",
        HumanCount(count as u64),
        HumanCount(ids.len() as u64),
        100.0 * share,
        HumanCount(catalog.len() as u64),
    );
    if count * 2 < ids.len() {
        let unknown = ids.iter().zip(&known).filter(|(_, known)| !**known).map(|(id, _)| id);
        let own = (0..catalog.len() as u32).map(|item| catalog.id(item));
        let some = |ids: &mut dyn Iterator<Item = &str>| -> String {
            ids.take(3).map(|id| format!("{id:?}")).collect::<Vec<_>>().join(", ")
        };
        text += &format!(
            "; not in it are {}, …; its ids are {}, …",
            some(&mut unknown.into_iter()),
            some(&mut own.into_iter())
        );
    }
    text
}

/// How a catalog is read: as the options of the same names in JavaScript say.
#[derive(clap::Args)]
pub(crate) struct Reading {
    /// What the catalog's fields are called: a preset (tmdb, omdb, …), or JSON: {"id": "imdb.id", "genres": "genres[].name"} [guessed].
    #[arg(long, value_name = "FIELDS")]
    fields: Option<String>,
    /// Where the catalog's items are: data.movies.edges[].node [usually found by itself].
    #[arg(long, value_name = "PATH")]
    items: Option<String>,
    /// What separates genres, and tags, that are written as one string [found by itself: |, ; or a comma].
    #[arg(long, value_name = "TEXT")]
    separator: Option<String>,
}

impl Reading {
    pub(crate) fn catalog(&self, path: &Path) -> Result<Catalog> {
        let (catalog, report) = Catalog::parse(read(path)?, &self.options()?.catalog(), &mut |_, _| {})?;
        for warning in report.warnings() {
            eprintln!("warning[{}]: {}", warning.code, warning.message);
        }
        Ok(catalog)
    }

    pub(crate) fn options(&self) -> Result<LoadOptions> {
        let mut options = Map::new();
        for (name, value) in [("items", &self.items), ("separator", &self.separator)] {
            options.extend(value.clone().map(|value| (name.to_owned(), value.into())));
        }
        if let Some(fields) = &self.fields {
            let fields = match fields.starts_with('{') {
                true => serde_json::from_str(fields)
                    .map_err(|error| Error::Option { option: "fields".into(), reason: error.to_string() })?,
                false => Value::from(fields.as_str()),
            };
            options.insert("fields".into(), fields);
        }
        let options: LoadOptions = from_json(&Value::Object(options).to_string())?;
        options.validate()?;
        Ok(options)
    }
}
