use std::path::{Path, PathBuf};

use watchnext::catalog::{Catalog, CatalogOptions};
use watchnext::error::Result;
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
    /// Leave out items with fewer viewers: what a model says of those would tell of single people.
    #[arg(long, value_name = "VIEWERS", default_value_t = 1)]
    min_support: usize,
}

impl Args {
    pub(crate) fn read(&self) -> Result<(Interactions, Option<Catalog>)> {
        let interactions = self.file.read()?.with_support(self.min_support)?;
        let catalog = self.catalog.as_ref().map(|path| read_catalog(path));
        Ok((interactions, catalog.transpose()?))
    }
}

pub(crate) fn read_catalog(path: &Path) -> Result<Catalog> {
    Catalog::parse(read(path)?, &CatalogOptions::default(), &mut |_, _| {}).map(|(catalog, _)| catalog)
}
