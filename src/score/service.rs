use std::sync::Arc;

use super::message::{HEADER, Header, ScoreReply, ScoreRequest, Task};
use super::{BuiltIn, Columns, Domain, Scorer};
use crate::bytes::Malformed;
use crate::catalog::ItemIndex;

/// A scorer at its queue: bytes of a message in, bytes of a reply out.
pub struct ScorerService {
    scorer: Box<dyn Scorer>,
    /// Of the catalog and model that it has.
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
        let (items, genres) = (columns.items, columns.genre_shares.len());
        ScorerService { scorer: (kind.build)(columns), fingerprint, items, genres, scores }
    }

    /// Processes one message; `now` says when that begins and when it ends, in milliseconds.
    ///
    /// # Errors
    /// Where it is no message of this version: then nobody knows what it would be the reply to.
    pub fn handle(&self, message: &[u8], now: impl Fn() -> f64) -> Result<Vec<u8>, Malformed> {
        let (header, body) = Header::read(message)?;
        let began = now();
        let reply =
            self.reply(&header, body).unwrap_or_else(|problem| ScoreReply::Rejected(problem.to_string()));
        let length = match &reply {
            ScoreReply::Scores(scores) => 4 * scores.len(),
            _ => 0,
        };
        let mut bytes = Vec::with_capacity(HEADER + length);
        Header { kind: reply.kind(), milliseconds: now() - began, ..header }.push(&mut bytes);
        reply.push(&mut bytes);
        Ok(bytes)
    }

    fn reply(&self, header: &Header, body: &[u8]) -> Result<ScoreReply, Malformed> {
        if header.fingerprint != self.fingerprint {
            return Err(Malformed("it is about another catalog or model"));
        }
        let ScoreRequest { profile, task } = ScoreRequest::read(header.kind, body)?;
        let explained: &[ItemIndex] = if let Task::Explain(items) = &task { items } else { &[] };
        let items = profile.items.iter().map(|affinity| affinity.item);
        let mut named = items.chain(profile.disliked.iter().chain(explained).copied());
        let mut genres = profile.genres.iter().map(|affinity| affinity.genre as usize);
        if named.any(|item| item >= self.items) || genres.any(|genre| genre >= self.genres) {
            return Err(Malformed("it names an item or genre that there is not"));
        }
        match task {
            Task::Score(first, end) => {
                let range = first as usize..end as usize;
                if range.start > range.end || range.end > self.scores {
                    return Err(Malformed("it asks for scores that there are not"));
                }
                let mut scores = vec![0; range.len()];
                self.scorer.score(&profile, first, &mut scores);
                Ok(ScoreReply::Scores(scores))
            }
            Task::Explain(items) => Ok(ScoreReply::Causes(
                items.into_iter().map(|item| self.scorer.explain(&profile, item)).collect(),
            )),
        }
    }
}
