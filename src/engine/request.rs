use std::rc::Rc;

use super::answer::Recommendations;
use super::{CallId, Loaded};
use crate::broker::{CorrelationId, Millis, Outcome, QueueId};
use crate::catalog::ItemIndex;
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::protocol::{RecommendOptions, ScoreReply, ScoreRequest, SimilarOptions, Task, decode, encode};
use crate::rank::{self, Blend, Filter, FilterOptions, Ranked, SeenFilter, Spread, Weights};
use crate::score::{Cause, HISTORY, ONE, SCORERS, Score};

/// A request for a list: scatter to the scorers, gather, rank, and where reasons are wanted scatter and
/// gather once more.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) call: CallId,
    /// When the list is made from what has arrived.
    pub(super) due: Millis,
    deadline: u32,
    profile: Profile,
    weights: Weights,
    filter: FilterOptions,
    seen: SeenFilter,
    spread: Spread,
    limit: usize,
    explain: bool,
    expired: bool,
    scores: PerScorer<Vec<Score>>,
    causes: PerScorer<Vec<Vec<Cause>>>,
    ranked: Option<Vec<Ranked>>,
}

/// What each of the scorers was asked for, in the order of [`SCORERS`]; `None` before anybody was asked.
type PerScorer<T> = Option<[Part<T>; SCORERS.len()]>;

/// What one scorer was asked for.
#[derive(Debug)]
enum Part<T> {
    NotAsked,
    Waiting,
    Here(T),
    Missing { cause: String },
}

/// How far a request has got.
pub(super) enum Progress {
    Waiting,
    Publish(Vec<(QueueId, CorrelationId, Rc<[u8]>)>),
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
    ) -> Result<Self> {
        let RecommendOptions { limit, weights, filter, diversity, calibration, explain, deadline } = options;
        let spread = Spread::new(diversity, calibration)?;
        let weights = blend.weights(profile.items.len(), &weights)?;
        let seen = filter.seen.unwrap_or(SeenFilter::Exclude);
        Request { filter, seen, spread, explain, ..Request::new(id, call, profile, weights, now) }
            .limits(limit, deadline)
    }

    pub(super) fn similar(
        id: u64,
        call: CallId,
        options: SimilarOptions,
        viewer: &Profile,
        loaded: &Loaded,
        now: Millis,
    ) -> Result<Self> {
        let SimilarOptions { item, limit, mut filter, deadline } = options;
        let Some(place) = loaded.catalog.find(&item) else { return Err(Error::ItemUnknown { id: item }) };
        let (seen, disliked) = (viewer.seen.clone(), viewer.disliked.clone());
        let profile = Profile { seen, disliked, ..Profile::of_item(place) };
        let mut weights = [0; SCORERS.len()];
        weights[HISTORY] = ONE;
        filter.ids.deny.push(item);
        let seen = filter.seen.unwrap_or(SeenFilter::Include);
        Request { filter, seen, ..Request::new(id, call, profile, weights, now) }.limits(limit, deadline)
    }

    fn new(id: u64, call: CallId, profile: Profile, weights: Weights, now: Millis) -> Self {
        Request {
            id,
            call,
            due: now,
            deadline: 0,
            profile,
            weights,
            filter: FilterOptions::default(),
            seen: SeenFilter::Exclude,
            spread: Spread::default(),
            limit: 0,
            explain: false,
            expired: false,
            scores: None,
            causes: None,
            ranked: None,
        }
    }

    fn limits(mut self, limit: Option<f64>, deadline: Option<f64>) -> Result<Self> {
        let limit = whole("limit", limit, RecommendOptions::DEFAULT_LIMIT, RecommendOptions::MAX_LIMIT)?;
        self.limit = limit as usize;
        self.deadline =
            whole("deadline", deadline, RecommendOptions::DEFAULT_DEADLINE, RecommendOptions::MAX_DEADLINE)?;
        self.due += f64::from(self.deadline);
        Ok(self)
    }

    /// The messages that have not been settled.
    pub(super) fn outstanding(&self) -> Vec<CorrelationId> {
        let scores = self.scores.iter().flatten().map(Part::is_waiting);
        let causes = self.causes.iter().flatten().map(Part::is_waiting);
        let numbered = scores.enumerate().chain((SCORERS.len()..).zip(causes));
        numbered.filter(|&(_, waiting)| waiting).map(|(part, _)| self.correlation_id(part)).collect()
    }

    fn correlation_id(&self, part: usize) -> CorrelationId {
        CorrelationId { request: self.id, part: part as u32 }
    }

    /// The deadline has come.
    pub(super) fn expire(&mut self) -> Result<()> {
        self.expired = true;
        Ok(())
    }

    /// A message has ended.
    pub(super) fn settled(&mut self, id: CorrelationId, outcome: Outcome<Vec<u8>>) -> Result<()> {
        let reply = match outcome {
            Outcome::Reply(body) => Ok(decode(&body)?),
            Outcome::DeadLetter(letter) => Err(letter.cause),
        };
        let part = id.part as usize;
        match reply {
            Ok(ScoreReply::Scores(scores)) => fill(&mut self.scores, part, Part::Here(scores)),
            Ok(ScoreReply::Causes(causes)) => {
                fill(&mut self.causes, part.wrapping_sub(SCORERS.len()), Part::Here(causes));
            }
            Err(cause) if part < SCORERS.len() => fill(&mut self.scores, part, Part::Missing { cause }),
            Err(cause) => fill(&mut self.causes, part - SCORERS.len(), Part::Missing { cause }),
        }
        Ok(())
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
        if !self.expired && scores.iter().any(Part::is_waiting) {
            return Ok(Progress::Waiting);
        }
        if self.ranked.is_none() {
            self.ranked = Some(self.rank(scores, loaded)?);
        }
        let ranked = self.ranked.as_deref().unwrap_or_default();
        if self.explain && !self.expired && !ranked.is_empty() && self.causes.is_none() {
            let here = scores.each_ref().map(|part| matches!(part, Part::Here(_)));
            let task = Task::Explain(ranked.iter().map(|ranked| ranked.item).collect());
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

    fn publish(&self, to: [bool; SCORERS.len()], first_part: usize, task: Task) -> Result<Progress> {
        let message: Rc<[u8]> = encode(&ScoreRequest { profile: self.profile.clone(), task })?.into();
        let queues = to.iter().enumerate().filter(|&(_, &to)| to).map(|(queue, _)| queue);
        let messages = queues.map(|queue| (queue, self.correlation_id(first_part + queue), message.clone()));
        Ok(Progress::Publish(messages.collect()))
    }

    fn rank(&self, scores: &[Part<Vec<Score>>; SCORERS.len()], loaded: &Loaded) -> Result<Vec<Ranked>> {
        let items = loaded.catalog.len();
        let arrived = scores.each_ref().map(|part| match part {
            Part::Here(scores) if scores.len() == items => Some(scores.as_slice()),
            _ => None,
        });
        let asked = scores.iter().any(|part| !matches!(part, Part::NotAsked));
        if asked && arrived.iter().all(Option::is_none) {
            return Err(self.nobody_answered(scores));
        }
        let filter = Filter::new(&self.filter, &loaded.catalog, &self.profile, self.seen)?;
        let allows = |item: ItemIndex| filter.allows(item);
        let most = self.spread.candidates(self.limit);
        let best = rank::top(items, &self.weights, &arrived, most, allows);
        Ok(self.spread.apply(best, self.limit, &loaded.catalog.features, &self.profile))
    }

    fn nobody_answered(&self, scores: &[Part<Vec<Score>>]) -> Error {
        let cause = scores.iter().find_map(|part| match part {
            Part::Missing { cause } => Some(cause.clone()),
            _ => None,
        });
        match cause {
            Some(reason) => Error::ScorersFailed { reason },
            None => Error::Deadline { deadline: self.deadline },
        }
    }

    fn answer(&self, scores: &[Part<Vec<Score>>], ranked: &[Ranked], loaded: &Loaded) -> Recommendations {
        let missing = scores.iter().zip(&SCORERS);
        let missing = missing.filter(|(part, _)| matches!(part, Part::Waiting | Part::Missing { .. }));
        let missing: Vec<&str> = missing.map(|(_, scorer)| scorer.name).collect();
        let causes = self.causes.as_ref().map(|causes| {
            causes.each_ref().map(|part| match part {
                Part::Here(causes) => causes.as_slice(),
                _ => &[],
            })
        });
        let causes =
            causes.filter(|_| self.explain).or_else(|| self.explain.then_some([&[][..]; SCORERS.len()]));
        Recommendations::new(ranked, missing, &self.weights, causes, loaded)
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
