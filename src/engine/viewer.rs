use super::Loaded;
use super::answer::{GenreProfile, HistoryStats, ItemProfile, ProfileAnswer};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::history::{Event, HalfLife, History, HistoryOptions, Profile, Recorded};
use crate::score::ONE;

/// Somebody's history, and how it becomes a profile.
#[derive(Debug)]
pub(super) struct Viewer {
    history: History,
    options: HistoryOptions,
}

impl Viewer {
    pub(super) fn new(options: HistoryOptions) -> Self {
        Viewer { history: History::default(), options }
    }

    /// Takes note of all events, or of none where one is bad.
    pub(super) fn record(&mut self, events: Vec<Event>, catalog: &Catalog) -> Result<Recorded> {
        events.iter().enumerate().try_for_each(|(place, event)| event.validate(place))?;
        let mut unknown: Vec<String> = Vec::new();
        for event in &events {
            if catalog.find(&event.item).is_none() && !unknown.contains(&event.item) {
                unknown.push(event.item.clone());
            }
        }
        let recorded = events.len();
        self.history.record(events);
        Ok(Recorded { recorded, unknown })
    }

    pub(super) fn profile(&self, catalog: &Catalog) -> Profile {
        let half_life: HalfLife = self.options.half_life.unwrap_or_default();
        self.history.profile(catalog, &self.options.weights, half_life)
    }

    pub(super) fn stats(&self, catalog: &Catalog) -> HistoryStats {
        HistoryStats { events: self.history.events().len(), unknown: self.profile(catalog).unknown }
    }

    pub(super) fn describe(&self, loaded: &Loaded) -> ProfileAnswer {
        let catalog = &loaded.catalog;
        let profile = self.profile(catalog);
        let total = profile.total as f64;
        let mut genres: Vec<GenreProfile> = profile
            .genres
            .iter()
            .map(|affinity| {
                let share = affinity.weight as f64 / total;
                GenreProfile {
                    genre: catalog.genres.get(affinity.genre as usize).to_owned(),
                    share,
                    count: affinity.count,
                    lift: share / loaded.data.genre_shares[affinity.genre as usize],
                }
            })
            .collect();
        genres.sort_by(|a, b| b.share.total_cmp(&a.share));
        let items = profile.items.iter().map(|affinity| ItemProfile {
            id: catalog.id(affinity.item).to_owned(),
            title: catalog.title(affinity.item).to_owned(),
            weight: f64::from(affinity.weight) / f64::from(ONE),
        });
        ProfileAnswer {
            genres,
            items: items.collect(),
            events: self.history.events().len(),
            unknown: profile.unknown,
        }
    }
}
