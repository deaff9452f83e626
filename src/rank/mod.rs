mod blend;
mod discount;
mod filter;
mod list;
mod quota;
mod rerank;
mod rotation;
#[cfg(test)]
mod tests;
mod top;

pub use blend::{WeightsOption, weights};
#[cfg(test)]
use discount::LIFT;
pub use discount::{Discounts, Expectations};
pub use filter::{Exclusion, Filter, FilterOptions, GenreFilter, IdFilter, SeenFilter, YearFilter};
pub use list::{List, Part, SCREEN, Scores, agreements};
pub use quota::Quotas;
pub use rerank::{Rerank, genre_divergence, intra_list_distance};
pub use rotation::{ROTATION, Rotation, seed_of};
pub use top::{Ranked, score_to_f64};
