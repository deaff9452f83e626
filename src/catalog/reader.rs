use super::builder::limit_of;
use super::document::{At, Document, Failure};
use super::guess::Fields;
use super::items::Items;
use super::path::Path;
use super::scan::{Skipper, Stop};
use super::{Catalog, CatalogOptions, CatalogReport, Chunks, Outcome, Source};
use crate::error::{Error, Result};
use crate::text::part;

/// Of an item that is cut off it is tried again with so many bytes more, or twice as many as there were: so that bytes that come one by one
/// are not looked at again and again.
const TRY_AGAIN: usize = 256;

/// Reads a catalog while its bytes come, in pieces of any size: items become rows as soon as they are whole.
///
/// ```
/// use watchnext::catalog::{CatalogOptions, CatalogReader};
///
/// let mut reader = CatalogReader::new(&CatalogOptions::default())?;
/// reader.push(br#"[{"id": 1, "title": "He"#)?;
/// reader.push(br#"at", "year": 1995}]"#)?;
/// let (catalog, _) = reader.finish()?;
/// assert_eq!(catalog.title(0), "Heat");
/// # Ok::<(), watchnext::error::Error>(())
/// ```
#[derive(Debug)]
pub struct CatalogReader {
    reading: Reading,
    source: Box<dyn Source>,
}

impl CatalogReader {
    /// Keeps the bytes in memory.
    ///
    /// # Errors
    /// [`Error::Option`], as by [`CatalogOptions::validate`].
    pub fn new(options: &CatalogOptions) -> Result<Self> {
        Self::with_source(options, Box::new(Chunks::default()))
    }

    /// Lets `source` keep the bytes.
    ///
    /// # Errors
    /// As [`CatalogReader::new`].
    pub fn with_source(options: &CatalogOptions, source: Box<dyn Source>) -> Result<Self> {
        Ok(CatalogReader { reading: Reading::new(options, None)?, source })
    }

    /// Of an array of items of which it is known what is where.
    pub(super) fn with_known(
        options: &CatalogOptions,
        known: Fields,
        source: Box<dyn Source>,
    ) -> Result<Self> {
        Ok(CatalogReader { reading: Reading::new(options, Some(known))?, source })
    }

    /// Takes the next bytes of the file, and reads what is whole.
    ///
    /// # Errors
    /// Those of [`Error`] that begin with `Catalog`; see `docs/catalog.md`. After one the reader is of no more use.
    pub fn push(&mut self, chunk: &[u8]) -> Result<()> {
        self.reading.push(chunk).map_err(|error| *error)?;
        self.source.push(chunk);
        Ok(())
    }

    /// How many bytes are kept besides the source.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.reading.rest.len()
    }

    /// The catalog, when all bytes have come, without its [terms](Catalog::add_terms).
    ///
    /// # Errors
    /// As [`CatalogReader::push`].
    pub fn finish(self) -> Result<(Catalog, CatalogReport)> {
        let length = self.reading.length;
        let (catalog, report) = self.reading.finish().map_err(|error| *error)?;
        Ok((Catalog { source: self.source, bytes: length, ..catalog }, report))
    }
}

impl Catalog {
    /// Reads a catalog that is there as a whole, and makes its terms. `progress` hears how many bytes have been read, and of how many.
    ///
    /// # Errors
    /// Those of [`CatalogReader::new`] and [`CatalogReader::push`].
    pub fn parse(
        bytes: Vec<u8>,
        options: &CatalogOptions,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Catalog, CatalogReport)> {
        /// Progress is told every so many bytes.
        const STEP: usize = 1 << 18;
        let mut reading = Reading::new(options, None)?;
        progress(0, bytes.len() as u64);
        for chunk in bytes.chunks(STEP) {
            reading.push(chunk).map_err(|error| *error)?;
            progress(reading.length as u64, bytes.len() as u64);
        }
        let (catalog, report) = reading.finish().map_err(|error| *error)?;
        let (length, mut source) = (bytes.len(), Chunks::default());
        source.add(bytes);
        let mut catalog = Catalog { source: Box::new(source), bytes: length, ..catalog };
        catalog.add_terms();
        Ok((catalog, report))
    }
}

#[cfg(feature = "train")]
impl Catalog {
    /// A catalog that knows nothing of its items but their ids.
    ///
    /// # Errors
    /// Those of [`Catalog::parse`].
    pub fn of_ids(ids: &crate::columns::Strings) -> Result<Catalog> {
        let item = |id| serde_json::json!({ "id": id, "title": id });
        let items = serde_json::Value::from_iter(ids.iter().map(item));
        Catalog::parse(items.to_string().into_bytes(), &CatalogOptions::default(), &mut |_, _| {})
            .map(|(catalog, _)| catalog)
    }
}

/// What has been read so far.
#[derive(Debug)]
struct Reading {
    max_bytes: u64,
    max_item_bytes: usize,
    document: Document,
    items: Items,
    /// Bytes that have come, and those of them that are done with.
    length: usize,
    done: usize,
    /// What has come and is not done with.
    rest: Vec<u8>,
    /// How long the rest has to be before it is looked at again.
    wanted: usize,
    skipper: Skipper,
    /// Where the item begins that is too long and is being passed over.
    too_long: Option<usize>,
}

impl Reading {
    fn new(options: &CatalogOptions, known: Option<Fields>) -> Result<Self> {
        options.validate()?;
        let of_preset = options.fields.preset.and_then(|preset| preset.items).map(Path::of_field);
        let (items, of_preset) =
            if known.is_some() { (None, None) } else { (options.items.clone(), of_preset) };
        Ok(Reading {
            max_bytes: options.limits.max_bytes.min(u64::from(u32::MAX)),
            max_item_bytes: options.limits.max_item_bytes,
            document: Document::new(items, of_preset),
            items: Items::new(options, known),
            length: 0,
            done: 0,
            rest: Vec::new(),
            wanted: 0,
            skipper: Skipper::default(),
            too_long: None,
        })
    }

    fn push(&mut self, mut chunk: &[u8]) -> Outcome<()> {
        self.length += chunk.len();
        limit_of("bytes", self.length as u64, self.max_bytes)?;
        // What was cut off, with no more of the chunk than it takes.
        while !self.rest.is_empty() && !chunk.is_empty() {
            let mut rest = std::mem::take(&mut self.rest);
            let length = self.wanted.saturating_sub(rest.len()).clamp(1, chunk.len());
            rest.extend_from_slice(&chunk[..length]);
            if rest.len() < self.wanted {
                self.rest = rest;
                return Ok(());
            }
            let left = self.read(&rest, false)?;
            if left <= length {
                chunk = &chunk[length - left..];
                rest.clear();
            } else {
                chunk = &chunk[length..];
                rest.drain(..rest.len() - left);
            }
            self.rest = rest;
            self.wanted = left + left.max(TRY_AGAIN);
        }
        if !chunk.is_empty() {
            let left = self.read(chunk, false)?;
            self.rest.extend_from_slice(&chunk[chunk.len() - left..]);
            self.wanted = left + left.max(TRY_AGAIN);
        }
        Ok(())
    }

    fn finish(mut self) -> Outcome<(Catalog, CatalogReport)> {
        let rest = std::mem::take(&mut self.rest);
        self.read(&rest, true)?;
        if let Some(found) = self.document.found() {
            return Err(Error::CatalogShape { found }.into());
        }
        self.items.finish()
    }

    /// Reads what is whole of these bytes, which begin behind those that are done with, and says how many are left.
    fn read(&mut self, bytes: &[u8], is_all: bool) -> Outcome<usize> {
        if self.done == 0 && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) {
            return Err(Error::CatalogSyntax {
                offset: 0,
                reason: "this is UTF-16; save it as UTF-8".into(),
            }
            .into());
        }
        if self.done == 0 && bytes.len() < 2 && !is_all {
            return Ok(bytes.len());
        }
        let (text, broken) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let text = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                (text, error.error_len())
            }
        };
        let cut_off = bytes.len() - text.len();
        let left = self.read_text(text, is_all && cut_off == 0)?;
        if broken.is_some() {
            return Err(
                Error::CatalogSyntax { offset: self.done + text.len(), reason: "not UTF-8".into() }.into()
            );
        }
        if is_all && left.is_some() {
            return Err(Error::CatalogTruncated { length: self.length }.into());
        }
        let left = left.unwrap_or(0) + cut_off;
        self.done += bytes.len() - left;
        Ok(left)
    }

    /// The same of what is UTF-8 of them; `None` where everything has ended.
    fn read_text(&mut self, text: &str, is_all: bool) -> Outcome<Option<usize>> {
        let end = self.done + text.len();
        let syntax =
            |left: usize, reason: &str| Error::CatalogSyntax { offset: end - left, reason: reason.into() };
        let mut rest = text.as_bytes();
        loop {
            if let Some(start) = self.too_long {
                match self.skipper.skip(rest) {
                    Ok(after) => {
                        rest = after;
                        self.too_long = None;
                        self.document.pass();
                        self.items.take_too_long(start, end - rest.len() - start)?;
                    }
                    Err(Stop::More { left }) => return Ok(Some(left)),
                    Err(Stop::Bad { left, reason }) => return Err(syntax(left, reason).into()),
                }
            }
            let (at, after) = match self.document.advance(rest, is_all) {
                Ok(step) => step,
                Err(Failure::Stop(Stop::Bad { left, reason })) => return Err(syntax(left, reason).into()),
                Err(Failure::Stop(Stop::More { left })) => return Ok(Some(left)),
                Err(Failure::Error(error)) => return Err(error),
            };
            rest = after;
            match at {
                At::Item => {}
                At::More => return Ok(Some(rest.len())),
                At::End => return Ok(None),
            }
            match self.items.pass(rest, self.document.within()) {
                Ok(after) => {
                    let item = part(text, text.len() - rest.len()..text.len() - after.len());
                    self.items.take(item, end - rest.len(), self.document.within())?;
                    self.document.pass();
                    rest = after;
                }
                Err(Stop::Bad { left, reason }) => return Err(syntax(left, reason).into()),
                Err(Stop::More { .. }) if rest.len() > self.max_item_bytes => {
                    self.too_long = Some(end - rest.len());
                    self.skipper.reset();
                }
                Err(Stop::More { .. }) => return Ok(Some(rest.len())),
            }
        }
    }
}
