use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::row::check;
use crate::catalog::MAX_ID_BYTES;
use crate::columns::Strings;
use crate::crc32::Crc32;
use crate::error::{Error, Result};

/// A file of counts: this, the version, the number of viewers and of items; each item's id, in the order of their bytes, with its
/// length before it; each item's row with its length before it; and the CRC-32 of all that. Numbers are little-endian.
pub(in crate::train) const MAGIC: &[u8; 8] = b"WNCOUNTS";
const VERSION: u16 = 1;
/// An entry of a row has at most ten bytes.
const ENTRY_BYTES: u64 = 10;

/// Whether a file begins as files of counts do.
///
/// # Errors
/// [`Error::File`] where it cannot be read.
pub fn is_counts(path: &Path) -> Result<bool> {
    if path.is_dir() {
        return Ok(false);
    }
    let fail = |error: std::io::Error| Error::file(path, error);
    let mut start = Vec::new();
    File::open(path).map_err(fail)?.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(fail)?;
    Ok(start == MAGIC)
}

/// Writes a file of counts. It has its name only when it is whole.
pub(super) struct CountsWriter {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    checksum: Crc32,
}

impl CountsWriter {
    pub(super) fn create(path: &Path, viewers: u64, ids: &Strings) -> Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = BufWriter::new(File::create(&part).map_err(|error| Error::file(&part, error))?);
        let mut writer = CountsWriter { path: path.to_owned(), part, file, checksum: Crc32::new() };
        writer.write(MAGIC)?;
        writer.write(&VERSION.to_le_bytes())?;
        writer.write(&viewers.to_le_bytes())?;
        writer.write(&(ids.len() as u32).to_le_bytes())?;
        for id in ids.iter() {
            writer.write(&(id.len() as u16).to_le_bytes())?;
            writer.write(id.as_bytes())?;
        }
        Ok(writer)
    }

    /// The next item's row, packed.
    pub(super) fn row(&mut self, row: &[u8]) -> Result<()> {
        let length = u32::try_from(row.len())
            .map_err(|_| Error::file(&self.path, "a row would be longer than 4 GiB"))?;
        self.write(&length.to_le_bytes())?;
        self.write(row)
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let checksum = self.checksum.finish();
        self.write(&checksum.to_le_bytes())?;
        self.file.flush().map_err(|error| Error::file(&self.part, error))?;
        std::fs::rename(&self.part, &self.path).map_err(|error| Error::file(&self.path, error))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.checksum.update(bytes);
        self.file.write_all(bytes).map_err(|error| Error::file(&self.part, error))
    }
}

/// Reads a file of counts row by row, and checks all that can be checked.
pub(super) struct CountsReader<R> {
    reader: R,
    checksum: Crc32,
    viewers: u64,
    ids: Strings,
    /// The items' own counts, as far as they have come.
    owns: Vec<u32>,
    row: Vec<u8>,
}

impl<R: Read> CountsReader<R> {
    /// # Errors
    /// Why it is no file of counts.
    pub(super) fn new(reader: R) -> Result<Self, String> {
        let mut new = CountsReader {
            reader,
            checksum: Crc32::new(),
            viewers: 0,
            ids: Strings::default(),
            owns: Vec::new(),
            row: Vec::new(),
        };
        if new.take::<8>()? != *MAGIC {
            return Err("is no file of counts".to_owned());
        }
        let version = u16::from_le_bytes(new.take()?);
        if version != VERSION {
            return Err(format!("has version {version} of the counts' format, this build reads {VERSION}"));
        }
        new.viewers = u64::from_le_bytes(new.take()?);
        let items = u32::from_le_bytes(new.take()?);
        let (mut last, mut bytes) = (String::new(), 0_u64);
        for item in 0..items {
            let length = usize::from(u16::from_le_bytes(new.take()?));
            new.take_bytes(length)?;
            let id = std::str::from_utf8(&new.row).map_err(|_| "an id is not UTF-8".to_owned())?;
            bytes += id.len() as u64;
            if id.is_empty() || length > MAX_ID_BYTES || bytes > u64::from(u32::MAX) {
                return Err(format!("an id must be 1 to {MAX_ID_BYTES} bytes long, and all of them 4 GiB"));
            }
            if item > 0 && *id <= *last {
                return Err("ids are not in the order of their bytes".to_owned());
            }
            new.ids.push(id);
            last.clear();
            last.push_str(id);
        }
        Ok(new)
    }

    pub(super) fn viewers(&self) -> u64 {
        self.viewers
    }

    pub(super) fn ids(&self) -> &Strings {
        &self.ids
    }

    /// The number of viewers and the ids.
    pub(super) fn into_head(self) -> (u64, Strings) {
        (self.viewers, self.ids)
    }

    /// The next item's row, packed; `None` after the last, when the checksum is right.
    pub(super) fn next_row(&mut self) -> Result<Option<&[u8]>, String> {
        if self.owns.len() == self.ids.len() {
            let expected = self.checksum.finish();
            if u32::from_le_bytes(self.take()?) != expected {
                return Err("is damaged (checksum mismatch)".to_owned());
            }
            return Ok(None);
        }
        let length = u32::from_le_bytes(self.take()?);
        if u64::from(length) > ENTRY_BYTES * (self.owns.len() as u64 + 1) {
            return Err("a row is longer than it can be".to_owned());
        }
        self.take_bytes(length as usize)?;
        let own = check(&self.row, &self.owns, self.viewers)?;
        self.owns.push(own);
        Ok(Some(&self.row))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(cut)?;
        self.checksum.update(&bytes);
        Ok(bytes)
    }

    /// Takes so many bytes into `row`, which grows only as they come.
    fn take_bytes(&mut self, length: usize) -> Result<(), String> {
        self.row.clear();
        let taken = self.reader.by_ref().take(length as u64).read_to_end(&mut self.row);
        if taken.map_err(cut)? < length {
            return Err("is cut off".to_owned());
        }
        self.checksum.update(&self.row);
        Ok(())
    }
}

fn cut(error: std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "is cut off".to_owned(),
        _ => error.to_string(),
    }
}
