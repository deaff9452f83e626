use std::path::{Path, PathBuf};

use indicatif::HumanCount;
use watchnext::catalog::{Catalog, CatalogOptions};
use watchnext::error::Result;
use watchnext::train::Interactions;

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

/// What a model is learnt from.
#[derive(clap::Args)]
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
        let Some(path) = &self.catalog else { return Ok((interactions, None)) };
        let catalog = read_catalog(path)?;
        eprintln!("{}: {}", path.display(), matches(&interactions, &catalog));
        Ok((interactions, Some(catalog)))
    }
}

/// How many of the items are in the catalog; ids that are written in two ways are the usual reason for few.
fn matches(interactions: &Interactions, catalog: &Catalog) -> String {
    let ids = interactions.items.strings();
    let known: Vec<bool> = ids.iter().map(|id| catalog.find(id).is_some()).collect();
    let rows = interactions.by_viewer.values();
    let known_rows = rows.iter().filter(|row| known[row.item as usize]).count();
    let count = known.iter().filter(|&&known| known).count();
    let mut text = format!(
        "{} of {} items of the interactions are in it ({:.1} % of the interactions), of its own {}",
        HumanCount(count as u64),
        HumanCount(ids.len() as u64),
        100.0 * known_rows as f64 / rows.len().max(1) as f64,
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

pub(crate) fn read_catalog(path: &Path) -> Result<Catalog> {
    Catalog::parse(read(path)?, &CatalogOptions::default(), &mut |_, _| {}).map(|(catalog, _)| catalog)
}
