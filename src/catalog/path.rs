//! Where in an item a value is: `imdb.id`, `genres[].name`.

use super::value::Value;
use crate::text::quoted;

/// A path may have so many steps.
const MAX_STEPS: usize = 16;

/// The way from an item, or from a file, to a value in it, or to several: `imdb.id`, `genres[].name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// As it was written.
    pub(super) text: String,
    pub(super) steps: Vec<Step>,
}

/// One step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Into the field of this name.
    Field(String),
    /// Into each element of an array, or each value of an object.
    Each,
}

impl Path {
    /// Reads `name`, `outer.inner`, `list[].name`, `[].name`.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(super) fn parse(text: &str) -> Result<Path, String> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let mut name = part;
            while let Some(rest) = name.strip_suffix("[]") {
                name = rest;
            }
            // Only the first may have no name: `[].name`.
            if !name.is_empty() {
                steps.push(Step::Field(name.to_owned()));
            } else if part.is_empty() || !steps.is_empty() {
                return Err(format!(
                    "must be a name or a path as in imdb.id or genres[].name, found {}",
                    quoted(text)
                ));
            }
            for _ in 0..(part.len() - name.len()) / 2 {
                steps.push(Step::Each);
            }
        }
        if steps.len() > MAX_STEPS {
            return Err(format!("has more than {MAX_STEPS} steps"));
        }
        Ok(Path { text: text.to_owned(), steps })
    }

    /// The path to a field that is there, whatever it is called.
    pub(super) fn of_field(text: &str) -> Path {
        Path::parse(text)
            .unwrap_or_else(|_| Path { text: text.to_owned(), steps: vec![Step::Field(text.to_owned())] })
    }
}

/// Every value at the end of the steps from this one, in order.
pub(super) fn walk<'a>(value: Value<'a>, steps: &[Step], found: &mut dyn FnMut(Value<'a>)) {
    match steps {
        [] => found(value),
        [Step::Field(name), further @ ..] => {
            if let Some(inner) = value.field(name) {
                walk(inner, further, found);
            }
        }
        [Step::Each, further @ ..] => {
            value.elements().for_each(|element| walk(element, further, found));
            value.members().for_each(|(_, element)| walk(element, further, found));
        }
    }
}
