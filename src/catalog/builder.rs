use super::genres::Genres;
use super::guess::Fields;
use super::item::{ItemScanner, Role};
use super::read::{self, Unread};
use super::terms::Details;
use super::value::Value;
use super::{
    Catalog, CatalogLimits, CatalogOptions, CatalogReport, Chunks, Features, GenreIndex, NO_YEAR, OnBadItem,
    SkippedItem, Span,
};
use super::{Outcome, Problem};
use crate::columns::{Interner, Strings};
use crate::error::{Error, ItemProblem};
use crate::hash::Mix;
use crate::order;

/// Collects columns item by item.
#[derive(Debug)]
pub(super) struct Builder {
    on_bad_item: OnBadItem,
    limits: CatalogLimits,
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
    details: Details,
    texts: Mix,
    spans: Vec<Span>,
    // Used again for every item.
    row: Vec<GenreIndex>,
}

/// An item's text, where it is in the file, and its parts.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
    pub(super) scanner: &'a ItemScanner,
}

impl Found<'_> {
    /// Where in the file a value of the item is.
    fn place_of(&self, value: Value) -> Span {
        let start = self.offset + (value.json.as_ptr() as usize - self.text.as_ptr() as usize);
        (start as u32, (start + value.json.len()) as u32)
    }
}

pub(super) fn limit_of(what: &'static str, actual: u64, limit: u64) -> Outcome<()> {
    if actual > limit { Err(Error::CatalogTooLarge { what, actual, limit }.into()) } else { Ok(()) }
}

impl Builder {
    pub(super) fn new(options: &CatalogOptions) -> Self {
        Builder {
            on_bad_item: options.on_bad_item,
            limits: options.limits,
            separators: [const { String::new() }; 2],
            report: CatalogReport::default(),
            index: 0,
            ids: Interner::default(),
            indices: Vec::new(),
            titles: Strings::default(),
            genres: Genres::new(options.genre_names.clone().with(options.fields.preset)),
            features: Features::default(),
            details: Details::default(),
            texts: Mix::default(),
            spans: Vec::new(),
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
    pub(super) fn push(&mut self, item: Found) -> Outcome<()> {
        limit_of("items", self.index as u64 + 1, self.limits.max_items)?;
        match self.take(item) {
            Ok(()) => limit_of("different genres", self.genres.names.len() as u64, self.limits.max_genres)?,
            Err(problem) => self.refuse(item.offset, *problem)?,
        }
        self.index += 1;
        Ok(())
    }

    /// Takes note of an item that is longer than is allowed, and was only passed over.
    pub(super) fn push_too_long(&mut self, offset: usize, length: usize) -> Outcome<()> {
        limit_of("items", self.index as u64 + 1, self.limits.max_items)?;
        self.refuse(offset, ItemProblem::TooLong { length, limit: self.limits.max_item_bytes })?;
        self.index += 1;
        Ok(())
    }

    fn refuse(&mut self, offset: usize, problem: ItemProblem) -> Outcome<()> {
        let index = self.index;
        if self.on_bad_item == OnBadItem::Strict {
            return Err(Error::CatalogItem { index, offset, problem }.into());
        }
        self.report.skipped += 1;
        if self.report.problems.len() < CatalogReport::MAX_PROBLEMS {
            let (code, message) = (problem.code(), problem.to_string());
            self.report.problems.push(SkippedItem { index, offset, code, message });
        }
        Ok(())
    }

    fn take(&mut self, item: Found) -> Problem<()> {
        let Found { text, offset, scanner } = item;
        let CatalogLimits { max_item_bytes, max_depth, .. } = self.limits;
        if text.len() > max_item_bytes {
            return Err(ItemProblem::TooLong { length: text.len(), limit: max_item_bytes }.into());
        }
        if scanner.depth() > max_depth {
            return Err(ItemProblem::TooDeep { limit: max_depth }.into());
        }
        if !scanner.is_object() {
            return Err(ItemProblem::NotAnObject.into());
        }
        let id = read::id(scanner.ways(Role::Id), &mut scanner.parts(text, Role::Id))
            .map_err(|reason| self.invalid(Role::Id, reason))?;
        let id = id.ok_or_else(|| self.missing(Role::Id))?;
        let title = scanner.value(text, Role::Title).ok_or_else(|| self.missing(Role::Title))?;
        let (title, broken) = read::text(title).map_err(|reason| self.invalid(Role::Title, reason))?;
        let place = self.ids.intern(&id) as usize;
        if let Some(&first) = self.indices.get(place) {
            return Err(ItemProblem::DuplicateId { id: id.into_owned(), first: first as usize }.into());
        }
        self.indices.push(self.index as u32);
        self.spans.push((offset as u32, (offset + text.len()) as u32));
        self.titles.push(&title);
        self.texts.text(&title);
        for role in [Role::Id, Role::Title] {
            self.report.fields.of_mut(role).items += 1;
        }
        if let Some(reason) = broken {
            self.unread(Role::Title, reason)?;
        }

        self.genres(item)?;
        let year = self.number(item, Role::Year, NO_YEAR, read::year)?;
        self.features.years.push(year);
        self.texts.number(year as u64);
        let popularity = self.number(item, Role::Popularity, f32::NAN, read::popularity)?;
        self.features.popularity.push(popularity);
        self.tags(item)?;
        self.description(item)
    }

    fn genres(&mut self, item: Found) -> Problem<()> {
        let Builder { row, genres, separators, limits, .. } = self;
        let list = item.scanner.only(item.text, Role::Genres);
        if let Some(known) = list.and_then(|list| genres.of_list(list.json)) {
            self.report.fields.of_mut(Role::Genres).items += usize::from(!known.is_empty());
            self.features.genres.push(known.iter().copied());
            return Ok(());
        }
        row.clear();
        let (mut count, mut unread) = (0, None);
        let each = &mut |name: &str| {
            count += 1;
            if count <= limits.max_per_item {
                row.extend(genres.intern(name));
            }
        };
        item.scanner.values(item.text, Role::Genres, &mut |value| {
            unread = unread.take().or(read::names(value, &separators[0], each));
        });
        if count > self.limits.max_per_item {
            self.row.clear();
            unread = Some(self.too_many(count));
        }
        order::sort(&mut self.row);
        self.row.dedup();
        self.report.fields.of_mut(Role::Genres).items += usize::from(!self.row.is_empty());
        self.features.genres.push(self.row.iter().copied());
        match (unread, list) {
            (Some(reason), _) => return self.unread(Role::Genres, reason),
            (None, Some(list)) => self.genres.learn(list.json, &self.row),
            (None, None) => {}
        }
        Ok(())
    }

    /// Notes where the tags are, which are read when terms are made of them.
    fn tags(&mut self, item: Found) -> Problem<()> {
        let (mut count, mut unread) = (0, None);
        let (before, number) = (self.details.tags.len(), self.titles.len() as u32 - 1);
        item.scanner.values(item.text, Role::Tags, &mut |value| {
            unread = unread.take().or(read::names(value, &self.separators[1], &mut |name| {
                count += usize::from(read::trimmed(name).is_some());
            }));
            self.details.tags.push((number, item.place_of(value)));
            self.texts.number(Role::Tags as u64);
            self.texts.text(value.json);
        });
        if count > self.limits.max_per_item {
            self.details.tags.truncate(before);
            unread = Some(self.too_many(count));
        }
        self.report.fields.of_mut(Role::Tags).items += usize::from(count > 0 && unread.is_none());
        unread.map_or(Ok(()), |reason| self.unread(Role::Tags, reason))
    }

    /// The same for the description.
    fn description(&mut self, item: Found) -> Problem<()> {
        let Some(value) = item.scanner.value(item.text, Role::Description) else { return Ok(()) };
        match read::text(value) {
            Ok((_, None)) => {
                self.report.fields.of_mut(Role::Description).items += 1;
                self.texts.number(Role::Description as u64);
                self.texts.text(value.json);
                self.details.descriptions.push((self.titles.len() as u32 - 1, item.place_of(value)));
                Ok(())
            }
            Ok((_, Some(reason))) | Err(reason) => self.unread(Role::Description, reason),
        }
    }

    fn too_many(&self, count: usize) -> Unread {
        format!("has {count} entries, the limit is {}", self.limits.max_per_item).into()
    }

    /// The first value that can be read.
    fn number<T>(
        &mut self,
        item: Found,
        role: Role,
        none: T,
        read: fn(Value) -> Result<Option<T>, Unread>,
    ) -> Problem<T> {
        let mut unread = None;
        for value in item.scanner.parts(item.text, role).flatten() {
            match read(value) {
                Ok(Some(number)) => {
                    self.report.fields.of_mut(role).items += 1;
                    return Ok(number);
                }
                Ok(None) => {}
                Err(reason) => unread = unread.or(Some(reason)),
            }
        }
        unread.map_or(Ok(()), |reason| self.unread(role, reason))?;
        Ok(none)
    }

    /// Takes note of a part of the item that cannot be read; the rest of it can.
    fn unread(&mut self, role: Role, reason: Unread) -> Problem<()> {
        if self.on_bad_item == OnBadItem::Strict {
            return Err(self.invalid(role, reason));
        }
        let (index, field) = (self.index, self.report.fields.of_mut(role));
        field.unread += 1;
        field.problem.get_or_insert_with(|| format!("item {index}: {reason}"));
        Ok(())
    }

    fn missing(&self, role: Role) -> Box<ItemProblem> {
        ItemProblem::Missing { field: self.field(role) }.into()
    }

    fn invalid(&self, role: Role, reason: Unread) -> Box<ItemProblem> {
        ItemProblem::Invalid { field: self.field(role), reason: reason.into_owned() }.into()
    }

    /// What a role is called in the catalog.
    fn field(&self, role: Role) -> String {
        let mut field = String::new();
        for path in &self.report.fields.of(role).from {
            field += if field.is_empty() { "" } else { ", " };
            field += path;
        }
        field
    }

    /// The catalog, without its source.
    pub(super) fn finish(mut self) -> (Catalog, CatalogReport) {
        self.report.items = self.ids.len();
        self.texts.text(&self.separators[1]);
        let catalog = Catalog {
            features: self.features,
            genres: self.genres.names,
            folded_genres: self.genres.folded,
            ids: self.ids,
            titles: self.titles,
            source: Box::new(Chunks::default()),
            bytes: 0,
            spans: self.spans,
            details: self.details,
            texts: self.texts.finish(),
            separators: self.separators,
        };
        (catalog, self.report)
    }
}
