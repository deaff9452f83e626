use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr;

/// The longest line, in bytes.
pub(super) const MAX_LINE: usize = 1 << 20;
/// What is said of a longer one.
pub(super) const TOO_LONG: &str = "is longer than 1 MiB";
const BLOCK: usize = 1 << 18;

/// The lines of a stream, without what ends them.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer.
    next: usize,
    /// The number of the line that was given last, from 1.
    number: u64,
    ended: bool,
}

/// A line of a stream.
pub(super) enum Line<'a> {
    /// What it says.
    Text(&'a [u8]),
    /// It is longer than [`MAX_LINE`], and was passed over.
    TooLong,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Lines { reader, buffer: Vec::new(), next: 0, number: 0, ended: false }
    }

    /// The number of the line that was given last, from 1; 0 before the first.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// What comes next, `count` bytes or more where there are so many, without taking it.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.next < count && !self.ended {
            self.fill()?;
        }
        Ok(&self.buffer[self.next..])
    }

    /// Passes over bytes that were seen with [`Lines::peek`].
    pub(super) fn skip(&mut self, count: usize) {
        self.next += count;
    }

    /// The next line; `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        Ok(self.advance()?.map(|place| place.map_or(Line::TooLong, |place| Line::Text(self.text(place)))))
    }

    /// What a place in the buffer says that [`Lines::advance`] has given last.
    pub(super) fn text(&self, place: Range<usize>) -> &[u8] {
        &self.buffer[place]
    }

    /// The next line as a place in the buffer; none for one that is longer than [`MAX_LINE`], and was passed over; `None` at the end.
    pub(super) fn advance(&mut self) -> io::Result<Option<Option<Range<usize>>>> {
        self.number += 1;
        let mut searched = 0;
        let (length, feed) = loop {
            let rest = &self.buffer[self.next..];
            match memchr(b'\n', &rest[searched..]) {
                Some(more) => break (searched + more, 1),
                None if self.ended && rest.is_empty() => return Ok(None),
                None if self.ended => break (rest.len(), 0),
                None if rest.len() > MAX_LINE => {
                    self.pass_over()?;
                    return Ok(Some(None));
                }
                None => {
                    searched = rest.len();
                    self.fill()?;
                }
            }
        };
        let start = self.next;
        self.next += length + feed;
        if length > MAX_LINE {
            return Ok(Some(None));
        }
        let text = &self.buffer[start..start + length];
        Ok(Some(Some(start..start + text.strip_suffix(b"\r").unwrap_or(text).len())))
    }

    /// To the next line; nothing of this one is kept.
    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            if let Some(length) = memchr(b'\n', &self.buffer[self.next..]) {
                self.next += length + 1;
                break;
            }
            self.next = self.buffer.len();
            if self.ended {
                break;
            }
            self.fill()?;
        }
        Ok(())
    }

    /// Reads on; what was taken already is given up.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.next);
        self.next = 0;
        let length = self.buffer.len();
        self.buffer.resize(length + BLOCK, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let size = self.1;
            self.0.take(size as u64).read(out).inspect(|&read| self.0 = &self.0[read..])
        }
    }

    fn all(reader: impl Read) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(reader);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().expect("reads") {
            all.push(match line {
                Line::Text(text) => Some(text.to_owned()),
                Line::TooLong => None,
            });
            assert_eq!(lines.number(), all.len() as u64);
        }
        all
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let long =
            [&b"a\n"[..], &vec![b'x'; MAX_LINE + 1], b"\nb\r\n", &vec![b'y'; MAX_LINE], b"\nc"].concat();
        let expected =
            [Some(b"a".to_vec()), None, Some(b"b".to_vec()), Some(vec![b'y'; MAX_LINE]), Some(b"c".to_vec())];
        assert_eq!(all(&long[..]), expected);
        assert_eq!(all(&vec![b'x'; 3 * MAX_LINE][..]), [None]);
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_text(text in "[ab\r\n]{0,40}", size in 1_usize..5) {
            let mut expected: Vec<&str> = text.split('\n').collect();
            if expected.last() == Some(&"") {
                expected.pop();
            }
            let expected: Vec<Option<Vec<u8>>> =
                expected.iter().map(|line| Some(line.strip_suffix('\r').unwrap_or(line).into())).collect();
            prop_assert_eq!(all(Drops(text.as_bytes(), size)), expected);
        }
    }
}
