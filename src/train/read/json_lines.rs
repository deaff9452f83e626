use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de::DeserializeSeed};
use serde_json::value::RawValue;

use super::columns::Columns;
use super::lines::Lines;
use super::sink::{Row, Sink, Value};
use crate::error::Result;

/// Reads an object a line. `sample` are the first lines of the stream, whose keys are the columns.
///
/// # Errors
/// Where the columns cannot be found, or the stream cannot be read.
pub(super) fn read(lines: &mut Lines<impl Read>, sample: &[Vec<u8>], sink: &mut Sink) -> Result<()> {
    let mut keys: Vec<String> = Vec::new();
    for line in sample {
        // What is no object is told of when its line is read.
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(line).unwrap_or_default();
        for key in object.into_iter().map(|(key, _)| key) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let (columns, _) = sink.columns(|names| Ok((Columns::of_names(&keys, names)?, true)))?;
    let name = |place: Option<usize>| place.map(|place| keys[place].as_str());
    let names = [Some(columns.user), Some(columns.item), columns.rating, columns.timestamp].map(name);
    while let Some(line) = sink.next_line(lines)? {
        let values = parse(line, &names);
        let row = values.as_ref().map_err(|error| error.to_string()).and_then(|values| row(values, &names));
        sink.add(row)?;
    }
    Ok(())
}

type Values<'a> = [Option<Cow<'a, str>>; 4];

fn row<'a>(values: &'a Values, names: &[Option<&str>; 4]) -> Result<Row<'a>, String> {
    let [user, item, rating, time] = values;
    let id = |value: &'a Option<Cow<str>>, role: usize| {
        let missing = || format!("has no {:?}", names[role].unwrap_or_default());
        value.as_deref().map(str::as_bytes).ok_or_else(missing)
    };
    let number = |value: &'a Option<Cow<str>>| {
        value.as_deref().map_or(Value::None, |text| Value::Text(text.as_bytes()))
    };
    Ok(Row { user: id(user, 0)?, item: id(item, 1)?, rating: number(rating), time: number(time) })
}

/// The values of these keys, as they are written; none of `null`.
fn parse<'a>(line: &'a [u8], names: &[Option<&str>; 4]) -> Result<Values<'a>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let values = Keys(names).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(values)
}

struct Keys<'n>(&'n [Option<&'n str>; 4]);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = Values<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Values<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = Values::default();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            match self.0.iter().position(|name| *name == Some(&key)) {
                Some(place) => values[place] = plain(map.next_value()?).map_err(A::Error::custom)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(values)
    }
}

/// A text without its quotes, a number as it is written.
fn plain(value: &RawValue) -> Result<Option<Cow<'_, str>>, String> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => {
            let mut deserializer = serde_json::Deserializer::from_str(json);
            Cow::<str>::deserialize(&mut deserializer).map(Some).map_err(|error| error.to_string())
        }
        Some(b'n') => Ok(None),
        Some(b'0'..=b'9' | b'-') => Ok(Some(json.into())),
        _ => Err(format!("{} is neither a text nor a number", json.chars().take(60).collect::<String>())),
    }
}
