use std::ops::Range;

use crate::arrays::{Sink, Source, receive, send};
use crate::bytes::{Little, Malformed};
use crate::hash::{KeyedHash, Places};

/// Compressed sparse rows: row `i` is `values[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<T> {
    offsets: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows { offsets: vec![0], values: Vec::new() }
    }
}

impl<T> Rows<T> {
    /// None yet, with room for so many, and so many values.
    pub fn with_capacity(rows: usize, values: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Rows { offsets, values: Vec::with_capacity(values) }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// When there would be more than `u32::MAX` values in all.
    pub fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.values.extend(row);
        self.offsets.push(u32::try_from(self.values.len()).expect("fewer than 2^32 values"));
    }

    /// Rows of so many values each, which are all as by default.
    ///
    /// # Panics
    /// When there would be more than `u32::MAX` values in all.
    pub fn of_lengths(lengths: &[u32]) -> Self
    where
        T: Clone + Default,
    {
        let mut offsets = Vec::with_capacity(lengths.len() + 1);
        let mut end = 0_u32;
        offsets.push(end);
        for &length in lengths {
            end = end.checked_add(length).expect("fewer than 2^32 values");
            offsets.push(end);
        }
        Rows { offsets, values: vec![T::default(); end as usize] }
    }

    /// Puts values to their rows, of which there are `rows`; a row's stay in their order.
    ///
    /// # Panics
    /// When a row is named that there is not, or when there would be more than `u32::MAX` values in all.
    pub fn grouped(rows: usize, values: impl Iterator<Item = (usize, T)> + Clone) -> Self
    where
        T: Copy,
    {
        let mut offsets = vec![0_u32; rows + 1];
        for (row, _) in values.clone() {
            offsets[row + 1] = offsets[row + 1].checked_add(1).expect("fewer than 2^32 values");
        }
        for row in 0..rows {
            offsets[row + 1] = offsets[row + 1].checked_add(offsets[row]).expect("fewer than 2^32 values");
        }
        let Some((_, first)) = values.clone().next() else { return Rows { offsets, values: Vec::new() } };
        let mut grouped = vec![first; offsets[rows] as usize];
        let mut next = offsets.clone();
        for (row, value) in values {
            grouped[next[row] as usize] = value;
            next[row] += 1;
        }
        Rows { offsets, values: grouped }
    }

    /// Lets `keep` move what is to stay of each row, of which it hears the number, to the front and say how much that is.
    pub fn shorten(&mut self, mut keep: impl FnMut(usize, &mut [T]) -> usize)
    where
        T: Copy,
    {
        let (mut start, mut kept) = (0, 0);
        for row in 0..self.len() {
            let end = self.offsets[row + 1] as usize;
            let more = keep(row, &mut self.values[start..end]).min(end - start);
            self.values.copy_within(start..start + more, kept);
            (start, kept) = (end, kept + more);
            self.offsets[row + 1] = kept as u32;
        }
        self.values.truncate(kept);
    }

    /// The same rows of other values.
    pub fn map<U>(&self, other: impl Fn(&T) -> U) -> Rows<U> {
        Rows { offsets: self.offsets.clone(), values: self.values.iter().map(other).collect() }
    }

    /// Row `index`; empty where there is no such row.
    pub fn row(&self, index: usize) -> &[T] {
        self.values.get(self.range(index)).unwrap_or(&[])
    }

    /// Where row `index` lies among the values; empty where there is no such row.
    pub fn range(&self, index: usize) -> Range<usize> {
        match (self.offsets.get(index), self.offsets.get(index + 1)) {
            (Some(&start), Some(&end)) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values, row after row.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The same, to be changed.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Every row in turn.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> + Clone {
        (0..self.len()).map(|index| self.row(index))
    }
}

impl<T: Little> Rows<T> {
    /// Sends them as two arrays.
    pub fn send(&self, sink: &mut dyn Sink) {
        send(sink, &self.offsets);
        send(sink, &self.values);
    }

    /// What [`Rows::send`] sent.
    ///
    /// # Errors
    /// For other bytes.
    pub fn receive(source: &mut dyn Source) -> Result<Self, Malformed> {
        let (offsets, values): (Vec<u32>, Vec<T>) = (receive(source)?, receive(source)?);
        let fits = offsets.first() == Some(&0)
            && offsets.is_sorted()
            && offsets.last().is_some_and(|&end| end as usize == values.len());
        if fits { Ok(Rows { offsets, values }) } else { Err(Malformed("rows do not fit their values")) }
    }
}

/// Many strings in one allocation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Appends a string.
    ///
    /// # Panics
    /// When all of them together would be longer than `u32::MAX` bytes.
    pub fn push(&mut self, string: &str) {
        self.text.push_str(string);
        self.ends.push(u32::try_from(self.text.len()).expect("fewer than 2^32 bytes of text"));
    }

    /// Removes all strings.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// String `index`; empty where there is none.
    pub fn get(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Every string in turn.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// Strings that are there once, each found by its text.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    strings: Strings,
    places: Places,
    hash: KeyedHash,
}

impl Interner {
    /// The place of a string; `None` where it is not here.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.places.find(self.hash.of_text(text), |place| is_same(&self.strings, place, text))
    }

    /// The place of a string, which is put at the end where it is new.
    ///
    /// # Panics
    /// When all strings together would be longer than `u32::MAX` bytes.
    pub fn intern(&mut self, text: &str) -> u32 {
        let Interner { strings, places, hash } = self;
        let hash = hash.of_text(text);
        places.find(hash, |place| is_same(strings, place, text)).unwrap_or_else(|| {
            let place = strings.len() as u32;
            places.insert(hash, place);
            strings.push(text);
            place
        })
    }

    /// The strings in the order of their places.
    pub fn strings(&self) -> &Strings {
        &self.strings
    }

    /// The strings alone.
    pub fn into_strings(self) -> Strings {
        self.strings
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }
}

/// Whether the string at a place is this text.
fn is_same(strings: &Strings, place: u32, text: &str) -> bool {
    #[cfg(test)]
    COMPARISONS.set(COMPARISONS.get() + 1);
    strings.get(place as usize) == text
}

#[cfg(test)]
thread_local! {
    /// How often this thread has compared a text with one that is there.
    static COMPARISONS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault};

    use rustc_hash::FxHasher;

    use super::*;
    use crate::catalog::{Catalog, CatalogOptions};

    #[test]
    fn rows_keep_what_is_moved_to_their_front() {
        let mut rows = Rows::default();
        for row in [&[1, 2, 3][..], &[], &[4, 6], &[5, 8, 7, 2]] {
            rows.push(row.iter().copied());
        }
        rows.shorten(|number, row| {
            row.reverse();
            if number == 2 { 0 } else { 2 }
        });
        assert_eq!(rows.iter().collect::<Vec<_>>(), [&[3, 2][..], &[], &[], &[2, 7]]);
        assert_eq!((rows.values().len(), rows.len()), (4, 4));
    }

    /// rustc-hash's, whose two halves a text of 32 bytes goes through one after the other.
    fn multiply_mix(x: u64, y: u64) -> u64 {
        if cfg!(target_pointer_width = "64") {
            let full = u128::from(x) * u128::from(y);
            full as u64 ^ (full >> 64) as u64
        } else {
            let half = |a: u64, b: u64| (a & 0xffff_ffff) * (b >> 32);
            half(x, y) ^ half(y, x).rotate_right(32)
        }
    }

    /// Texts that are all different and have one hash without a key: of each, the second half undoes what the first half did.
    fn colliding(count: usize) -> Vec<String> {
        const SEED: u64 = 0x243f_6a88_85a3_08d3;
        const PREVENT_TRIVIAL_ZERO_COLLAPSE: u64 = 0xa409_3822_299f_31d0;
        let middle = |first: &[u8; 8], second: &[u8; 8]| {
            multiply_mix(
                SEED ^ u64::from_le_bytes(*first),
                PREVENT_TRIVIAL_ZERO_COLLAPSE ^ u64::from_le_bytes(*second),
            )
        };
        let (first, wanted) = (b"hostile!", middle(b"hostile!", b"00000000"));
        (0_u64..)
            .filter_map(|number| {
                let second: [u8; 8] = format!("{number:08}").into_bytes().try_into().ok()?;
                let last = (middle(first, &second) ^ wanted).to_le_bytes();
                let text = [*first, second, *b"the same", last].concat();
                text.is_ascii().then(|| String::from_utf8(text).ok()).flatten()
            })
            .take(count)
            .collect()
    }

    #[test]
    fn a_hostile_catalog_loads_as_fast_as_any() {
        let ids = colliding(3000);
        let hash = |id: &String| BuildHasherDefault::<FxHasher>::default().hash_one(id.as_str());
        assert!(ids.iter().all(|id| hash(id) == hash(&ids[0])), "they do collide where there is no key");
        let item = |id: &String| serde_json::json!({ "id": id, "title": "A", "genres": [id], "tags": [id] });
        let items = serde_json::Value::from_iter(ids.iter().map(item)).to_string();

        let before = COMPARISONS.get();
        let (catalog, _) =
            Catalog::parse(items.into_bytes(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let comparisons = COMPARISONS.get() - before;
        assert_eq!(catalog.len(), ids.len());
        // An item has an id, a genre, a tag and its terms; each is looked up a few times, and most are new.
        assert!(comparisons < 20 * ids.len(), "{comparisons} comparisons for {} items", ids.len());
    }

    #[test]
    fn rows_and_strings_come_back_as_they_went_in() {
        let mut rows = Rows::default();
        rows.push([1, 2]);
        rows.push([]);
        rows.push([3]);
        assert_eq!(rows.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[3]]);
        assert!(rows.row(3).is_empty());
        let values = [(2, 3), (0, 1), (0, 2)];
        assert_eq!(Rows::grouped(3, values.into_iter()), rows);
        assert_eq!(Rows::<u8>::grouped(2, std::iter::empty()).len(), 2);
        let mut counted = Rows::of_lengths(&[2, 0, 1]);
        counted.values_mut().copy_from_slice(&[1, 2, 3]);
        assert_eq!(counted, rows);

        let mut strings = Strings::default();
        for text in ["a", "", "Amélie"] {
            strings.push(text);
        }
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["a", "", "Amélie"]);
        assert_eq!(strings.get(3), "");
    }
}
