//! JSON between clients and the engine: options and commands in, with errors in JavaScript's words, answers out.
//!
//! Written here and not by serde, whose code for the same was a third of what a page downloads.

mod fault;
mod number;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod write;

pub use fault::{Fault, HAS_NO_VALUE, NEEDS_A_VALUE, Step, one_of};
pub use number::number;
pub use read::{Field, FromJson, Value, from_json};
pub use write::{Named, ToJson, Writer, to_json};

pub(crate) use crate::text::quoted;

/// Reads a struct from an object: each field by its name in JSON; what is not there stays as it is by default. A name that is not among
/// them is refused. `required` fields must be there.
macro_rules! read_fields {
    ($name:ty { $($field:ident: $json:literal),* $(,)? } $(and required { $($needed:ident: $known:literal),* $(,)? })?) => {
        impl $crate::json::FromJson for $name {
            fn from_json(value: $crate::json::Value) -> Result<Self, $crate::json::Fault> {
                const REQUIRED: &[&str] = &[$($($known),*)?];
                let mut read = <$name>::default();
                value.read(REQUIRED.len(), &mut [
                    $($(($known, &mut read.$needed),)*)?
                    $(($json, &mut read.$field)),*
                ])?;
                Ok(read)
            }
        }
    };
}

/// Reads an enum without values from its name.
macro_rules! read_names {
    ($name:ty { $($variant:ident: $json:literal),* $(,)? }) => {
        impl $crate::json::FromJson for $name {
            fn from_json(value: $crate::json::Value) -> Result<Self, $crate::json::Fault> {
                const NAMES: &[&str] = &[$($json),*];
                const ALL: &[$name] = &[$(<$name>::$variant),*];
                match value.variant(NAMES)? {
                    (place, None) => Ok(ALL[place]),
                    (_, Some(_)) => Err(value.fault(&$crate::json::one_of(NAMES))),
                }
            }
        }
    };
}

/// Writes a struct as an object, each field under its name in JSON.
macro_rules! write_fields {
    ($name:ty { $($field:ident: $json:literal),* $(,)? }) => {
        impl $crate::json::ToJson for $name {
            fn write(&self, writer: &mut $crate::json::Writer) {
                writer.fields(&[$(($json, &self.$field)),*]);
            }
        }
    };
}

/// Writes an enum without values as its name.
macro_rules! write_names {
    ($name:ty { $($variant:ident: $json:literal),* $(,)? }) => {
        impl $crate::json::ToJson for $name {
            fn write(&self, writer: &mut $crate::json::Writer) {
                writer.string(match self {
                    $(<$name>::$variant => $json,)*
                });
            }
        }
    };
}

pub(crate) use {read_fields, read_names, write_fields, write_names};
