use std::hash::{BuildHasher, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

/// Compressed sparse rows: row `i` is `values[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Appends a row.
    ///
    /// # Panics
    /// When there would be more than `u32::MAX` values in all.
    pub fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.values.extend(row);
        self.offsets.push(u32::try_from(self.values.len()).expect("fewer than 2^32 values"));
    }

    /// Row `index`; empty where there is no such row.
    pub fn row(&self, index: usize) -> &[T] {
        match (self.offsets.get(index), self.offsets.get(index + 1)) {
            (Some(&start), Some(&end)) => self.values.get(start as usize..end as usize).unwrap_or(&[]),
            _ => &[],
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

    /// Every row in turn.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len()).map(|index| self.row(index))
    }
}

/// Many strings in one allocation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    places: HashTable<u32>,
}

/// Hashes depend on nothing but the text, so that nothing depends on chance.
fn hash(text: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(text)
}

impl Interner {
    /// The place of a string; `None` where it is not here.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.places.find(hash(text), |&place| self.strings.get(place as usize) == text).copied()
    }

    /// The place of a string, which is put at the end where it is new.
    ///
    /// # Panics
    /// When all strings together would be longer than `u32::MAX` bytes.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.find(text).unwrap_or_else(|| {
            let place = self.strings.len() as u32;
            self.strings.push(text);
            let strings = &self.strings;
            self.places.insert_unique(hash(text), place, |&place| hash(strings.get(place as usize)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_strings_come_back_as_they_went_in() {
        let mut rows = Rows::default();
        rows.push([1, 2]);
        rows.push([]);
        rows.push([3]);
        assert_eq!(rows.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[3]]);
        assert!(rows.row(3).is_empty());

        let mut strings = Strings::default();
        for text in ["a", "", "Amélie"] {
            strings.push(text);
        }
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["a", "", "Amélie"]);
        assert_eq!(strings.get(3), "");
    }
}
