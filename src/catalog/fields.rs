use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::item::ROLES;
use super::path::Path;
use super::presets::Preset;

/// What is called what in a catalog, as options say it: the name of a preset, or an object whose fields are the documented names, each with the
/// catalog's own name, a path (`imdb.id`, `genres[].name`), or several of them; `preset` among them is for what they do not say.
///
/// Of several, an id is made of all, joined by `|`; genres and tags are in all; of the others the first counts that an item has. An empty
/// array: it is not read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldNames {
    pub(super) preset: Option<&'static Preset>,
    /// In the order of the roles.
    pub(super) paths: [Option<Paths>; ROLES.len()],
}

/// The names of the roles, and one more.
const KNOWN: &[&str] = &["id", "title", "genres", "year", "popularity", "tags", "description", "preset"];

impl<'de> Deserialize<'de> for FieldNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldNamesVisitor)
    }
}

struct FieldNamesVisitor;

impl<'de> Visitor<'de> for FieldNamesVisitor {
    type Value = FieldNames;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object, or the name of a preset")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<FieldNames, E> {
        Ok(FieldNames { preset: Some(preset(name)?), ..FieldNames::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldNames, A::Error> {
        let mut fields = FieldNames::default();
        while let Some(name) = map.next_key::<String>()? {
            match KNOWN.iter().position(|known| *known == name) {
                Some(place) if place < ROLES.len() => fields.paths[place] = map.next_value()?,
                Some(_) => fields.preset = Some(preset(&map.next_value::<String>()?)?),
                None => return Err(de::Error::unknown_field(&name, KNOWN)),
            }
        }
        Ok(fields)
    }
}

fn preset<E: de::Error>(name: &str) -> Result<&'static Preset, E> {
    Preset::named(name).ok_or_else(|| E::unknown_variant(name, Preset::NAMES))
}

/// One path or several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paths(pub(super) Vec<Path>);

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PathsVisitor)
    }
}

struct PathsVisitor;

impl<'de> Visitor<'de> for PathsVisitor {
    type Value = Paths;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a string or an array of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Paths, E> {
        Path::parse(text).map(|path| Paths(vec![path])).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Paths, A::Error> {
        let mut paths = Vec::new();
        while let Some(path) = seq.next_element()? {
            paths.push(path);
        }
        Ok(Paths(paths))
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(PathVisitor)
    }
}

struct PathVisitor;

impl Visitor<'_> for PathVisitor {
    type Value = Path;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Path, E> {
        Path::parse(text).map_err(E::custom)
    }
}

/// The names of genres that a catalog writes otherwise, as numbers mostly.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenreNames(Vec<(String, String)>);

impl GenreNames {
    pub(super) fn get(&self, written: &str) -> Option<&str> {
        let entry = self.0.iter().find(|(known, _)| known == written);
        entry.map(|(_, name)| name.as_str())
    }

    /// These, and behind them those of a preset.
    pub(super) fn with(mut self, preset: Option<&Preset>) -> Self {
        for entry in preset.map_or("", |preset| preset.genre_names).split('|') {
            if let Some((written, name)) = entry.split_once(' ') {
                self.0.push((written.to_owned(), name.to_owned()));
            }
        }
        self
    }
}

impl<'de> Deserialize<'de> for GenreNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(GenreNamesVisitor)
    }
}

struct GenreNamesVisitor;

impl<'de> Visitor<'de> for GenreNamesVisitor {
    type Value = GenreNames;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object of names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GenreNames, A::Error> {
        let mut names = Vec::new();
        while let Some(entry) = map.next_entry()? {
            names.push(entry);
        }
        Ok(GenreNames(names))
    }
}
