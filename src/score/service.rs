use std::sync::Arc;

use super::message::{HEADER, Header, ScoreReply, ScoreRequest, Task};
use super::{BuiltIn, Columns, Domain};
use crate::bytes::Malformed;
use crate::catalog::ItemIndex;
use crate::history::Profile;

/// What does the work: what it replies to a task that names only what there is, or why it replies nothing.
type Work = dyn Fn(&Profile, Task) -> Result<ScoreReply, String>;

/// A scorer at its queue: bytes of a message in, bytes of a reply out.
pub struct ScorerService {
    work: Box<Work>,
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
        let scorer = (kind.build)(columns);
        let work = move |profile: &Profile, task: Task| {
            Ok(match task {
                Task::Score(first, end) => {
                    let mut scores = vec![0; (end - first) as usize];
                    scorer.score(profile, first, &mut scores);
                    ScoreReply::Scores(scores)
                }
                Task::Explain(items) => ScoreReply::Causes(scorer.reasons(profile, &items)),
            })
        };
        ScorerService { work: Box::new(work), fingerprint, items, genres, scores }
    }

    /// One of the page's own, over a catalog of so many items; it is asked for all scores at once.
    pub fn own(
        work: impl Fn(&Profile, Task) -> Result<ScoreReply, String> + 'static,
        items: u32,
        fingerprint: u64,
    ) -> Self {
        ScorerService { work: Box::new(work), fingerprint, items, genres: 0, scores: items as usize }
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
        let items = profile.items.iter().chain(&profile.averse).map(|affinity| affinity.item);
        let mut named = items.chain(explained.iter().copied());
        let mut genres = profile.genres.iter().map(|affinity| affinity.genre as usize);
        if named.any(|item| item >= self.items) || genres.any(|genre| genre >= self.genres) {
            return Err(Malformed("it names an item or genre that there is not"));
        }
        if let Task::Score(first, end) = task
            && (first > end || end as usize > self.scores)
        {
            return Err(Malformed("it asks for scores that there are not"));
        }
        Ok((self.work)(&profile, task).unwrap_or_else(ScoreReply::Rejected))
    }
}
