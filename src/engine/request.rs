use std::rc::Rc;

use super::answer::{Basis, Listed, Recommendations, Standing};
use super::common::Common;
use super::{CallId, Loaded, Wait};
use crate::broker::{CorrelationId, DeadLetter, DeadLetterReason, Envelope, Millis, Outcome, QueueId};
use crate::bytes::Malformed;
use crate::catalog::ItemIndex;
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::rank::{Filter, FilterOptions, List, Part, Quotas, Ranked, Rerank, Rotation, Scores, SeenFilter};
use crate::score::message::{Header, Kind, ScoreReply, ScoreRequest, Task};
use crate::score::{Cause, Domain, Role, Score, ScorerId, ScorerSpec};

/// A request for a list: scatter to the scorers, gather, rank, and where reasons are wanted scatter and
/// gather once more.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) call: CallId,
    /// When the list is made from what has arrived.
    pub(super) due: Millis,
    pub(super) deadline: u32,
    pub(super) priority: u8,
    pub(super) wait: Wait,
    pub(super) profile: Rc<Profile>,
    /// In the order of the scorers.
    pub(super) weights: Vec<Score>,
    pub(super) filter: FilterOptions,
    pub(super) seen: SeenFilter,
    pub(super) rerank: Rerank,
    pub(super) seed: Option<u64>,
    pub(super) limit: usize,
    /// The only item to be answered, be it in the list or not.
    pub(super) only: Option<ItemIndex>,
    pub(super) explain: bool,
    pub(super) expired: bool,
    pub(super) phase: Phase,
}

/// What it is waiting for; slots are in the order of the scorers.
#[derive(Debug)]
pub(super) enum Phase {
    /// Nobody has been asked.
    New,
    /// The scores of all items.
    Scoring(Vec<Slot<Rc<Vec<Score>>>>),
    /// What caused the scores of those in the list.
    Explaining { list: Vec<Entry>, unscored: Vec<ScorerId>, causes: Vec<Slot<Vec<Vec<Cause>>>> },
}

/// The numbers of the phases in a message's id.
const SCORING: u16 = 0;
const EXPLAINING: u16 = 1;

/// What a message asks for.
pub(super) fn kind(id: CorrelationId) -> Kind {
    if id.phase == SCORING { Kind::Score } else { Kind::Explain }
}

/// What one scorer was asked for.
#[derive(Debug)]
pub(super) enum Slot<T> {
    NotAsked,
    /// What has come of it, and how many messages are still open.
    Waiting(T, usize),
    Here(T),
    Missing(DeadLetter),
}

/// An item of the list.
#[derive(Debug)]
pub(super) struct Entry {
    ranked: Ranked,
    standing: Standing,
    /// Weight times score, by scorer.
    parts: Vec<i64>,
}

/// How far a request has got.
pub(super) enum Progress {
    Waiting,
    Publish(Vec<(QueueId, CorrelationId, Envelope, Rc<[u8]>)>),
    Done(Recommendations),
}

impl Request {
    /// The queues of the scorers that it asks first.
    pub(super) fn queues(&self, common: &Common) -> impl Iterator<Item = QueueId> {
        let asks = |&scorer: &ScorerId| self.weights[scorer] != 0 && common.scores(scorer).is_none();
        (0..self.weights.len()).filter(asks)
    }

    /// The deadline has come.
    pub(super) fn expire(&mut self) {
        self.expired = true;
    }

    /// A message has ended. What comes after the list was ranked is not in it.
    pub(super) fn settled(
        &mut self,
        id: CorrelationId,
        outcome: Outcome<Vec<u8>>,
        loaded: &Loaded,
        common: &mut Common,
    ) {
        let scorer = usize::from(id.scorer);
        let reply = match outcome {
            Outcome::Reply(message) => {
                read(&message).map_err(|problem| rejected(format!("an unreadable reply: {problem}")))
            }
            Outcome::DeadLetter(letter) => Err(letter),
        };
        match (&mut self.phase, id.phase, reply) {
            (Phase::Scoring(slots), SCORING, Ok(ScoreReply::Scores(scores))) => {
                let spec = &loaded.scorers[scorer];
                let (all, shards) = work(spec, loaded);
                let (first, end) = shard(all, shards, id.shard.into());
                if scores.len() != end - first {
                    return slots[scorer].miss(rejected("a reply to another question".into()));
                }
                slots[scorer].arrive(|so_far| {
                    if shards == 1 {
                        *so_far = Rc::new(scores);
                    } else {
                        let so_far = Rc::make_mut(so_far);
                        so_far.resize(all, 0);
                        so_far[first..end].copy_from_slice(&scores);
                    }
                });
                if let (Role::Popularity, Slot::Here(scores)) = (spec.role, &slots[scorer]) {
                    common.keep(scorer, scores.clone());
                }
            }
            (Phase::Explaining { causes, .. }, EXPLAINING, Ok(ScoreReply::Causes(lists))) => {
                causes[scorer].arrive(|so_far| *so_far = lists);
            }
            (Phase::Scoring(slots), SCORING, reply) => slots[scorer].miss(letter_of(reply)),
            (Phase::Explaining { causes, .. }, EXPLAINING, reply) => causes[scorer].miss(letter_of(reply)),
            _ => {}
        }
    }

    /// Takes the request as far as it goes without waiting.
    pub(super) fn advance(&mut self, loaded: &Loaded, common: &mut Common) -> Result<Progress> {
        if let Phase::New = self.phase {
            let slot = |(scorer, &weight): (ScorerId, &Score)| match common.scores(scorer) {
                _ if weight == 0 => Slot::NotAsked,
                Some(scores) => Slot::Here(scores),
                None => Slot::Waiting(Rc::default(), work(&loaded.scorers[scorer], loaded).1),
            };
            let messages = self
                .queues(common)
                .flat_map(|scorer| self.score_messages(scorer, loaded))
                .collect::<Vec<_>>();
            self.phase = Phase::Scoring(self.weights.iter().enumerate().map(slot).collect());
            if !messages.is_empty() {
                return Ok(Progress::Publish(messages));
            }
        }
        if let Phase::Scoring(slots) = &self.phase {
            let waiting = slots.iter().any(Slot::is_waiting) && !self.expired;
            let here = slots.iter().filter(|slot| slot.is_here()).count();
            let asked = slots.iter().filter(|slot| !matches!(slot, Slot::NotAsked)).count();
            match self.enough(asked) {
                Some(enough) if here >= enough => {}
                _ if waiting => return Ok(Progress::Waiting),
                Some(_) => return Err(self.missing(slots)),
                None if here == 0 && asked > 0 => return Err(self.missing(slots)),
                None => {}
            }
            let list = self.rank(slots, loaded, common)?;
            let unscored =
                (0..slots.len()).filter(|&scorer| slots[scorer].is_asked() && !slots[scorer].is_here());
            let unscored = unscored.collect();
            // What does not depend on the viewer has no cause in what they did.
            let says_why = |scorer: &ScorerId| {
                slots[*scorer].is_here() && loaded.scorers[*scorer].role != Role::Popularity
            };
            let asked: Vec<ScorerId> =
                (0..slots.len()).filter(says_why).filter(|_| self.explain && !list.is_empty()).collect();
            let messages: Vec<_> = match self.expired {
                true => Vec::new(),
                false => asked.iter().map(|&scorer| self.explain_message(scorer, &list, loaded)).collect(),
            };
            let mut causes: Vec<_> = slots.iter().map(|_| Slot::NotAsked).collect();
            asked.iter().for_each(|&scorer| causes[scorer] = Slot::Waiting(Vec::new(), 1));
            self.phase = Phase::Explaining { list, unscored, causes };
            if !messages.is_empty() {
                return Ok(Progress::Publish(messages));
            }
        }
        match &self.phase {
            Phase::Explaining { list, unscored, causes }
                if self.expired || !causes.iter().any(Slot::is_waiting) =>
            {
                Ok(Progress::Done(self.answer(list, unscored, causes, loaded)))
            }
            _ => Ok(Progress::Waiting),
        }
    }

    /// How many of those asked must answer, and are enough; `None` where any will do, and all are waited for.
    fn enough(&self, asked: usize) -> Option<usize> {
        match self.wait {
            Wait::Deadline => None,
            Wait::All => Some(asked),
            Wait::Quorum(quorum) => Some(asked.min(quorum as usize)),
        }
    }

    /// What a scorer is asked for all scores.
    fn score_messages(
        &self,
        scorer: ScorerId,
        loaded: &Loaded,
    ) -> Vec<(QueueId, CorrelationId, Envelope, Rc<[u8]>)> {
        let (all, shards) = work(&loaded.scorers[scorer], loaded);
        let message = |place| {
            let (first, end) = shard(all, shards, place);
            self.message(scorer, SCORING, place as u16, Task::Score(first as u32, end as u32), loaded)
        };
        (0..shards).map(message).collect()
    }

    fn explain_message(
        &self,
        scorer: ScorerId,
        list: &[Entry],
        loaded: &Loaded,
    ) -> (QueueId, CorrelationId, Envelope, Rc<[u8]>) {
        let items = list.iter().map(|entry| entry.ranked.item).collect();
        self.message(scorer, EXPLAINING, 0, Task::Explain(items), loaded)
    }

    fn message(
        &self,
        scorer: ScorerId,
        phase: u16,
        shard: u16,
        task: Task,
        loaded: &Loaded,
    ) -> (QueueId, CorrelationId, Envelope, Rc<[u8]>) {
        let id = CorrelationId { request: self.id, phase, scorer: scorer as u16, shard };
        let envelope = Envelope { priority: self.priority, expires: Some(self.due) };
        let profile = loaded.scorers[scorer].reads(&self.profile);
        (scorer, id, envelope, ScoreRequest { profile, task }.to_bytes().into())
    }

    fn rank(
        &self,
        slots: &[Slot<Rc<Vec<Score>>>],
        loaded: &Loaded,
        common: &mut Common,
    ) -> Result<Vec<Entry>> {
        let mut parts: Vec<Part> = (0..slots.len())
            .map(|scorer| {
                let ScorerSpec { role, domain, .. } = loaded.scorers[scorer];
                let of_item = (domain == Domain::GenreSets).then_some(loaded.genres.of_item.as_slice());
                let scores = match &slots[scorer] {
                    Slot::Here(values) => Some(Scores { values, of_item }),
                    _ => None,
                };
                Part { role, weight: self.weights[scorer], scores }
            })
            .collect();
        // Of whom nothing is known all that is said of an item is added up: else what the page's own scorers say would come before everything.
        let has_taste = parts.iter().any(|part| matches!(part.role, Role::Taste(1..)) && part.weight != 0);
        if !has_taste {
            parts.iter_mut().for_each(|part| part.role = Role::Popularity);
        }
        let known = if has_taste && self.profile.of_viewer { self.profile.known() } else { 0 };
        let filter = Filter::new(&self.filter, &loaded.catalog, &self.profile, self.seen)?;
        let filter = filter.one_of_a_series(&loaded.series, &self.filter, &self.profile, self.seen);
        let items = loaded.catalog.len();
        let expectations = loaded.discounts.of(known, &parts);
        let agreed: &[Part] = if has_taste && expectations.is_none() { &parts } else { &[] };
        let agreements = common.agreements(agreed);
        let list = List {
            parts: &parts,
            agreements: agreements.as_ref().map(|agreements| agreements.as_slice()),
            expectations: expectations.as_ref(),
            limit: if self.only.is_some() { items } else { self.limit },
            quotas: &Quotas::new(&self.profile, &loaded.genre_shares),
            rerank: self.rerank,
            rotation: Rotation::new(self.seed, &self.profile.resting),
        };
        let ranked = list.of(items, &loaded.catalog.features, &self.profile, |item| filter.allows(item));
        let entry = |ranked: Ranked, standing| {
            let parts = parts.iter().map(|part| part.of(ranked.item)).collect();
            Entry { ranked, standing, parts }
        };
        let Some(item) = self.only else {
            return Ok(ranked.into_iter().map(|ranked| entry(ranked, Standing::default())).collect());
        };
        let place = ranked.iter().position(|ranked| ranked.item == item).map(|place| place + 1);
        Ok(vec![entry(list.ranked(item), Standing { place, excluded: filter.exclusion(item) })])
    }

    /// Why there is no list.
    fn missing<T>(&self, slots: &[Slot<T>]) -> Error {
        let letters = || {
            slots.iter().filter_map(|slot| match slot {
                Slot::Missing(letter) => Some(letter),
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
        list: &[Entry],
        unscored: &[ScorerId],
        causes: &[Slot<Vec<Vec<Cause>>>],
        loaded: &Loaded,
    ) -> Recommendations {
        let name = |scorer: ScorerId| loaded.scorers[scorer].name.clone();
        let unexplained =
            (0..causes.len()).filter(|&scorer| causes[scorer].is_asked() && !causes[scorer].is_here());
        let said = |place: usize| causes.iter().map(|slot| said_of(slot, place)).collect();
        let listed = |(place, entry): (usize, &Entry)| Listed {
            ranked: entry.ranked,
            standing: entry.standing,
            parts: entry.parts.clone(),
            causes: self.explain.then(|| said(place)),
        };
        let listed: Vec<Listed> = list.iter().enumerate().map(listed).collect();
        let basis = Basis { weights: &self.weights, profile: &self.profile, loaded };
        let missing = unscored.iter().map(|&scorer| name(scorer)).collect();
        let unknown_genres = self.filter.genres.unknown(&loaded.catalog);
        Recommendations::new(&listed, missing, unexplained.map(name).collect(), unknown_genres, basis)
    }
}

/// What a scorer said of the item at a place in the list.
fn said_of(slot: &Slot<Vec<Vec<Cause>>>, place: usize) -> &[Cause] {
    match slot {
        Slot::Here(lists) => lists.get(place).map_or(&[], Vec::as_slice),
        _ => &[],
    }
}

/// How many scores a scorer gives in all, and in how many messages it is asked for them.
fn work(spec: &ScorerSpec, loaded: &Loaded) -> (usize, usize) {
    match spec.domain {
        Domain::GenreSets => (loaded.genres.sets.len(), 1),
        // The page's own sees all items at once.
        Domain::Items if spec.source.built_in().is_none() => (loaded.catalog.len(), 1),
        Domain::Items => {
            let items = loaded.catalog.len();
            (items, (items / loaded.shard_items).min(spec.workers).max(1))
        }
    }
}

/// The first of the scores of a message, and the one after its last.
fn shard(all: usize, shards: usize, place: usize) -> (usize, usize) {
    (all * place / shards, all * (place + 1) / shards)
}

fn read(message: &[u8]) -> std::result::Result<ScoreReply, Malformed> {
    let (header, body) = Header::read(message)?;
    ScoreReply::read(header.kind, body)
}

impl<T> Slot<T> {
    fn is_asked(&self) -> bool {
        !matches!(self, Slot::NotAsked)
    }

    fn is_waiting(&self) -> bool {
        matches!(self, Slot::Waiting(..))
    }

    fn is_here(&self) -> bool {
        matches!(self, Slot::Here(_))
    }

    /// One of the messages that it waits for has a reply.
    fn arrive(&mut self, take: impl FnOnce(&mut T)) {
        if let Slot::Waiting(so_far, left) = self {
            take(so_far);
            *left -= 1;
            if *left == 0 {
                let Slot::Waiting(all, _) = std::mem::replace(self, Slot::NotAsked) else { return };
                *self = Slot::Here(all);
            }
        }
    }

    /// One of them has none.
    fn miss(&mut self, letter: DeadLetter) {
        if self.is_waiting() {
            *self = Slot::Missing(letter);
        }
    }
}

fn rejected(cause: String) -> DeadLetter {
    DeadLetter { reason: DeadLetterReason::Rejected, attempts: 1, cause }
}

/// What is missing of a reply that is not what was asked for.
fn letter_of(reply: std::result::Result<ScoreReply, DeadLetter>) -> DeadLetter {
    reply.map_or_else(|letter| letter, |_| rejected("a reply to another question".into()))
}
