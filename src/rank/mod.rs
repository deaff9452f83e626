mod blend;
mod filter;
mod list;
mod quota;
mod rotation;
mod spread;
#[cfg(test)]
mod tests;
mod top;

pub use blend::{WeightsOption, weights};
pub use filter::{Exclusion, Filter, FilterOptions, GenreFilter, IdFilter, SeenFilter, YearFilter};
pub use list::{List, Part, SCREEN, Scores, agreements};
pub use quota::Quotas;
pub use rotation::{ROTATION, Rotation, seed_of};
pub use spread::{Spread, genre_divergence, intra_list_distance};
pub use top::{Ranked, score_to_f64};
