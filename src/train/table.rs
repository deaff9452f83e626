use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::read::unpack;
use crate::error::{Error, Result};

/// The longest line of a file whose fields are separated by `::`.
const MAX_LINE: u64 = 1 << 20;

/// The rows of a text file: CSV, TSV or MovieLens' `.dat` (fields separated by `::`), packed with gzip or zstd or not.
/// What it is, is seen from the bytes, not from the name. Text that is not UTF-8 is taken as Latin-1.
pub struct CsvTable {
    name: String,
    rows: RowReader,
    record: ByteRecord,
    line: u64,
}

enum RowReader {
    Separated(Box<csv::Reader<Box<dyn BufRead>>>),
    DoubleColons(Box<dyn BufRead>),
}

/// A row of a [`CsvTable`].
pub struct Row<'a> {
    name: &'a str,
    /// The line of the file it starts at, from 1.
    pub line: u64,
    record: &'a ByteRecord,
}

impl CsvTable {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path)
            .map_err(|error| Error::File { path: name.clone(), reason: error.to_string() })?;
        CsvTable::new(name, file)
    }

    /// The rows in `bytes`, with a name for error messages.
    ///
    /// # Errors
    /// [`Error::File`] where they cannot be read.
    pub fn new(name: impl Into<String>, bytes: impl Read + 'static) -> Result<Self> {
        let name = name.into();
        let fail = |error: std::io::Error| Error::File { path: name.clone(), reason: error.to_string() };
        let mut reader: Box<dyn BufRead> = Box::new(BufReader::new(unpack(bytes).map_err(fail)?));
        let start = reader.fill_buf().map_err(fail)?;
        let bom = start.starts_with(b"\xef\xbb\xbf");
        let first = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let double_colons = first.windows(2).any(|pair| pair == b"::");
        let delimiter = if first.contains(&b'\t') { b'\t' } else { b',' };
        if bom {
            reader.consume(3);
        }
        let rows = if double_colons {
            RowReader::DoubleColons(reader)
        } else {
            let mut builder = ReaderBuilder::new();
            builder.delimiter(delimiter).has_headers(false).flexible(true).terminator(Terminator::Any(b'\n'));
            // With a line feed after the last line, too, the line a row starts at is known from where it ends.
            RowReader::Separated(Box::new(builder.from_reader(Box::new(reader.chain(&b"\n"[..])))))
        };
        Ok(CsvTable { name, rows, record: ByteRecord::new(), line: 0 })
    }

    /// The next row that is not blank; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Interactions`] for a line that cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        loop {
            let more = match &mut self.rows {
                RowReader::Separated(reader) => {
                    let more = reader.read_byte_record(&mut self.record).map_err(|error| error.to_string());
                    let line_feeds = self.record.as_slice().iter().filter(|&&byte| byte == b'\n').count();
                    self.line = reader.position().line() - 1 - line_feeds as u64;
                    more
                }
                RowReader::DoubleColons(reader) => {
                    self.line += 1;
                    read_double_colons(reader, &mut self.record)
                }
            };
            let more = more.map_err(|reason| Error::Interactions {
                file: self.name.clone(),
                line: self.line,
                reason,
            })?;
            if !more {
                return Ok(None);
            }
            if self.record.iter().any(|field| !field.trim_ascii().is_empty()) {
                return Ok(Some(Row { name: &self.name, line: self.line, record: &self.record }));
            }
        }
    }
}

fn read_double_colons(reader: &mut impl BufRead, record: &mut ByteRecord) -> Result<bool, String> {
    let mut line = Vec::new();
    let read = reader.take(MAX_LINE).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
    if read as u64 == MAX_LINE {
        return Err(format!("is longer than {MAX_LINE} bytes"));
    }
    record.clear();
    let mut rest = line.trim_ascii_end();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"::") {
        record.push_field(&rest[..at]);
        rest = &rest[at + 2..];
    }
    record.push_field(rest);
    Ok(read > 0)
}

impl<'a> Row<'a> {
    /// The fields, without the blanks around them.
    pub fn fields(&self) -> impl Iterator<Item = Cow<'a, str>> {
        self.record.iter().map(text)
    }

    /// The field in this column; `None` where the row is shorter.
    pub fn get(&self, column: usize) -> Option<Cow<'a, str>> {
        self.record.get(column).map(text)
    }

    /// The field in this column.
    ///
    /// # Errors
    /// [`Error::Interactions`] where the row is shorter.
    pub fn field(&self, column: usize) -> Result<Cow<'a, str>> {
        self.get(column).ok_or_else(|| {
            self.error(format!("has {} fields, expected more than {column}", self.record.len()))
        })
    }

    /// An error in this row.
    pub fn error(&self, reason: impl Into<String>) -> Error {
        Error::Interactions { file: self.name.to_owned(), line: self.line, reason: reason.into() }
    }
}

fn text(field: &[u8]) -> Cow<'_, str> {
    let field = field.trim_ascii();
    match std::str::from_utf8(field) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(field.iter().map(|&byte| char::from(byte)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let mut table = CsvTable::new("test", std::io::Cursor::new(bytes.to_vec())).expect("opens");
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().expect("reads") {
            rows.push((row.line, row.fields().map(Cow::into_owned).collect()));
        }
        rows
    }

    #[test]
    fn the_three_forms_are_told_apart() {
        let expected = |fields: [&str; 2]| fields.map(str::to_owned).to_vec();
        for bytes in [&b"1,a b\n\n2,c\n"[..], b"1\ta b\n\n2\tc", b"\xef\xbb\xbf1::a b\r\n\r\n2::c"] {
            let read = rows(bytes);
            assert_eq!(read[0].1, expected(["1", "a b"]));
            assert_eq!(read[1], (3, expected(["2", "c"])));
            assert_eq!(read.len(), 2);
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(bytes).expect("packs");
            assert_eq!(rows(&packed.finish().expect("packs")), read);
        }
    }

    #[test]
    fn titles_may_have_separators_and_old_encodings() {
        assert_eq!(rows(b"1,\"Matrix, The \"\"1\"\"\"\n")[0].1[1], "Matrix, The \"1\"");
        assert_eq!(rows(b"1::Star Wars: Episode IV::x\n")[0].1[1], "Star Wars: Episode IV");
        assert_eq!(rows(b"1::Caf\xe9::x\n")[0].1[1], "Caf\u{e9}");
    }

    #[test]
    fn a_cut_gzip_file_is_an_error_with_its_name() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&b"1,2\n".repeat(1000)).expect("packs");
        let packed = packed.finish().expect("packs");
        let cut = std::io::Cursor::new(packed[..packed.len() - 8].to_vec());
        let mut table = CsvTable::new("cut.csv.gz", cut).expect("opens");
        let error = loop {
            match table.next_row() {
                Ok(row) => assert!(row.is_some(), "the cut was not noticed"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().starts_with("cut.csv.gz, line "), "{error}");
    }
}
