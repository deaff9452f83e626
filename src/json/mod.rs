#[cfg(test)]
mod tests;

use std::fmt::{self, Display};

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde_json::Value;

use crate::error::{Error, Result};

/// Options or a command, which clients write as JSON.
///
/// # Errors
/// [`Error::Option`] and [`Error::Event`] with the place of what is wrong, in JavaScript's words: a name that is not known and those
/// that are, a wrong type. [`Error::Options`] where it is no JSON, or no command.
pub fn from_json<T: for<'a> Deserialize<'a>>(json: &str) -> Result<T> {
    let value: Value = serde_json::from_str(json).map_err(|error| {
        let text = error.to_string();
        Error::Options { reason: text.split(" at line ").next().unwrap_or(&text).to_owned() }
    })?;
    T::deserialize(At(&value)).map_err(Fault::into_error)
}

/// What is wrong, and where.
#[derive(Debug)]
struct Fault {
    /// From the inside outwards.
    place: Vec<Step>,
    reason: String,
}

/// One step into a value.
#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
    /// A command is one.
    Variant(String),
}

impl Fault {
    fn new(reason: String) -> Self {
        Fault { place: Vec::new(), reason }
    }

    /// A value that is not what it must be.
    fn wrong(must_be: &str, found: &Value) -> Self {
        let found = match found {
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => match short(text) {
                cut if cut.len() < text.len() => format!("{:?}", format!("{cut}…")),
                text => format!("{text:?}"),
            },
        };
        Fault::new(format!("must be {must_be}, found {found}"))
    }

    fn within(mut self, step: Step) -> Self {
        self.place.push(step);
        self
    }

    #[inline(never)]
    fn within_name(self, name: &str) -> Self {
        self.within(Step::Name(name.to_owned()))
    }

    /// The place as JavaScript writes it: `filter.genres.none[1]`.
    fn into_error(self) -> Error {
        let Fault { mut place, reason } = self;
        let command = match place.pop() {
            Some(Step::Variant(command)) => Some(command),
            step => {
                place.extend(step);
                None
            }
        };
        let event = match place.last() {
            Some(&Step::Index(event)) if command.as_deref() == Some("record") => {
                place.pop();
                Some(event)
            }
            _ => None,
        };
        let mut name = String::new();
        for step in place.iter().rev() {
            match step {
                Step::Index(index) => name += &format!("[{index}]"),
                Step::Name(part) | Step::Variant(part) => {
                    name += if name.is_empty() { "" } else { "." };
                    name += short(part);
                }
            }
        }
        match event {
            Some(event) if name.is_empty() => Error::Event { event, reason },
            Some(event) => Error::Event { event, reason: format!("{name} {reason}") },
            None if name.is_empty() => Error::Options { reason },
            None => Error::Option { option: name, reason },
        }
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Fault::new(message.to_string())
    }

    #[inline(never)]
    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::UnitVariant => return Fault::new(NEEDS_A_VALUE.to_owned()),
            Unexpected::Bool(value) => value.into(),
            Unexpected::Unsigned(value) => value.into(),
            Unexpected::Float(value) => value.into(),
            Unexpected::Seq => Value::Array(Vec::new()),
            _ => Value::Null,
        };
        Fault::wrong(&expected.to_string(), &found)
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Fault::wrong(&one_of(known), &Value::String(variant.to_owned()))
    }

    #[inline(never)]
    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let reason = format!("is unknown; known are {}", known.join(", "));
        Fault::new(reason).within_name(field)
    }

    #[inline(never)]
    fn missing_field(field: &'static str) -> Self {
        Fault::new("is missing".to_owned()).within_name(field)
    }
}

/// The largest number that JavaScript does not round.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
const NEEDS_A_VALUE: &str = "needs a value beside its name";

/// `a, b or c`.
fn one_of(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The beginning of a text from outside.
fn short(text: &str) -> &str {
    const MAX: usize = 80;
    text.char_indices().nth(MAX).map_or(text, |(end, _)| &text[..end])
}

/// A value that is to become something. Unlike serde_json's own reader, this takes no array for a struct.
struct At<'de>(&'de Value);

// Not one copy for each type of option: what they have in common is the same code.
impl<'de> At<'de> {
    #[inline(never)]
    fn whole_number(&self, min: f64, max: f64) -> Result<f64, Fault> {
        match self.0.as_f64() {
            Some(number) if (min..=max).contains(&number) && number.fract() == 0.0 => Ok(number),
            Some(number) if number.fract() == 0.0 => {
                Err(Fault::wrong(&format!("a whole number from {min} to {max}"), self.0))
            }
            _ => Err(Fault::wrong("a whole number", self.0)),
        }
    }

    #[inline(never)]
    fn number(&self) -> Result<f64, Fault> {
        self.0.as_f64().ok_or_else(|| Fault::wrong("a number", self.0))
    }

    #[inline(never)]
    fn text(&self) -> Result<&'de str, Fault> {
        self.0.as_str().ok_or_else(|| Fault::wrong("a string", self.0))
    }

    #[inline(never)]
    fn fields(&self) -> Result<Fields<'de>, Fault> {
        let fields = self.0.as_object().ok_or_else(|| Fault::wrong("an object", self.0))?;
        Ok(Fields { fields: fields.iter(), next: None })
    }

    #[inline(never)]
    fn entries(&self) -> Result<Entries<'de>, Fault> {
        let entries = self.0.as_array().ok_or_else(|| Fault::wrong("an array", self.0))?;
        Ok(Entries(entries.iter().enumerate()))
    }
}

impl<'de> Deserializer<'de> for At<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            &Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match number.as_u64() {
                Some(number) => visitor.visit_u64(number),
                None => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.0.as_bool().ok_or_else(|| Fault::wrong("true or false", self.0))?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_i32(self.whole_number(i32::MIN.into(), i32::MAX.into())? as i32)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_u32(self.whole_number(0.0, u32::MAX.into())? as u32)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_u64(self.whole_number(0.0, MAX_SAFE_INTEGER)? as u64)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(self.entries()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self.fields()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant = match self.0 {
            Value::String(name) => Some((name, None)),
            Value::Object(fields) if fields.len() == 1 => {
                fields.iter().next().map(|(name, value)| (name, Some(value)))
            }
            _ => None,
        };
        match variant {
            Some((name, value)) if variants.contains(&name.as_str()) => {
                visitor.visit_enum(Variant { name, value })
            }
            Some((name, _)) => Err(Fault::wrong(&one_of(variants), &Value::String(name.clone()))),
            None => Err(Fault::wrong(&one_of(variants), self.0)),
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i64 u8 u16 f32 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct identifier ignored_any
    }
}

struct Entries<'de>(std::iter::Enumerate<std::slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let entry = self.0.next();
        entry
            .map(|(index, value)| {
                seed.deserialize(At(value)).map_err(|fault| fault.within(Step::Index(index)))
            })
            .transpose()
    }
}

struct Fields<'de> {
    fields: serde_json::map::Iter<'de>,
    next: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.next = self.fields.next().map(|(name, value)| (name.as_str(), value));
        self.next.map(|(name, _)| seed.deserialize(StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (name, value) = self.next.ok_or_else(|| Fault::new("has no value".to_owned()))?;
        seed.deserialize(At(value)).map_err(|fault| fault.within_name(name))
    }
}

struct Variant<'de> {
    name: &'de str,
    value: Option<&'de Value>,
}

impl Variant<'_> {
    fn within(&self, fault: Fault) -> Fault {
        fault.within(Step::Variant(self.name.to_owned()))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        seed.deserialize(StrDeserializer::new(self.name)).map(|variant| (variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(self.within(Fault::new("has no value: write its name alone".to_owned()))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let value = self.value.ok_or_else(|| self.within(Fault::new(NEEDS_A_VALUE.to_owned())))?;
        seed.deserialize(At(value)).map_err(|fault| self.within(fault))
    }

    // Nothing that a page writes is one of these.
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(self.within(Fault::new(NEEDS_A_VALUE.to_owned())))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(self.within(Fault::new(NEEDS_A_VALUE.to_owned())))
    }
}
