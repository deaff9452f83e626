//! What a value says: its text, its number, its parts. Values are JSON that [`super::scan`] has passed over already, so that here
//! nothing can be wrong with them but a string that is no Unicode.

use std::borrow::Cow;

use super::scan::{Skipper, blank, string, value};
use crate::text::unescape;

/// A JSON value, without blanks around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) json: &'a str,
    /// It is known that the string, or those in the array, have no escapes.
    is_plain: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `null`, or `NaN`, which programs write where there is no number.
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// With its article.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn new(json: &'a str) -> Self {
        Value { json, is_plain: false }
    }

    /// Without escapes in its string, or its array of strings and numbers.
    pub(super) fn plain_or_not(json: &'a str, is_plain: bool) -> Self {
        Value { json, is_plain }
    }

    pub(super) fn kind(self) -> Kind {
        match self.json.as_bytes() {
            [b'"', ..] => Kind::String,
            [b'[', ..] => Kind::Array,
            [b'{', ..] => Kind::Object,
            [b't' | b'f', ..] => Kind::Bool,
            [b'-' | b'I' | b'0'..=b'9', ..] => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// The value itself, where it is written with its type beside it, as MongoDB does: `{"$oid": "…"}`, `{"$date": {"$numberLong": "…"}}`.
    pub(super) fn plain(self) -> Value<'a> {
        let mut value = self;
        while value.kind() == Kind::Object {
            let mut members = value.members();
            match (members.next(), members.next()) {
                (Some((name, inner)), None) if name.starts_with('$') => value = inner,
                _ => break,
            }
        }
        value
    }

    /// The text of a string. `None` where it has half of a surrogate pair, which is no Unicode, or is no string.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        let raw = self.raw()?;
        if !self.is_plain && has_escapes(raw) {
            unescape(raw, None).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(raw))
        }
    }

    /// The same, with U+FFFD for such halves.
    pub(super) fn lossy_text(self) -> Option<Cow<'a, str>> {
        let raw = self.raw()?;
        if !self.is_plain && has_escapes(raw) {
            unescape(raw, Some(char::REPLACEMENT_CHARACTER)).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(raw))
        }
    }

    /// A string between its quotes, or anything else as it is written.
    pub(super) fn written(self) -> &'a str {
        self.raw().unwrap_or(self.json)
    }

    fn raw(self) -> Option<&'a str> {
        self.json.strip_prefix('"')?.strip_suffix('"')
    }

    /// The value of a number as [`number`] reads it, infinite for `Infinity`; `None` where it is no number.
    pub(super) fn number(self) -> Option<f64> {
        (self.kind() == Kind::Number).then(|| number(self.json.as_bytes()))
    }

    /// The elements of an array; none of anything else.
    pub(super) fn elements(self) -> impl Iterator<Item = Value<'a>> {
        let mut parts = Parts::new(self, '[');
        std::iter::from_fn(move || parts.next_value())
    }

    /// The names, as they are written, and values of an object; none of anything else.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        let mut parts = Parts::new(self, '{');
        std::iter::from_fn(move || parts.next_member())
    }

    /// A field of an object; of several of this name the last, as in JavaScript.
    pub(super) fn field(self, name: &str) -> Option<Value<'a>> {
        self.members().filter(|&(found, _)| is_name(found, name)).last().map(|(_, value)| value)
    }
}

/// Whether a name, as it is written, is this one.
fn is_name(written: &str, name: &str) -> bool {
    written == name || has_escapes(written) && unescape(written, None).is_some_and(|text| text == name)
}

pub(super) fn has_escapes(written: &str) -> bool {
    written.as_bytes().contains(&b'\\')
}

/// What is left of an array or object.
struct Parts<'a> {
    text: &'a str,
    rest: &'a [u8],
    is_plain: bool,
    skipper: Skipper,
}

impl<'a> Parts<'a> {
    fn new(value: Value<'a>, open: char) -> Self {
        let text = value.json.strip_prefix(open).unwrap_or_default();
        Parts { text, rest: text.as_bytes(), is_plain: value.is_plain, skipper: Skipper::default() }
    }

    /// To the beginning of the next part, if there is one.
    fn advance(&mut self) -> Option<()> {
        self.rest = blank(self.rest);
        if let [b',', rest @ ..] = self.rest {
            self.rest = blank(rest);
        }
        (!matches!(self.rest, [] | [b']' | b'}', ..])).then_some(())
    }

    fn next_value(&mut self) -> Option<Value<'a>> {
        self.advance()?;
        self.value()
    }

    fn next_member(&mut self) -> Option<(&'a str, Value<'a>)> {
        self.advance()?;
        let name = self.rest.get(1..)?;
        let after = string(name).ok()?;
        let name = self.between(name, after)?.strip_suffix('"')?;
        self.rest = blank(blank(after).get(1..)?);
        Some((name, self.value()?))
    }

    fn value(&mut self) -> Option<Value<'a>> {
        let start = self.rest;
        let (after, is_plain) = value(start, &mut self.skipper).ok()?;
        self.rest = after;
        self.between(start, after).map(|json| Value { json, is_plain: is_plain || self.is_plain })
    }

    /// The text from where these bytes begin to where those do.
    fn between(&self, start: &[u8], end: &[u8]) -> Option<&'a str> {
        self.text.get(self.text.len() - start.len()..self.text.len() - end.len())
    }
}

/// The powers of ten that a double has exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The value of a JSON number: correctly rounded where it has at most 15 digits and its exponent is at most 22 (Clinger 1990), else
/// within a few units of the last place, which is more than any column keeps. A table for the rest would be a tenth of the core.
pub(super) fn number(json: &[u8]) -> f64 {
    let (negative, digits) = match json {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.starts_with(b"I") {
        return if negative { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    if digits.len() <= 15 && digits.iter().all(u8::is_ascii_digit) {
        let whole = digits
            .iter()
            .fold(0_u64, |sum, digit| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
            as f64;
        return if negative { -whole } else { whole };
    }
    let (mut mantissa, mut exponent) = (0_u64, 0_i32);
    let (mut in_fraction, mut is_full) = (false, false);
    let mut digits = digits.iter();
    while let Some(byte) = digits.next() {
        match byte {
            b'0'..=b'9' => {
                is_full |= mantissa > (u64::MAX - 9) / 10;
                if is_full {
                    exponent += i32::from(!in_fraction);
                } else {
                    mantissa = mantissa * 10 + u64::from(byte - b'0');
                    exponent -= i32::from(in_fraction);
                }
            }
            b'.' => in_fraction = true,
            _ => {
                let written = digits.as_slice();
                let (minus, written) = match written {
                    [b'-', rest @ ..] => (true, rest),
                    [b'+', rest @ ..] => (false, rest),
                    rest => (false, rest),
                };
                let tens = written.iter().fold(0_i32, |sum, digit| {
                    sum.saturating_mul(10).saturating_add(i32::from(digit.wrapping_sub(b'0')))
                });
                exponent = exponent.saturating_add(if minus { tens.saturating_neg() } else { tens });
                break;
            }
        }
    }
    let mut value = mantissa as f64;
    // Beyond that it is 0 or infinite.
    let mut left = exponent.clamp(-400, 400);
    while left != 0 {
        let step = left.clamp(-22, 22);
        let tens = TENS[step.unsigned_abs() as usize];
        value = if step < 0 { value / tens } else { value * tens };
        left -= step;
    }
    if negative { -value } else { value }
}
