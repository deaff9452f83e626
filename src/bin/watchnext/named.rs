//! Options whose values the library names: it does not know the command line's parser.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A parser for one of these names.
pub(crate) fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let find = |name: String| all.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    PossibleValuesParser::new(all.iter().map(|(name, _)| *name))
        .try_map(move |name| find(name).ok_or("is unknown"))
}
