//! Bytes of JSON to columns. The source stays as it is, by span, so that a result can carry the catalog's own
//! object.

// Bytes to tokens to values.
mod path;
mod scan;
mod value;

// What is where.
mod document;
mod fields;
mod guess;
mod item;
mod options;
mod presets;
mod sample;

// Values to columns.
mod builder;
mod column;
mod genres;
mod read;
mod terms;

mod items;
mod patch;
mod reader;
mod report;
mod series;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub use column::ColumnValues;
pub use fields::{FieldNames, GenreNames};
pub use options::{CatalogLimits, CatalogOptions, OnBadItem};
pub use patch::{Patch, Patched};
pub use path::Path;
pub use reader::CatalogReader;
pub use report::{CatalogReport, FieldReport, FieldReports, SaidBy, SkippedItem, UnknownField};
pub use series::Series;
pub use source::{Chunks, Shared, Source};

use self::terms::Details;
use crate::columns::{Interner, Rows, Strings};

/// The longest item id, in bytes of UTF-8; the same for events, models and interactions.
pub const MAX_ID_BYTES: usize = 1024;

/// An item's place in the catalog.
pub type ItemIndex = u32;
/// A genre's place in [`Catalog::genres`].
pub type GenreIndex = u32;

/// What is passed on within here: errors are large, and nearly always there is none.
type Outcome<T> = std::result::Result<T, Box<crate::error::Error>>;
type Problem<T> = std::result::Result<T, Box<crate::error::ItemProblem>>;

/// From the first byte of something in the source to behind its last.
type Span = (u32, u32);

/// The columns that scorers and filters read, one row an item, in the catalog's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// Each item's genres, ascending, without repetition.
    pub genres: Rows<GenreIndex>,
    /// Year of release, or [`NO_YEAR`].
    pub years: Vec<i16>,
    /// The catalog's `popularity` (any scale, not negative), or NaN.
    pub popularity: Vec<f32>,
    /// What items are about; nothing before [`Catalog::add_terms`].
    pub terms: Arc<Terms>,
}

/// Content terms: what items are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// Each item's terms, ascending, without repetition.
    pub rows: Rows<u32>,
    /// The kind of each term; as many as there are different terms.
    pub kinds: Vec<TermKind>,
}

/// The year of an item that has none.
pub const NO_YEAR: i16 = i16::MIN;

/// Which part of an item a content term comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TermKind {
    /// A single genre.
    Genre,
    /// Two genres together.
    GenrePair,
    /// The decade of release.
    Decade,
    /// A tag.
    Tag,
    /// A word of the title or the description.
    Word,
    /// A word of the title as sequels share it: without its plural s and digits at its end.
    Title,
    /// Two such words that follow each other, or the title's first.
    TitlePair,
}

impl TermKind {
    /// The kind whose place in the enum this is.
    pub fn from_number(number: u8) -> Option<Self> {
        use TermKind::{Decade, Genre, GenrePair, Tag, Title, TitlePair, Word};
        [Genre, GenrePair, Decade, Tag, Word, Title, TitlePair].into_iter().find(|&kind| kind as u8 == number)
    }
}

/// All that is known of the items.
#[derive(Debug)]
pub struct Catalog {
    /// What scorers and filters read.
    pub features: Features,
    /// Genre names in the order, and the spelling, in which they first appeared.
    pub genres: Strings,
    /// By the same places, as all spellings of a genre are written alike.
    folded_genres: Interner,
    ids: Interner,
    titles: Strings,
    source: Box<dyn Source>,
    /// The size of the source.
    bytes: usize,
    /// Where each item's object starts and ends in the source.
    spans: Vec<Span>,
    /// What terms are made of, beside the rest.
    details: Details,
    /// See [`Catalog::texts`].
    texts: u64,
    /// Between genres, and between tags, in one string.
    separators: [String; 2],
}

impl Catalog {
    /// The number of items.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The size of the source.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A number that is another one, but for chance, where a title, a year, a tag, what is between tags, or a description is: what terms are made of, beside genres.
    pub fn texts(&self) -> u64 {
        self.texts
    }

    /// The item with this id.
    pub fn find(&self, id: &str) -> Option<ItemIndex> {
        self.ids.find(id)
    }

    /// An item's id.
    pub fn id(&self, item: ItemIndex) -> &str {
        self.ids.strings().get(item as usize)
    }

    /// An item's title.
    pub fn title(&self, item: ItemIndex) -> &str {
        self.titles.get(item as usize)
    }

    /// An item's own JSON object, as it stood in the catalog; `null` where the source has lost it. `NaN` and infinite numbers, which are
    /// no JSON, are `null` in it.
    pub fn source(&self, item: ItemIndex) -> Cow<'_, str> {
        source::as_json(self.source_text(self.spans[item as usize]))
    }

    /// What is between two bytes of the source.
    fn source_text(&self, (start, end): Span) -> Cow<'_, str> {
        match self.source.bytes(start as usize, end as usize) {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map_or(Cow::Borrowed(""), Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).map_or(Cow::Borrowed(""), Cow::Owned),
        }
    }

    /// The genre of this name, whatever its case and blanks.
    pub fn find_genre(&self, name: &str) -> Option<GenreIndex> {
        let mut folded = String::new();
        genres::fold(name, &mut folded);
        self.folded_genres.find(&folded)
    }
}
