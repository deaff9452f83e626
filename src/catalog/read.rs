//! What a value means for each role: ids, texts, years, numbers, lists of names.

use std::borrow::Cow;

use super::MAX_ID_BYTES;
use super::scan::scalar;
use super::value::{Kind, Value, number};
use crate::text::{find, part};

/// Why a value cannot be taken for what it should be.
pub(super) type Unread = Cow<'static, str>;

/// The largest number that JavaScript does not round.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
/// Between the parts of an id that is made of several.
const ID_JOINT: &str = "|";
const BROKEN: &str = "has half of a surrogate pair (\\ud800 to \\udfff), which is no text";
/// What stands in lists of genres where there is none.
const NO_NAMES: [&str; 3] = ["(no genres listed)", "N/A", "\\N"];
/// Under which of its fields an object in a list has its name.
const NAMES: [&str; 6] = ["name", "title", "tag", "label", "Name", "description"];
/// Under which of its fields an object with a text in several languages has the one that is taken: else the first there is.
const LANGUAGES: [&str; 5] = ["en", "english", "en-US", "userPreferred", "default"];

/// The id, made of so many parts; `None` where there is none.
pub(super) fn id<'a>(
    count: usize,
    parts: &mut dyn Iterator<Item = Option<Value<'a>>>,
) -> Result<Option<Cow<'a, str>>, Unread> {
    let mut id = Cow::Borrowed("");
    let mut is_there = false;
    for (place, part) in parts.enumerate() {
        let text = match part {
            Some(value) => id_part(value)?,
            None => Cow::Borrowed(""),
        };
        is_there |= part.is_some();
        if count == 1 {
            id = text;
            continue;
        }
        if place > 0 {
            id.to_mut().push_str(ID_JOINT);
        }
        id.to_mut().push_str(&text);
    }
    if !is_there {
        return Ok(None);
    }
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(format!("must be 1 to {MAX_ID_BYTES} bytes long, found {}", id.len()).into());
    }
    Ok(Some(id))
}

fn id_part(value: Value) -> Result<Cow<str>, Unread> {
    let value = value.plain();
    match value.kind() {
        Kind::String => value.text().ok_or(BROKEN.into()),
        Kind::Number => {
            let number = value.number().unwrap_or(f64::NAN);
            if number.fract() != 0.0 || number.is_nan() || number.abs() > MAX_SAFE_INTEGER {
                return Err("is a number but not a whole one below 2^53; write it as a string".into());
            }
            Ok(match value.written() {
                digits
                    if digits != "-0"
                        && digits.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    Cow::Borrowed(digits)
                }
                _ => Cow::Owned(format!("{}", number as i64)),
            })
        }
        other => Err(format!("is {}, neither a string nor a number", other.name()).into()),
    }
}

/// A text, and why it is not quite what it was.
pub(super) fn text(value: Value) -> Result<(Cow<str>, Option<Unread>), Unread> {
    let value = value.plain();
    match value.kind() {
        Kind::String => match value.text() {
            Some(text) => Ok((text, None)),
            None => Ok((value.lossy_text().unwrap_or_default(), Some(BROKEN.into()))),
        },
        Kind::Number => Ok((Cow::Borrowed(value.written()), None)),
        Kind::Object => {
            let mut chosen = None;
            for (_, value) in value.members().filter(|(_, value)| value.kind() == Kind::String) {
                chosen = chosen.or(Some(value));
            }
            for language in LANGUAGES {
                let found = value.field(language).filter(|value| value.kind() == Kind::String);
                if found.is_some() {
                    chosen = found;
                    break;
                }
            }
            match chosen {
                Some(value) => text(value),
                None => Err("is an object without a text in any language".into()),
            }
        }
        other => Err(format!("is {}, not a string", other.name()).into()),
    }
}

/// The year in a number, a date, a time stamp, or a text with one of them; `None` for an empty text.
pub(super) fn year(value: Value) -> Result<Option<i16>, Unread> {
    let value = value.plain();
    let year = match value.kind() {
        Kind::Number => year_of_number(value.number().unwrap_or(f64::NAN)),
        Kind::String => {
            let text = value.text().ok_or(BROKEN)?;
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            year_of_text(text)
        }
        other => return Err(format!("is {}, neither a number nor a string", other.name()).into()),
    };
    year.map(Some).ok_or_else(|| {
        format!("is no year from -9999 to 9999, no date and no time stamp: {}", shown(value)).into()
    })
}

/// A year as it is, 20080315, or a time stamp in seconds or milliseconds since 1970.
fn year_of_number(number: f64) -> Option<i16> {
    /// No time stamp of seconds is larger: that is the year 5138; of milliseconds it is 1973.
    const MOST_SECONDS: f64 = 1e11;
    /// No time stamp is smaller: that is 1973; what is between that and years is neither.
    const LEAST_SECONDS: f64 = 1e8;
    if number.fract() != 0.0 {
        return None;
    }
    if number.abs() <= 9999.0 {
        return Some(number as i16);
    }
    if (1e7..1e8).contains(&number) {
        let date = number as u32;
        return ((1..=12).contains(&(date / 100 % 100)) && (1..=31).contains(&(date % 100)))
            .then_some((date / 10_000) as i16);
    }
    let seconds = if number.abs() < MOST_SECONDS { number } else { number / 1000.0 };
    if number.abs() < LEAST_SECONDS || seconds.abs() > MOST_SECONDS * 4.0 {
        return None;
    }
    let year = year_of_day((seconds / 86_400.0).floor() as i64);
    (-9999..=9999).contains(&year).then_some(year as i16)
}

/// The year of a day, counted from 1 January 1970 (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn year_of_day(day: i64) -> i64 {
    const ERA: i64 = 146_097;
    // Years begin in March here, so that the day of a leap year is the last.
    let day = day + 719_468;
    let era = day.div_euclid(ERA);
    let of_era = day.rem_euclid(ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // From 1 January on.
    year + era * 400 + i64::from(of_year >= 306)
}

/// A number as above, or the year in a date or a title.
fn year_of_text(text: &str) -> Option<i16> {
    let (sign, digits) =
        text.strip_prefix('-').map_or((1.0, text.strip_prefix('+').unwrap_or(text)), |rest| (-1.0, rest));
    let whole = digits.strip_suffix(".0").unwrap_or(digits);
    if !whole.is_empty() && whole.len() <= 15 && whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return year_of_number(sign * number(whole.as_bytes()));
    }
    // `Heat (1995)`, `Show (2006–2007)`: a title may have other numbers.
    for (place, byte) in text.bytes().enumerate().rev() {
        if byte == b'('
            && let Some((0, year)) = four_digits(part(text, place + 1..))
        {
            return Some(year);
        }
    }
    four_digits(text).map(|(_, year)| year)
}

/// The first four digits that stand for themselves, and where.
fn four_digits(text: &str) -> Option<(usize, i16)> {
    let (mut digits, mut number) = (0, 0_i16);
    for (place, byte) in text.bytes().chain([b' ']).enumerate() {
        if byte.is_ascii_digit() {
            digits += 1;
            number = number.wrapping_mul(10).wrapping_add(i16::from(byte - b'0'));
        } else if digits == 4 {
            return Some((place - 4, number));
        } else {
            (digits, number) = (0, 0);
        }
    }
    None
}

/// A number from 0 to the largest `f32`, also one that is written as a string, with commas between its thousands or not.
pub(super) fn popularity(value: Value) -> Result<Option<f32>, Unread> {
    let value = value.plain();
    let number = match value.kind() {
        Kind::Number => value.number(),
        Kind::String => {
            let text = value.text().ok_or(BROKEN)?;
            if text.trim().is_empty() {
                return Ok(None);
            }
            number_of_text(text.trim())
        }
        other => return Err(format!("is {}, not a number", other.name()).into()),
    };
    let number = number.map(|number| number as f32).filter(|number| number.is_finite() && *number >= 0.0);
    number
        .map(Some)
        .ok_or_else(|| format!("must be a number from 0 to 3.4e38, found {}", shown(value)).into())
}

fn number_of_text(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let mut digits = Vec::new();
    for (place, &byte) in bytes.iter().enumerate() {
        // Between thousands: three digits follow, and no fourth.
        let is_digit = |ahead: usize| bytes.get(place + ahead).is_some_and(u8::is_ascii_digit);
        let is_between =
            byte == b',' && place > 0 && is_digit(1) && is_digit(2) && is_digit(3) && !is_digit(4);
        if !is_between {
            digits.push(byte);
        }
    }
    // A number ends where something else begins.
    digits.push(b' ');
    let is_number = matches!(digits[0], b'-' | b'0'..=b'9') && scalar(&digits) == Ok(b" ");
    digits.pop();
    is_number.then(|| number(&digits))
}

/// Tells the names in an array, in an object with a name, or in one string with separators. What cannot be read is passed over; the
/// first reason for that comes back.
pub(super) fn names(value: Value, separator: &str, each: &mut dyn FnMut(&str)) -> Option<Unread> {
    let value = value.plain();
    let mut unread = None;
    let mut tell = |value: Value| match name(value) {
        Ok(Some(text)) => each(&text),
        Ok(None) => {}
        Err(reason) => unread = unread.take().or(Some(reason)),
    };
    match value.kind() {
        Kind::Array => value.elements().for_each(|element| tell(element.plain())),
        Kind::String if !separator.is_empty() => match value.text() {
            Some(text) => {
                let mut rest = &*text;
                while let Some(place) = find(rest, separator) {
                    each(part(rest, ..place));
                    rest = part(rest, place + separator.len()..);
                }
                each(rest);
            }
            None => return Some(BROKEN.into()),
        },
        _ => tell(value),
    }
    unread
}

/// A name without blanks around it; `None` where it stands for none.
pub(super) fn trimmed(name: &str) -> Option<&str> {
    Some(name.trim()).filter(|name| !name.is_empty() && !NO_NAMES.contains(name))
}

/// The name of a genre or tag.
fn name(value: Value) -> Result<Option<Cow<str>>, Unread> {
    match value.kind() {
        Kind::Null => Ok(None),
        Kind::String => value.text().map(Some).ok_or(BROKEN.into()),
        Kind::Number => Ok(Some(Cow::Borrowed(value.written()))),
        Kind::Object => match NAMES.iter().find_map(|&field| value.field(field)?.text()) {
            Some(text) => Ok(Some(text)),
            None => Err(format!("has an object without a name: {}", shown(value)).into()),
        },
        other => Err(format!("has {}, not a name", other.name()).into()),
    }
}

/// The beginning of a value as it is written.
pub(super) fn shown(value: Value) -> String {
    const MOST: usize = 60;
    match value.json.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", part(value.json, ..end)),
        None => value.json.to_owned(),
    }
}
