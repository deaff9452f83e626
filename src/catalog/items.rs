use super::builder::{Builder, Found};
use super::guess::{self, Fields};
use super::item::{ItemScanner, Paths};
use super::path::{Step, walk};
use super::report::{SaidBy, UnknownField};
use super::sample::Sample;
use super::scan::{Scan, Skipper};
use super::value::Value;
use super::{Catalog, CatalogOptions, CatalogReport, Outcome};
use crate::error::Error;

/// What becomes of items: the first are kept until it is known from them what is where, all others are taken at once.
#[derive(Debug)]
pub(super) struct Items {
    options: CatalogOptions,
    max_item_bytes: usize,
    builder: Builder,
    sample: Sample,
    is_settled: bool,
    scanner: ItemScanner,
    skipper: Skipper,
    /// What is where, if that is known before the first item comes.
    known: Option<Fields>,
}

impl Items {
    pub(super) fn new(options: &CatalogOptions, known: Option<Fields>) -> Self {
        Items {
            known,
            options: options.clone(),
            max_item_bytes: options.limits.max_item_bytes,
            builder: Builder::new(options),
            sample: Sample::default(),
            is_settled: false,
            scanner: ItemScanner::new(&Paths::default(), |_| false),
            skipper: Skipper::default(),
        }
    }

    /// What is left behind the element of the list that these bytes begin with. `within` leads from there to the item.
    pub(super) fn pass<'a>(&mut self, bytes: &'a [u8], within: &[Step]) -> Scan<'a> {
        if self.is_settled && within.is_empty() {
            return self.scanner.scan(bytes);
        }
        self.skipper.reset();
        self.skipper.skip(bytes)
    }

    /// Takes the element that was passed.
    pub(super) fn take(&mut self, element: &str, offset: usize, within: &[Step]) -> Outcome<()> {
        if element.len() > self.max_item_bytes {
            return self.take_too_long(offset, element.len());
        }
        if within.is_empty() {
            return if self.is_settled { self.push(element, offset) } else { self.keep(element, offset) };
        }
        let (mut taken, mut count) = (Ok(()), 0);
        walk(Value::new(element), within, &mut |Value { json: item, .. }| {
            count += 1;
            if taken.is_ok() {
                let offset = offset + (item.as_ptr() as usize - element.as_ptr() as usize);
                taken = self.take_inner(item, offset);
            }
        });
        if count == 0 && !within.contains(&Step::Each) {
            taken = self.take_inner("null", offset);
        }
        taken
    }

    /// Takes note of an element that is longer than is allowed.
    pub(super) fn take_too_long(&mut self, offset: usize, length: usize) -> Outcome<()> {
        // What was kept comes before it.
        self.settle()?;
        self.builder.push_too_long(offset, length)
    }

    /// The catalog, when everything has come.
    pub(super) fn finish(mut self) -> Outcome<(Catalog, CatalogReport)> {
        self.settle()?;
        if self.builder.is_empty() {
            return Err(self.nothing().into());
        }
        let fields = &self.builder.report.fields;
        let unknown = self.scanner.untrodden().iter().map(|&(role, place)| UnknownField {
            field: role.name(),
            path: fields.of(role).from[place].clone(),
        });
        self.builder.report.unknown = unknown.collect();
        Ok(self.builder.finish())
    }

    fn take_inner(&mut self, item: &str, offset: usize) -> Outcome<()> {
        if !self.is_settled {
            return self.keep(item, offset);
        }
        self.scan(item);
        self.push(item, offset)
    }

    fn keep(&mut self, item: &str, offset: usize) -> Outcome<()> {
        self.sample.push(item, offset);
        if self.sample.is_full() { self.settle() } else { Ok(()) }
    }

    /// Decides what is where, and takes the items that were kept.
    fn settle(&mut self) -> Outcome<()> {
        if self.is_settled {
            return Ok(());
        }
        self.is_settled = true;
        let sample = std::mem::take(&mut self.sample);
        let fields = self.known.take().unwrap_or_else(|| guess::fields(&sample, &self.options));
        self.scanner = ItemScanner::new(&fields.paths, |role| fields.reports.of(role).by == SaidBy::Options);
        self.builder.begin(fields);
        for (item, offset) in sample.items() {
            self.scan(item);
            self.push(item, offset)?;
        }
        if self.builder.is_empty() {
            self.sample = sample;
        }
        Ok(())
    }

    /// Finds the parts of an item that was passed before, in which nothing can be wrong.
    fn scan(&mut self, item: &str) {
        let _ = self.scanner.scan(item.as_bytes());
    }

    /// Takes an item whose parts were found.
    fn push(&mut self, text: &str, offset: usize) -> Outcome<()> {
        if !self.scanner.untrodden().is_empty() {
            self.scanner.tread(text);
        }
        self.builder.push(Found { text, offset, scanner: &self.scanner })
    }

    /// Why there is no item, shown by the first, and what would help.
    fn nothing(&self) -> Error {
        const MOST: usize = 300;
        let report = &self.builder.report;
        let mut hint = String::new();
        let items = || self.sample.items().map(|(text, _)| text).enumerate();
        if let Some((first, text)) =
            items().find(|(_, text)| text.starts_with('{')).or_else(|| items().next())
        {
            hint += ". The first is ";
            for word in text.split_ascii_whitespace() {
                if hint.len() + word.len() > MOST {
                    hint += "…";
                    break;
                }
                hint += word;
                hint += " ";
            }
            hint.truncate(hint.trim_end().len());
            if let Some(problem) = report.problems.iter().find(|problem| problem.index == first) {
                hint += ": ";
                hint += &problem.message;
            }
            if guess::are_interactions(&self.sample) {
                hint += ". These look like what viewers did, of which `watchnext train` makes a model, and not like items";
            } else if let Some(fields) = guess::suggestion(&self.sample, &report.fields) {
                hint += ". This would read it: ";
                hint += &fields;
            }
        }
        Error::CatalogEmpty { skipped: report.skipped, hint }
    }
}
