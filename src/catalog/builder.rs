use super::genres::Genres;
use super::guess::Fields;
use super::item::{ItemScanner, Role};
use super::read::{self, Unread};
use super::terms::Terms;
use super::value::Value;
use super::{
    Catalog, CatalogLimits, CatalogOptions, CatalogReport, Chunks, Features, GenreIndex, GenreNames, NO_YEAR, OnBadItem, SkippedItem,
};
use crate::columns::{Interner, Strings};
use crate::error::{Error, ItemProblem, Result};

/// Collects columns item by item.
#[derive(Debug)]
pub(super) struct Builder {
    on_bad_item: OnBadItem,
    limits: CatalogLimits,
    genre_names: GenreNames,
    /// Between genres, and between tags, in one string.
    separators: [String; 2],
    pub(super) report: CatalogReport,
    /// How many items have come, bad ones included.
    index: usize,
    ids: Interner,
    /// The place in the file of each item that was kept.
    indices: Vec<u32>,
    titles: Strings,
    genres: Genres,
    features: Features,
    terms: Terms,
    spans: Vec<(u32, u32)>,
    // Used again for every item.
    names: Strings,
    row: Vec<GenreIndex>,
}

/// An item's text, where it is in the file, and its parts.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
    pub(super) scanner: &'a ItemScanner,
}

pub(super) fn limit_of(what: &'static str, actual: u64, limit: u64) -> Result<()> {
    if actual > limit { Err(Error::CatalogTooLarge { what, actual, limit }) } else { Ok(()) }
}

impl Builder {
    pub(super) fn new(options: &CatalogOptions) -> Self {
        Builder {
            on_bad_item: options.on_bad_item,
            limits: options.limits.clone(),
            genre_names: options.genre_names.clone().with(options.preset()),
            separators: [const { String::new() }; 2],
            report: CatalogReport::default(),
            index: 0,
            ids: Interner::default(),
            indices: Vec::new(),
            titles: Strings::default(),
            genres: Genres::default(),
            features: Features::default(),
            terms: Terms::default(),
            spans: Vec::new(),
            names: Strings::default(),
            row: Vec::new(),
        }
    }

    /// Says what is where, before the first item comes.
    pub(super) fn begin(&mut self, fields: Fields) {
        self.separators = fields.separators;
        self.report.fields = fields.reports;
    }

    /// Whether there is no item yet that can be used.
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Takes one item.
    pub(super) fn push(&mut self, item: Found) -> Result<()> {
        limit_of("items", self.index as u64 + 1, self.limits.max_items)?;
        match self.take(item) {
            Ok(()) => limit_of("different genres", self.genres.names.len() as u64, self.limits.max_genres)?,
            Err(problem) => self.refuse(item.offset, problem)?,
        }
        self.index += 1;
        Ok(())
    }

    /// Takes note of an item that is longer than is allowed, and was only passed over.
    pub(super) fn push_too_long(&mut self, offset: usize, length: usize) -> Result<()> {
        limit_of("items", self.index as u64 + 1, self.limits.max_items)?;
        self.refuse(offset, ItemProblem::TooLong { length, limit: self.limits.max_item_bytes })?;
        self.index += 1;
        Ok(())
    }

    fn refuse(&mut self, offset: usize, problem: ItemProblem) -> Result<()> {
        let index = self.index;
        if self.on_bad_item == OnBadItem::Strict {
            return Err(Error::CatalogItem { index, offset, problem });
        }
        self.report.skipped += 1;
        if self.report.problems.len() < CatalogReport::MAX_PROBLEMS {
            let (code, message) = (problem.code(), problem.to_string());
            self.report.problems.push(SkippedItem { index, offset, code, message });
        }
        Ok(())
    }

    fn take(&mut self, item: Found) -> Result<(), ItemProblem> {
        let Found { text, offset, scanner } = item;
        let CatalogLimits { max_item_bytes, max_depth, .. } = self.limits;
        if text.len() > max_item_bytes {
            return Err(ItemProblem::TooLong { length: text.len(), limit: max_item_bytes });
        }
        if scanner.depth() > max_depth {
            return Err(ItemProblem::TooDeep { limit: max_depth });
        }
        if !scanner.is_object() {
            return Err(ItemProblem::NotAnObject);
        }
        let id = read::id(scanner.parts(text, Role::Id)).map_err(|reason| self.invalid(Role::Id, reason))?;
        let id = id.ok_or_else(|| self.missing(Role::Id))?;
        let title = scanner.value(text, Role::Title).ok_or_else(|| self.missing(Role::Title))?;
        let (title, broken) = read::text(title).map_err(|reason| self.invalid(Role::Title, reason))?;
        let place = self.ids.intern(&id) as usize;
        if let Some(&first) = self.indices.get(place) {
            return Err(ItemProblem::DuplicateId { id: id.into_owned(), first: first as usize });
        }
        self.indices.push(self.index as u32);
        self.spans.push((offset as u32, (offset + text.len()) as u32));
        self.titles.push(&title);
        for role in [Role::Id, Role::Title] {
            self.report.fields.of_mut(role).items += 1;
        }
        if let Some(reason) = broken {
            self.unread(Role::Title, reason)?;
        }

        self.names(item, Role::Genres)?;
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        row.extend(self.names.iter().map(|name| self.genres.intern(name)));
        row.sort_unstable();
        row.dedup();
        let year = self.number(item, Role::Year, NO_YEAR, read::year)?;
        self.terms.begin(&row, year);
        self.features.genres.push(row.iter().copied());
        self.row = row;
        self.features.years.push(year);
        let popularity = self.number(item, Role::Popularity, f32::NAN, read::popularity)?;
        self.features.popularity.push(popularity);
        self.names(item, Role::Tags)?;
        self.names.iter().for_each(|tag| self.terms.tag(tag));
        let description = match scanner.value(text, Role::Description).map(read::text) {
            Some(Ok((description, None))) => {
                self.report.fields.of_mut(Role::Description).items += 1;
                Some(description)
            }
            Some(Ok((_, Some(reason))) | Err(reason)) => {
                self.unread(Role::Description, reason)?;
                None
            }
            None => None,
        };
        self.terms.words(&title, description.as_deref());
        self.terms.end();
        Ok(())
    }

    /// Reads genres or tags into `names`.
    fn names(&mut self, item: Found, role: Role) -> Result<(), ItemProblem> {
        let Found { text, scanner, .. } = item;
        let mut names = std::mem::take(&mut self.names);
        names.clear();
        let no_names = GenreNames::default();
        let (separator, table) = match role {
            Role::Genres => (&self.separators[0], &self.genre_names),
            _ => (&self.separators[1], &no_names),
        };
        let mut unread = None;
        scanner.values(text, role, &mut |value| {
            unread = unread.take().or(read::names(value, separator, table, &mut names));
        });
        let (count, limit) = (names.len(), self.limits.max_per_item);
        if count > limit {
            names.clear();
            unread = Some(format!("has {count} entries, the limit is {limit}").into());
        }
        if !names.is_empty() {
            self.report.fields.of_mut(role).items += 1;
        }
        self.names = names;
        unread.map_or(Ok(()), |reason| self.unread(role, reason))
    }

    /// The first value that can be read.
    fn number<T>(
        &mut self,
        item: Found,
        role: Role,
        none: T,
        read: fn(Value) -> Result<Option<T>, Unread>,
    ) -> Result<T, ItemProblem> {
        let (mut number, mut unread) = (None, None);
        item.scanner.values(item.text, role, &mut |value| {
            if number.is_none() {
                match read(value) {
                    Ok(read) => number = read,
                    Err(reason) => unread = unread.take().or(Some(reason)),
                }
            }
        });
        match (number, unread) {
            (Some(number), _) => {
                self.report.fields.of_mut(role).items += 1;
                Ok(number)
            }
            (None, Some(reason)) => self.unread(role, reason).map(|()| none),
            (None, None) => Ok(none),
        }
    }

    /// Takes note of a part of the item that cannot be read; the rest of it can.
    fn unread(&mut self, role: Role, reason: Unread) -> Result<(), ItemProblem> {
        if self.on_bad_item == OnBadItem::Strict {
            return Err(self.invalid(role, reason));
        }
        let (index, field) = (self.index, self.report.fields.of_mut(role));
        field.unread += 1;
        field.problem.get_or_insert_with(|| format!("item {index}: {reason}"));
        Ok(())
    }

    fn missing(&self, role: Role) -> ItemProblem {
        ItemProblem::Missing { field: self.field(role) }
    }

    fn invalid(&self, role: Role, reason: Unread) -> ItemProblem {
        ItemProblem::Invalid { field: self.field(role), reason: reason.into_owned() }
    }

    /// What a role is called in the catalog.
    fn field(&self, role: Role) -> String {
        self.report.fields.of(role).from.join(", ")
    }

    /// The catalog, without its source.
    pub(super) fn finish(mut self) -> (Catalog, CatalogReport) {
        self.report.items = self.ids.len();
        (self.features.terms, self.features.term_kinds) = self.terms.finish();
        let catalog = Catalog {
            features: self.features,
            genres: self.genres.names,
            folded_genres: self.genres.folded,
            ids: self.ids,
            titles: self.titles,
            source: Box::new(Chunks::default()),
            bytes: 0,
            spans: self.spans,
        };
        (catalog, self.report)
    }
}
