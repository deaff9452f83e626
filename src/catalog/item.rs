use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::options::{CatalogLimits, FieldNames};
use super::{CatalogOptions, NO_YEAR};
use crate::error::ItemProblem;
use crate::history::MAX_ID_BYTES;

/// The largest number that JavaScript does not round.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// What is looked at of an item.
pub(super) struct Item<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) title: Cow<'a, str>,
    pub(super) genres: Vec<Cow<'a, str>>,
    pub(super) year: i16,
    pub(super) popularity: f32,
    pub(super) tags: Vec<Cow<'a, str>>,
    pub(super) description: Cow<'a, str>,
}

impl<'a> Item<'a> {
    /// Reads one item, valid JSON already.
    pub(super) fn read(json: &'a str, options: &CatalogOptions) -> Result<Self, ItemProblem> {
        let CatalogOptions { fields: names, separator, limits, .. } = options;
        check_size(json, limits)?;
        if !json.starts_with('{') {
            return Err(ItemProblem::NotAnObject);
        }
        let fields = serde_json::Deserializer::from_str(json)
            .deserialize_map(FieldsVisitor { names })
            .map_err(|error| invalid("its names", plain(&error)))?;
        let list = |value, name| list(value, name, separator, limits.max_per_item);
        Ok(Item {
            id: id(fields.id, &names.id)?,
            title: required(text(fields.title, &names.title)?, &names.title)?,
            genres: list(fields.genres, &names.genres)?,
            year: year(fields.year, &names.year)?,
            popularity: popularity(fields.popularity, &names.popularity)?,
            tags: list(fields.tags, &names.tags)?,
            description: text(fields.description, &names.description)?.unwrap_or_default(),
        })
    }
}

/// The raw values of the fields that are looked at; of a name that occurs twice the last, as in JavaScript.
#[derive(Default)]
struct Fields<'a> {
    id: Value<'a>,
    title: Value<'a>,
    genres: Value<'a>,
    year: Value<'a>,
    popularity: Value<'a>,
    tags: Value<'a>,
    description: Value<'a>,
}

/// `None` where the field is absent or null.
type Value<'a> = Option<&'a str>;

struct FieldsVisitor<'n> {
    names: &'n FieldNames,
}

impl<'de> Visitor<'de> for FieldsVisitor<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key_seed(Name { names: self.names, fields: &mut fields })? {
            match name {
                Some(field) => {
                    *field = Some(map.next_value::<&RawValue>()?.get()).filter(|&value| value != "null")
                }
                None => drop(map.next_value::<de::IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// A name's place in [`Fields`], if it is one of ours.
struct Name<'n, 'f, 'de> {
    names: &'n FieldNames,
    fields: &'f mut Fields<'de>,
}

impl<'de, 'f> de::DeserializeSeed<'de> for Name<'_, 'f, 'de> {
    type Value = Option<&'f mut Value<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, 'f> Visitor<'de> for Name<'_, 'f, 'de> {
    type Value = Option<&'f mut Value<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let Name { names, fields } = self;
        let places = [
            (&names.id, &mut fields.id),
            (&names.title, &mut fields.title),
            (&names.genres, &mut fields.genres),
            (&names.year, &mut fields.year),
            (&names.popularity, &mut fields.popularity),
            (&names.tags, &mut fields.tags),
            (&names.description, &mut fields.description),
        ];
        Ok(places.into_iter().find(|(ours, _)| *ours == name).map(|(_, field)| field))
    }
}

fn check_size(json: &str, limits: &CatalogLimits) -> Result<(), ItemProblem> {
    if json.len() > limits.max_item_bytes {
        return Err(ItemProblem::TooLong { length: json.len(), limit: limits.max_item_bytes });
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limits.max_depth {
                    return Err(ItemProblem::TooDeep { limit: limits.max_depth });
                }
            }
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    Ok(())
}

fn invalid(field: &str, reason: impl Into<String>) -> ItemProblem {
    ItemProblem::Invalid { field: field.into(), reason: reason.into() }
}

fn required<T>(value: Option<T>, name: &str) -> Result<T, ItemProblem> {
    value.ok_or_else(|| ItemProblem::Missing { field: name.into() })
}

/// What serde_json says, without its line and column, which would be those of a part of the file.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

fn is_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn string<'a>(json: &'a str, name: &str) -> Result<Cow<'a, str>, ItemProblem> {
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain_text) if !plain_text.contains('\\') => Ok(Cow::Borrowed(plain_text)),
        Some(_) => serde_json::from_str(json).map(Cow::Owned).map_err(|error| invalid(name, plain(&error))),
        None => Err(invalid(name, "is not a string")),
    }
}

fn number(json: &str, name: &str) -> Result<f64, ItemProblem> {
    serde_json::from_str(json).map_err(|error| invalid(name, plain(&error)))
}

fn id<'a>(value: Value<'a>, name: &str) -> Result<Cow<'a, str>, ItemProblem> {
    let json = required(value, name)?;
    if is_number(json) {
        let number = number(json, name)?;
        if number.fract() != 0.0 || number.abs() > MAX_SAFE_INTEGER {
            return Err(invalid(name, "is a number but not a whole one below 2^53; write it as a string"));
        }
        return Ok(Cow::Owned(format!("{}", number as i64)));
    }
    let id = string(json, name).map_err(|_| invalid(name, "is neither a well-formed string nor a number"))?;
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(invalid(name, format!("must be 1 to {MAX_ID_BYTES} bytes long, found {}", id.len())));
    }
    Ok(id)
}

fn text<'a>(value: Value<'a>, name: &str) -> Result<Option<Cow<'a, str>>, ItemProblem> {
    match value {
        Some(json) if is_number(json) => Ok(Some(Cow::Borrowed(json))),
        Some(json) => string(json, name).map(Some),
        None => Ok(None),
    }
}

fn list<'a>(
    value: Value<'a>,
    name: &str,
    separator: &str,
    limit: usize,
) -> Result<Vec<Cow<'a, str>>, ItemProblem> {
    let Some(json) = value else { return Ok(Vec::new()) };
    let entries: Vec<Cow<'a, str>> = if json.starts_with('[') {
        let entries: Vec<&RawValue> =
            serde_json::from_str(json).map_err(|error| invalid(name, plain(&error)))?;
        entries.into_iter().map(|entry| string(entry.get(), name)).collect::<Result<_, _>>()?
    } else {
        match string(json, name).map_err(|_| invalid(name, "is neither an array of strings nor a string"))? {
            text if separator.is_empty() => vec![text],
            Cow::Borrowed(text) => text.split(separator).map(Cow::Borrowed).collect(),
            Cow::Owned(text) => text.split(separator).map(|part| Cow::Owned(part.to_owned())).collect(),
        }
    };
    let trimmed = entries.into_iter().map(|entry| match entry {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    });
    let entries: Vec<Cow<'a, str>> = trimmed.filter(|entry| !entry.is_empty()).collect();
    if entries.len() > limit {
        return Err(invalid(name, format!("has {} entries, the limit is {limit}", entries.len())));
    }
    Ok(entries)
}

fn year(value: Value, name: &str) -> Result<i16, ItemProblem> {
    let Some(json) = value else { return Ok(NO_YEAR) };
    let year = if is_number(json) {
        number(json, name)?
    } else {
        let text = string(json, name).map_err(|_| invalid(name, "is neither a number nor a string"))?;
        match text.trim() {
            "" => return Ok(NO_YEAR),
            digits => digits.parse::<i16>().map(f64::from).map_err(|_| invalid(name, "is not a year"))?,
        }
    };
    if year.fract() != 0.0 || year.abs() > 9999.0 {
        return Err(invalid(name, format!("must be a whole number from -9999 to 9999, found {year}")));
    }
    Ok(year as i16)
}

fn popularity(value: Value, name: &str) -> Result<f32, ItemProblem> {
    let Some(json) = value else { return Ok(f32::NAN) };
    if !is_number(json) {
        return Err(invalid(name, "is not a number"));
    }
    let popularity = number(json, name)? as f32;
    if !popularity.is_finite() || popularity < 0.0 {
        return Err(invalid(name, format!("must be a number from 0 to 3.4e38, found {json}")));
    }
    Ok(popularity)
}
