use super::item::ROLES;
use super::path::Path;
use super::presets::Preset;
use crate::json::{Fault, FromJson, Value, one_of};

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

impl FromJson for FieldNames {
    fn from_json(value: Value) -> Result<Self, Fault> {
        if value.is_string() {
            return Ok(FieldNames { preset: Some(preset(value)?), ..FieldNames::default() });
        }
        if !value.is_object() {
            return Err(value.fault("an object, or the name of a preset"));
        }
        let mut fields = FieldNames::default();
        value.fields(KNOWN, &mut |name, value| {
            match KNOWN.iter().position(|known| *known == name) {
                Some(place) if place < ROLES.len() => fields.paths[place] = FromJson::from_json(value)?,
                _ => fields.preset = Some(preset(value)?),
            }
            Ok(())
        })?;
        Ok(fields)
    }
}

fn preset(value: Value) -> Result<&'static Preset, Fault> {
    Preset::named(&value.text()?).ok_or_else(|| value.fault(&one_of(Preset::NAMES)))
}

/// One path or several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paths(pub(super) Vec<Path>);

impl FromJson for Paths {
    fn from_json(value: Value) -> Result<Self, Fault> {
        if value.is_string() {
            return Ok(Paths(vec![Path::from_json(value)?]));
        }
        if !value.is_array() {
            return Err(value.fault("a string or an array of strings"));
        }
        Vec::from_json(value).map(Paths)
    }
}

impl FromJson for Path {
    fn from_json(value: Value) -> Result<Self, Fault> {
        Path::parse(&value.text()?).map_err(Fault::new)
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

impl FromJson for GenreNames {
    fn from_json(value: Value) -> Result<Self, Fault> {
        Vec::from_json(value).map(GenreNames)
    }
}
