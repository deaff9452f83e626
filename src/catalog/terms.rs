use super::read::{names, text, trimmed};
use super::value::Value;
use super::{Catalog, GenreIndex, ItemIndex, NO_YEAR, Span, TermKind, Terms};
use crate::columns::{Interner, Rows};
use crate::hash::NumberMap;
use crate::order;
use crate::text::{lowercase, part};

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

/// No number yet.
const NONE: u32 = u32::MAX;
/// No number ever.
const PASSED_OVER: u32 = u32::MAX - 1;

/// Where in the source is what terms are made of, beside titles, genres and years.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// For the items that have some, in their order: the item, and where its tags are, an array or a string with this between them.
    pub(super) tags: Vec<(ItemIndex, Span)>,
    pub(super) descriptions: Vec<(ItemIndex, Span)>,
}

impl Catalog {
    /// Puts the content terms of the items to the other features.
    pub fn add_terms(&mut self) {
        self.features.terms = self.terms().into();
    }

    /// Makes the content terms of the items. That takes about as long as reading the catalog does, and only scorers that compare contents need
    /// them.
    pub fn terms(&self) -> Terms {
        let Details { tags, descriptions } = &self.details;
        let [_, tag_separator] = &self.separators;
        let mut terms = Collector::default();
        let (mut tags, mut descriptions) = (tags.iter().peekable(), descriptions.iter().peekable());
        for item in 0..self.len() {
            terms.begin(self.features.genres.row(item), self.features.years[item]);
            while let Some(&(_, place)) = tags.next_if(|(of, _)| *of as usize == item) {
                let json = self.source_text(place);
                // What cannot be read was told already.
                let _ = names(Value::new(&json), tag_separator, &mut |name| {
                    if let Some(tag) = trimmed(name) {
                        terms.tag(tag);
                    }
                });
            }
            let description = descriptions.next_if(|(of, _)| *of as usize == item);
            let description = description.map(|&(_, place)| self.source_text(place));
            let description = description.as_deref().and_then(|json| text(Value::new(json)).ok());
            terms.words(self.titles.get(item), description.as_ref().map(|(text, _)| &**text));
            terms.end();
        }
        terms.finish()
    }
}

/// Collects each item's content terms: after [`Collector::begin`] its parts, then [`Collector::end`].
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// Words and tags in lower case, and words of titles as sequels share them.
    texts: Interner,
    /// What is known of each text.
    known: Vec<Text>,
    /// Terms by number: those of the genres, of the decades, of pairs of genres and of pairs of texts.
    genres: Vec<u32>,
    decades: NumberMap,
    genre_pairs: NumberMap,
    title_pairs: NumberMap,
    kinds: Vec<TermKind>,
    rows: Rows<u32>,
    row: Vec<u32>,
    /// How many words more count.
    words_left: usize,
    // Used again for every text.
    lower: String,
    title: Vec<u32>,
}

/// What is known of a text; of the terms those that it already has.
#[derive(Debug)]
struct Text {
    tag: u32,
    word: u32,
    title: u32,
    /// The text that it is in a title; another one for a plural.
    bare: u32,
    says_something: bool,
}

impl Collector {
    /// Begins an item's row.
    pub(super) fn begin(&mut self, genres: &[GenreIndex], year: i16) {
        self.row.clear();
        self.words_left = MAX_WORDS;
        for (place, &genre) in genres.iter().enumerate() {
            if self.genres.len() <= genre as usize {
                self.genres.resize(genre as usize + 1, NONE);
            }
            add(&mut self.genres[genre as usize], TermKind::Genre, &mut self.kinds, &mut self.row);
            for &other in genres.iter().take(MAX_PAIRED).skip(place + 1) {
                let term = self.genre_pairs.entry(genre, other);
                add(term, TermKind::GenrePair, &mut self.kinds, &mut self.row);
            }
        }
        if year != NO_YEAR {
            let term = self.decades.entry(i32::from(year.div_euclid(10)) as u32, 0);
            add(term, TermKind::Decade, &mut self.kinds, &mut self.row);
        }
    }

    /// Adds a tag.
    pub(super) fn tag(&mut self, tag: &str) {
        let lower = self.lower(tag);
        if let Some(text) = self.text(&lower) {
            add(&mut self.known[text as usize].tag, TermKind::Tag, &mut self.kinds, &mut self.row);
        }
        self.lower = lower;
    }

    /// Adds the words of the title, and those of the description behind them; then what titles of a series have in common: the words, and for
    /// what is made of frequent ones (Toy Story, Star Wars) their pairs, of which the first is the beginning and the first word.
    pub(super) fn words(&mut self, title: &str, description: Option<&str>) {
        let mut words = std::mem::take(&mut self.title);
        words.clear();
        self.split(title, Some(&mut words));
        if let Some(description) = description {
            self.split(description, None);
        }
        let mut last = NONE;
        for word in words.drain(..) {
            let Some(bare) = self.bare(word) else { continue };
            add(&mut self.known[bare as usize].title, TermKind::Title, &mut self.kinds, &mut self.row);
            add(self.title_pairs.entry(last, bare), TermKind::TitlePair, &mut self.kinds, &mut self.row);
            last = bare;
        }
        self.title = words;
    }

    /// Ends the item's row.
    pub(super) fn end(&mut self) {
        order::sort(&mut self.row);
        self.row.dedup();
        self.rows.push(self.row.iter().copied());
    }

    pub(super) fn finish(self) -> Terms {
        Terms { rows: self.rows, kinds: self.kinds }
    }

    /// Adds the words of a text that say something; `all` gets every one.
    fn split(&mut self, text: &str, mut all: Option<&mut Vec<u32>>) {
        if !text.is_ascii() {
            for (place, piece) in text.split(|letter: char| !letter.is_alphanumeric()).enumerate() {
                let is_long = has_two(piece);
                self.piece(&lowercase(piece), is_long, all.as_deref_mut().filter(|_| place < MAX_WORDS));
            }
            return;
        }
        let lower = self.lower(text);
        let (mut start, mut place) = (0, 0);
        for end in 0..=lower.len() {
            if lower.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric) {
                continue;
            }
            self.piece(
                part(&lower, start..end),
                end - start > 1,
                all.as_deref_mut().filter(|_| place < MAX_WORDS),
            );
            (start, place) = (end + 1, place + 1);
        }
        self.lower = lower;
    }

    /// Adds a word in lower case, unless it says nothing; to `title` in any case.
    fn piece(&mut self, word: &str, is_long: bool, title: Option<&mut Vec<u32>>) {
        let counts = is_long && self.words_left > 0;
        if word.is_empty() || !counts && title.is_none() {
            return;
        }
        let Some(place) = self.text(word) else { return };
        let text = &mut self.known[place as usize];
        if counts && text.says_something {
            self.words_left -= 1;
            add(&mut text.word, TermKind::Word, &mut self.kinds, &mut self.row);
        }
        if let Some(title) = title {
            title.push(place);
        }
    }

    /// A text in lower case, in the buffer for it, which is to be given back.
    fn lower(&mut self, text: &str) -> String {
        let mut lower = std::mem::take(&mut self.lower);
        lower.clear();
        if text.is_ascii() {
            lower.push_str(text);
            lower.make_ascii_lowercase();
        } else {
            lower.push_str(&lowercase(text));
        }
        lower
    }

    /// What is known of a text; nothing where there are too many.
    fn text(&mut self, text: &str) -> Option<u32> {
        let place =
            if self.kinds.len() < MAX_TERMS { self.texts.intern(text) } else { self.texts.find(text)? };
        if place as usize == self.known.len() {
            let says_something = !STOP_WORDS.contains(&text);
            self.known.push(Text { tag: NONE, word: NONE, title: NONE, bare: NONE, says_something });
        }
        Some(place)
    }

    /// The text that a word is in a title, if it counts there.
    fn bare(&mut self, word: u32) -> Option<u32> {
        if self.known[word as usize].bare == NONE {
            let text = self.texts.strings().get(word as usize);
            let bare = title_word(text).to_owned();
            // An article in German, and in English what films are called.
            let counts = has_two(&bare) && (bare == "die" || !STOP_WORDS.contains(&bare.as_str()));
            self.known[word as usize].bare = if counts { self.text(&bare)? } else { PASSED_OVER };
        }
        Some(self.known[word as usize].bare).filter(|&bare| bare != PASSED_OVER)
    }
}

/// Whether a word has more than one letter.
fn has_two(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next();
    letters.next().is_some()
}

/// Adds a term to a row, with a new number where it has none.
fn add(term: &mut u32, kind: TermKind, kinds: &mut Vec<TermKind>, row: &mut Vec<u32>) {
    if *term == NONE {
        if kinds.len() >= MAX_TERMS {
            return;
        }
        *term = kinds.len() as u32;
        kinds.push(kind);
    }
    row.push(*term);
}

/// A word of a title as sequels share it: Aliens and Alien³ are of Alien. A number is left as it is.
fn title_word(word: &str) -> &str {
    let bare = word.trim_end_matches(char::is_numeric);
    let bare = if bare.is_empty() { word } else { bare };
    bare.strip_suffix('s').filter(|rest| rest.chars().nth(2).is_some()).unwrap_or(bare)
}
