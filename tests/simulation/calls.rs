use watchnext::broker::{CorrelationId, DeadLetterReason};
use watchnext::engine::{Answer, Command, RecommendOptions, Recommendation, Recommendations, Wait};
use watchnext::error::{Error, Result as Answered};
use watchnext::history::{Event, EventKind};
use watchnext::rank::SCREEN;
use watchnext::score::{BUILT_IN, POPULARITY};

use crate::questions;
use crate::reference::Reference;

/// What a call has of one scorer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    NotAsked,
    Waiting,
    Here,
    Missing(DeadLetterReason),
}

/// How many scorers there are.
pub(crate) const SCORERS: usize = BUILT_IN.len();

pub(crate) type PerScorer<T> = [T; SCORERS];

/// The phases of a request, as its messages' ids have them.
pub(crate) const SCORING: u16 = 0;
pub(crate) const EXPLAINING: u16 = 1;

/// A call as its caller knows it, and what must come of it: told by the messages that have ended so far.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) number: u64,
    pub(crate) asked: Command,
    pub(crate) at: f64,
    pub(crate) due: f64,
    pub(crate) priority: f64,
    /// How many events had been recorded when it was made.
    pub(crate) events: usize,
    /// Its number among those that were let in.
    pub(crate) request: Option<u64>,
    scores: PerScorer<Part>,
    /// How many messages are open for the scores of each.
    open: PerScorer<usize>,
    /// Once they are asked for reasons.
    causes: Option<PerScorer<Part>>,
    expired: bool,
    /// The answer, as soon as it is due. Errors count by their codes.
    pub(crate) expected: Option<Answered<Answer>>,
}

impl Call {
    pub(crate) fn new(number: u64, asked: Command, at: f64, events: usize) -> Self {
        let (deadline, priority) = match &asked {
            Command::Recommend(options) => (options.deadline, options.priority),
            Command::Similar(options) => (options.deadline, options.priority),
            _ => (None, None),
        };
        Call {
            number,
            at,
            due: at + deadline.expect("every question has one"),
            priority: priority.unwrap_or(f64::from(RecommendOptions::DEFAULT_PRIORITY)),
            asked,
            events,
            request: None,
            scores: [Part::NotAsked; SCORERS],
            open: [0; SCORERS],
            causes: None,
            expired: false,
            expected: None,
        }
    }

    /// Each scorer is sent so many messages; of those that are `known` the scores are there without.
    pub(crate) fn ask(&mut self, messages: PerScorer<usize>, known: PerScorer<bool>) {
        self.open = messages;
        self.scores = std::array::from_fn(|scorer| match (messages[scorer], known[scorer]) {
            (0, true) => Part::Here,
            (0, false) => Part::NotAsked,
            _ => Part::Waiting,
        });
    }

    /// Whether it waits for scores still.
    pub(crate) fn waits(&self) -> bool {
        self.scores.contains(&Part::Waiting)
    }

    /// Whether a scorer's scores have come before the list was made.
    pub(crate) fn has_scores_of(&self, scorer: usize) -> bool {
        self.scores[scorer] == Part::Here
    }

    /// One of its messages has ended. Scores that come when reasons are asked for are too late.
    pub(crate) fn ended(&mut self, id: CorrelationId, part: Part) {
        let scorer = usize::from(id.scorer);
        let still_scores = self.causes.is_none();
        let parts = self.causes.as_mut().unwrap_or(&mut self.scores);
        if (id.phase == SCORING) != still_scores || parts[scorer] != Part::Waiting {
            return;
        }
        if still_scores && part == Part::Here {
            self.open[scorer] -= 1;
            if self.open[scorer] > 0 {
                return;
            }
        }
        parts[scorer] = part;
    }

    pub(crate) fn expire(&mut self) {
        self.expired = true;
    }

    fn wait(&self) -> Wait {
        if let Command::Recommend(options) = &self.asked { options.wait } else { Wait::Deadline }
    }

    fn scores_here(&self) -> PerScorer<bool> {
        self.scores.map(|part| part == Part::Here)
    }

    /// Works out what must happen now; returns the scorers that are to be asked for reasons.
    pub(crate) fn advance(&mut self, reference: &mut Reference) -> PerScorer<bool> {
        let nobody = [false; SCORERS];
        if self.expected.is_some() {
            return nobody;
        }
        if let Some(causes) = self.causes {
            if self.expired || !causes.contains(&Part::Waiting) {
                self.expected = reference.go_on(self.number, causes.map(|part| part == Part::Here));
            }
            return nobody;
        }
        let here = self.scores_here();
        let many = here.iter().filter(|&&here| here).count();
        let asked = self.scores.iter().filter(|&&part| part != Part::NotAsked).count();
        let enough = match self.wait() {
            Wait::Deadline => None,
            Wait::All => Some(asked),
            Wait::Quorum(quorum) => Some(asked.min(quorum as usize)),
        };
        match enough {
            Some(enough) if many >= enough => {}
            _ if self.scores.contains(&Part::Waiting) && !self.expired => return nobody,
            None if many > 0 => {}
            _ => {
                reference.forget(self.number);
                self.expected = Some(Err(self.error()));
                return nobody;
            }
        }
        self.expected = reference.go_on(self.number, here);
        if self.expected.is_some() {
            return nobody;
        }
        // Popularity has no reasons.
        let why: PerScorer<bool> = std::array::from_fn(|scorer| here[scorer] && scorer != POPULARITY);
        self.causes = Some(why.map(|asked| if asked { Part::Waiting } else { Part::NotAsked }));
        if self.expired {
            self.expected = reference.go_on(self.number, nobody);
            return nobody;
        }
        why
    }

    /// Why there is no list.
    fn error(&self) -> Error {
        let reasons = || {
            self.scores.iter().filter_map(|part| match part {
                Part::Missing(reason) => Some(*reason),
                _ => None,
            })
        };
        if reasons().any(|reason| reason == DeadLetterReason::MaxLength) {
            Error::Overloaded
        } else if reasons().any(|reason| reason != DeadLetterReason::Expired) {
            Error::ScorersFailed { reason: String::new() }
        } else {
            Error::Deadline { deadline: (self.due - self.at) as u32 }
        }
    }

    /// Compares an answer with the one that must come.
    pub(crate) fn check(&self, answer: &Answered<Answer>, events: &[Event], now: f64) -> Result<(), String> {
        let Call { number, expected, .. } = self;
        match (answer, expected) {
            (_, None) => Err(format!("call {number} is answered before anything is due: {answer:?}")),
            (Err(Error::Deadline { .. }), _) if now < self.due => {
                Err(format!("call {number}: its deadline is yet to come"))
            }
            (Err(error), Some(Err(due))) if error.code() == due.code() => Ok(()),
            (Ok(Answer::Recommendations(list)), Some(Ok(Answer::Recommendations(due)))) => {
                self.check_list(list, events)
                    .map_err(|broken| format!("call {number}: {broken} in {list:?}"))?;
                let same = list == due
                    && list.items.iter().zip(&due.items).all(|(a, b)| a.score.to_bits() == b.score.to_bits());
                if same { Ok(()) } else { Err(format!("call {number}: {list:?} is not {due:?}")) }
            }
            (_, Some(due)) => Err(format!("call {number}: {answer:?} is not {due:?}")),
        }
    }

    /// What holds of a list, without looking at the one that the reference makes by the same code.
    fn check_list(&self, list: &Recommendations, events: &[Event]) -> Result<(), String> {
        let names = |holds: &dyn Fn(usize) -> bool| -> Vec<&'static str> {
            (0..SCORERS).filter(|&scorer| holds(scorer)).map(|scorer| BUILT_IN[scorer].name).collect()
        };
        let missing = names(&|scorer| matches!(self.scores[scorer], Part::Waiting | Part::Missing(_)));
        let events = &events[..self.events];
        let (limit, explain, turned) = match &self.asked {
            Command::Recommend(options) => {
                let turned = options.diversity.or(options.calibration).or(options.seed).is_some();
                (options.limit, options.explain, turned)
            }
            Command::Similar(options) => (options.limit, false, false),
            _ => (None, false, false),
        };
        let causes = self.causes.unwrap_or([Part::NotAsked; SCORERS]);
        let silent = |scorer: usize| {
            self.scores[scorer] == Part::Here && causes[scorer] != Part::Here && scorer != POPULARITY
        };
        let unexplained = if explain && !list.items.is_empty() { names(&silent) } else { Vec::new() };
        let strings =
            |names: &[std::sync::Arc<str>]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        if (strings(&list.missing), strings(&list.unexplained))
            != (
                missing.iter().map(ToString::to_string).collect(),
                unexplained.iter().map(ToString::to_string).collect(),
            )
        {
            return Err(format!("{missing:?} are missing, and {unexplained:?} did not say why"));
        }
        if list.complete != (missing.is_empty() && unexplained.is_empty()) {
            return Err("the wrong word on whether it is complete".into());
        }
        let asked = self.scores.iter().filter(|&&part| part != Part::NotAsked).count();
        let too_few = match self.wait() {
            Wait::Deadline => asked > 0 && missing.len() == asked,
            Wait::All => !missing.is_empty(),
            Wait::Quorum(quorum) => asked - missing.len() < asked.min(quorum as usize),
        };
        if too_few {
            return Err(format!("too many missing for {:?}", self.wait()));
        }
        if list.items.len() > limit.map_or(20, |limit| limit as usize) {
            return Err("more items than were asked for".into());
        }
        let shown =
            |id: &str| events.iter().any(|event| event.kind == EventKind::Impression && event.item == id);
        let in_order = |screen: &[Recommendation]| {
            screen.iter().filter(|item| !shown(&item.id)).is_sorted_by(|a, b| a.score >= b.score)
        };
        if !turned && !list.items.chunks(SCREEN).all(in_order) {
            return Err("not the best first".into());
        }
        if let Some(item) = list.items.iter().find(|item| !questions::may_have(&self.asked, &item.id, events))
        {
            return Err(format!("item {} does not pass the filter", item.id));
        }
        let asked = names(&|scorer| self.scores[scorer] != Part::NotAsked);
        for item in &list.items {
            let parts = item.explanation.as_ref().map(|explanation| &explanation.parts);
            let right = parts.map_or(!explain, |parts| {
                explain
                    && parts.0.iter().map(|(name, _)| &**name).eq(asked.iter().copied())
                    && parts.0.iter().map(|(_, part)| part).sum::<f64>() == item.score
            });
            if !right {
                return Err(format!("the reasons for item {} do not add up", item.id));
            }
        }
        Ok(())
    }
}
