use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::genres::Genres;
use super::item::Item;
use super::terms::Terms;
use super::{Catalog, CatalogOptions, CatalogReport, Features, GenreIndex, OnBadItem, SkippedItem};
use crate::columns::{Interner, Rows, Strings};
use crate::error::{Error, ItemProblem, Result};

/// UTF-8's byte order mark, which JSON must not have but files do.
const BOM: &[u8] = b"\xef\xbb\xbf";
/// Progress is told every so many bytes.
const PROGRESS_STEP: usize = 1 << 18;

impl Catalog {
    /// Reads a catalog: an array of items, or an object with an `items` array. `progress` hears how many bytes have been
    /// read, and of how many.
    ///
    /// # Errors
    /// Those of [`Error`] that begin with `Catalog`; see `docs/catalog.md`.
    pub fn parse(
        bytes: Vec<u8>,
        options: &CatalogOptions,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Catalog, CatalogReport)> {
        let limit = options.limits.max_bytes.min(u64::from(u32::MAX));
        limit_of("bytes", bytes.len() as u64, limit)?;
        let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        let text = utf8(&bytes, start)?;
        let mut builder = Builder::new(text, start, options, progress);
        let mut json = serde_json::Deserializer::from_str(text);
        let read = json.deserialize_any(Document(&mut builder)).and_then(|()| json.end());
        if let Err(error) = read {
            return Err(builder.failure.take().unwrap_or_else(|| syntax_error(&error, text, start)));
        }
        builder.finish().map(|(catalog, report)| (Catalog { source: bytes, ..catalog }, report))
    }
}

#[cfg(feature = "train")]
impl Catalog {
    /// A catalog that knows nothing of its items but their ids.
    ///
    /// # Errors
    /// Those of [`Catalog::parse`].
    pub fn of_ids(ids: &Strings) -> Result<Catalog> {
        let item = |id| serde_json::json!({ "id": id, "title": id });
        let items = serde_json::Value::from_iter(ids.iter().map(item));
        Catalog::parse(items.to_string().into_bytes(), &CatalogOptions::default(), &mut |_, _| {})
            .map(|(catalog, _)| catalog)
    }
}

fn limit_of(what: &'static str, actual: u64, limit: u64) -> Result<()> {
    if actual > limit { Err(Error::CatalogTooLarge { what, actual, limit }) } else { Ok(()) }
}

/// The text after the byte order mark.
fn utf8(bytes: &[u8], start: usize) -> Result<&str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Error::CatalogSyntax { offset: 0, reason: "this is UTF-16; save it as UTF-8".into() });
    }
    let text = std::str::from_utf8(&bytes[start..]).map_err(|error| match error.error_len() {
        None => Error::CatalogTruncated { length: bytes.len() },
        Some(_) => Error::CatalogSyntax { offset: start + error.valid_up_to(), reason: "not UTF-8".into() },
    })?;
    if text.trim_start().starts_with('<') { Err(Error::CatalogHtml) } else { Ok(text) }
}

fn syntax_error(error: &serde_json::Error, text: &str, start: usize) -> Error {
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or(&message).to_owned();
    match error.classify() {
        Category::Eof => Error::CatalogTruncated { length: start + text.len() },
        Category::Data => Error::CatalogShape { found: reason },
        Category::Syntax | Category::Io => {
            // Lines and columns count from 1, and columns are bytes.
            let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
            let offset = start + lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
            Error::CatalogSyntax { offset, reason }
        }
    }
}

/// Collects columns item by item.
struct Builder<'a> {
    text: &'a str,
    start: usize,
    options: &'a CatalogOptions,
    progress: &'a mut dyn FnMut(u64, u64),
    told: usize,
    /// Why reading was broken off; serde's own errors cannot carry it.
    failure: Option<Error>,
    report: CatalogReport,
    index: usize,
    /// Items were found, if only an empty list of them.
    has_items: bool,
    ids: Interner,
    /// The place in the file of each item that was kept.
    indices: Vec<u32>,
    titles: Strings,
    genres: Genres,
    features: Features,
    terms: Terms,
    spans: Vec<(u32, u32)>,
}

impl<'a> Builder<'a> {
    fn new(
        text: &'a str,
        start: usize,
        options: &'a CatalogOptions,
        progress: &'a mut dyn FnMut(u64, u64),
    ) -> Self {
        Builder {
            text,
            start,
            options,
            progress,
            told: 0,
            failure: None,
            report: CatalogReport::default(),
            index: 0,
            has_items: false,
            ids: Interner::default(),
            indices: Vec::new(),
            titles: Strings::default(),
            genres: Genres::default(),
            features: Features { genres: Rows::default(), ..Features::default() },
            terms: Terms::default(),
            spans: Vec::new(),
        }
    }

    /// Takes one item, a slice of the text.
    fn push(&mut self, json: &'a str) -> Result<()> {
        let offset = self.start + (json.as_ptr() as usize - self.text.as_ptr() as usize);
        limit_of("items", self.index as u64 + 1, self.options.limits.max_items)?;
        let read = Item::read(json, self.options).and_then(|item| {
            let known = self.ids.len();
            let place = self.ids.intern(&item.id) as usize;
            if place < known {
                let first = self.indices[place] as usize;
                return Err(ItemProblem::DuplicateId { id: item.id.into_owned(), first });
            }
            Ok(item)
        });
        match read {
            Ok(item) => self.keep(&item, offset, json.len())?,
            Err(problem) if self.options.on_bad_item == OnBadItem::Strict => {
                return Err(Error::CatalogItem { index: self.index, offset, problem });
            }
            Err(problem) => self.skip(offset, &problem),
        }
        self.index += 1;
        if offset - self.told >= PROGRESS_STEP {
            self.told = offset;
            (self.progress)(offset as u64, (self.start + self.text.len()) as u64);
        }
        Ok(())
    }

    fn keep(&mut self, item: &Item, offset: usize, length: usize) -> Result<()> {
        let mut genres: Vec<GenreIndex> = item.genres.iter().map(|genre| self.genres.intern(genre)).collect();
        limit_of("different genres", self.genres.names.len() as u64, self.options.limits.max_genres)?;
        genres.sort_unstable();
        genres.dedup();
        self.indices.push(self.index as u32);
        self.titles.push(&item.title);
        self.terms.push(item, &genres);
        self.features.genres.push(genres);
        self.features.years.push(item.year);
        self.features.popularity.push(item.popularity);
        self.spans.push((offset as u32, (offset + length) as u32));
        Ok(())
    }

    fn skip(&mut self, offset: usize, problem: &ItemProblem) {
        self.report.skipped += 1;
        if self.report.problems.len() < CatalogReport::MAX_PROBLEMS {
            let (code, message) = (problem.code(), problem.to_string());
            self.report.problems.push(SkippedItem { index: self.index, offset, code, message });
        }
    }

    fn finish(mut self) -> Result<(Catalog, CatalogReport)> {
        if !self.has_items {
            return Err(Error::CatalogShape { found: "an object without an \"items\" array".into() });
        }
        if self.ids.is_empty() {
            return Err(Error::CatalogEmpty { skipped: self.report.skipped });
        }
        let length = (self.start + self.text.len()) as u64;
        (self.progress)(length, length);
        self.report.items = self.ids.len();
        let (rows, kinds) = self.terms.finish();
        self.features.terms = super::Terms { rows, kinds }.into();
        let catalog = Catalog {
            features: self.features,
            genres: self.genres.names,
            folded_genres: self.genres.folded,
            ids: self.ids,
            titles: self.titles,
            source: Vec::new(),
            spans: self.spans,
        };
        Ok((catalog, self.report))
    }
}

/// The whole file.
struct Document<'b, 'a>(&'b mut Builder<'a>);

impl<'a> Visitor<'a> for Document<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an array of items, or an object with an \"items\" array")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<(), A::Error> {
        Items(self.0).visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "items" && !self.0.has_items {
                map.next_value_seed(Items(self.0))?;
            } else {
                map.next_value::<de::IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The array of items.
struct Items<'b, 'a>(&'b mut Builder<'a>);

impl<'a> DeserializeSeed<'a> for Items<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Items<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.has_items = true;
        while let Some(item) = seq.next_element::<&RawValue>()? {
            if let Err(error) = self.0.push(item.get()) {
                self.0.failure = Some(error);
                return Err(de::Error::custom("broken off"));
            }
        }
        Ok(())
    }
}
