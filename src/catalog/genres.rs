use super::read::trimmed;
use super::{GenreIndex, GenreNames};
use crate::columns::{Interner, Rows, Strings};
use crate::text::lowercase;

/// Collects the genres: one of each, however it is written.
#[derive(Debug, Default)]
pub(super) struct Genres {
    /// As each was written first.
    pub(super) names: Strings,
    /// As all its spellings are written alike.
    pub(super) folded: Interner,
    /// The lists of genres of an item that have come, as they are written, and the genres of each: there are few, and many items have the same.
    lists: Interner,
    of_lists: Rows<GenreIndex>,
    table: GenreNames,
    // Used again for every name.
    buffer: String,
}

/// So many lists are remembered.
const MAX_LISTS: usize = 10_000;

impl Genres {
    pub(super) fn new(table: GenreNames) -> Self {
        Genres { table, ..Genres::default() }
    }

    /// The genres of a list that has come before, as JSON.
    pub(super) fn of_list(&self, json: &str) -> Option<&[GenreIndex]> {
        self.lists.find(json).map(|list| self.of_lists.row(list as usize))
    }

    /// Remembers what the genres of a list are.
    pub(super) fn learn(&mut self, json: &str, genres: &[GenreIndex]) {
        if self.lists.len() < MAX_LISTS {
            self.lists.intern(json);
            self.of_lists.push(genres.iter().copied());
        }
    }

    /// The genre that is written so, if it is one.
    pub(super) fn intern(&mut self, written: &str) -> Option<GenreIndex> {
        let name = trimmed(written)?;
        let name = trimmed(self.table.get(name).unwrap_or(name))?;
        fold(name, &mut self.buffer);
        let genre = self.folded.intern(&self.buffer);
        if genre as usize == self.names.len() {
            self.names.push(name);
        }
        Some(genre)
    }
}

/// Writes a name in lower case, without blanks around it and with one where there are several.
pub(super) fn fold(name: &str, folded: &mut String) {
    folded.clear();
    for word in name.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&lowercase(word));
    }
}
