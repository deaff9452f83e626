use std::borrow::Cow;
use std::fmt;

use super::scan::string;
use crate::text::part;

/// Where a catalog's bytes stay after they were read, so that a list can carry the items' own objects. In this memory ([`Chunks`]), or
/// wherever a shell keeps them.
pub trait Source: Shared {
    /// Takes the next bytes of the file.
    fn push(&mut self, chunk: &[u8]);

    /// The bytes from `start` to `end`, counted from the file's first; what is not there is left out.
    fn bytes(&self, start: usize, end: usize) -> Cow<'_, [u8]>;
}

impl fmt::Debug for dyn Source {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("Source")
    }
}

/// What several threads may read where there are threads. A browser's values belong to one.
#[cfg(any(not(target_arch = "wasm32"), feature = "train"))]
pub trait Shared: Send + Sync {}
#[cfg(any(not(target_arch = "wasm32"), feature = "train"))]
impl<T: Send + Sync> Shared for T {}

/// What several threads may read where there are threads. A browser's values belong to one.
#[cfg(all(target_arch = "wasm32", not(feature = "train")))]
pub trait Shared {}
#[cfg(all(target_arch = "wasm32", not(feature = "train")))]
impl<T> Shared for T {}

/// The bytes as they came, in memory.
#[derive(Debug, Default)]
pub struct Chunks {
    chunks: Vec<Vec<u8>>,
    /// Where each chunk ends in the file.
    ends: Vec<usize>,
}

impl Chunks {
    /// Takes bytes without copying them.
    pub(super) fn add(&mut self, chunk: Vec<u8>) {
        self.ends.push(self.ends.last().unwrap_or(&0) + chunk.len());
        self.chunks.push(chunk);
    }
}

impl Source for Chunks {
    fn push(&mut self, chunk: &[u8]) {
        self.add(chunk.to_vec());
    }

    fn bytes(&self, start: usize, end: usize) -> Cow<'_, [u8]> {
        let first = self.ends.partition_point(|&chunk_end| chunk_end <= start);
        let mut parts = (first..self.chunks.len()).map_while(|place| {
            let chunk = &self.chunks[place];
            let offset = self.ends[place] - chunk.len();
            (offset < end).then(|| &chunk[start.saturating_sub(offset)..(end - offset).min(chunk.len())])
        });
        let Some(part) = parts.next() else { return Cow::Borrowed(&[]) };
        match parts.next() {
            None => Cow::Borrowed(part),
            Some(next) => Cow::Owned(parts.fold([part, next].concat(), |mut bytes, part| {
                bytes.extend_from_slice(part);
                bytes
            })),
        }
    }
}

/// An item's text as JSON, which knows no `NaN` and no infinite numbers.
pub(super) fn as_json(text: Cow<str>) -> Cow<str> {
    if text.is_empty() {
        return Cow::Borrowed("null");
    }
    let is_word = |place: usize| NOT_JSON.iter().any(|word| part(&text, place..).starts_with(word));
    // All of them have one of these letters.
    let mut letters = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'N' | b'I'));
    if letters.any(|(place, _)| is_word(place)) { Cow::Owned(without_words(&text)) } else { text }
}

/// The longer first.
const NOT_JSON: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

fn without_words(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let word = NOT_JSON.iter().find(|word| rest.starts_with(**word));
        let length = match (word, first) {
            (Some(word), _) => word.len(),
            (None, b'"') => {
                string(&rest.as_bytes()[1..]).map_or(rest.len(), |after| rest.len() - after.len())
            }
            // Nothing else but strings has letters of several bytes.
            (None, _) => 1,
        };
        json += if word.is_some() { "null" } else { part(rest, ..length) };
        rest = part(rest, length..);
    }
    json
}
