use serde::Serialize;

use super::Loaded;
use super::answer::{GenreReason, ItemReason};
use crate::history::{Profile, Verb};
use crate::score::{GENRE, HISTORY, POPULARITY, SCORERS};

/// An item of the history is named as the reason where at least this part of what speaks for an item is due to it.
pub const NAMED_FROM: f64 = 0.15;
/// So many items, and so many genres, are named.
const MOST_NAMED: usize = 2;

/// What made the difference for an item, as a part of all that speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What speaks for it most: `"history"`, `"genre"`, or `"popularity"`.
    pub kind: &'static str,
    /// How much of what speaks for it each scorer says; they add up to 1.
    pub shares: Shares,
    /// The items of the history that at least [`NAMED_FROM`] is due to, the strongest first.
    pub items: Vec<NamedItem>,
    /// The genres that speak for it, where that is the most, the strongest first.
    pub genres: Vec<String>,
}

/// Parts of 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shares {
    /// What goes with what the viewer watched.
    pub history: f64,
    /// The genres they watch.
    pub genre: f64,
    /// What many people watch.
    pub popularity: f64,
}

/// An item of the history, and what the viewer did with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedItem {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What they did.
    pub verb: Verb,
    /// Its share of what speaks for the recommended item.
    pub share: f64,
}

impl Reason {
    /// From the parts of the score and what they are due to, the strongest first. None where nothing speaks for the item.
    pub(super) fn new(
        parts: [f64; SCORERS.len()],
        items: &[ItemReason],
        genres: &[GenreReason],
        profile: &Profile,
        loaded: &Loaded,
    ) -> Option<Self> {
        let parts = parts.map(|part| part.max(0.0));
        let total: f64 = parts.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let shares = parts.map(|part| part / total);
        let strongest = [HISTORY, GENRE, POPULARITY]
            .into_iter()
            .reduce(|best, scorer| if shares[scorer] > shares[best] { scorer } else { best })?;
        let named = items.iter().map(|item| (item, (item.part / total).min(shares[HISTORY])));
        let named = named.take_while(|&(_, share)| share >= NAMED_FROM).take(MOST_NAMED);
        let verb = |id: &str| {
            let item = loaded.catalog.find(id)?;
            let place = profile.items.iter().position(|affinity| affinity.item == item)?;
            profile.verbs.get(place).copied()
        };
        Some(Reason {
            kind: SCORERS[strongest].name,
            shares: Shares { history: shares[HISTORY], genre: shares[GENRE], popularity: shares[POPULARITY] },
            items: named
                .map(|(item, share)| NamedItem {
                    id: item.id.clone(),
                    title: item.title.clone(),
                    verb: verb(&item.id).unwrap_or_default(),
                    share,
                })
                .collect(),
            genres: match strongest {
                GENRE => genres.iter().take(MOST_NAMED).map(|genre| genre.genre.clone()).collect(),
                _ => Vec::new(),
            },
        })
    }
}
