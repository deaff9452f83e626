use super::GenreNames;
use super::fields::FieldNames;
use super::item::Role;
use super::path::Path;
use crate::error::{Error, Result};
use crate::json::{read_fields, read_names};

/// How to read a catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CatalogOptions {
    /// What the fields are called. What is not said is guessed from the first items.
    pub fields: FieldNames,
    /// Where the items are: `data.movies.edges[].node`. Where it is not said, the file is an array, or JSON lines, or an object with an
    /// array in a field that is called `items`, `results`, `movies` or the like.
    pub items: Option<Path>,
    /// What separates genres, or tags, that are written as one string. Where it is not said, the first of `|`, `;` and `,` that the first
    /// items have there.
    pub separator: Option<String>,
    /// The names of genres that are written as numbers, or otherwise short.
    pub genre_names: GenreNames,
    /// What a single bad item does.
    pub on_bad_item: OnBadItem,
    /// How much of everything is allowed.
    pub limits: CatalogLimits,
}

/// What a single bad item does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnBadItem {
    /// It is left out, and named in the [`CatalogReport`](super::CatalogReport). Of an item with an optional field that cannot be
    /// read only the field is left out.
    #[default]
    Skip,
    /// It fails the load, and so does such a field.
    Strict,
}

/// How much of everything is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl CatalogOptions {
    /// Refuses what leaves nothing to read.
    ///
    /// # Errors
    /// [`Error::Option`] with the option's name.
    pub fn validate(&self) -> Result<()> {
        for role in [Role::Id, Role::Title] {
            if self.fields.paths[role as usize].as_ref().is_some_and(|paths| paths.0.is_empty()) {
                let (option, reason) =
                    (format!("fields.{}", role.name()), "must not be empty: no item would have one".into());
                return Err(Error::Option { option, reason });
            }
        }
        Ok(())
    }

    /// What separates names, if that is said.
    pub(super) fn separator(&self) -> Option<&str> {
        self.separator.as_deref().or(self.fields.preset.and_then(|preset| preset.separator))
    }
}

read_fields! { CatalogOptions {
    fields: "fields", items: "items", separator: "separator", genre_names: "genreNames", on_bad_item: "onBadItem", limits: "limits",
} }
read_fields! { CatalogLimits {
    max_bytes: "maxBytes", max_items: "maxItems", max_item_bytes: "maxItemBytes", max_depth: "maxDepth", max_genres: "maxGenres",
    max_per_item: "maxPerItem",
} }
read_names! { OnBadItem { Skip: "skip", Strict: "strict" } }
