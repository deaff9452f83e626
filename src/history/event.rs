use crate::catalog::MAX_ID_BYTES;
use crate::error::{Error, Result};
use crate::json::{number, read_fields, read_names, write_fields, write_names};

/// The latest position: a hundred days.
const MAX_SECONDS: u32 = 8_640_000;

/// What a viewer did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Watched, wholly or in part (`progress`).
    #[default]
    Watch,
    /// Said to like it.
    Like,
    /// Said to dislike it: it is never recommended again.
    Dislike,
    /// Rated it (`rating`).
    Rate,
    /// Opened its page, played its trailer.
    Click,
    /// Passed it over: it is not recommended again until something else is done with it.
    Skip,
    /// Was shown it. As long as nothing else is done with it, it rests: see [`super::Resting`].
    Impression,
    /// Takes back the last event about the item, impressions aside, that has not been taken back; nothing where there is none.
    Remove,
}

/// One interaction of the viewer with one item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// The item's id. It need not be in the catalog (yet).
    pub item: String,
    /// What happened.
    pub kind: EventKind,
    /// When, in milliseconds since 1970.
    pub time: f64,
    /// `watch` only: the portion watched, 0 to 1; all of it where absent.
    pub progress: Option<f64>,
    /// `watch` only: where it was left, in seconds from its beginning.
    pub position: Option<f64>,
    /// `rate` only, and required there: 0.5 to 5.
    pub rating: Option<f64>,
    /// Who recorded it (a page, from its start to its end; a file it was read from): with `sequence` its identity, by which an event that comes
    /// again is known. Empty where it has none.
    pub origin: String,
    /// Its number among those of its origin, below 2⁵³.
    pub sequence: u64,
}

read_names! { EventKind {
    Watch: "watch", Like: "like", Dislike: "dislike", Rate: "rate", Click: "click", Skip: "skip", Impression: "impression", Remove: "remove",
} }
write_names! { EventKind {
    Watch: "watch", Like: "like", Dislike: "dislike", Rate: "rate", Click: "click", Skip: "skip", Impression: "impression", Remove: "remove",
} }
read_fields! { Event { progress: "progress", position: "position", rating: "rating", origin: "origin", sequence: "sequence" } and required { item: "item", kind: "type", time: "time" } }
write_fields! { Event { item: "item", kind: "type", time: "time", progress: "progress", position: "position", rating: "rating" } }

impl Event {
    /// An event with neither progress nor rating.
    pub fn new(item: impl Into<String>, kind: EventKind, time: f64) -> Self {
        Event { item: item.into(), kind, time, ..Event::default() }
    }

    /// Refuses what could not be recorded faithfully. `place` is the event's among those given with it.
    ///
    /// # Errors
    /// [`Error::Event`] for an empty or overlong id, a time that is no number, a progress, position or rating that
    /// is out of range, missing, or given with the wrong kind of event.
    pub fn validate(&self, place: usize) -> Result<()> {
        let fail = |reason: String| Err(Error::Event { event: place, reason });
        if self.item.is_empty() || self.item.len() > MAX_ID_BYTES {
            return fail(format!("item must be 1 to {MAX_ID_BYTES} bytes long, found {}", self.item.len()));
        }
        if self.origin.len() > MAX_ID_BYTES {
            return fail(format!(
                "origin must be at most {MAX_ID_BYTES} bytes long, found {}",
                self.origin.len()
            ));
        }
        if !self.time.is_finite() {
            return fail(format!("time must be milliseconds since 1970, found {}", number(self.time)));
        }
        match (self.kind, self.progress) {
            (EventKind::Watch, Some(progress)) if !(0.0..=1.0).contains(&progress) => {
                return fail(format!("progress must be from 0 to 1, found {}", number(progress)));
            }
            (EventKind::Watch, _) | (_, None) => {}
            (_, Some(_)) => return fail("progress goes with type \"watch\" only".into()),
        }
        match (self.kind, self.position) {
            (EventKind::Watch, Some(position)) if !(0.0..=f64::from(MAX_SECONDS)).contains(&position) => {
                return fail(format!(
                    "position must be seconds from 0 to {MAX_SECONDS}, found {}",
                    number(position)
                ));
            }
            (EventKind::Watch, _) | (_, None) => {}
            (_, Some(_)) => return fail("position goes with type \"watch\" only".into()),
        }
        match (self.kind, self.rating) {
            (EventKind::Rate, Some(rating)) if (0.5..=5.0).contains(&rating) => Ok(()),
            (EventKind::Rate, Some(rating)) => {
                fail(format!("rating must be from 0.5 to 5, found {}", number(rating)))
            }
            (EventKind::Rate, None) => fail("type \"rate\" needs a rating from 0.5 to 5".into()),
            (_, None) => Ok(()),
            (_, Some(_)) => fail("rating goes with type \"rate\" only".into()),
        }
    }
}
