use std::io::{self, Read};

use super::columns::{ColumnNames, Columns};
use super::ids::{Full, Ids, text_of};
use super::lines::{Lines, TOO_LONG};
use super::time::{parse_number, parse_time};
use super::{ReadOptions, ReadReport, SkippedLine};
use crate::catalog::MAX_ID_BYTES;
use crate::columns::{Interner, Rows, Strings};
use crate::error::{Error, Result};
use crate::train::Interaction;

/// What one row says.
pub(super) struct Row<'a> {
    pub(super) user: &'a [u8],
    pub(super) item: &'a [u8],
    pub(super) rating: Value<'a>,
    pub(super) time: Value<'a>,
}

/// A rating or a time.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    None,
    Text(&'a [u8]),
    Number(f64),
}

/// Where the rows of all files go.
pub(super) struct Sink<'a> {
    options: &'a ReadOptions,
    report: ReadReport,
    viewers: Ids,
    items: Ids,
    /// Of each row: the viewer, and the rest.
    row_viewers: Vec<u32>,
    rows: Vec<Interaction>,
    /// Whether rows say when; not known before the first file.
    timed: Option<bool>,
    file: FileState,
    /// The line of the file that the present row begins at.
    pub(super) line: u64,
}

/// The file that is being read.
#[derive(Default)]
struct FileState {
    name: String,
    good: u64,
    bad: u64,
    first_bad: Option<(u64, String)>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        Sink {
            options,
            report: ReadReport::default(),
            viewers: Ids::default(),
            items: Ids::default(),
            row_viewers: Vec::new(),
            rows: Vec::new(),
            timed: None,
            file: FileState::default(),
            line: 0,
        }
    }

    pub(super) fn begin(&mut self, file: &str) {
        self.file = FileState { name: file.to_owned(), ..FileState::default() };
        self.line = 0;
    }

    /// The columns of this file, and whether it has a header, as `find` says.
    ///
    /// # Errors
    /// Where one is missing that is needed, or there are times in some files only.
    pub(super) fn columns(
        &mut self,
        find: impl FnOnce(&ColumnNames) -> Result<(Columns, bool), String>,
    ) -> Result<(Columns, bool)> {
        self.line = 1;
        let (columns, header) = find(&self.options.columns).map_err(|reason| self.error(reason))?;
        if self.options.min_rating.is_some() && columns.rating.is_none() {
            return Err(
                self.error("there are no ratings for --min-rating; say which they are with --rating-column")
            );
        }
        self.timed(columns.timestamp.is_some())?;
        Ok((columns, header))
    }

    /// That rows come in order of time, with their place for it.
    ///
    /// # Errors
    /// Where ratings are asked for, or other files have no times.
    pub(super) fn in_order(&mut self) -> Result<()> {
        self.line = 1;
        if self.options.min_rating.is_some() {
            return Err(self.error("there are no ratings for --min-rating in lists of items"));
        }
        self.timed(true)
    }

    fn timed(&mut self, timed: bool) -> Result<()> {
        if self.timed.is_some_and(|others| others != timed) {
            let (has, others) = if timed { ("has", "have none") } else { ("has no", "have some") };
            return Err(self.error(format!("{has} times, and the files before it {others}")));
        }
        self.timed = Some(timed);
        Ok(())
    }

    /// The next line that says something; one that is too long is a bad row. `None` at the end.
    ///
    /// # Errors
    /// Where the stream cannot be read, or there are too many rows.
    pub(super) fn next_line<'l>(&mut self, lines: &'l mut Lines<impl Read>) -> Result<Option<&'l [u8]>> {
        loop {
            self.line = lines.number() + 1;
            match lines.advance().map_err(|error| self.unreadable(&error))? {
                None => return Ok(None),
                Some(None) => self.add(Err(TOO_LONG.to_owned()))?,
                Some(Some(place)) if lines.text(place.clone()).trim_ascii().is_empty() => {}
                Some(Some(place)) => return Ok(Some(lines.text(place))),
            }
        }
    }

    /// Takes a row; a bad one is counted.
    ///
    /// # Errors
    /// Where there are too many.
    pub(super) fn add(&mut self, row: Result<Row, String>) -> Result<()> {
        match row.and_then(|row| self.take(row)) {
            Ok(Ok(())) => self.file.good += 1,
            Ok(Err(Full)) => return Err(self.error("there are more ids than 4 GiB, or more rows than 2³²")),
            Err(reason) => {
                self.file.bad += 1;
                self.file.first_bad.get_or_insert((self.line, reason));
            }
        }
        Ok(())
    }

    fn take(&mut self, row: Row) -> Result<Result<(), Full>, String> {
        let rating = row.rating.number(parse_number, "a number");
        if let Some(least) = self.options.min_rating
            && rating.clone()?.is_some_and(|rating| rating < least)
        {
            self.report.low += 1;
            return Ok(Ok(()));
        }
        // Nobody has asked for it: what is none is as good as nothing.
        let rating = rating.ok().flatten().map(|rating| rating as f32);
        let (user, item) = (id(row.user)?, id(row.item)?);
        let time = match row.time.number(parse_time, "a number or a date")? {
            Some(time) => time,
            None if self.timed == Some(true) => return Err("has no time".to_owned()),
            None => self.rows.len() as f64,
        };
        let numbers = self.viewers.number_of(user).and_then(|user| Ok((user, self.items.number_of(item)?)));
        Ok(numbers.and_then(|(user, item)| {
            if self.rows.len() >= u32::MAX as usize {
                return Err(Full);
            }
            self.row_viewers.push(user);
            self.rows.push(Interaction::new(item, time, rating));
            Ok(())
        }))
    }

    /// At the end of a file.
    ///
    /// # Errors
    /// Where most lines are bad: then it is not what it was taken for.
    pub(super) fn end(&mut self) -> Result<()> {
        let FileState { name, good, bad, first_bad } = std::mem::take(&mut self.file);
        let Some((line, reason)) = first_bad else { return Ok(()) };
        if bad > good {
            let others = if bad > 1 {
                format!("; so it is, or alike, with {bad} of {} rows", good + bad)
            } else {
                String::new()
            };
            return Err(Error::Interactions { file: name, line, reason: format!("{reason}{others}") });
        }
        self.report.skipped += bad;
        self.report.first_skipped.get_or_insert(SkippedLine { file: name, line, reason });
        Ok(())
    }

    /// Everything that was taken: viewers' and items' ids, each viewer's rows as they came, and whether they say when.
    ///
    /// # Errors
    /// Where there is nothing.
    pub(super) fn finish(self, name: &str) -> Result<(Collected, ReadReport)> {
        if self.rows.is_empty() {
            let low = if self.report.low > 0 { " that is rated high enough" } else { "" };
            let reason = format!("there is no interaction in it{low}");
            return Err(Error::Interactions { file: name.to_owned(), line: 0, reason });
        }
        let report = ReadReport { rows: self.rows.len() as u64, ..self.report };
        let rows = self.row_viewers.iter().zip(&self.rows).map(|(&viewer, &row)| (viewer as usize, row));
        let by_viewer = Rows::grouped(self.viewers.len(), rows);
        drop((self.row_viewers, self.rows));
        let mut items = Interner::default();
        self.items.into_strings().iter().for_each(|id| {
            items.intern(id);
        });
        let viewers = self.viewers.into_strings();
        Ok((Collected { viewers, items, by_viewer, timed: self.timed == Some(true) }, report))
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> Error {
        Error::Interactions { file: self.file.name.clone(), line: self.line, reason: reason.into() }
    }

    /// What is said where the stream breaks.
    pub(super) fn unreadable(&self, error: &io::Error) -> Error {
        self.error(error.to_string())
    }
}

/// What many files said.
pub(in crate::train) struct Collected {
    pub(in crate::train) viewers: Strings,
    pub(in crate::train) items: Interner,
    pub(in crate::train) by_viewer: Rows<Interaction>,
    pub(in crate::train) timed: bool,
}

impl Value<'_> {
    fn number(self, parse: fn(&str) -> Option<f64>, kind: &str) -> Result<Option<f64>, String> {
        match self {
            Value::None => Ok(None),
            Value::Number(number) => Ok(Some(number).filter(|number| number.is_finite())),
            Value::Text([]) => Ok(None),
            Value::Text(text) => {
                let text = text_of(text);
                let number = parse(&text);
                number
                    .map(Some)
                    .ok_or_else(|| format!("{:?} is not {kind}", text.chars().take(60).collect::<String>()))
            }
        }
    }
}

fn id(id: &[u8]) -> Result<&[u8], String> {
    // Latin-1 is longer as UTF-8.
    let length = if id.len() > MAX_ID_BYTES / 2 { text_of(id).len() } else { id.len() };
    if length == 0 || length > MAX_ID_BYTES {
        return Err(format!("an id must be 1 to {MAX_ID_BYTES} bytes long, found {length}"));
    }
    Ok(id)
}
