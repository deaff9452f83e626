use rustc_hash::FxHashMap;

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
    /// Tags, words and pairs of words.
    texts: Interner,
    /// The term of each text.
    terms_of_texts: Vec<u32>,
    /// The terms of genres, pairs and decades: numbers of ours, which nobody from outside chooses.
    terms_of_numbers: FxHashMap<(TermKind, u32, u32), u32>,
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
            self.add_number(TermKind::Genre, genre, 0);
            for &other in genres.iter().take(MAX_PAIRED).skip(place + 1) {
                self.add_number(TermKind::GenrePair, genre, other);
            }
        }
        if item.year != NO_YEAR {
            self.add_number(TermKind::Decade, i32::from(item.year.div_euclid(10)) as u32, 0);
        }
        for tag in &item.tags {
            self.add_text(TermKind::Tag, &tag.to_lowercase());
        }
        let words = item.title.split(|c: char| !c.is_alphanumeric());
        let words = words.chain(item.description.split(|c: char| !c.is_alphanumeric()));
        let words = words.filter(|word| word.chars().nth(1).is_some()).map(str::to_lowercase);
        for word in words.filter(|word| !STOP_WORDS.contains(&word.as_str())).take(MAX_WORDS) {
            self.add_text(TermKind::Word, &word);
        }
        self.add_title(&item.title);
        self.row.sort_unstable();
        self.row.dedup();
        self.rows.push(self.row.iter().copied());
    }

    /// What the titles of a series have in common: the words and, for what is made of frequent ones (Toy Story, Star Wars), their
    /// pairs, of which the first is the beginning and the first word.
    fn add_title(&mut self, title: &str) {
        let mut last = String::new();
        for word in title.split(|c: char| !c.is_alphanumeric()).take(MAX_WORDS) {
            let word = title_word(&word.to_lowercase());
            // An article in German, and in English what films are called.
            let counts =
                word.chars().nth(1).is_some() && (word == "die" || !STOP_WORDS.contains(&word.as_str()));
            if counts {
                self.add_text(TermKind::Title, &word);
                self.add_text(TermKind::TitlePair, &format!("{last} {word}"));
                last = word;
            }
        }
    }

    fn add_number(&mut self, kind: TermKind, first: u32, second: u32) {
        let key = (kind, first, second);
        let term = match self.terms_of_numbers.get(&key) {
            Some(&term) => term,
            None => {
                let Some(term) = self.new_term(kind) else { return };
                self.terms_of_numbers.insert(key, term);
                term
            }
        };
        self.row.push(term);
    }

    fn add_text(&mut self, kind: TermKind, text: &str) {
        self.key.clear();
        self.key.push(match kind {
            TermKind::Tag => 't',
            TermKind::Title => 'n',
            TermKind::TitlePair => 'p',
            _ => 'w',
        });
        self.key.push_str(text);
        let term = match self.texts.find(&self.key) {
            Some(place) => self.terms_of_texts[place as usize],
            None => {
                let Some(term) = self.new_term(kind) else { return };
                self.texts.intern(&self.key);
                self.terms_of_texts.push(term);
                term
            }
        };
        self.row.push(term);
    }

    fn new_term(&mut self, kind: TermKind) -> Option<u32> {
        let term = self.kinds.len();
        (term < MAX_TERMS).then(|| {
            self.kinds.push(kind);
            term as u32
        })
    }

    pub(super) fn finish(self) -> (Rows<u32>, Vec<TermKind>) {
        (self.rows, self.kinds)
    }
}

/// A word of a title as sequels share it: Aliens and Alien³ are of Alien. A number is left as it is.
fn title_word(word: &str) -> String {
    let bare = word.trim_end_matches(char::is_numeric);
    let bare = if bare.is_empty() { word } else { bare };
    bare.strip_suffix('s').filter(|rest| rest.chars().nth(2).is_some()).unwrap_or(bare).to_owned()
}
