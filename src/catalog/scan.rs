//! JSON's tokens, taken from the front of some bytes, which are UTF-8: what comes back is what is left behind the token. Nothing is copied,
//! nothing recurses, and every byte is looked at once.
//!
//! Beyond JSON (RFC 8259), `NaN`, `Infinity` and `-Infinity` are taken as values, since programs write them.

/// Why a token could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end within it. All but the last `left` of them are done with: only these need to be seen again.
    More { left: usize },
    /// The byte that is wrong is `left` bytes before the end.
    Bad { left: usize, reason: &'static str },
}

/// What is left behind a token.
pub(super) type Scan<'a> = Result<&'a [u8], Stop>;

/// A number may be so long, in bytes.
const MAX_NUMBER: usize = 1 << 16;

pub(super) fn more(rest: &[u8]) -> Stop {
    Stop::More { left: rest.len() }
}

#[cold]
pub(super) fn bad(rest: &[u8], reason: &'static str) -> Stop {
    if rest.is_empty() { more(rest) } else { Stop::Bad { left: rest.len(), reason } }
}

/// Passes over white space.
pub(super) fn blank(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// A string from behind its opening quote to behind its closing one.
pub(super) fn string(rest: &[u8]) -> Scan<'_> {
    text(rest).map(|(after, _)| after)
}

/// The same, and whether it is plain: has no escapes.
fn text(mut rest: &[u8]) -> Result<(&[u8], bool), Stop> {
    let mut is_plain = true;
    loop {
        while let Some((eight, after)) = rest.split_first_chunk() {
            let marks = special(u64::from_le_bytes(*eight));
            if marks != 0 {
                rest = &rest[marks.trailing_zeros() as usize / 8..];
                break;
            }
            rest = after;
        }
        rest = match rest {
            [b'"', after @ ..] => return Ok((after, is_plain)),
            [b'\\', ..] => {
                is_plain = false;
                escape(rest)?
            }
            [..=0x1f, ..] => return Err(bad(rest, "a control character in a string must be escaped")),
            [_, after @ ..] => after,
            [] => return Err(more(rest)),
        }
    }
}

/// The high bit of each of eight bytes that is not simply part of a string: `"`, `\` or a control character. Only the lowest bit that is set
/// can be relied on, since borrows go upwards.
fn special(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let below = |bytes: u64, limit: u64| bytes.wrapping_sub(limit * ONES) & !bytes;
    let is = |byte: u8| below(eight ^ (u64::from(byte) * ONES), 1);
    (is(b'"') | is(b'\\') | below(eight, 0x20)) & HIGH
}

fn escape(rest: &[u8]) -> Scan<'_> {
    match rest {
        [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', after @ ..] => Ok(after),
        [_, b'u', digits @ ..] => match digits.iter().take(4).position(|digit| !digit.is_ascii_hexdigit()) {
            Some(place) => Err(bad(&digits[place..], "not an escape")),
            None => digits.get(4..).ok_or(more(rest)),
        },
        [_] => Err(more(rest)),
        [_, wrong @ ..] => Err(bad(wrong, "not an escape")),
        [] => Err(more(rest)),
    }
}

/// A number, `true`, `false`, `null`, `NaN`, `Infinity` or `-Infinity`.
pub(super) fn scalar(rest: &[u8]) -> Scan<'_> {
    match rest {
        [b'0'..=b'9', ..] => number(rest, rest),
        [b'-', b'I', ..] => word(&rest[1..], b"Infinity"),
        [b'-', digits @ ..] => number(rest, digits),
        [b't', ..] => word(rest, b"true"),
        [b'f', ..] => word(rest, b"false"),
        [b'n', ..] => word(rest, b"null"),
        [b'N', ..] => word(rest, b"NaN"),
        [b'I', ..] => word(rest, b"Infinity"),
        _ => Err(bad(rest, "expected a value")),
    }
}

fn word<'a>(rest: &'a [u8], word: &[u8]) -> Scan<'a> {
    match rest.iter().zip(word).position(|(found, expected)| found != expected) {
        Some(place) => Err(bad(&rest[place..], "expected a value")),
        None => rest.get(word.len()..).ok_or(more(rest)),
    }
}

fn number<'a>(whole: &'a [u8], digits: &'a [u8]) -> Scan<'a> {
    let end = match digits {
        [b'0', after @ ..] => after,
        _ => some_digits(whole, digits)?,
    };
    let end = match end {
        [b'.', fraction @ ..] => some_digits(whole, fraction)?,
        _ => end,
    };
    let end = match end {
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            some_digits(whole, exponent)?
        }
        _ => end,
    };
    match end {
        // The next byte may belong to it.
        [] if whole.len() <= MAX_NUMBER => Err(more(whole)),
        _ if whole.len() - end.len() > MAX_NUMBER => Err(bad(whole, "a number longer than 65,536 bytes")),
        _ => Ok(end),
    }
}

/// At least one digit.
fn some_digits<'a>(whole: &'a [u8], mut rest: &'a [u8]) -> Scan<'a> {
    let start = rest.len();
    while let [b'0'..=b'9', after @ ..] = rest {
        rest = after;
    }
    match rest {
        [] if start == 0 => Err(more(whole)),
        _ if rest.len() == start => Err(bad(rest, "expected a digit")),
        _ => Ok(rest),
    }
}

/// Passes over a value, and says whether it is a plain string, or an array of nothing but plain strings and numbers.
pub(super) fn value<'a>(bytes: &'a [u8], skipper: &mut Skipper) -> Result<(&'a [u8], bool), Stop> {
    match bytes {
        [b'"', rest @ ..] => text(rest),
        [b'[', elements @ ..] => match plain_array(elements) {
            Some(after) => {
                skipper.depth = skipper.depth.max(1);
                Ok((after, true))
            }
            None => skipper.skip(bytes).map(|after| (after, false)),
        },
        [b'{', ..] => skipper.skip(bytes).map(|after| (after, false)),
        _ => scalar(bytes).map(|after| (after, false)),
    }
}

/// The rest of an array of nothing but plain strings and numbers, as most are; `None` for any other.
fn plain_array(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match blank(rest) {
            [b'"', string @ ..] => match text(string).ok()? {
                (after, true) => after,
                _ => return None,
            },
            number @ [b'-' | b'0'..=b'9', ..] => scalar(number).ok()?,
            _ => return None,
        };
        match blank(rest) {
            [b',', after @ ..] => rest = after,
            [b']', after @ ..] => return Some(after),
            _ => return None,
        }
    }
}

/// Passes over a value of any size and depth, in as many pieces as it comes in.
#[derive(Debug, Default)]
pub(super) struct Skipper {
    /// For each array or object that is open, whether it is an object.
    open: Vec<bool>,
    next: Next,
    /// The most that were open at once.
    pub(super) depth: usize,
}

/// What may come next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Next {
    #[default]
    Value,
    ValueOrEnd,
    /// The rest of a string.
    Text,
    Name,
    NameOrEnd,
    /// The rest of a name.
    NameText,
    Colon,
    CommaOrEnd,
}

impl Skipper {
    /// Forgets what it was about.
    pub(super) fn reset(&mut self) {
        self.open.clear();
        self.next = Next::Value;
        self.depth = 0;
    }

    /// What is left behind the value. Where that does not end here, it goes on with the bytes that are left, and those that come after
    /// them.
    pub(super) fn skip<'a>(&mut self, bytes: &'a [u8]) -> Scan<'a> {
        let mut rest = bytes;
        loop {
            if !matches!(self.next, Next::Text | Next::NameText) {
                rest = blank(rest);
            }
            let Some((&byte, after)) = rest.split_first() else { return Err(more(rest)) };
            (self.next, rest) = match (self.next, byte) {
                (Next::Text, _) => (Next::CommaOrEnd, string(rest)?),
                (Next::NameText, _) => (Next::Colon, string(rest)?),
                (Next::Name | Next::NameOrEnd, b'"') => (Next::NameText, after),
                (Next::Name | Next::NameOrEnd, _) if byte != b'}' || self.next == Next::Name => {
                    return Err(bad(rest, "expected a name in quotes"));
                }
                (Next::Colon, b':') => (Next::Value, after),
                (Next::Colon, _) => return Err(bad(rest, "expected a colon")),
                (Next::Value | Next::ValueOrEnd, b'"') => (Next::Text, after),
                (Next::Value | Next::ValueOrEnd, b'{' | b'[') => {
                    self.open.push(byte == b'{');
                    self.depth = self.depth.max(self.open.len());
                    (if byte == b'{' { Next::NameOrEnd } else { Next::ValueOrEnd }, after)
                }
                (Next::Value, _) => (Next::CommaOrEnd, scalar(rest)?),
                (Next::ValueOrEnd, _) if byte != b']' => (Next::CommaOrEnd, scalar(rest)?),
                (Next::CommaOrEnd, b',') => match self.open.last() {
                    Some(true) => (Next::Name, after),
                    _ => (Next::Value, after),
                },
                // The end of an array or object, where it is the right one.
                _ if self.open.last() == Some(&(byte == b'}')) && matches!(byte, b'}' | b']') => {
                    self.open.pop();
                    (Next::CommaOrEnd, after)
                }
                _ => return Err(bad(rest, "expected a comma or the end of the list or object")),
            };
            if self.next == Next::CommaOrEnd && self.open.is_empty() {
                self.next = Next::Value;
                return Ok(rest);
            }
        }
    }
}
