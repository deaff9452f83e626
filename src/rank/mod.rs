mod blend;
mod filter;
mod top;

pub use blend::{Blend, Weights, WeightsOption};
pub use filter::{Filter, FilterOptions, GenreFilter, IdFilter, SeenFilter, YearFilter};
pub use top::{Part, Ranked, score_to_f64, top};
