use super::TermKind;
use super::item::Item;
use crate::catalog::{GenreIndex, NO_YEAR};
use crate::columns::{Interner, Rows};

/// So many different terms are told apart; later ones are passed over.
const MAX_TERMS: usize = 4_000_000;
/// So many genres of an item are paired with each other.
const MAX_PAIRED: usize = 16;
/// So many words of an item count.
const MAX_WORDS: usize = 64;

/// Words that say nothing.
const STOP_WORDS: [&str; 24] = [
    "a", "an", "and", "as", "at", "by", "der", "die", "for", "from", "in", "is", "it", "la", "le", "les",
    "of", "on", "or", "the", "to", "vs", "with", "das",
];

/// Collects each item's content terms.
#[derive(Default)]
pub(super) struct Terms {
    known: Interner,
    kinds: Vec<TermKind>,
    rows: Rows<u32>,
    // Used again for every item.
    row: Vec<u32>,
    key: String,
}

impl Terms {
    /// Adds an item's row.
    pub(super) fn push(&mut self, item: &Item, genres: &[GenreIndex]) {
        self.row.clear();
        for (place, &genre) in genres.iter().enumerate() {
            self.add(TermKind::Genre, &genre.to_string());
            for &other in genres.iter().take(MAX_PAIRED).skip(place + 1) {
                self.add(TermKind::GenrePair, &format!("{genre} {other}"));
            }
        }
        if item.year != NO_YEAR {
            self.add(TermKind::Decade, &item.year.div_euclid(10).to_string());
        }
        for tag in &item.tags {
            self.add(TermKind::Tag, &tag.to_lowercase());
        }
        let words = item.title.split(|c: char| !c.is_alphanumeric());
        let words = words.chain(item.description.split(|c: char| !c.is_alphanumeric()));
        let words = words.filter(|word| word.chars().nth(1).is_some()).map(str::to_lowercase);
        for word in words.filter(|word| !STOP_WORDS.contains(&word.as_str())).take(MAX_WORDS) {
            self.add(TermKind::Word, &word);
        }
        self.row.sort_unstable();
        self.row.dedup();
        self.rows.push(self.row.iter().copied());
    }

    fn add(&mut self, kind: TermKind, text: &str) {
        self.key.clear();
        self.key.push(match kind {
            TermKind::Genre => 'g',
            TermKind::GenrePair => 'p',
            TermKind::Decade => 'd',
            TermKind::Tag => 't',
            TermKind::Word => 'w',
        });
        self.key.push_str(text);
        let term = match self.known.find(&self.key) {
            Some(term) => term,
            None if self.known.len() >= MAX_TERMS => return,
            None => {
                self.kinds.push(kind);
                self.known.intern(&self.key)
            }
        };
        self.row.push(term);
    }

    pub(super) fn finish(self) -> (Rows<u32>, Vec<TermKind>) {
        (self.rows, self.kinds)
    }
}
