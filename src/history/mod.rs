mod event;
mod profile;
#[cfg(test)]
mod tests;
mod weights;

pub use event::{Event, EventKind, MAX_ID_BYTES};
pub use profile::{GenreAffinity, History, ItemAffinity, Profile, Recorded, Verb};
pub use weights::{Decay, EventWeights, HalfLife, HistoryOptions};
