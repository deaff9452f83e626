use super::GenreIndex;
use crate::columns::{Interner, Strings};

/// Collects the genres: one of each, however it is written.
#[derive(Debug, Default)]
pub(super) struct Genres {
    /// As each was written first.
    pub(super) names: Strings,
    /// As all its spellings are written alike.
    pub(super) folded: Interner,
    /// The spellings that have come, and the genre of each.
    spellings: Interner,
    of_spellings: Vec<GenreIndex>,
    // Used again for every name.
    buffer: String,
}

/// So many spellings are remembered.
const MAX_SPELLINGS: usize = 10_000;

impl Genres {
    /// The genre of this name.
    pub(super) fn intern(&mut self, name: &str) -> GenreIndex {
        if let Some(spelling) = self.spellings.find(name) {
            return self.of_spellings[spelling as usize];
        }
        fold(name, &mut self.buffer);
        let genre = self.folded.intern(&self.buffer);
        if genre as usize == self.names.len() {
            self.names.push(name);
        }
        if self.spellings.len() < MAX_SPELLINGS {
            self.spellings.intern(name);
            self.of_spellings.push(genre);
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
