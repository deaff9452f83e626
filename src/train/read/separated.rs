use std::io::Read;
use std::ops::Range;

use memchr::{memchr, memmem};

use super::columns::Columns;
use super::ids::text_of;
use super::lines::{Line, Lines, MAX_LINE};
use super::sink::{Row, Sink, Value};
use crate::error::Result;

/// What is between two fields of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// One byte. Fields may be quoted, as RFC 4180 says.
    Byte(u8),
    /// `::`, as in MovieLens' `.dat`.
    Colons,
    /// Any number of blanks.
    Blanks,
}

/// The fields of a record.
#[derive(Default)]
pub(super) struct Fields {
    /// Where they are in the line, or in `unquoted`.
    places: Vec<Range<usize>>,
    quoted: bool,
    /// The fields without quotes, where the record has any.
    unquoted: Vec<u8>,
    /// Where the field begins there that is not yet at its end.
    start: usize,
}

impl Fields {
    /// Splits a line, not beyond the field `last`. `false` where a quote is open at its end.
    pub(super) fn split(&mut self, line: &[u8], separator: Separator, last: usize) -> bool {
        self.places.clear();
        self.quoted = false;
        match separator {
            Separator::Byte(separator) if memchr(b'"', line).is_some() => {
                self.quoted = true;
                self.unquoted.clear();
                return self.unquote(line, separator, last, false);
            }
            Separator::Byte(separator) => {
                let mut start = 0;
                while self.places.len() < last {
                    let Some(length) = line[start..].iter().position(|&byte| byte == separator) else {
                        break;
                    };
                    self.places.push(start..start + length);
                    start += length + 1;
                }
                let length = line[start..].iter().position(|&byte| byte == separator);
                self.places.push(start..length.map_or(line.len(), |length| start + length));
            }
            Separator::Colons => {
                let mut start = 0;
                for end in memmem::find_iter(line, b"::").take(last + 1) {
                    self.places.push(start..end);
                    start = end + 2;
                }
                if self.places.len() <= last {
                    self.places.push(start..line.len());
                }
            }
            Separator::Blanks => {
                let mut start = 0;
                for part in line.split(|&byte| byte == b' ' || byte == b'\t') {
                    if !part.is_empty() && self.places.len() <= last {
                        self.places.push(start..start + part.len());
                    }
                    start += part.len() + 1;
                }
            }
        }
        true
    }

    /// Goes on with the next line of a record in which a quote is open.
    fn split_on(&mut self, line: &[u8], separator: u8, last: usize) -> bool {
        self.unquoted.push(b'\n');
        self.unquote(line, separator, last, true)
    }

    fn unquote(&mut self, mut rest: &[u8], separator: u8, last: usize, mut open: bool) -> bool {
        loop {
            if !open {
                self.start = self.unquoted.len();
                if let Some(quoted) = rest.strip_prefix(b"\"") {
                    (rest, open) = (quoted, true);
                }
            }
            while open {
                let Some(length) = memchr(b'"', rest) else {
                    self.unquoted.extend_from_slice(rest);
                    return false;
                };
                self.unquoted.extend_from_slice(&rest[..length]);
                rest = &rest[length + 1..];
                match rest.strip_prefix(b"\"") {
                    Some(after) => {
                        self.unquoted.push(b'"');
                        rest = after;
                    }
                    None => open = false,
                }
            }
            // What follows a closing quote belongs to the field, as others have it, too.
            let end = memchr(separator, rest);
            self.unquoted.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            if self.places.len() <= last {
                self.places.push(self.start..self.unquoted.len());
            }
            let Some(end) = end else { return true };
            rest = &rest[end + 1..];
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// A field of the line that was split, without the blanks around it.
    pub(super) fn get<'a>(&'a self, line: &'a [u8], place: usize) -> Option<&'a [u8]> {
        let text = if self.quoted { &self.unquoted } else { line };
        self.places.get(place).map(|place| text[place.clone()].trim_ascii())
    }

    /// All of them.
    pub(super) fn texts(&self, line: &[u8]) -> Vec<String> {
        (0..self.len()).filter_map(|place| Some(text_of(self.get(line, place)?).into_owned())).collect()
    }

    fn row<'a>(&'a self, line: &'a [u8], columns: &Columns) -> Result<Row<'a>, String> {
        let get = |place: usize| {
            self.get(line, place)
                .ok_or_else(|| format!("has {} fields, expected more than {place}", self.len()))
        };
        let optional = |place: Option<usize>| {
            place.and_then(|place| self.get(line, place)).map_or(Value::None, Value::Text)
        };
        Ok(Row {
            user: get(columns.user)?,
            item: get(columns.item)?,
            rating: optional(columns.rating),
            time: optional(columns.timestamp),
        })
    }
}

/// Reads records with a field for each column. `sample` are the first lines of the stream.
///
/// # Errors
/// Where the columns cannot be found, or the stream cannot be read.
pub(super) fn read(
    lines: &mut Lines<impl Read>,
    separator: Separator,
    sample: &[Vec<u8>],
    sink: &mut Sink,
) -> Result<()> {
    let mut fields = Fields::default();
    let mut texts = sample.iter().filter(|line| !line.trim_ascii().is_empty()).map(|line| {
        fields.split(line, separator, usize::MAX - 1);
        fields.texts(line)
    });
    let (Some(first), second) = (texts.next(), texts.next()) else { return Ok(()) };
    let (columns, mut header) = sink.columns(|names| Columns::of_rows(&first, second.as_deref(), names))?;
    let last = columns.last();
    while let Some(line) = sink.next_line(lines)? {
        if std::mem::take(&mut header) {
            continue;
        }
        if fields.split(line, separator, last) {
            sink.add(fields.row(line, &columns))?;
        } else if let Separator::Byte(separator) = separator {
            let closed = loop {
                match lines.next_line().map_err(|error| sink.unreadable(&error))? {
                    Some(Line::Text(more)) if fields.unquoted.len() + more.len() < MAX_LINE => {
                        if fields.split_on(more, separator, last) {
                            break true;
                        }
                    }
                    _ => break false,
                }
            };
            sink.add(if closed {
                fields.row(&[], &columns)
            } else {
                Err("a quote is not closed".to_owned())
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, separator: Separator, last: usize) -> Option<Vec<String>> {
        let mut lines = text.split('\n');
        let mut fields = Fields::default();
        let first = lines.next()?.as_bytes();
        let mut closed = fields.split(first, separator, last);
        if let Separator::Byte(separator) = separator {
            closed = closed || lines.any(|line| fields.split_on(line.as_bytes(), separator, last));
        }
        closed.then(|| fields.texts(first))
    }

    #[test]
    fn lines_become_fields() {
        let comma = Separator::Byte(b',');
        for (text, separator, last, expected) in [
            ("a, b ,c", comma, 9, Some(vec!["a", "b", "c"])),
            ("a,b,c", comma, 1, Some(vec!["a", "b"])),
            ("a,,", comma, 9, Some(vec!["a", "", ""])),
            ("", comma, 9, Some(vec![""])),
            ("\"a,\"\"b\"\"\",c", comma, 9, Some(vec!["a,\"b\"", "c"])),
            ("\"a\"b\"c\",d", comma, 9, Some(vec!["ab\"c\"", "d"])),
            ("a\"b,c", comma, 9, Some(vec!["a\"b", "c"])),
            ("1,\"two\nlines, \"\"and\n\",3", comma, 9, Some(vec!["1", "two\nlines, \"and", "3"])),
            ("1,\"open\nfor,ever", comma, 9, None),
            ("1,\"a\"\n2", comma, 9, Some(vec!["1", "a"])),
            (
                "1::Star Wars: Episode IV::x",
                Separator::Colons,
                9,
                Some(vec!["1", "Star Wars: Episode IV", "x"]),
            ),
            ("1::2::3::4", Separator::Colons, 1, Some(vec!["1", "2"])),
            ("1::\"2", Separator::Colons, 9, Some(vec!["1", "\"2"])),
            (" 1  2\t3 ", Separator::Blanks, 9, Some(vec!["1", "2", "3"])),
            ("1 2 3", Separator::Blanks, 1, Some(vec!["1", "2"])),
        ] {
            let expected = expected.map(|fields| fields.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(split(text, separator, last), expected, "{text:?}");
        }
    }
}
