use crate::json::{Writer, read_fields, read_names, write_fields};

/// How to read a catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogOptions {
    /// What the fields are called.
    pub fields: FieldNames,
    /// What separates genres, or tags, that are written as one string. Default `|`.
    pub separator: String,
    /// What a single bad item does.
    pub on_bad_item: OnBadItem,
    /// How much of everything is allowed.
    pub limits: CatalogLimits,
}

/// What a single bad item does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnBadItem {
    /// It is left out, and named in the [`CatalogReport`].
    #[default]
    Skip,
    /// It fails the load.
    Strict,
}

/// The names of an item's fields in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is called what it is for")]
pub struct FieldNames {
    pub id: String,
    pub title: String,
    pub genres: String,
    pub year: String,
    pub popularity: String,
    pub tags: String,
    pub description: String,
}

/// How much of everything is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogLimits {
    /// Bytes in all. Default 1 GiB; never more than 4 GiB - 1.
    pub max_bytes: u64,
    /// Items, bad ones included. Default 5,000,000.
    pub max_items: u64,
    /// Bytes of one item. Default 1 MiB.
    pub max_item_bytes: usize,
    /// Levels of nesting inside an item. Default 64.
    pub max_depth: usize,
    /// Different genres. Default 100,000.
    pub max_genres: u64,
    /// Genres, and tags, of one item. Default 256.
    pub max_per_item: usize,
}

impl Default for CatalogOptions {
    fn default() -> Self {
        CatalogOptions {
            fields: FieldNames::default(),
            separator: "|".into(),
            on_bad_item: OnBadItem::default(),
            limits: CatalogLimits::default(),
        }
    }
}

impl Default for FieldNames {
    fn default() -> Self {
        FieldNames {
            id: "id".into(),
            title: "title".into(),
            genres: "genres".into(),
            year: "year".into(),
            popularity: "popularity".into(),
            tags: "tags".into(),
            description: "description".into(),
        }
    }
}

impl Default for CatalogLimits {
    fn default() -> Self {
        CatalogLimits {
            max_bytes: 1 << 30,
            max_items: 5_000_000,
            max_item_bytes: 1 << 20,
            max_depth: 64,
            max_genres: 100_000,
            max_per_item: 256,
        }
    }
}

/// What was read, and what was skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogReport {
    /// Items in the catalog.
    pub items: usize,
    /// Bad items that were left out.
    pub skipped: usize,
    /// The first [`CatalogReport::MAX_PROBLEMS`] of them.
    pub problems: Vec<SkippedItem>,
}

impl CatalogReport {
    /// So many skipped items are described.
    pub const MAX_PROBLEMS: usize = 100;
}

/// An item that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedItem {
    /// Its place among the items of the file, from 0.
    pub index: usize,
    /// The byte of the file at which it starts.
    pub offset: usize,
    /// The stable code of what is wrong.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

read_fields! { FieldNames {
    id: "id", title: "title", genres: "genres", year: "year", popularity: "popularity", tags: "tags", description: "description",
} }
read_fields! { CatalogLimits {
    max_bytes: "maxBytes", max_items: "maxItems", max_item_bytes: "maxItemBytes", max_depth: "maxDepth", max_genres: "maxGenres",
    max_per_item: "maxPerItem",
} }
read_names! { OnBadItem { Skip: "skip", Strict: "strict" } }
write_fields! { SkippedItem { index: "index", offset: "offset", code: "code", message: "message" } }

impl CatalogReport {
    /// Its fields, of a larger object.
    pub fn write_fields(&self, writer: &mut Writer) {
        writer.field("items", &self.items);
        writer.field("skipped", &self.skipped);
        writer.field("problems", &self.problems);
    }
}
