use std::borrow::Cow;

use super::fault::{Fault, Step, one_of, short};
use super::{number, scan};
use crate::error::Result;
use crate::text::{part, quoted, unescape};

/// The largest number that JavaScript does not round.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// One JSON value, of a text that is known to be JSON: what is read of it is read where it stands.
#[derive(Clone, Copy)]
pub struct Value<'a>(&'a str);

/// What can be read from JSON. Structs get it by `read_fields!`, enums of names by
/// `read_names!`.
pub trait FromJson: Sized {
    /// The value, or what is wrong with it and where.
    ///
    /// # Errors
    /// Where it is not what it must be.
    fn from_json(value: Value) -> Result<Self, Fault>;
}

/// What a field of an object is read into.
pub trait Field {
    /// Takes the value.
    ///
    /// # Errors
    /// Where it is not what it must be.
    fn read(&mut self, value: Value) -> Result<(), Fault>;
}

impl<T: FromJson> Field for T {
    fn read(&mut self, value: Value) -> Result<(), Fault> {
        *self = T::from_json(value)?;
        Ok(())
    }
}

/// Reads a whole text.
///
/// # Errors
/// [`Error::Options`](crate::error::Error::Options) where it is no JSON; [`Error::Option`](crate::error::Error::Option) with the place of
/// what is wrong, in JavaScript's words.
pub fn from_json<T: FromJson>(text: &str) -> Result<T> {
    T::from_json(Value::parse(text)?).map_err(Fault::into_error)
}

impl<'a> Value<'a> {
    /// The value that a text is.
    ///
    /// # Errors
    /// [`Error::Options`](crate::error::Error::Options) with the byte at which it is no JSON.
    pub fn parse(text: &'a str) -> Result<Self> {
        scan::check(text)?;
        Ok(Value(text.trim_ascii()))
    }

    /// As it is written.
    pub fn source(self) -> &'a str {
        self.0
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// Whether it is text.
    pub fn is_string(self) -> bool {
        self.starts_with(b'"')
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.starts_with(b'[')
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.starts_with(b'{')
    }

    fn starts_with(self, first: u8) -> bool {
        self.0.as_bytes().first() == Some(&first)
    }

    /// Text, with its escapes resolved; a lone surrogate becomes U+FFFD.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn text(self) -> Result<Cow<'a, str>, Fault> {
        if self.is_string() { Ok(unescaped(self.0)) } else { Err(self.fault("a string")) }
    }

    /// A finite number.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn number(self) -> Result<f64, Fault> {
        let is_number = self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let value = if is_number { number::parse(self.0) } else { f64::NAN };
        if value.is_finite() { Ok(value) } else { Err(self.fault("a number")) }
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn whole(self, min: f64, max: f64) -> Result<f64, Fault> {
        match self.number() {
            Ok(value) if value == libm::trunc(value) => {
                if (min..=max).contains(&value) {
                    return Ok(value);
                }
                let (min, max) = (number::number(min), number::number(max));
                Err(self.fault(&format!("a whole number from {min} to {max}")))
            }
            _ => Err(self.fault("a whole number")),
        }
    }

    /// Calls `take` with each name and value of an object.
    ///
    /// # Errors
    /// Where it is something else, and the first of `take`, within the name.
    pub fn entries(self, take: &mut dyn FnMut(&str, Value<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
        if !self.is_object() {
            return Err(self.fault("an object"));
        }
        let mut rest = Parts::new(self.0);
        while let Some(name) = rest.next() {
            let name = name.text()?;
            let value = rest.next().unwrap_or(Value("null"));
            take(&name, value).map_err(|fault| fault.within(Step::Name(name.into_owned())))?;
        }
        Ok(())
    }

    /// The same, of an object that has no other names than those `known`.
    ///
    /// # Errors
    /// As [`Value::entries`], and for a name that is not known.
    pub fn fields(
        self,
        known: &[&str],
        take: &mut dyn FnMut(&str, Value<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.entries(&mut |name, value| match known.contains(&name) {
            true => take(name, value),
            false => Err(Fault::new(format!("is unknown; known are {}", known.join(", ")))),
        })
    }

    /// Reads an object into fields, of which the first so many must be there.
    ///
    /// # Errors
    /// As [`Value::fields`], and for a field that is missing.
    pub fn read(self, required: usize, fields: &mut [(&str, &mut dyn Field)]) -> Result<(), Fault> {
        let names: Vec<&str> = fields.iter().map(|field| field.0).collect();
        let mut is_there = vec![false; names.len()];
        self.fields(&names, &mut |name, value| match names.iter().position(|known| *known == name) {
            Some(place) => {
                is_there[place] = true;
                fields[place].1.read(value)
            }
            None => Ok(()),
        })?;
        match is_there[..required].iter().position(|is_there| !is_there) {
            Some(place) => Err(Fault::missing(names[place])),
            None => Ok(()),
        }
    }

    /// Calls `take` with each value of an array.
    ///
    /// # Errors
    /// Where it is something else, and the first of `take`, within its place.
    pub fn each(self, take: &mut dyn FnMut(Value<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
        if !self.is_array() {
            return Err(self.fault("an array"));
        }
        for (place, value) in Parts::new(self.0).enumerate() {
            take(value).map_err(|fault| fault.within(Step::Index(place)))?;
        }
        Ok(())
    }

    /// One of several names, alone or as the only name of an object, with that name's value: which of them it is.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn variant(self, names: &[&str]) -> Result<(usize, Option<Value<'a>>), Fault> {
        let (name, value) = if self.is_string() {
            (self.text()?, None)
        } else {
            let mut parts = Parts::new(self.0);
            match (self.is_object(), parts.next(), parts.next(), parts.next()) {
                (true, Some(name), Some(value), None) => (name.text()?, Some(value)),
                _ => return Err(self.fault(&one_of(names))),
            }
        };
        match names.iter().position(|known| *known == name) {
            Some(place) => Ok((place, value)),
            None => Err(Fault::new(format!("must be {}, found {}", one_of(names), quoted(short(&name))))),
        }
    }

    /// That it is not what it must be.
    pub fn fault(self, must_be: &str) -> Fault {
        let found = match self.0.as_bytes().first() {
            Some(b'[') => "an array".into(),
            Some(b'{') => "an object".into(),
            Some(b'"') => {
                let text = unescaped(self.0);
                let cut = short(&text);
                if cut.len() < text.len() { quoted(&format!("{cut}…")) } else { quoted(&text) }
            }
            _ => short(self.0).to_owned(),
        };
        Fault::new(format!("must be {must_be}, found {found}"))
    }
}

/// What lies between the brackets of an array or object: its values; of an object names and values in turn.
struct Parts<'a>(&'a str);

impl<'a> Parts<'a> {
    fn new(text: &'a str) -> Self {
        Parts(text.get(1..).unwrap_or_default())
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let start = self.0.find(|at: char| !matches!(at, ' ' | '\t' | '\n' | '\r' | ',' | ':'))?;
        let rest = part(self.0, start..);
        let length = scan::value_length(rest.as_bytes());
        // What does not begin with a value is the closing bracket.
        if length == 0 {
            return None;
        }
        self.0 = part(rest, length..);
        Some(Value(part(rest, ..length)))
    }
}

/// The text of a string without its escapes.
fn unescaped(string: &str) -> Cow<'_, str> {
    let raw = part(string, 1..string.len() - 1);
    match raw.as_bytes().contains(&b'\\') {
        true => Cow::Owned(unescape(raw, Some(char::REPLACEMENT_CHARACTER)).unwrap_or_default()),
        false => Cow::Borrowed(raw),
    }
}

impl FromJson for String {
    fn from_json(value: Value) -> Result<Self, Fault> {
        value.text().map(Cow::into_owned)
    }
}

impl FromJson for Cow<'static, str> {
    fn from_json(value: Value) -> Result<Self, Fault> {
        String::from_json(value).map(Cow::Owned)
    }
}

impl FromJson for bool {
    fn from_json(value: Value) -> Result<Self, Fault> {
        match value.source() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(value.fault("true or false")),
        }
    }
}

impl FromJson for f64 {
    fn from_json(value: Value) -> Result<Self, Fault> {
        value.number()
    }
}

impl FromJson for i32 {
    fn from_json(value: Value) -> Result<Self, Fault> {
        value.whole(i32::MIN.into(), i32::MAX.into()).map(|value| value as i32)
    }
}

impl FromJson for u32 {
    fn from_json(value: Value) -> Result<Self, Fault> {
        value.whole(0.0, u32::MAX.into()).map(|value| value as u32)
    }
}

impl FromJson for u64 {
    fn from_json(value: Value) -> Result<Self, Fault> {
        value.whole(0.0, MAX_SAFE_INTEGER).map(|value| value as u64)
    }
}

impl FromJson for usize {
    fn from_json(value: Value) -> Result<Self, Fault> {
        value.whole(0.0, u32::MAX.into()).map(|value| value as usize)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: Value) -> Result<Self, Fault> {
        if value.is_null() { Ok(None) } else { T::from_json(value).map(Some) }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value) -> Result<Self, Fault> {
        let mut entries = Vec::new();
        value.each(&mut |entry| T::from_json(entry).map(|entry| entries.push(entry)))?;
        Ok(entries)
    }
}

/// By name, in the order in which they are written.
impl<T: FromJson> FromJson for Vec<(String, T)> {
    fn from_json(value: Value) -> Result<Self, Fault> {
        let mut entries = Vec::new();
        value.entries(&mut |name, entry| {
            T::from_json(entry).map(|entry| entries.push((name.to_owned(), entry)))
        })?;
        Ok(entries)
    }
}
