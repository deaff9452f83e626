use std::sync::Arc;

use super::matching::Found;
use super::reason::Reason;
use super::{Loaded, Stats};
use crate::history::{Event, Profile, Recorded};
use crate::json::{Named, ToJson, Writer, write_fields};
use crate::order;
use crate::rank::{Exclusion, Ranked, score_to_f64};
use crate::score::{Cause, LIKENESS, MAX_REASONS, SCORE_ONE, Score};

/// What a client gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To `record`.
    Recorded(Recorded),
    /// To what was kept of former sessions.
    Replayed(Replayed),
    /// To `forget`: how many events that were.
    Forgotten(usize),
    /// To `match`, in the same order.
    Found(Vec<Found>),
    /// To `history`.
    History(Vec<Entry>),
    /// To `recommend` and `similar`.
    Recommendations(Recommendations),
    /// To `profile`.
    Profile(ProfileAnswer),
    /// To `stats`.
    Stats(Stats),
}

/// What became of the events of former sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many were recorded: without those that were known by their identity.
    pub recorded: usize,
    /// How many lines were no event.
    pub damaged: usize,
}

/// An event of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The event.
    pub event: Event,
    /// The catalog's own JSON object, as text; `None` where the catalog does not have the item.
    pub item: Option<String>,
}

impl ToJson for Entry {
    fn write(&self, writer: &mut Writer) {
        let Event { item, kind, time, progress, position, rating, .. } = &self.event;
        writer.object(|writer| {
            let fields: [(&str, &dyn ToJson); 6] = [
                ("id", item),
                ("type", kind),
                ("time", time),
                ("progress", progress),
                ("position", position),
                ("rating", rating),
            ];
            fields.iter().for_each(|(name, value)| writer.field(name, *value));
            if let Some(item) = &self.item {
                writer.name("item");
                writer.raw(item);
            }
        });
    }
}

/// A ranked list.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendations {
    /// The best first.
    pub items: Vec<Recommendation>,
    /// Whether every scorer that was asked has answered, and said why where that was asked.
    pub complete: bool,
    /// Those that have not answered.
    pub missing: Vec<Arc<str>>,
    /// Those that have answered, and not said why.
    pub unexplained: Vec<Arc<str>>,
    /// Genres of the filter that no item of the catalog has.
    pub unknown_genres: Vec<String>,
    /// The weights it was made with, by scorer.
    pub weights: Named<f64>,
}

/// What lists are made from, beside what was ranked.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) weights: &'a [Score],
    pub(super) profile: &'a Profile,
    pub(super) loaded: &'a Loaded,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Its id.
    pub id: String,
    /// The sum of its parts.
    pub score: f64,
    /// The catalog's own JSON object, as text.
    pub item: String,
    /// Why, where that was asked.
    pub explanation: Option<Explanation>,
    /// Where it stands, where that was asked.
    pub standing: Standing,
}

/// Where an item stands that need not be in the list; of those in a list nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its place, from 1, in a list of all that may be recommended.
    pub place: Option<usize>,
    /// What keeps it out of every list.
    pub excluded: Option<Exclusion>,
}

/// Why an item is in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Weight times score of each scorer that was asked; they add up to the score.
    pub parts: Named<f64>,
    /// Items of the history that speak for it, the strongest first.
    pub items: Vec<ItemReason>,
    /// Genres that speak for it, the strongest first.
    pub genres: Vec<GenreReason>,
    /// What made the difference for a viewer. None where nothing speaks for it.
    pub reason: Option<Reason>,
    /// What is left of its chances, below 1, since it was shown and not chosen; see [`crate::history::Resting`].
    pub rest: Option<f64>,
    /// What makes it like the item that was asked for, by [`LIKENESS`]; adds up to the history's part. Empty where a viewer asked.
    pub likeness: Named<f64>,
    /// What scorers of the page's own say of it, for people.
    pub said: Named<String>,
}

/// An item of the history that speaks for a recommended one.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReason {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its part of the score.
    pub part: f64,
}

/// A genre that speaks for a recommended item.
#[derive(Debug, Clone, PartialEq)]
pub struct GenreReason {
    /// Its name.
    pub genre: String,
    /// Its part of the score.
    pub part: f64,
}

impl Recommendations {
    /// Of what was ranked, in the order of the list, with its parts and causes by scorer.
    pub(super) fn new(
        listed: &[Listed],
        missing: Vec<Arc<str>>,
        unexplained: Vec<Arc<str>>,
        unknown_genres: Vec<String>,
        basis: Basis,
    ) -> Self {
        let catalog = &basis.loaded.catalog;
        let item = |listed: &Listed| Recommendation {
            id: catalog.id(listed.ranked.item).to_owned(),
            score: score_to_f64(listed.ranked.score),
            item: catalog.source(listed.ranked.item).into_owned(),
            explanation: listed.causes.as_ref().map(|causes| explain(listed, causes, basis)),
            standing: listed.standing,
        };
        let items = listed.iter().map(item).collect();
        let complete = missing.is_empty() && unexplained.is_empty();
        let weights = basis.weights.iter().map(|&weight| f64::from(weight) / f64::from(SCORE_ONE));
        let weights = basis.named(weights);
        Recommendations { items, complete, missing, unexplained, unknown_genres, weights }
    }
}

impl Basis<'_> {
    /// Values in the order of the scorers, by name.
    fn named(&self, values: impl Iterator<Item = f64>) -> Named<f64> {
        Named(
            self.loaded.scorers.iter().zip(values).map(|(spec, value)| (spec.name.clone(), value)).collect(),
        )
    }
}

/// An item of a list that is about to be answered.
pub(super) struct Listed<'a> {
    pub(super) ranked: Ranked,
    pub(super) standing: Standing,
    /// Weight times score, by scorer.
    pub(super) parts: Vec<i64>,
    /// What each scorer says that its part is due to, where that was asked; nothing where it did not say.
    pub(super) causes: Option<Vec<&'a [Cause]>>,
}

fn explain(listed: &Listed, causes: &[&[Cause]], basis: Basis) -> Explanation {
    let Basis { weights, profile, loaded } = basis;
    let (mut items, mut genres) = (Vec::new(), Vec::new());
    let (mut likeness, mut said) = (Vec::new(), Vec::new());
    for ((causes, &weight), spec) in causes.iter().zip(weights).zip(&loaded.scorers) {
        let weighted = |part: Score| i64::from(part) * i64::from(weight);
        for cause in *causes {
            match cause {
                &Cause::Item { item, part } => items.push((item, weighted(part))),
                &Cause::Genre { genre, part } => genres.push((genre, weighted(part))),
                &Cause::Likeness { by, part } => {
                    let name = LIKENESS.get(usize::from(by)).copied().unwrap_or_default();
                    likeness.push((name.into(), score_to_f64(weighted(part))));
                }
                Cause::Sentence(text) => said.push((spec.name.clone(), text.clone())),
            }
        }
    }
    let catalog = &loaded.catalog;
    let items: Vec<ItemReason> = strongest(items)
        .map(|(item, part)| ItemReason {
            id: catalog.id(item).to_owned(),
            title: catalog.title(item).to_owned(),
            part,
        })
        .collect();
    let genres: Vec<GenreReason> = strongest(genres)
        .map(|(genre, part)| GenreReason { genre: catalog.genres.get(genre as usize).to_owned(), part })
        .collect();
    let parts: Vec<f64> = listed.parts.iter().map(|&part| score_to_f64(part)).collect();
    let item = listed.ranked.item;
    let mut asked = basis.named(parts.iter().copied());
    let mut weight = weights.iter();
    asked.0.retain(|_| weight.next() != Some(&0));
    Explanation {
        reason: (profile.of_viewer)
            .then(|| Reason::new(&parts, &items, &genres, &said, profile, loaded))
            .flatten(),
        rest: profile.resting.iter().find(|resting| resting.item == item).map(|resting| resting.left),
        parts: asked,
        items,
        genres,
        likeness: Named(likeness),
        said: Named(said),
    }
}

/// What speaks for an item, not against it, the strongest first; of equal ones the lower number.
fn strongest(mut parts: Vec<(u32, i64)>) -> impl Iterator<Item = (u32, f64)> {
    order::sort_by_key(&mut parts, |&(number, _)| number.into());
    let mut sums: Vec<(u32, i64)> = Vec::new();
    for (number, part) in parts {
        match sums.last_mut() {
            Some((last, sum)) if *last == number => *sum += part,
            _ => sums.push((number, part)),
        }
    }
    sums.retain(|&(_, part)| part > 0);
    order::sort_by_key(&mut sums, |&(_, part)| -part);
    sums.into_iter().take(MAX_REASONS).map(|(number, part)| (number, score_to_f64(part)))
}

/// What is known of a viewer's taste.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileAnswer {
    /// The most-watched genres, the largest share first.
    pub genres: Vec<GenreProfile>,
    /// The items that count, the most recent first.
    pub items: Vec<ItemProfile>,
    /// What the viewer avoids, by what they disliked or rated low.
    pub avoided: Avoided,
    /// How many events were recorded.
    pub events: usize,
    /// How many items of the history are not in the catalog.
    pub unknown: u32,
}

/// What a viewer avoids.
#[derive(Debug, Clone, PartialEq)]
pub struct Avoided {
    /// The genres, that most avoided first.
    pub genres: Vec<String>,
    /// The titles of what they disliked or rated low.
    pub titles: Vec<String>,
}

/// A genre the viewer watches.
#[derive(Debug, Clone, PartialEq)]
pub struct GenreProfile {
    /// Its name.
    pub genre: String,
    /// Its share of the viewer's watching, 0 to 1.
    pub share: f64,
    /// How many items of the history have it.
    pub count: u32,
    /// The share over the population's.
    pub lift: f64,
}

/// An item of the history that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemProfile {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How much it counts, after decay.
    pub weight: f64,
}

impl ToJson for Answer {
    fn write(&self, writer: &mut Writer) {
        match self {
            Answer::Recorded(recorded) => recorded.write(writer),
            Answer::Replayed(replayed) => replayed.write(writer),
            Answer::Forgotten(events) => events.write(writer),
            Answer::Found(found) => found.write(writer),
            Answer::History(entries) => entries.write(writer),
            Answer::Recommendations(list) => list.write(writer),
            Answer::Profile(profile) => profile.write(writer),
            Answer::Stats(stats) => stats.write(writer),
        }
    }
}

impl ToJson for Recommendations {
    fn write(&self, writer: &mut Writer) {
        let Recommendations { items, complete, missing, unexplained, unknown_genres, weights } = self;
        writer.object(|writer| {
            writer.field("items", items);
            writer.field("complete", complete);
            writer.field("missing", missing);
            writer.field("unexplained", &some(unexplained));
            writer.field("unknownGenres", &some(unknown_genres));
            writer.field("weights", weights);
        });
    }
}

/// A list, unless it is empty.
fn some<T>(list: &[T]) -> Option<&[T]> {
    Some(list).filter(|list| !list.is_empty())
}

impl ToJson for Recommendation {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.field("id", &self.id);
            writer.field("score", &self.score);
            writer.name("item");
            writer.raw(&self.item);
            writer.field("explanation", &self.explanation);
            writer.field("place", &self.standing.place);
            writer.field("excluded", &self.standing.excluded);
        });
    }
}

impl ToJson for Explanation {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.field("parts", &self.parts);
            writer.field("items", &self.items);
            writer.field("genres", &self.genres);
            writer.field("reason", &self.reason);
            writer.field("rest", &self.rest);
            writer.field("likeness", &Some(&self.likeness).filter(|likeness| !likeness.0.is_empty()));
            writer.field("said", &Some(&self.said).filter(|said| !said.0.is_empty()));
        });
    }
}

write_fields! { Replayed { recorded: "recorded", damaged: "damaged" } }
write_fields! { ItemReason { id: "id", title: "title", part: "part" } }
write_fields! { GenreReason { genre: "genre", part: "part" } }
write_fields! { ProfileAnswer { genres: "genres", items: "items", avoided: "avoided", events: "events", unknown: "unknown" } }
write_fields! { Avoided { genres: "genres", titles: "titles" } }
write_fields! { GenreProfile { genre: "genre", share: "share", count: "count", lift: "lift" } }
write_fields! { ItemProfile { id: "id", title: "title", weight: "weight" } }
