use super::item::{ROLES, Role};
use super::path::Path;
use super::presets::Preset;
use crate::error::{Error, Result};
use crate::json::{Fault, FromJson, Value, one_of};

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
                Some(place) if place < ROLES.len() => fields.names[place] = FromJson::from_json(value)?,
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

/// One name or several.
#[derive(Debug, Clone, PartialEq)]
struct Names(Vec<String>);

impl FromJson for Names {
    fn from_json(value: Value) -> Result<Self, Fault> {
        if value.is_string() {
            return value.text().map(|name| Names(vec![name.into_owned()]));
        }
        if !value.is_array() {
            return Err(value.fault("a string or an array of strings"));
        }
        Vec::from_json(value).map(Names)
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
