use std::rc::Rc;

use super::answer::{Basis, Recommendations, Standing};
use super::{CallId, Loaded};
use crate::broker::{CorrelationId, DeadLetter, DeadLetterReason, Envelope, Millis, Outcome, QueueId};
use crate::catalog::ItemIndex;
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::protocol::{
    RecommendOptions, ScoreReply, ScoreRequest, SimilarOptions, Task, Wait, WhyOptions, decode, encode,
};
use crate::rank::{
    Blend, Filter, FilterOptions, List, Ranked, Rotation, SeenFilter, Spread, Weights, seed_of,
};
use crate::score::{Cause, HISTORY, ONE, POPULARITY, SCORERS, Score, fixed};

/// A request for a list: scatter to the scorers, gather, rank, and where reasons are wanted scatter and
/// gather once more.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) call: CallId,
    /// When the list is made from what has arrived.
    pub(super) due: Millis,
    deadline: u32,
    priority: u8,
    wait: Wait,
    profile: Profile,
    weights: Weights,
    filter: FilterOptions,
    seen: SeenFilter,
    spread: Spread,
    seed: Option<u64>,
    limit: usize,
    /// The only item to be answered, be it in the list or not.
    only: Option<ItemIndex>,
    explain: bool,
    expired: bool,
    scores: PerScorer<Vec<Score>>,
    causes: PerScorer<Vec<Vec<Cause>>>,
    ranked: Option<Vec<(Ranked, Standing)>>,
}

/// What each of the scorers was asked for, in the order of [`SCORERS`]; `None` before anybody was asked.
type PerScorer<T> = Option<[Part<T>; SCORERS.len()]>;

/// What one scorer was asked for.
#[derive(Debug)]
enum Part<T> {
    NotAsked,
    Waiting,
    Here(T),
    Missing(DeadLetter),
}

/// How far a request has got.
pub(super) enum Progress {
    Waiting,
    Publish(Vec<(QueueId, CorrelationId, Envelope, Rc<[u8]>)>),
    Done(Recommendations),
}

impl Request {
    pub(super) fn recommend(
        id: u64,
        call: CallId,
        options: RecommendOptions,
        profile: Profile,
        blend: &Blend,
        now: Millis,
        has_listed: bool,
    ) -> Result<Self> {
        let RecommendOptions {
            limit,
            weights,
            filter,
            diversity,
            calibration,
            seed,
            explain,
            wait,
            deadline,
            priority,
        } = options;
        let (spread, seed) = (Spread::new(diversity, calibration)?, seed_of(seed)?);
        let weights = blend.weights(profile.known(), &weights)?;
        Request { filter, spread, seed, explain, wait, ..Request::new(id, call, profile, weights, now) }
            .limits(limit, deadline, priority, has_listed)
    }

    pub(super) fn similar(
        id: u64,
        call: CallId,
        options: SimilarOptions,
        viewer: &Profile,
        loaded: &Loaded,
        now: Millis,
        has_listed: bool,
    ) -> Result<Self> {
        let SimilarOptions { item, limit, mut filter, diversity, popularity, explain, deadline, priority } =
            options;
        let spread = Spread::new(diversity, None)?;
        let Some(place) = loaded.catalog.find(&item) else { return Err(Error::ItemUnknown { id: item }) };
        let (seen, disliked) = (viewer.seen.clone(), viewer.disliked.clone());
        let profile = Profile { seen, disliked, ..Profile::of_item(place) };
        let mut weights = [0; SCORERS.len()];
        weights[HISTORY] = ONE;
        weights[POPULARITY] = popularity_weight(popularity)?;
        filter.ids.deny.push(item);
        let seen = SeenFilter::Include;
        Request { filter, seen, spread, explain, ..Request::new(id, call, profile, weights, now) }
            .limits(limit, deadline, priority, has_listed)
    }

    pub(super) fn why(
        id: u64,
        call: CallId,
        options: WhyOptions,
        profile: Profile,
        loaded: &Loaded,
        now: Millis,
        has_listed: bool,
    ) -> Result<Self> {
        let WhyOptions { item, weights, filter, seed, wait, deadline, priority } = options;
        let Some(place) = loaded.catalog.find(&item) else { return Err(Error::ItemUnknown { id: item }) };
        let weights = loaded.blend.weights(profile.known(), &weights)?;
        let (only, seed, explain) = (Some(place), seed_of(seed)?, true);
        Request { filter, seed, only, explain, wait, ..Request::new(id, call, profile, weights, now) }
            .limits(None, deadline, priority, has_listed)
    }

    fn new(id: u64, call: CallId, profile: Profile, weights: Weights, now: Millis) -> Self {
        Request {
            id,
            call,
            due: now,
            deadline: 0,
            priority: 0,
            wait: Wait::default(),
            profile,
            weights,
            filter: FilterOptions::default(),
            seen: SeenFilter::Exclude,
            spread: Spread::default(),
            seed: None,
            limit: 0,
            only: None,
            explain: false,
            expired: false,
            scores: None,
            causes: None,
            ranked: None,
        }
    }

    /// `has_listed`: whether a complete list was made before.
    fn limits(
        mut self,
        limit: Option<f64>,
        deadline: Option<f64>,
        priority: Option<f64>,
        has_listed: bool,
    ) -> Result<Self> {
        let limit = whole("limit", limit, RecommendOptions::DEFAULT_LIMIT, RecommendOptions::MAX_LIMIT)?;
        self.limit = limit as usize;
        let default = if has_listed && self.wait == Wait::Deadline {
            RecommendOptions::DEFAULT_DEADLINE
        } else {
            RecommendOptions::PATIENT_DEADLINE
        };
        self.deadline = whole("deadline", deadline, default, RecommendOptions::MAX_DEADLINE)?;
        self.due += f64::from(self.deadline);
        self.priority = priority_of(priority)?;
        if let Wait::Quorum(quorum) = self.wait {
            whole("wait.quorum", Some(quorum), 1, SCORERS.len() as u32)?;
        }
        Ok(self)
    }

    /// The queues of the scorers it asks.
    pub(super) fn queues(&self) -> impl Iterator<Item = QueueId> {
        self.weights.into_iter().enumerate().filter(|&(_, weight)| weight != 0).map(|(queue, _)| queue)
    }

    fn correlation_id(&self, part: usize) -> CorrelationId {
        CorrelationId { request: self.id, part: part as u32 }
    }

    /// The deadline has come.
    pub(super) fn expire(&mut self) {
        self.expired = true;
    }

    /// A message has ended. What comes after the list was ranked is not in it.
    pub(super) fn settled(&mut self, id: CorrelationId, outcome: Outcome<Vec<u8>>, items: usize) {
        let part = id.part as usize;
        let reply = match outcome {
            Outcome::Reply(body) => decode(&body).map_err(|error| DeadLetter {
                reason: DeadLetterReason::Rejected,
                attempts: 1,
                cause: format!("an unreadable reply: {error}"),
            }),
            Outcome::DeadLetter(letter) => Err(letter),
        };
        match (part.checked_sub(SCORERS.len()), reply) {
            (None, _) if self.ranked.is_some() => {}
            (None, Ok(ScoreReply::Scores(scores))) if scores.len() == items => {
                fill(&mut self.scores, part, Part::Here(scores));
            }
            (Some(part), Ok(ScoreReply::Causes(causes))) => fill(&mut self.causes, part, Part::Here(causes)),
            (None, reply) => fill(&mut self.scores, part, Part::Missing(letter_of(reply))),
            (Some(part), reply) => fill(&mut self.causes, part, Part::Missing(letter_of(reply))),
        }
    }

    /// Takes the request as far as it goes without waiting.
    pub(super) fn advance(&mut self, loaded: &Loaded) -> Result<Progress> {
        let Some(scores) = &self.scores else {
            let asked = self.weights.map(|weight| weight != 0);
            self.scores = Some(asked.map(Part::asked));
            return if asked.contains(&true) {
                self.publish(asked, 0, Task::Score)
            } else {
                self.advance(loaded)
            };
        };
        if self.ranked.is_none() {
            let waiting = scores.iter().any(Part::is_waiting) && !self.expired;
            let here = scores.iter().filter(|part| matches!(part, Part::Here(_))).count();
            let asked = scores.iter().filter(|part| !matches!(part, Part::NotAsked)).count();
            match self.enough(asked) {
                Some(enough) if here >= enough => {}
                _ if waiting => return Ok(Progress::Waiting),
                Some(_) => return Err(self.missing(scores)),
                None => {}
            }
            self.ranked = Some(self.rank(scores, loaded)?);
        }
        let ranked = self.ranked.as_deref().unwrap_or_default();
        if self.explain && !self.expired && !ranked.is_empty() && self.causes.is_none() {
            let here = scores.each_ref().map(|part| matches!(part, Part::Here(_)));
            let task = Task::Explain(ranked.iter().map(|(ranked, _)| ranked.item).collect());
            self.causes = Some(here.map(Part::asked));
            if here.contains(&true) {
                return self.publish(here, SCORERS.len(), task);
            }
        }
        if !self.expired && self.causes.iter().flatten().any(Part::is_waiting) {
            return Ok(Progress::Waiting);
        }
        Ok(Progress::Done(self.answer(scores, ranked, loaded)))
    }

    /// How many of those asked must answer, and are enough; `None` where any will do, and all are waited for.
    fn enough(&self, asked: usize) -> Option<usize> {
        match self.wait {
            Wait::Deadline => None,
            Wait::All => Some(asked),
            Wait::Quorum(quorum) => Some(asked.min(quorum as usize)),
        }
    }

    fn publish(&self, to: [bool; SCORERS.len()], first_part: usize, task: Task) -> Result<Progress> {
        let message: Rc<[u8]> = encode(&ScoreRequest { profile: self.profile.clone(), task })?.into();
        let queues = to.iter().enumerate().filter(|&(_, &to)| to).map(|(queue, _)| queue);
        let envelope = Envelope { priority: self.priority, expires: Some(self.due) };
        let messages =
            queues.map(|queue| (queue, self.correlation_id(first_part + queue), envelope, message.clone()));
        Ok(Progress::Publish(messages.collect()))
    }

    fn rank(
        &self,
        scores: &[Part<Vec<Score>>; SCORERS.len()],
        loaded: &Loaded,
    ) -> Result<Vec<(Ranked, Standing)>> {
        let items = loaded.catalog.len();
        let arrived = scores.each_ref().map(|part| match part {
            Part::Here(scores) => Some(scores.as_slice()),
            _ => None,
        });
        let asked = scores.iter().any(|part| !matches!(part, Part::NotAsked));
        if asked && arrived.iter().all(Option::is_none) {
            return Err(self.missing(scores));
        }
        let filter = Filter::new(&self.filter, &loaded.catalog, &self.profile, self.seen)?;
        let allows = |item: ItemIndex| filter.allows(item);
        let limit = if self.only.is_some() { items } else { self.limit };
        let rotation = Rotation::new(self.seed, &self.profile.resting);
        let list = List { weights: &self.weights, scores: &arrived, limit, spread: self.spread, rotation };
        let ranked = list.of(items, &loaded.catalog.features, &self.profile, allows);
        let Some(item) = self.only else {
            return Ok(ranked.into_iter().map(|ranked| (ranked, Standing::default())).collect());
        };
        let place = ranked.iter().position(|ranked| ranked.item == item).map(|place| place + 1);
        Ok(vec![(list.ranked(item), (place, filter.exclusion(item)))])
    }

    /// Why there is no list.
    fn missing(&self, scores: &[Part<Vec<Score>>]) -> Error {
        let letters = || {
            scores.iter().filter_map(|part| match part {
                Part::Missing(letter) => Some(letter),
                _ => None,
            })
        };
        if letters().any(|letter| letter.reason == DeadLetterReason::MaxLength) {
            return Error::Overloaded;
        }
        match letters().find(|letter| letter.reason != DeadLetterReason::Expired) {
            Some(letter) => Error::ScorersFailed { reason: letter.cause.clone() },
            None => Error::Deadline { deadline: self.deadline },
        }
    }

    fn answer(
        &self,
        scores: &[Part<Vec<Score>>],
        ranked: &[(Ranked, Standing)],
        loaded: &Loaded,
    ) -> Recommendations {
        let missing = |part: usize| matches!(scores[part], Part::Waiting | Part::Missing(_));
        let explained =
            |part: usize| self.causes.as_ref().is_some_and(|causes| matches!(causes[part], Part::Here(_)));
        let unexplained = |part: usize| {
            self.explain && !ranked.is_empty() && matches!(scores[part], Part::Here(_)) && !explained(part)
        };
        let (missing, unexplained) = (names(missing), names(unexplained));
        let causes = self.causes.as_ref().map(|causes| {
            causes.each_ref().map(|part| match part {
                Part::Here(causes) => causes.as_slice(),
                _ => &[],
            })
        });
        let causes =
            causes.filter(|_| self.explain).or_else(|| self.explain.then_some([&[][..]; SCORERS.len()]));
        let unknown_genres = self.filter.genres.unknown(&loaded.catalog);
        let basis = Basis { weights: &self.weights, profile: &self.profile, loaded };
        Recommendations::new(ranked, missing, unexplained, unknown_genres, causes, basis)
    }
}

impl<T> Part<T> {
    fn asked(asked: bool) -> Self {
        if asked { Part::Waiting } else { Part::NotAsked }
    }

    fn is_waiting(&self) -> bool {
        matches!(self, Part::Waiting)
    }
}

fn fill<T>(parts: &mut PerScorer<T>, place: usize, value: Part<T>) {
    if let Some(part) = parts.as_mut().and_then(|parts| parts.get_mut(place)).filter(|part| part.is_waiting())
    {
        *part = value;
    }
}

/// The names of the scorers of which something holds.
fn names(holds: impl Fn(usize) -> bool) -> Vec<&'static str> {
    SCORERS.iter().enumerate().filter(|&(part, _)| holds(part)).map(|(_, scorer)| scorer.name).collect()
}

/// What is missing of a reply that is not what was asked for.
fn letter_of(reply: std::result::Result<ScoreReply, DeadLetter>) -> DeadLetter {
    let wrong = DeadLetter {
        reason: DeadLetterReason::Rejected,
        attempts: 1,
        cause: "a reply to another question".into(),
    };
    reply.map_or_else(|letter| letter, |_| wrong)
}

fn popularity_weight(popularity: Option<f64>) -> Result<Score> {
    let value = popularity.unwrap_or_default();
    let reason = || format!("must be from 0 to 1, found {value}");
    let refused = || Error::Option { option: "popularity".into(), reason: reason() };
    (0.0..=1.0).contains(&value).then(|| fixed(value)).ok_or_else(refused)
}

fn priority_of(priority: Option<f64>) -> Result<u8> {
    match priority {
        None => Ok(RecommendOptions::DEFAULT_PRIORITY),
        Some(value)
            if value.fract() == 0.0 && (0.0..=f64::from(RecommendOptions::MAX_PRIORITY)).contains(&value) =>
        {
            Ok(value as u8)
        }
        Some(value) => Err(Error::Option {
            option: "priority".into(),
            reason: format!(
                "must be a whole number from 0 to {}, found {value}",
                RecommendOptions::MAX_PRIORITY
            ),
        }),
    }
}

fn whole(option: &str, value: Option<f64>, default: u32, most: u32) -> Result<u32> {
    match value {
        None => Ok(default),
        Some(value) if value.fract() == 0.0 && (1.0..=f64::from(most)).contains(&value) => Ok(value as u32),
        Some(value) => Err(Error::Option {
            option: option.into(),
            reason: format!("must be a whole number from 1 to {most}, found {value}"),
        }),
    }
}
