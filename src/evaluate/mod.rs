//! How good a model's lists are for viewers it has never seen (strong generalisation): each is scored from
//! their fold-in history alone, over all items, and the list compared with what they watched besides.

mod felt;
mod metrics;
mod popularity;
mod propensity;
mod run;
mod split;

pub use felt::{Felt, NamedFelt};
pub use metrics::{Mean, Metrics, NamedMetric};
pub use run::{EvaluateOptions, Evaluation, GenreMix, LIKED, LIST_LENGTH, ViewerResult, evaluate, in_order};
pub(crate) use split::MIN_INTERACTIONS;
pub use split::{Holdout, LeaveLastOne, Split};
