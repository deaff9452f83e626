use std::path::PathBuf;

use super::read::{Collected, ColumnNames, ReadOptions, ReadProgress, ReadReport, read_bytes, read_files};
use crate::columns::{Interner, Rows, Strings};
use crate::error::{Error, Result};

/// Times count in seconds since 1970 (until the year 5138) where the last is smaller than the first of these, in
/// milliseconds (from 1973 on) below the next, then in microseconds, and else in nanoseconds.
const FIRSTS: [f64; 3] = [1e11, 1e14, 1e17];

/// What one viewer did with one item.
#[derive(Debug, Clone, Copy)]
pub struct Interaction {
    /// The item, a place in [`Interactions::items`].
    pub item: u32,
    /// How it was rated; not a number where the file does not say that, which takes half the room of an option.
    rating: f32,
    /// When: the timestamp, or else the place in the file. See [`Interactions::milliseconds`].
    pub time: f64,
}

impl Interaction {
    pub(super) fn new(item: u32, time: f64, rating: Option<f32>) -> Self {
        Interaction { item, rating: rating.unwrap_or(f32::NAN), time }
    }

    /// How it was rated, where the file says that.
    pub fn rating(&self) -> Option<f32> {
        Some(self.rating).filter(|rating| !rating.is_nan())
    }
}

/// What many viewers did.
#[derive(Debug)]
pub struct Interactions {
    /// The viewers' ids, in the order of the file.
    pub viewers: Strings,
    /// The items' ids, in the order of the file.
    pub items: Interner,
    /// Whether the file says when.
    pub timed: bool,
    /// What a time is multiplied with to be in milliseconds.
    milliseconds: f64,
    /// Each viewer's, in order of time; of the same time, in the order of the file. An item once, when it was last.
    pub by_viewer: Rows<Interaction>,
}

impl Interactions {
    /// Reads files, and all files of folders: text with a field for each column (CSV, TSV, `;`, MovieLens' `.dat`, RecBole's
    /// `.inter`), an object a line (JSON lines), a person a line, or Parquet; text packed with gzip or zstd or not. `progress` hears
    /// how far it is.
    ///
    /// # Errors
    /// [`Error::File`] where one cannot be read; [`Error::Interactions`] where the columns are not found, most lines are bad, or
    /// there is no interaction in any of them.
    pub fn read(
        paths: &[PathBuf],
        options: &ReadOptions,
        progress: &dyn Fn(ReadProgress),
    ) -> Result<(Self, ReadReport)> {
        let (collected, report) = read_files(paths, options, progress)?;
        Ok((Interactions::new(collected), report))
    }

    /// The same from the bytes of files, each with a name for messages.
    ///
    /// # Errors
    /// As [`Interactions::read`].
    pub fn read_bytes(files: Vec<(String, Vec<u8>)>, options: &ReadOptions) -> Result<(Self, ReadReport)> {
        let (collected, report) = read_bytes(files, options)?;
        Ok((Interactions::new(collected), report))
    }

    /// The same of one, without a report.
    ///
    /// # Errors
    /// As [`Interactions::read`].
    pub fn parse(name: &str, bytes: &[u8], columns: &ColumnNames, min_rating: Option<f64>) -> Result<Self> {
        let options = ReadOptions { columns: columns.clone(), min_rating, lists: false };
        Ok(Interactions::read_bytes(vec![(name.to_owned(), bytes.to_vec())], &options)?.0)
    }

    /// Orders each viewer's rows.
    fn new(collected: Collected) -> Self {
        let Collected { viewers, items, mut by_viewer, timed } = collected;
        // By item: the place of its last row in the viewer's history, and whose history that was.
        let mut last = vec![(usize::MAX, 0); items.len()];
        by_viewer.shorten(|viewer, row| {
            if !row.is_sorted_by(|a: &Interaction, b| a.time <= b.time) {
                row.sort_by(|a, b| a.time.total_cmp(&b.time));
            }
            for (place, interaction) in (0..).zip(&*row) {
                last[interaction.item as usize] = (viewer, place);
            }
            let mut kept = 0;
            for place in 0..row.len() {
                if last[row[place].item as usize] == (viewer, place) {
                    row[kept] = row[place];
                    kept += 1;
                }
            }
            kept
        });
        let latest = by_viewer.values().iter().map(|row| row.time).fold(0.0, f64::max);
        Interactions { viewers, items, timed, milliseconds: in_milliseconds(timed, latest), by_viewer }
    }

    /// Those that `keep` wants, for evaluation, by viewer and place in the viewer's history.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn select(&self, keep: impl Fn(usize, usize) -> bool) -> Self {
        let (mut viewers, mut items) = (Strings::default(), Interner::default());
        let mut by_viewer = Rows::default();
        for (viewer, row) in self.by_viewer.iter().enumerate() {
            let kept = row.iter().enumerate().filter(|&(place, _)| keep(viewer, place));
            let kept: Vec<Interaction> = kept
                .map(|(_, row)| {
                    let item = items.intern(self.items.strings().get(row.item as usize));
                    Interaction { item, ..*row }
                })
                .collect();
            if !kept.is_empty() {
                viewers.push(self.viewers.get(viewer));
                by_viewer.push(kept);
            }
        }
        Interactions { viewers, items, by_viewer, ..*self }
    }

    /// Without the items that fewer than so many viewers have: what a model says of those would tell of single people. The others are in
    /// the order of how many have them, the most first, which makes models smaller.
    ///
    /// # Errors
    /// [`Error::Option`] where nothing is left.
    pub fn with_support(self, viewers: usize) -> Result<Self> {
        let mut counts = vec![0; self.items.len()];
        self.by_viewer.values().iter().for_each(|row| counts[row.item as usize] += 1);
        let mut items = Interner::default();
        let mut order: Vec<usize> = (0..counts.len()).filter(|&item| counts[item] >= viewers).collect();
        order.sort_by_key(|&item| std::cmp::Reverse(counts[item]));
        let mut places: Vec<Option<u32>> = vec![None; counts.len()];
        for item in order {
            places[item] = Some(items.intern(self.items.strings().get(item)));
        }
        if items.is_empty() {
            let reason = format!("no item has {viewers} viewers");
            return Err(Error::Option { option: "min-support".into(), reason });
        }
        let mut by_viewer = Rows::default();
        for row in self.by_viewer.iter() {
            let kept = |row: &Interaction| places[row.item as usize].map(|item| Interaction { item, ..*row });
            by_viewer.push(row.iter().filter_map(kept));
        }
        Ok(Interactions { items, by_viewer, ..self })
    }

    /// A time in milliseconds since 1970, which is what events have.
    pub fn milliseconds(&self, time: f64) -> f64 {
        time * self.milliseconds
    }

    /// The number of interactions.
    pub fn len(&self) -> usize {
        self.by_viewer.values().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each viewer's items, ascending.
    pub(super) fn item_sets(&self) -> Rows<u32> {
        self.item_sets_by(|item| item)
    }

    /// The same with other numbers for the items.
    pub(super) fn item_sets_by(&self, number: impl Fn(u32) -> u32) -> Rows<u32> {
        let mut sets = Rows::default();
        for row in self.by_viewer.iter() {
            let mut items: Vec<u32> = row.iter().map(|interaction| number(interaction.item)).collect();
            items.sort_unstable();
            sets.push(items);
        }
        sets
    }
}

/// What times are multiplied with to be in milliseconds, from the latest.
fn in_milliseconds(timed: bool, latest: f64) -> f64 {
    let unit = FIRSTS.iter().filter(|&&first| latest >= first).count();
    if timed { [1e3, 1.0, 1e-3, 1e-6][unit] } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_in_whatever_unit() {
        for (text, milliseconds) in [
            ("1,a,4,978300760", 978_300_760e3),
            ("1,a,4,978300760000", 978_300_760e3),
            ("1,a,4,978300760000000", 978_300_760e3),
            ("1,a,4,978300760000000000", 978_300_760e3),
            ("1,a,4,2001-01-01", 978_307_200e3),
            ("1,a,4,17", 17e3),
            ("1,a", 0.0),
        ] {
            let read =
                Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
            assert_eq!(read.milliseconds(read.by_viewer.row(0)[0].time), milliseconds, "{text}");
        }
    }

    #[test]
    fn rare_items_are_left_out() {
        let text = "1,a\n1,b\n2,b\n2,c\n3,b\n3,c\n";
        let read =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let kept = read.with_support(2).expect("b and c are left");
        assert_eq!(kept.items.strings().iter().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!((kept.viewers.len(), kept.len()), (3, 5));
        assert_eq!(kept.with_support(4).expect_err("nothing is left").code(), "OPTION");
    }
}
