use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::reason::Reason;
use super::{Loaded, ModelSummary};
use crate::broker::{DeadLetter, Millis, QueueStats, WorkerId, WorkerStats};
use crate::catalog::{CatalogReport, GenreIndex, ItemIndex};
use crate::error::ErrorMessage;
use crate::history::{Profile, Recorded};
use crate::rank::{Exclusion, Ranked, Weights, score_to_f64};
use crate::score::{Cause, LIKENESS, ONE, SCORERS, Score, ScorerKind};

/// At most so many items, and so many genres, are named as reasons.
const MAX_REASONS: usize = 5;

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `record`.
    Recorded(Recorded),
    /// To `recommend` and `similar`.
    Recommendations(Recommendations),
    /// To `profile`.
    Profile(ProfileAnswer),
    /// To `stats`.
    Stats(Stats),
}

/// A ranked list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendations {
    /// The best first.
    pub items: Vec<Recommendation>,
    /// Whether every scorer that was asked has answered, and said why where that was asked.
    pub complete: bool,
    /// Those that have not answered.
    pub missing: Vec<&'static str>,
    /// Those that have answered, and not said why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unexplained: Vec<&'static str>,
    /// Genres of the filter that no item of the catalog has.
    #[serde(rename = "unknownGenres", skip_serializing_if = "Vec::is_empty")]
    pub unknown_genres: Vec<String>,
    /// The weights it was made with, by scorer.
    pub weights: BTreeMap<&'static str, f64>,
}

/// What lists are made from, beside what was ranked.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) weights: &'a Weights,
    pub(super) profile: &'a Profile,
    pub(super) loaded: &'a Loaded,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// Its id.
    pub id: String,
    /// The sum of its parts.
    pub score: f64,
    /// The catalog's own JSON object, as text.
    pub item: String,
    /// Why, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// Where it stands, where that was asked: its place, from 1, in a list of all that may be recommended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// What keeps it out of every list, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
}

/// Where an item stands that need not be in the list; of those in a list nothing is said.
pub(super) type Standing = (Option<usize>, Option<Exclusion>);

/// Why an item is in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Weight times score of each scorer that was asked; they add up to the score.
    pub parts: BTreeMap<&'static str, f64>,
    /// Items of the history that speak for it, the strongest first.
    pub items: Vec<ItemReason>,
    /// Genres that speak for it, the strongest first.
    pub genres: Vec<GenreReason>,
    /// What made the difference for a viewer. None where nothing speaks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What is left of its chances, below 1, since it was shown and not chosen; see [`crate::history::Resting`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<f64>,
    /// What makes it like the item that was asked for, by [`LIKENESS`]; adds up to the history's part. Empty where a viewer asked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub likeness: BTreeMap<&'static str, f64>,
}

/// An item of the history that speaks for a recommended one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemReason {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its part of the score.
    pub part: f64,
}

/// A genre that speaks for a recommended item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenreReason {
    /// Its name.
    pub genre: String,
    /// Its part of the score.
    pub part: f64,
}

impl Recommendations {
    /// `causes` has a list for each ranked item, or none where a scorer did not say, in the order of [`SCORERS`].
    pub(super) fn new(
        ranked: &[(Ranked, Standing)],
        missing: Vec<&'static str>,
        unexplained: Vec<&'static str>,
        unknown_genres: Vec<String>,
        causes: Option<[&[Vec<Cause>]; SCORERS.len()]>,
        basis: Basis,
    ) -> Self {
        let catalog = &basis.loaded.catalog;
        let item = |(place, &(ref ranked, standing)): (usize, &(Ranked, Standing))| Recommendation {
            id: catalog.id(ranked.item).to_owned(),
            score: score_to_f64(ranked.score()),
            item: catalog.source(ranked.item).to_owned(),
            explanation: causes.map(|causes| {
                let causes = causes.map(|lists| lists.get(place).map_or(&[][..], Vec::as_slice));
                explain(ranked, causes, basis)
            }),
            place: standing.0,
            excluded: standing.1,
        };
        let items = ranked.iter().enumerate().map(item).collect();
        let complete = missing.is_empty() && unexplained.is_empty();
        let of = |(scorer, &weight): (&ScorerKind, &Score)| (scorer.name, f64::from(weight) / f64::from(ONE));
        let weights = SCORERS.iter().zip(basis.weights).map(of).collect();
        Recommendations { items, complete, missing, unexplained, unknown_genres, weights }
    }
}

fn explain(ranked: &Ranked, causes: [&[Cause]; SCORERS.len()], basis: Basis) -> Explanation {
    let Basis { weights, profile, loaded } = basis;
    let mut items: FxHashMap<ItemIndex, i64> = FxHashMap::default();
    let mut genres: FxHashMap<GenreIndex, i64> = FxHashMap::default();
    let mut likeness = BTreeMap::new();
    for (causes, &weight) in causes.iter().zip(weights) {
        for cause in *causes {
            match *cause {
                Cause::Item { item, part } => {
                    *items.entry(item).or_default() += i64::from(part) * i64::from(weight)
                }
                Cause::Genre { genre, part } => {
                    *genres.entry(genre).or_default() += i64::from(part) * i64::from(weight);
                }
                Cause::Likeness { by, part } => {
                    let part = score_to_f64(i64::from(part) * i64::from(weight));
                    likeness.extend(LIKENESS.get(usize::from(by)).map(|&name| (name, part)));
                }
            }
        }
    }
    let catalog = &loaded.catalog;
    let asked = SCORERS.iter().zip(weights).zip(ranked.parts).filter(|((_, weight), _)| **weight != 0);
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
    Explanation {
        reason: (profile.of_viewer)
            .then(|| Reason::new(ranked.parts.map(score_to_f64), &items, &genres, profile, loaded))
            .flatten(),
        rest: profile.resting.iter().find(|resting| resting.item == ranked.item).map(|resting| resting.left),
        parts: asked.map(|((scorer, _), part)| (scorer.name, score_to_f64(part))).collect(),
        items,
        genres,
        likeness,
    }
}

/// What speaks for an item, not against it, the strongest first; of equal ones the lower number.
fn strongest(parts: FxHashMap<u32, i64>) -> impl Iterator<Item = (u32, f64)> {
    let mut parts: Vec<(u32, i64)> = parts.into_iter().filter(|&(_, part)| part > 0).collect();
    parts.sort_unstable_by_key(|&(number, part)| (std::cmp::Reverse(part), number));
    parts.into_iter().take(MAX_REASONS).map(|(number, part)| (number, score_to_f64(part)))
}

/// What is known of a viewer's taste.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Avoided {
    /// The genres, that most avoided first.
    pub genres: Vec<String>,
    /// The titles of what they disliked or rated low.
    pub titles: Vec<String>,
}

/// A genre the viewer watches.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemProfile {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How much it counts, after decay.
    pub weight: f64,
}

/// How the queues and workers are doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The catalog's figures.
    pub catalog: CatalogStats,
    /// The model's, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelStats>,
    /// The viewer's.
    pub history: HistoryStats,
    /// The requests'.
    pub requests: RequestStats,
    /// The queues', in the order of the scorers.
    pub queues: Vec<TimedQueueStats>,
    /// The last messages that were given up, the oldest first.
    pub dead_letters: Vec<QueuedDeadLetter>,
    /// Messages and replies that came for nothing: duplicates, late ones, forgeries.
    pub strangers: u64,
}

/// What became of the model that was named.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModelStats {
    /// Its figures.
    Loaded(ModelSummary),
    /// It is done without.
    Failed {
        /// Why.
        error: ErrorMessage,
    },
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueuedDeadLetter {
    /// Its queue.
    pub queue: &'static str,
    /// Why.
    #[serde(flatten)]
    pub letter: DeadLetter,
}

/// A catalog's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CatalogStats {
    /// Different genres.
    pub genres: usize,
    /// Bytes of JSON.
    pub bytes: usize,
    /// What was read, and what was skipped.
    #[serde(flatten)]
    pub report: CatalogReport,
}

/// A viewer's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HistoryStats {
    /// Events recorded.
    pub events: usize,
    /// Items of them that are not in the catalog.
    pub unknown: u32,
}

/// How requests for lists ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RequestStats {
    /// Not ended yet.
    pub open: u64,
    /// Ended with a list.
    pub settled: u64,
    /// Of these, with one that lacks a scorer.
    pub partial: u64,
    /// Aborted by the client.
    pub aborted: u64,
    /// Ended with an error.
    pub failed: u64,
}

/// A queue's figures with its workers' timings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimedQueueStats {
    /// The queue's.
    #[serde(flatten)]
    pub queue: QueueStats,
    /// The workers'.
    pub workers: Vec<TimedWorkerStats>,
}

/// A worker's figures with its timings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimedWorkerStats {
    /// The worker's.
    #[serde(flatten)]
    pub worker: WorkerStats,
    /// Its timings.
    #[serde(flatten)]
    pub timings: WorkerTimings,
}

/// How long a worker took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct WorkerTimings {
    /// Milliseconds for all its messages.
    pub busy: Millis,
    /// Milliseconds for the last.
    pub last: Millis,
}

impl WorkerTimings {
    pub(super) fn add(&mut self, busy: Millis) {
        self.busy += busy;
        self.last = busy;
    }
}

impl TimedQueueStats {
    pub(super) fn new(mut queue: QueueStats, timings: &BTreeMap<WorkerId, WorkerTimings>) -> Self {
        let workers = std::mem::take(&mut queue.workers).into_iter();
        let workers = workers.map(|worker| TimedWorkerStats {
            timings: timings.get(&worker.worker).copied().unwrap_or_default(),
            worker,
        });
        TimedQueueStats { workers: workers.collect(), queue }
    }
}

impl ModelStats {
    pub(super) fn new(loaded: &Loaded) -> Option<Self> {
        let failed = loaded.model_error.clone().map(|error| ModelStats::Failed { error });
        failed.or(loaded.model.map(ModelStats::Loaded))
    }
}

impl CatalogStats {
    pub(super) fn new(loaded: &Loaded) -> Self {
        CatalogStats {
            genres: loaded.catalog.genres.len(),
            bytes: loaded.catalog.bytes(),
            report: loaded.report.clone(),
        }
    }
}
