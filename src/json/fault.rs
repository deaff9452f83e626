use super::{read_fields, write_fields};
use crate::error::{Error, ErrorMessage};
use crate::text::part;

/// What is wrong with a value, and where. In a box: it is handed on everywhere, and rarely there.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault(Box<Wrong>);

#[derive(Debug, Clone, PartialEq)]
struct Wrong {
    /// From the inside outwards.
    place: Vec<Step>,
    reason: String,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A field.
    Name(String),
    /// A place in an array.
    Index(usize),
}

impl Fault {
    /// At the value itself.
    pub fn new(reason: impl Into<String>) -> Self {
        Fault(Box::new(Wrong { place: Vec::new(), reason: reason.into() }))
    }

    /// At a value within this one.
    #[must_use]
    pub fn within(mut self, step: Step) -> Self {
        self.0.place.push(step);
        self
    }

    /// That a field is not there.
    pub fn missing(field: &str) -> Self {
        Fault::new("is missing").within(Step::Name(field.to_owned()))
    }

    /// As an error of an option, with its place as JavaScript writes it: `filter.genres.none[1]`.
    pub fn into_error(self) -> Error {
        let option = self.path();
        let reason = self.0.reason;
        if option.is_empty() { Error::Options { reason } } else { Error::Option { option, reason } }
    }

    /// As an error of one of the events that the value is an array of.
    pub fn into_event_error(mut self) -> Error {
        match self.0.place.pop() {
            Some(Step::Index(event)) => {
                let (path, reason) = (self.path(), self.0.reason);
                let reason = if path.is_empty() { reason } else { format!("{path} {reason}") };
                Error::Event { event, reason }
            }
            outer => {
                self.0.place.extend(outer);
                self.into_error()
            }
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.place.iter().rev() {
            match step {
                Step::Index(index) => path += &format!("[{index}]"),
                Step::Name(name) => {
                    path += if path.is_empty() { "" } else { "." };
                    path += short(name);
                }
            }
        }
        path
    }
}

/// Of a variant's name that stands alone, and must not.
pub const NEEDS_A_VALUE: &str = "needs a value beside its name";
/// Of one that does not stand alone, and must.
pub const HAS_NO_VALUE: &str = "has no value: write its name alone";

/// `a, b or c`.
pub fn one_of(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The beginning of a text from outside.
pub(super) fn short(text: &str) -> &str {
    const MAX: usize = 80;
    text.char_indices().nth(MAX).map_or(text, |(end, _)| part(text, ..end))
}

read_fields! { ErrorMessage { code: "code", message: "message" } }
write_fields! { ErrorMessage { code: "code", message: "message" } }
