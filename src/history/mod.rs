mod event;
mod line;
mod log;
mod profile;
mod rest;
mod running;
mod state;
#[cfg(test)]
mod tests;
mod weights;

pub use event::{Event, EventKind};
pub use log::{History, Recorded};
pub use profile::{GenreAffinity, ItemAffinity, Profile, Verb};
pub use rest::Resting;
pub use running::RunningProfile;
pub use state::{FINISHED, LOW_RATING};
pub(crate) use weights::MILLISECONDS_PER_DAY;
pub use weights::{Decay, EventWeights, HalfLife, HistoryOptions};
