use super::guess;
use super::{Catalog, CatalogOptions, CatalogReader, CatalogReport, Chunks, OnBadItem, Source};
use crate::columns::Interner;
use crate::error::Result;

/// What changes in a catalog: first items go, then others come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// The ids of those that go. Of an id that the catalog does not have, [`Patched::unknown`] tells.
    pub remove: Vec<String>,
    /// Those that come, as a JSON array, or nothing: each takes the place of the item with its id, else it is the last.
    pub put: Vec<u8>,
}

/// What a [`Patch`] has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patched {
    /// The items that came, with ids that there were not.
    pub added: usize,
    /// Those that took the places of others.
    pub changed: usize,
    /// Those that went.
    pub removed: usize,
    /// Ids that were to go, and were not there.
    pub unknown: Vec<String>,
    /// The ids of the items that came, in their order.
    pub ids: Vec<String>,
}

impl Catalog {
    /// The catalog with a patch, without its [terms](Catalog::add_terms): what is where stays what it was found to be, whatever the items are now. `report`
    /// is the catalog's own, and `source` keeps the bytes.
    ///
    /// # Errors
    /// Those of [`CatalogReader::push`] for what comes, of which every item has to be good; [`Error::CatalogEmpty`](crate::error::Error::CatalogEmpty)
    /// where nothing is left.
    pub fn patched(
        &self,
        report: &CatalogReport,
        patch: &Patch,
        options: &CatalogOptions,
        source: Box<dyn Source>,
    ) -> Result<((Catalog, CatalogReport), Patched)> {
        let mut going = Interner::default();
        let mut done = Patched::default();
        for id in &patch.remove {
            match (self.find(id), going.find(id)) {
                (Some(_), None) => drop(going.intern(id)),
                (None, _) => done.unknown.push(id.clone()),
                (Some(_), Some(_)) => {}
            }
        }
        done.removed = going.len();
        let coming = self.coming(report, patch, options)?;
        let mut reader = CatalogReader::like(self, report, options, source)?;
        let mut first = true;
        let mut push = |text: &str| {
            let separator: &[u8] = if std::mem::take(&mut first) { b"[" } else { b"," };
            reader.push(separator)?;
            reader.push(text.as_bytes())
        };
        for item in 0..self.len() as u32 {
            let id = self.id(item);
            if going.find(id).is_some() {
                continue;
            }
            match coming.as_ref().and_then(|coming| Some((coming, coming.find(id)?))) {
                Some((coming, place)) => push(&coming.source_text(coming.spans[place as usize]))?,
                None => push(&self.source_text(self.spans[item as usize]))?,
            }
        }
        if let Some(coming) = &coming {
            for place in 0..coming.len() as u32 {
                let id = coming.id(place);
                done.ids.push(id.to_owned());
                if self.find(id).is_some() && going.find(id).is_none() {
                    done.changed += 1;
                } else {
                    done.added += 1;
                    push(&coming.source_text(coming.spans[place as usize]))?;
                }
            }
        }
        reader.push(if first { b"[]" } else { b"]" })?;
        let (catalog, mut patched) = reader.finish()?;
        patched.skipped += report.skipped;
        patched.problems.extend(report.problems.iter().take(CatalogReport::MAX_PROBLEMS).cloned());
        Ok(((catalog, patched), done))
    }

    /// Which items there are that another catalog did not have, and which are there no more.
    pub fn compared(&self, before: &Catalog) -> Patched {
        let is_there = |item: &u32| before.find(self.id(*item)).is_some();
        let kept = (0..self.len() as u32).filter(is_there).count();
        Patched { added: self.len() - kept, removed: before.len() - kept, ..Patched::default() }
    }

    /// The items of a patch, read as those of the catalog are.
    fn coming(
        &self,
        report: &CatalogReport,
        patch: &Patch,
        options: &CatalogOptions,
    ) -> Result<Option<Catalog>> {
        if patch.put.is_empty() {
            return Ok(None);
        }
        let strict = CatalogOptions { on_bad_item: OnBadItem::Strict, ..options.clone() };
        let mut reader = CatalogReader::like(self, report, &strict, Box::new(Chunks::default()))?;
        reader.push(&patch.put)?;
        Ok(Some(reader.finish()?.0))
    }
}

impl CatalogReader {
    /// A reader of items like those of a catalog, in an array: what is where is known.
    fn like(
        catalog: &Catalog,
        report: &CatalogReport,
        options: &CatalogOptions,
        source: Box<dyn Source>,
    ) -> Result<Self> {
        Self::with_known(options, guess::known(&report.fields, &catalog.separators), source)
    }
}
