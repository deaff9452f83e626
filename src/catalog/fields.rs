use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::item::{ROLES, Role};
use super::path::Path;
use super::presets::Preset;
use crate::error::{Error, Result};

/// What is called what in a catalog, as options say it: the name of a preset, or an object whose fields are the documented names, each with the
/// catalog's own name, a path (`imdb.id`, `genres[].name`), or several of them; `preset` among them is for what they do not say.
///
/// Of several, an id is made of all, joined by `|`; genres and tags are in all; of the others the first counts that an item has. An empty
/// array: it is not read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldNames {
    pub(super) preset: Option<&'static Preset>,
    names: [Option<Names>; ROLES.len()],
}

/// In the order of the roles, and one more.
const KNOWN: &[&str] = &["id", "title", "genres", "year", "popularity", "tags", "description", "preset"];

impl FieldNames {
    /// The paths to each role, where they are said.
    ///
    /// # Errors
    /// [`Error::Option`] for what is no path.
    pub(super) fn paths(&self) -> Result<[Option<Vec<Path>>; ROLES.len()]> {
        let mut paths = [const { None }; ROLES.len()];
        for (role, names) in ROLES.into_iter().zip(&self.names) {
            let wrong = |reason| Error::Option { option: format!("fields.{}", role.name()), reason };
            let Some(Names(names)) = names else { continue };
            let mut parsed = Vec::new();
            for name in names {
                parsed.push(Path::parse(name).map_err(wrong)?);
            }
            if parsed.is_empty() && matches!(role, Role::Id | Role::Title) {
                return Err(wrong("must not be empty: no item would have one".into()));
            }
            paths[role as usize] = Some(parsed);
        }
        Ok(paths)
    }
}

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
                Some(place) if place < ROLES.len() => fields.names[place] = map.next_value()?,
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

/// One name or several.
#[derive(Debug, Clone, PartialEq)]
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a string or an array of strings")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Names, E> {
        Ok(Names(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = seq.next_element()? {
            names.push(name);
        }
        Ok(Names(names))
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
