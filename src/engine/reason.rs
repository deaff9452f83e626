use std::sync::Arc;

use super::Loaded;
use super::answer::{GenreReason, ItemReason};
use crate::history::{Profile, Verb};
use crate::json::{Named, write_fields};
use crate::score::{BUILT_IN, GENRE, HISTORY};

/// An item of the history is named as the reason where at least this part of what speaks for an item is due to it.
pub const NAMED_FROM: f64 = 0.15;
/// So many items, and so many genres, are named.
const MOST_NAMED: usize = 2;

/// What made the difference for an item, as a part of all that speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The scorer that speaks for it most.
    pub kind: Arc<str>,
    /// How much of what speaks for it each scorer says; they add up to 1.
    pub shares: Named<f64>,
    /// The items of the history that at least [`NAMED_FROM`] is due to, the strongest first.
    pub items: Vec<NamedItem>,
    /// The genres that speak for it, where that is the most, the strongest first.
    pub genres: Vec<String>,
    /// What the scorer says itself, where it is one of the page's own; its name, where it says nothing.
    pub said: Option<String>,
}

/// An item of the history, and what the viewer did with it.
#[derive(Debug, Clone, PartialEq)]
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

write_fields! { Reason { kind: "kind", shares: "shares", items: "items", genres: "genres", said: "said" } }
write_fields! { NamedItem { id: "id", title: "title", verb: "verb", share: "share" } }

impl Reason {
    /// From the parts of the score, by scorer, and what they are due to, the strongest first. None where nothing speaks for the item.
    pub(super) fn new(
        parts: &[f64],
        items: &[ItemReason],
        genres: &[GenreReason],
        said: &[(Arc<str>, String)],
        profile: &Profile,
        loaded: &Loaded,
    ) -> Option<Self> {
        let speaks_for = |part: &f64| part.max(0.0);
        let total: f64 = parts.iter().map(speaks_for).sum();
        if total <= 0.0 {
            return None;
        }
        let shares: Vec<f64> = parts.iter().map(|part| speaks_for(part) / total).collect();
        let strongest = (0..shares.len())
            .reduce(|best, scorer| if shares[scorer] > shares[best] { scorer } else { best })?;
        // Of the built-in scorers only the history's names items; after them come those of the page's own.
        let of_items = shares[HISTORY] + shares.iter().skip(BUILT_IN.len()).sum::<f64>();
        let named = items.iter().map(|item| (item, (item.part / total).min(of_items)));
        let named = named.take_while(|&(_, share)| share >= NAMED_FROM).take(MOST_NAMED);
        let verb = |id: &str| {
            let item = loaded.catalog.find(id)?;
            let place = profile.items.iter().position(|affinity| affinity.item == item)?;
            profile.verbs.get(place).copied()
        };
        let name = |scorer: usize| loaded.scorers[scorer].name.clone();
        let items: Vec<NamedItem> = named
            .map(|(item, share)| NamedItem {
                id: item.id.clone(),
                title: item.title.clone(),
                verb: verb(&item.id).unwrap_or_default(),
                share,
            })
            .collect();
        // Where it names items and says nothing, the sentence is made of them.
        let unsaid = || if items.is_empty() { name(strongest).to_string() } else { String::new() };
        Some(Reason {
            kind: name(strongest),
            genres: match strongest {
                GENRE => genres.iter().take(MOST_NAMED).map(|genre| genre.genre.clone()).collect(),
                _ => Vec::new(),
            },
            said: loaded.scorers[strongest].source.built_in().is_none().then(|| {
                let own = said.iter().find(|(own, _)| *own == name(strongest));
                own.map_or_else(unsaid, |(_, text)| text.clone())
            }),
            items,
            shares: Named(
                shares.into_iter().enumerate().map(|(scorer, share)| (name(scorer), share)).collect(),
            ),
        })
    }
}
