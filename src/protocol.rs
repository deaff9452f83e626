//! The messages. Between client and engine they are objects; between engine and scorers bytes, the same in
//! a port, in a function call and in a RabbitMQ queue.

use serde::{Deserialize, Serialize};

use crate::catalog::ItemIndex;
use crate::error::{Error, Result};
use crate::history::{Event, Profile};
pub use crate::json::from_json;
use crate::rank::{FilterOptions, WeightsOption};
use crate::score::{Cause, Score};

/// What a client asks of the engine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Command {
    /// Take note of what the viewer did: all of it, or nothing where one event is bad.
    Record(Vec<Event>),
    /// What to watch next.
    Recommend(RecommendOptions),
    /// What is like an item.
    Similar(SimilarOptions),
    /// Where an item stands that need not be in the list, and why.
    Why(WhyOptions),
    /// What is known of the viewer's taste.
    Profile,
    /// How the queues and workers are doing.
    Stats,
}

/// How to recommend.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecommendOptions {
    /// How many items, 1 to [`RecommendOptions::MAX_LIMIT`]; [`RecommendOptions::DEFAULT_LIMIT`] where absent.
    pub limit: Option<f64>,
    /// What each scorer's score is multiplied by.
    pub weights: WeightsOption,
    /// Which items may be recommended.
    pub filter: FilterOptions,
    /// How much a list is to differ in genres, 0 to 1; see [`crate::rank::Spread`].
    pub diversity: Option<f64>,
    /// How much its genres are to be those the viewer watches, 0 to 1; see [`crate::rank::Spread`].
    pub calibration: Option<f64>,
    /// Turns what is nearly equal: the same list for the same seed; see [`crate::rank::Rotation`]. A whole number below 2⁵³.
    pub seed: Option<f64>,
    /// Whether to say why.
    pub explain: bool,
    /// Which scorers are waited for.
    pub wait: Wait,
    /// Milliseconds until the list is made from what has arrived. Where absent, [`RecommendOptions::DEFAULT_DEADLINE`], or
    /// [`RecommendOptions::PATIENT_DEADLINE`] until a first complete list was made and where scorers must be waited for.
    pub deadline: Option<f64>,
    /// How urgent it is, from 0 to [`RecommendOptions::MAX_PRIORITY`]; [`RecommendOptions::DEFAULT_PRIORITY`] where absent.
    pub priority: Option<f64>,
}

/// Which scorers a list is made from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Wait {
    /// Those that have answered when all have, or gave up, or the deadline has come.
    #[default]
    Deadline,
    /// All: where one is missing, there is an error instead.
    All,
    /// The first so many: where fewer can be had, there is an error instead.
    Quorum(f64),
}

impl RecommendOptions {
    /// The longest list.
    pub const MAX_LIMIT: u32 = 1000;
    /// The length of a list for which none is given.
    pub const DEFAULT_LIMIT: u32 = 20;
    /// The longest deadline in milliseconds.
    pub const MAX_DEADLINE: u32 = 600_000;
    /// The deadline in milliseconds of a request for which none is given: a person does not take it for a hang.
    pub const DEFAULT_DEADLINE: u32 = 500;
    /// The same where there was no complete list yet (workers start, code is compiled), or [`Wait`] asks for more than what has arrived.
    pub const PATIENT_DEADLINE: u32 = 10_000;
    /// The priority of what is most urgent.
    pub const MAX_PRIORITY: u8 = 9;
    /// The priority of a request for which none is given.
    pub const DEFAULT_PRIORITY: u8 = 4;
}

/// How to find what is like an item.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimilarOptions {
    /// The item's id.
    pub item: String,
    /// As in [`RecommendOptions`].
    #[serde(default)]
    pub limit: Option<f64>,
    /// As in [`RecommendOptions`]; seen items are included unless it says otherwise.
    #[serde(default)]
    pub filter: FilterOptions,
    /// As in [`RecommendOptions`].
    #[serde(default)]
    pub diversity: Option<f64>,
    /// How much it counts how many watch an item, 0 to 1; 0 where absent: the likeness alone, which has popularity taken out.
    #[serde(default)]
    pub popularity: Option<f64>,
    /// Whether to say why.
    #[serde(default)]
    pub explain: bool,
    /// As in [`RecommendOptions`].
    #[serde(default)]
    pub deadline: Option<f64>,
    /// As in [`RecommendOptions`].
    #[serde(default)]
    pub priority: Option<f64>,
}

/// What list an item is asked about; all but the item as in [`RecommendOptions`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyOptions {
    /// The item's id.
    pub item: String,
    /// What each scorer's score is multiplied by.
    #[serde(default)]
    pub weights: WeightsOption,
    /// Which items may be recommended.
    #[serde(default)]
    pub filter: FilterOptions,
    /// What turns what is nearly equal.
    #[serde(default)]
    pub seed: Option<f64>,
    /// Which scorers are waited for.
    #[serde(default)]
    pub wait: Wait,
    /// Milliseconds until it is answered from what has arrived.
    #[serde(default)]
    pub deadline: Option<f64>,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Option<f64>,
}

/// What the engine asks of a scorer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreRequest {
    /// Whose taste.
    pub profile: Profile,
    /// What for.
    pub task: Task,
}

/// What a scorer can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// A score for every item.
    Score,
    /// What caused the scores of these items.
    Explain(Vec<ItemIndex>),
}

/// What a scorer replies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ScoreReply {
    /// One an item, in the catalog's order.
    Scores(#[serde(with = "raw")] Vec<Score>),
    /// One list for each item asked for.
    Causes(Vec<Vec<Cause>>),
}

/// A message, or a scorer's data, as bytes (the postcard format).
///
/// # Errors
/// [`Error::Internal`], which cannot happen for the types of this crate.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(|error| Error::Internal { reason: format!("encoding: {error}") })
}

/// What [`encode`] made into bytes.
///
/// # Errors
/// [`Error::Internal`] for bytes that it did not make.
pub fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|error| Error::Internal { reason: format!("decoding: {error}") })
}

/// Scores as plain little-endian bytes: a million of them are copied, not encoded one by one.
mod raw {
    use serde::{Deserializer, Serializer, de};

    use crate::score::Score;

    pub(super) fn serialize<S: Serializer>(scores: &[Score], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = scores.iter().flat_map(|score| score.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Score>, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Vec<Score>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("a multiple of 4 bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<Score>, E> {
                let (scores, rest) = bytes.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(E::invalid_length(bytes.len(), &self));
                }
                Ok(scores.iter().map(|&bytes| Score::from_le_bytes(bytes)).collect())
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_reply_comes_back_as_it_was(scores in prop::collection::vec(any::<Score>(), 0..50)) {
            let reply = ScoreReply::Scores(scores);
            let bytes = encode(&reply).expect("encodes");
            prop_assert_eq!(decode(&bytes), Ok(reply));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode::<ScoreReply>(&bytes);
            let _ = decode::<ScoreRequest>(&bytes);
        }
    }
}
