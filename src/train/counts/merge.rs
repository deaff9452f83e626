use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::Counts;
use super::file::{CountsReader, CountsWriter, is_counts};
use super::row::{Entries, check, pack};
use crate::columns::Strings;
use crate::error::{Error, Result};
use crate::train::read::{ColumnNames, ReadOptions, read_files};

/// Adds up files of counts, and tables of them, into one file of counts. No two may have counted the same viewer.
///
/// A table, in any form that interactions have, has the columns `item`, `other` and `viewers`: how many viewers have both, and in
/// the rows in which `other` is the item itself how many have it. Tables are of `viewers` viewers together. `progress` hears how
/// many items of how many are done.
///
/// # Errors
/// [`Error::File`] and [`Error::Interactions`] for files that cannot be read or are none of these, [`Error::Option`] where the
/// number of viewers is missing, or superfluous.
pub fn merge(
    paths: &[PathBuf],
    viewers: Option<u64>,
    out: &Path,
    progress: &dyn Fn(usize, usize),
) -> Result<()> {
    let (mut parts, mut tables) = (Vec::new(), Vec::new());
    for path in paths {
        if is_counts(path)? { parts.push(Part::open(path)?) } else { tables.push(path.clone()) }
    }
    let option = |reason: &str| Error::Option { option: "viewers".into(), reason: reason.to_owned() };
    match (tables.is_empty(), viewers) {
        (false, Some(viewers)) => parts.push(Part::of_tables(&tables, viewers)?),
        (false, None) => return Err(option("is missing: of how many viewers the tables are")),
        (true, Some(_)) => {
            return Err(option("is for tables; files of counts say how many viewers they are of"));
        }
        (true, None) => {}
    }
    let mut all: Vec<&str> = parts.iter().flat_map(|part| part.ids().iter()).collect();
    all.sort_unstable();
    all.dedup();
    let mut ids = Strings::default();
    all.iter().for_each(|id| ids.push(id));
    let places: Vec<Vec<u32>> = parts
        .iter()
        .map(|part| part.ids().iter().map(|id| all.partition_point(|other| *other < id) as u32).collect())
        .collect();
    drop(all);

    let viewers = parts.iter().map(Part::viewers).sum();
    let mut writer = CountsWriter::create(out, viewers, &ids)?;
    let mut next = vec![0; parts.len()];
    let (mut entries, mut packed) = (Vec::new(), Vec::new());
    for item in 0..ids.len() {
        entries.clear();
        let mut own = 0_u64;
        for ((part, places), next) in parts.iter_mut().zip(&places).zip(&mut next) {
            if places.get(*next) != Some(&(item as u32)) {
                continue;
            }
            *next += 1;
            let row = part.next_row()?;
            own += u64::from(row.own());
            entries.extend(row.map(|(other, count)| (places[other as usize], count)));
        }
        entries.sort_unstable_by_key(|&(other, _)| other);
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                // No more than `own`, which is looked at below.
                earlier.1 = earlier.1.saturating_add(later.1);
            }
            same
        });
        let own = u32::try_from(own).map_err(|_| Error::File {
            path: out.display().to_string(),
            reason: format!("{:?} would have more than {} viewers", ids.get(item), u32::MAX),
        })?;
        packed.clear();
        pack(own, entries.iter().copied(), &mut packed);
        writer.row(&packed)?;
        progress(item + 1, ids.len());
    }
    parts.iter_mut().try_for_each(Part::end)?;
    writer.finish()
}

/// One of those that are added up.
enum Part {
    File { path: String, reader: CountsReader<BufReader<File>> },
    Tables { counts: Counts, next: usize },
}

impl Part {
    fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let fail = |reason: String| Error::File { path: name.clone(), reason };
        let file = File::open(path).map_err(|error| fail(error.to_string()))?;
        let reader = CountsReader::new(BufReader::with_capacity(1 << 20, file)).map_err(fail)?;
        Ok(Part::File { path: name, reader })
    }

    fn of_tables(paths: &[PathBuf], viewers: u64) -> Result<Self> {
        Ok(Part::Tables { counts: of_tables(paths, viewers)?, next: 0 })
    }

    fn viewers(&self) -> u64 {
        match self {
            Part::File { reader, .. } => reader.viewers(),
            Part::Tables { counts, .. } => counts.viewers,
        }
    }

    fn ids(&self) -> &Strings {
        match self {
            Part::File { reader, .. } => reader.ids(),
            Part::Tables { counts, .. } => &counts.ids,
        }
    }

    fn next_row(&mut self) -> Result<Entries<'_>> {
        match self {
            Part::File { path, reader } => {
                let fail = |reason| Error::File { path: path.clone(), reason };
                Ok(Entries::new(reader.next_row().map_err(fail)?.unwrap_or_default()))
            }
            Part::Tables { counts, next } => {
                *next += 1;
                Ok(counts.row(*next - 1))
            }
        }
    }

    /// Looks at the checksum after the last row.
    fn end(&mut self) -> Result<()> {
        match self {
            Part::File { path, reader } => {
                reader.next_row().map(drop).map_err(|reason| Error::File { path: path.clone(), reason })
            }
            Part::Tables { .. } => Ok(()),
        }
    }
}

/// The counts in tables; a pair that is in several rows has been counted in parts.
fn of_tables(paths: &[PathBuf], viewers: u64) -> Result<Counts> {
    let columns = ColumnNames {
        user: Some("item".into()),
        item: Some("other".into()),
        timestamp: Some("viewers".into()),
        rating: None,
    };
    let options = ReadOptions { columns, ..ReadOptions::default() };
    let (table, report) = read_files(paths, &options, &|_| {})?;
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let fail = |reason: String| Error::File { path: names.join(", "), reason };
    if let Some(line) = report.first_skipped {
        // Of interactions one may be missing; of sums none.
        return Err(Error::Interactions { file: line.file, line: line.line, reason: line.reason });
    }
    let mut all: Vec<&str> = table.viewers.iter().chain(table.items.strings().iter()).collect();
    all.sort_unstable();
    all.dedup();
    let place = |id: &str| all.partition_point(|other| *other < id) as u32;
    let firsts: Vec<u32> = table.viewers.iter().map(place).collect();
    let others: Vec<u32> = table.items.strings().iter().map(place).collect();
    let mut owns = vec![0_u64; all.len()];
    // The later item, the earlier one, whether they are so in the table, and the count.
    let mut pairs = Vec::new();
    for (&first, row) in firsts.iter().zip(table.by_viewer.iter()) {
        for entry in row {
            let (other, count) = (others[entry.item as usize], entry.time);
            if count.fract() != 0.0 || !(1.0..=f64::from(u32::MAX)).contains(&count) {
                return Err(fail(format!("{count} is no number of viewers")));
            }
            match first == other {
                true => owns[first as usize] += count as u64,
                false => pairs.push((first.max(other), first.min(other), first > other, count as u32)),
            }
        }
    }
    drop(table.by_viewer);
    pairs.sort_unstable();
    let (mut ids, mut rows, mut starts) = (Strings::default(), Vec::new(), vec![0]);
    let mut rest = pairs.as_slice();
    let mut checked = Vec::new();
    for (item, id) in (0_u32..).zip(&all) {
        let own = u32::try_from(owns[item as usize]).ok().filter(|&own| own > 0).ok_or_else(|| {
            fail(format!("there is no row that says how many viewers have {id:?} (item and other the same)"))
        })?;
        let (row, after) = rest.split_at(rest.partition_point(|pair| pair.0 == item));
        rest = after;
        let mut entries = Vec::new();
        for of_pair in row.chunk_by(|a, b| a.1 == b.1) {
            if of_pair.iter().any(|pair| pair.2 != of_pair[0].2) {
                let other = all[of_pair[0].1 as usize];
                let reason = format!(
                    "{id:?} and {other:?} are there in both orders; one is enough (WHERE item <= other)"
                );
                return Err(fail(reason));
            }
            let count = of_pair.iter().fold(0_u32, |sum, pair| sum.saturating_add(pair.3));
            entries.push((of_pair[0].1, count));
        }
        pack(own, entries.into_iter(), &mut rows);
        let own = check(&rows[starts[item as usize]..], &checked, viewers);
        checked.push(own.map_err(|reason| fail(format!("{id:?}: {reason}")))?);
        starts.push(rows.len());
        ids.push(id);
    }
    Ok(Counts { viewers, ids, rows, starts })
}
