mod event;
mod profile;
mod weights;

pub use event::{Event, EventKind, MAX_ID_BYTES};
pub use profile::{GenreAffinity, History, ItemAffinity, Profile, Recorded};
pub use weights::{EventWeights, HalfLife, HistoryOptions};
