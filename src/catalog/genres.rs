use super::read::trimmed;
use super::{GenreIndex, GenreNames};
use crate::columns::{Interner, Strings};

/// Collects the genres: one of each, however it is written.
#[derive(Debug, Default)]
pub(super) struct Genres {
    /// As each was written first.
    pub(super) names: Strings,
    /// As all its spellings are written alike.
    pub(super) folded: Interner,
    /// What is written for them, as it came, and the genre of each, if it is one.
    written: Interner,
    of_written: Vec<Option<GenreIndex>>,
    table: GenreNames,
    // Used again for every name.
    buffer: String,
}

/// So much of what is written is remembered.
const MAX_WRITTEN: usize = 10_000;

impl Genres {
    pub(super) fn new(table: GenreNames) -> Self {
        Genres { table, ..Genres::default() }
    }

    /// The genre that is written so, if it is one.
    pub(super) fn intern(&mut self, written: &str) -> Option<GenreIndex> {
        if let Some(known) = self.written.find(written) {
            return self.of_written[known as usize];
        }
        let name = trimmed(written).and_then(|name| trimmed(self.table.get(name).unwrap_or(name)));
        let genre = name.map(|name| {
            fold(name, &mut self.buffer);
            let genre = self.folded.intern(&self.buffer);
            if genre as usize == self.names.len() {
                self.names.push(name);
            }
            genre
        });
        if self.written.len() < MAX_WRITTEN {
            self.written.intern(written);
            self.of_written.push(genre);
        }
        genre
    }
}

/// Writes a name in lower case, without blanks around it and with one where there are several.
pub(super) fn fold(name: &str, folded: &mut String) {
    folded.clear();
    for word in name.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            folded.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
        } else {
            folded.push_str(&word.to_lowercase());
        }
    }
}
