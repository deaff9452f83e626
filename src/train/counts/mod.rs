//! How many viewers have each item, and each two of them: what the counts of several machines add up to.
//!
//! With `x_u` a viewer's binary row, `G = Σ_u x_u x_uᵀ`: of parts that have no viewer in common the counts are simply added.

mod file;
mod merge;
mod row;

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::BufReader;
use std::path::Path;

pub(super) use file::MAGIC;
pub use file::is_counts;
pub use merge::merge;
use rayon::prelude::*;

use super::gram::Gram;
use super::interactions::Interactions;
use crate::columns::Strings;
use crate::error::{Error, Result};
use file::{CountsReader, CountsWriter};
use row::{Entries, pack};

/// Counts in memory, packed as in the file: some two bytes for each pair.
pub struct Counts {
    viewers: u64,
    ids: Strings,
    /// Each item's row, up to the diagonal, end to end.
    rows: Vec<u8>,
    /// Where each begins, and where the last ends.
    starts: Vec<usize>,
}

impl Counts {
    /// Reads a file that [`count`] or [`merge`] has written.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, or is no such file.
    pub fn read(path: &Path) -> Result<Self> {
        let fail = |reason: String| Error::file(path, reason);
        let file = File::open(path).map_err(|error| fail(error.to_string()))?;
        Counts::from_reader(CountsReader::new(BufReader::new(file)).map_err(fail)?).map_err(fail)
    }

    /// The same from bytes.
    ///
    /// # Errors
    /// Why they are no file of counts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Counts::from_reader(CountsReader::new(bytes)?)
    }

    fn from_reader(mut reader: CountsReader<impl std::io::Read>) -> Result<Self, String> {
        let (mut rows, mut starts) = (Vec::new(), vec![0]);
        while let Some(row) = reader.next_row()? {
            rows.extend_from_slice(row);
            starts.push(rows.len());
        }
        let (viewers, ids) = reader.into_head();
        Ok(Counts { viewers, ids, rows, starts })
    }

    /// The items' ids, in the order of their bytes.
    pub fn ids(&self) -> &Strings {
        &self.ids
    }

    /// How many viewers were counted.
    pub fn viewers(&self) -> u64 {
        self.viewers
    }

    /// How many viewers have each item.
    pub fn popularity(&self) -> Vec<u32> {
        (0..self.ids.len()).map(|item| self.row(item).own()).collect()
    }

    /// An item's count, and its counts with earlier items.
    pub(super) fn row(&self, item: usize) -> Entries<'_> {
        Entries::new(&self.rows[self.starts[item]..self.starts[item + 1]])
    }

    /// Hashes all but the ids.
    pub(super) fn hash_rows(&self, hasher: &mut impl Hasher) {
        self.viewers.hash(hasher);
        self.starts.hash(hasher);
        self.rows.hash(hasher);
    }

    /// Without the items that fewer than so many viewers have.
    ///
    /// # Errors
    /// [`Error::Option`] where nothing is left.
    pub fn with_support(self, viewers: usize) -> Result<Self> {
        let kept = |item: &usize| self.row(*item).own() as usize >= viewers;
        let items: Vec<usize> = (0..self.ids.len()).filter(kept).collect();
        if items.len() == self.ids.len() {
            return Ok(self);
        }
        if items.is_empty() {
            let reason = format!("no item has {viewers} viewers");
            return Err(Error::Option { option: "min-support".into(), reason });
        }
        let mut places = vec![None; self.ids.len()];
        (0_u32..).zip(&items).for_each(|(place, &item)| places[item] = Some(place));
        let (mut ids, mut rows, mut starts) = (Strings::default(), Vec::new(), vec![0]);
        for &item in &items {
            let row = self.row(item);
            let own = row.own();
            pack(own, row.filter_map(|(other, count)| Some((places[other as usize]?, count))), &mut rows);
            starts.push(rows.len());
            ids.push(self.ids.get(item));
        }
        Ok(Counts { viewers: self.viewers, ids, rows, starts })
    }
}

/// Counts interactions and writes the counts; `progress` hears how many items of how many are done.
///
/// # Errors
/// [`Error::File`] where they cannot be written.
pub fn count(interactions: &Interactions, out: &Path, progress: &dyn Fn(usize, usize)) -> Result<()> {
    const BLOCK: usize = 1024;
    let strings = interactions.items.strings();
    let mut order: Vec<u32> = (0..strings.len() as u32).collect();
    order.sort_unstable_by_key(|&item| strings.get(item as usize));
    let mut places = vec![0; order.len()];
    (0_u32..).zip(&order).for_each(|(place, &item)| places[item as usize] = place);
    let gram = Gram::new(interactions.item_sets_by(|item| places[item as usize]), order.len());
    let mut ids = Strings::default();
    order.iter().for_each(|&item| ids.push(strings.get(item as usize)));

    let viewers = interactions.by_viewer.iter().filter(|row| !row.is_empty()).count() as u64;
    let mut writer = CountsWriter::create(out, viewers, &ids)?;
    for start in (0..order.len()).step_by(BLOCK) {
        let block = start..(start + BLOCK).min(order.len());
        let pack_row = |item: usize| {
            let mut row = Vec::new();
            pack(gram.count(item) as u32, gram.earlier(item).into_iter(), &mut row);
            row
        };
        let rows: Vec<Vec<u8>> = block.clone().into_par_iter().map(pack_row).collect();
        rows.iter().try_for_each(|row| writer.row(row))?;
        progress(block.end, order.len());
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
