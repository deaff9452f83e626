use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use watchnext::catalog::Catalog;
use watchnext::engine::LoadOptions;
use watchnext::error::{Error, Result};
use watchnext::json::from_json;
use watchnext::train::Interactions;

use crate::{columns, read};

/// What many viewers did.
#[derive(clap::Args)]
pub(crate) struct InteractionsFile {
    /// File of interactions: user, item and, if known, rating and timestamp.
    #[arg(long, value_name = "FILE")]
    interactions: PathBuf,
    #[command(flatten)]
    columns: columns::Args,
}

impl InteractionsFile {
    pub(crate) fn read(&self) -> Result<Interactions> {
        self.columns.read(&self.interactions)
    }
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
    pub(crate) fn read(&self) -> Result<(Interactions, Option<Catalog>)> {
        let interactions = self.file.read()?.with_support(self.min_support)?;
        let catalog = self.catalog.as_ref().map(|path| self.reading.catalog(path));
        Ok((interactions, catalog.transpose()?))
    }
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
