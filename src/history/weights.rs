use crate::error::{Error, Result};
use crate::json::{number, read_fields, write_fields};

/// How much one event says about the viewer's taste. Defaults as measured; see `docs/design.md`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventWeights {
    /// Watched once, times the portion watched. Default 1.
    pub watch: f64,
    /// Watched to the end (0.9 of it or more) twice or more. Default 1.5.
    pub rewatch: f64,
    /// Liked. Default 1.5.
    pub like: f64,
    /// Rated 5; linear down to 0 at a rating of 2. Default 1.5.
    pub rating: f64,
    /// Clicked only. Default 0.2.
    pub click: f64,
    /// Passed over: how much it speaks against what it is like; a dislike speaks as much against it as a like for it. Default 0.3.
    pub skip: f64,
}

impl Default for EventWeights {
    fn default() -> Self {
        EventWeights { watch: 1.0, rewatch: 1.5, like: 1.5, rating: 1.5, click: 0.2, skip: 0.3 }
    }
}

impl EventWeights {
    /// The weight of a rating from 0.5 to 5: 5, 4, 3, ≤ 2 are worth 1.5, 1, 0.5, 0 by default.
    pub fn rating(&self, rating: f64) -> f64 {
        self.rating * ((rating - 2.0) / 3.0).clamp(0.0, 1.0)
    }
}

pub(crate) const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;

/// How fast what lies back loses weight. Counted from the newest event, never from the clock, so that a
/// list does not change while nothing happens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HalfLife {
    /// After how many later items an item counts half; no decay where absent.
    pub events: Option<f64>,
    /// After how many days an item counts half; no decay where absent.
    pub days: Option<f64>,
}

/// The two half-lives of a history: what is watched together fades slower than what comes next.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Decay {
    /// That of [`ItemAffinity::weight`](super::ItemAffinity::weight).
    pub taste: HalfLife,
    /// That of [`ItemAffinity::recent`](super::ItemAffinity::recent).
    pub recent: HalfLife,
}

impl From<HalfLife> for Decay {
    /// One for both.
    fn from(half_life: HalfLife) -> Self {
        Decay { taste: half_life, recent: half_life }
    }
}

impl HalfLife {
    /// By how many halvings an item has lost weight that so many later items followed, and that lies so many days back.
    pub fn halvings(self, later_items: f64, days: f64) -> f64 {
        self.events.map_or(0.0, |events| later_items / events)
            + self.days.map_or(0.0, |half_life| days / half_life)
    }
}

/// How a history becomes a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HistoryOptions {
    /// What each kind of event is worth.
    pub weights: EventWeights,
    /// The decay; where absent the model's, and without a model [`HistoryOptions::NO_MODEL`].
    pub half_life: Option<HalfLife>,
    /// The decay for what comes next, which only a model says; as `half_life` where absent.
    pub next_half_life: Option<HalfLife>,
}

impl HistoryOptions {
    /// The decay where neither the page nor a model says one.
    pub const NO_MODEL: HalfLife = HalfLife { events: Some(5.0), days: None };

    /// Both half-lives; none where nothing is said.
    pub fn decay(&self) -> Decay {
        let taste = self.half_life.unwrap_or_default();
        Decay { taste, recent: self.next_half_life.unwrap_or(taste) }
    }

    /// Refuses weights and half-lives that make no sense.
    ///
    /// # Errors
    /// [`Error::Option`] for a weight outside 0 to 100, or a half-life that is not above 0.
    pub fn validate(&self) -> Result<()> {
        let EventWeights { watch, rewatch, like, rating, click, skip } = self.weights;
        for (name, weight) in [
            ("watch", watch),
            ("rewatch", rewatch),
            ("like", like),
            ("rating", rating),
            ("click", click),
            ("skip", skip),
        ] {
            if !(0.0..=100.0).contains(&weight) {
                return Err(Error::Option {
                    option: format!("history.weights.{name}"),
                    reason: format!("must be from 0 to 100, found {}", number(weight)),
                });
            }
        }
        let half_life = self.half_life.unwrap_or_default();
        for (name, value) in [("events", half_life.events), ("days", half_life.days)] {
            if value.is_some_and(|value| value.is_nan() || value <= 0.0) {
                return Err(Error::Option {
                    option: format!("history.halfLife.{name}"),
                    reason: format!("must be above 0, found {}", number(value.unwrap_or_default())),
                });
            }
        }
        Ok(())
    }
}

read_fields! {
    EventWeights { watch: "watch", rewatch: "rewatch", like: "like", rating: "rating", click: "click", skip: "skip" }
}
read_fields! { HalfLife { events: "events", days: "days" } }
read_fields! { HistoryOptions { weights: "weights", half_life: "halfLife" } }
write_fields! { HalfLife { events: "events", days: "days" } }
