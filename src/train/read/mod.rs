//! Files of interactions, in the forms that people have them in. What a file is, is seen from its bytes.

mod columns;
mod ids;
mod json_lines;
mod lines;
mod lists;
#[cfg(feature = "parquet")]
mod parquet;
mod separated;
mod sink;
#[cfg(test)]
mod tests;
mod time;
mod unpack;

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::rc::Rc;

pub use columns::ColumnNames;
pub(super) use sink::Collected;
pub(super) use unpack::unpack;

use super::counts::MAGIC as COUNTS;
use crate::error::{Error, Result};
use lines::Lines;
use separated::{Fields, Separator};
use sink::Sink;

/// How files are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// Which column holds what.
    pub columns: ColumnNames,
    /// Interactions with a lower rating are left out.
    pub min_rating: Option<f64>,
    /// Whether each line of a text is a person, and what they watched, in order. Without this it is found out: lines are such
    /// where they have no known header, differ in length, and some have more than four fields.
    pub lists: bool,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Interactions that were taken, before those of the same viewer and item became one.
    pub rows: u64,
    /// Those with too low a rating.
    pub low: u64,
    /// Lines that could not be read.
    pub skipped: u64,
    /// The first of them.
    pub first_skipped: Option<SkippedLine>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedLine {
    /// Its file.
    pub file: String,
    /// Its number, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// How much of the files' bytes has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadProgress {
    /// In bytes, as they are on the disk.
    pub read: u64,
    /// Of so many.
    pub of: u64,
}

/// So much of a stream is looked at to see what it is.
const SAMPLE: usize = 1 << 16;
#[cfg(feature = "parquet")]
const PARQUET: &[u8] = b"PAR1";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Lines of more fields than user, item, rating and timestamp may be lists.
const MOST_COLUMNS: usize = 4;

/// Reads files, or all files of folders but those whose names begin with `.` or `_`.
pub(super) fn read_files(
    paths: &[PathBuf],
    options: &ReadOptions,
    progress: &dyn Fn(ReadProgress),
) -> Result<(Collected, ReadReport)> {
    let files = files(paths)?;
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let of = files.iter().map(size).sum();
    let mut sink = Sink::new(options);
    let mut before = 0;
    for path in &files {
        let name = path.display().to_string();
        let fail = |error: io::Error| Error::File { path: name.clone(), reason: error.to_string() };
        sink.begin(&name);
        let told = |read| progress(ReadProgress { read: before + read, of });
        #[cfg(feature = "parquet")]
        if starts_with(path, PARQUET).map_err(fail)? {
            parquet::read(File::open(path).map_err(fail)?, &mut sink, &told)?;
            sink.end()?;
            before += size(path);
            continue;
        }
        let read = Rc::new(Cell::new(0));
        let counted = Counted { reader: File::open(path).map_err(fail)?, read: read.clone() };
        read_text(counted, options, &mut sink, &|| told(read.get())).map_err(|error| match error {
            Error::File { reason, .. } => Error::File { path: name.clone(), reason },
            other => other,
        })?;
        before += size(path);
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    sink.finish(&names.join(", "))
}

/// The same with the bytes of files, each with its name.
pub(super) fn read_bytes(
    files: Vec<(String, Vec<u8>)>,
    options: &ReadOptions,
) -> Result<(Collected, ReadReport)> {
    let mut sink = Sink::new(options);
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    for (name, bytes) in files {
        sink.begin(&name);
        #[cfg(feature = "parquet")]
        if bytes.starts_with(PARQUET) {
            parquet::read(::bytes::Bytes::from(bytes), &mut sink, &|_| {})?;
            sink.end()?;
            continue;
        }
        read_text(Cursor::new(bytes), options, &mut sink, &|| {})?;
    }
    sink.finish(&names.join(", "))
}

fn read_text(
    bytes: impl Read + 'static,
    options: &ReadOptions,
    sink: &mut Sink,
    progress: &dyn Fn(),
) -> Result<()> {
    let told = Told { reader: unpack(bytes).map_err(|error| sink.unreadable(&error))?, progress };
    let mut lines = Lines::new(told);
    if lines
        .peek(BYTE_ORDER_MARK.len())
        .map_err(|error| sink.unreadable(&error))?
        .starts_with(BYTE_ORDER_MARK)
    {
        lines.skip(BYTE_ORDER_MARK.len());
    }
    let start = lines.peek(SAMPLE).map_err(|error| sink.unreadable(&error))?;
    let whole = start.len() < SAMPLE;
    let mut sample: Vec<Vec<u8>> = start
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        .collect();
    if !whole && sample.len() > 1 {
        // It may be cut.
        sample.pop();
    }
    if start.starts_with(COUNTS) {
        let reason = "is a file of counts: `watchnext train` learns from one alone, and `watchnext merge` adds them up";
        return Err(sink.error(reason));
    }
    match start.trim_ascii_start().first() {
        Some(b'{') => json_lines::read(&mut lines, &sample, sink)?,
        Some(b'[') => {
            return Err(sink.error("is a JSON array; interactions are read as JSON lines, an object a line"));
        }
        _ => {
            let separator = separator(&sample);
            if options.lists || are_lists(&sample, separator, options) {
                lists::read(&mut lines, separator, sink)?;
            } else {
                separated::read(&mut lines, separator, &sample, sink)?;
            }
        }
    }
    sink.end()
}

/// What is between fields: a tabulator where there is one in the first line, `::`, the more frequent of `,`, `;` and `|`, or
/// blanks.
fn separator(sample: &[Vec<u8>]) -> Separator {
    let first = sample.iter().find(|line| !line.trim_ascii().is_empty()).map_or(&[][..], Vec::as_slice);
    let count = |separator: u8| first.iter().filter(|&&byte| byte == separator).count();
    if count(b'\t') > 0 {
        return Separator::Byte(b'\t');
    }
    if memchr::memmem::find(first, b"::").is_some() {
        return Separator::Colons;
    }
    let [comma, semicolon, bar] = [count(b','), count(b';'), count(b'|')];
    match comma.max(semicolon).max(bar) {
        0 if first.trim_ascii().contains(&b' ') => Separator::Blanks,
        most if comma == most => Separator::Byte(b','),
        most if semicolon == most => Separator::Byte(b';'),
        _ => Separator::Byte(b'|'),
    }
}

/// Whether each line is a person and what they watched.
fn are_lists(sample: &[Vec<u8>], separator: Separator, options: &ReadOptions) -> bool {
    if options.columns != ColumnNames::default() {
        return false;
    }
    let mut fields = Fields::default();
    let mut lengths: Vec<usize> = Vec::new();
    for line in sample.iter().filter(|line| !line.trim_ascii().is_empty()) {
        fields.split(line, separator, usize::MAX - 1);
        let header = lengths.is_empty()
            && columns::Columns::of_rows(&fields.texts(line), None, &options.columns)
                .is_ok_and(|(_, header)| header);
        if header {
            return false;
        }
        lengths.push(fields.len());
    }
    let differ = lengths.windows(2).any(|pair| pair[0] != pair[1]);
    differ && lengths.iter().any(|&length| length > MOST_COLUMNS)
}

/// These files, and those of folders among them.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let fail =
            |error: io::Error| Error::File { path: path.display().to_string(), reason: error.to_string() };
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?.path();
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            if entry.is_file() && !name.starts_with(['.', '_']) {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            return Err(fail(io::Error::other("there is no file in this folder")));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

#[cfg(feature = "parquet")]
fn starts_with(path: &std::path::Path, magic: &[u8]) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(magic.len() as u64).read_to_end(&mut start)?;
    Ok(start == magic)
}

/// Counts the bytes that go through.
struct Counted<R> {
    reader: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.reader.read(out).inspect(|&read| self.read.set(self.read.get() + read as u64))
    }
}

/// Tells of every read.
struct Told<'a, R> {
    reader: R,
    progress: &'a dyn Fn(),
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        (self.progress)();
        self.reader.read(out)
    }
}
