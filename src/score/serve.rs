use std::rc::Rc;

use super::{SCORERS, Scorer, ScorerData};
use crate::catalog::ItemIndex;
use crate::error::{Error, Result};
use crate::protocol::{ScoreReply, ScoreRequest, Task, decode, encode};

/// A scorer at its queue: bytes of a message in, bytes of a reply out.
pub struct ScorerService {
    scorer: Box<dyn Scorer>,
    items: usize,
    genres: usize,
}

impl ScorerService {
    /// The scorer at this place in [`SCORERS`].
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such place.
    pub fn new(scorer: usize, data: Rc<ScorerData>) -> Result<Self> {
        let missing = || Error::Internal { reason: format!("there is no scorer {scorer}") };
        let kind = SCORERS.get(scorer).ok_or_else(missing)?;
        Ok(ScorerService { items: data.len(), genres: data.genre_shares.len(), scorer: (kind.build)(data) })
    }

    /// Processes one message.
    ///
    /// # Errors
    /// [`Error::Internal`] for bytes that are no [`ScoreRequest`], or one about items of another catalog.
    pub fn handle(&self, message: &[u8]) -> Result<Vec<u8>> {
        let ScoreRequest { profile, task } = decode(message)?;
        let foreign = |item: ItemIndex| item as usize >= self.items;
        let explained: &[ItemIndex] = if let Task::Explain(items) = &task { items } else { &[] };
        let watched = profile.items.iter().chain(&profile.averse).map(|affinity| affinity.item);
        let mut named = watched.chain(profile.disliked.iter().chain(&profile.seen).chain(explained).copied());
        if named.any(foreign) || profile.genres.iter().any(|affinity| affinity.genre as usize >= self.genres)
        {
            return Err(Error::Internal { reason: "a message about items of another catalog".into() });
        }
        encode(&match task {
            Task::Score => {
                let mut scores = vec![0; self.items];
                self.scorer.score(&profile, &mut scores);
                ScoreReply::Scores(scores)
            }
            Task::Explain(items) => ScoreReply::Causes(
                items.into_iter().map(|item| self.scorer.explain(&profile, item)).collect(),
            ),
        })
    }
}
