mod event;
mod profile;
mod rest;
#[cfg(test)]
mod tests;
mod weights;

pub use event::{Event, EventKind};
pub use profile::{GenreAffinity, History, ItemAffinity, Profile, Recorded, Verb};
pub use rest::Resting;
pub use weights::{EventWeights, HalfLife, HistoryOptions};
