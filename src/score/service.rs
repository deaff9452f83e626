use std::sync::Arc;

use super::message::{Header, ScoreReply, ScoreRequest, Task};
use super::{BuiltIn, Columns, Domain, Scorer};
use crate::bytes::Malformed;
use crate::catalog::ItemIndex;

/// A scorer at its queue: bytes of a message in, bytes of a reply out.
pub struct ScorerService {
    scorer: Box<dyn Scorer>,
    bounds: Bounds,
}

/// What there is to be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of the catalog and model.
    fingerprint: u64,
    items: u32,
    genres: usize,
    /// How many scores there are in all.
    scores: usize,
}

impl ScorerService {
    /// One of this crate's scorers, over the columns that it reads.
    pub fn new(kind: &BuiltIn, columns: Arc<Columns>, fingerprint: u64) -> Self {
        let scores = match kind.domain {
            Domain::Items => columns.items as usize,
            Domain::GenreSets => columns.genres.sets.len(),
        };
        let bounds = Bounds { fingerprint, items: columns.items, genres: columns.genre_shares.len(), scores };
        ScorerService { scorer: (kind.build)(columns), bounds }
    }

    /// Makes what would take time when the first message comes.
    pub fn prepare(&self) {
        self.scorer.prepare();
    }

    /// Processes one message; `now` says when that begins and when it ends, in milliseconds.
    ///
    /// # Errors
    /// Where it is no message of this version: then nobody knows what it would be the reply to.
    pub fn handle(&self, message: &[u8], now: impl Fn() -> f64) -> Result<Vec<u8>, Malformed> {
        let (header, body) = Header::read(message)?;
        let began = now();
        let reply = match self.bounds.read(&header, body) {
            Ok(request) => self.reply(request),
            Err(problem) => ScoreReply::Rejected(problem.to_string()),
        };
        Ok(reply.message(&header, now() - began))
    }

    fn reply(&self, ScoreRequest { profile, task }: ScoreRequest) -> ScoreReply {
        match task {
            Task::Score(first, end) => {
                let mut scores = vec![0; (end - first) as usize];
                self.scorer.score(&profile, first, &mut scores);
                ScoreReply::Scores(scores)
            }
            Task::Explain(items) => ScoreReply::Causes(self.scorer.reasons(&profile, &items)),
        }
    }
}

impl Bounds {
    /// Of a scorer of the page's own, over a catalog of so many items; it is asked for all scores at once.
    pub fn own(items: u32, fingerprint: u64) -> Self {
        Bounds { fingerprint, items, genres: 0, scores: items as usize }
    }

    /// The request in a message, which names only what there is.
    ///
    /// # Errors
    /// Where it cannot be read, or is about something else.
    pub fn read(&self, header: &Header, body: &[u8]) -> Result<ScoreRequest, Malformed> {
        if header.fingerprint != self.fingerprint {
            return Err(Malformed("it is about another catalog or model"));
        }
        let request = ScoreRequest::read(header.kind, body)?;
        let ScoreRequest { profile, task } = &request;
        let explained: &[ItemIndex] = if let Task::Explain(items) = task { items } else { &[] };
        let items = profile.items.iter().chain(&profile.averse).map(|affinity| affinity.item);
        let mut named = items.chain(explained.iter().copied());
        let mut genres = profile.genres.iter().map(|affinity| affinity.genre as usize);
        if named.any(|item| item >= self.items) || genres.any(|genre| genre >= self.genres) {
            return Err(Malformed("it names an item or genre that there is not"));
        }
        if let Task::Score(first, end) = *task
            && (first > end || end as usize > self.scores)
        {
            return Err(Malformed("it asks for scores that there are not"));
        }
        Ok(request)
    }
}
