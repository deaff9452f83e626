use super::GenreIndex;
use crate::columns::{Interner, Strings};

/// Collects the genres: one of each, however it is written.
#[derive(Debug, Default)]
pub(super) struct Genres {
    /// As each was written first.
    pub(super) names: Strings,
    /// As all its spellings are written alike.
    pub(super) folded: Interner,
    // Used again for every name.
    buffer: String,
}

impl Genres {
    /// The genre of this name.
    pub(super) fn intern(&mut self, name: &str) -> GenreIndex {
        fold(name, &mut self.buffer);
        let genre = self.folded.intern(&self.buffer);
        if genre as usize == self.names.len() {
            self.names.push(name);
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
