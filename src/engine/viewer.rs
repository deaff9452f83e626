use std::cell::RefCell;
use std::rc::Rc;

use super::answer::{Avoided, Entry, GenreProfile, ItemProfile, ProfileAnswer, Replayed};
use super::ask::whole;
use super::continuing::continuing;
use super::{HistoryRange, HistoryStats, Loaded, RecommendOptions};
use crate::catalog::{Catalog, ItemIndex};
use crate::columns::Interner;
use crate::error::Result;
use crate::history::{Event, GenreAffinity, History, HistoryOptions, Profile, Recorded, RunningProfile};
use crate::order;
use crate::score::SCORE_ONE;

/// A genre is avoided where so much more speaks against it than for it: what a disliked item with six genres says of each.
const AVOIDED: i64 = -(SCORE_ONE as i64) / 4;

/// Somebody's history, and how it becomes a profile.
#[derive(Debug)]
pub(super) struct Viewer {
    history: History,
    /// Follows the history whenever somebody wants it.
    profile: RefCell<RunningProfile>,
}

impl Viewer {
    pub(super) fn new(options: HistoryOptions) -> Self {
        let profile = RunningProfile::new(options.weights, options.decay()).into();
        Viewer { history: History::default(), profile }
    }

    /// There is another catalog, and the history is read so.
    pub(super) fn look_anew(&mut self, options: HistoryOptions) {
        self.profile = RunningProfile::new(options.weights, options.decay()).into();
    }

    /// Takes note of all events, or of none where one is bad.
    pub(super) fn record(&mut self, events: Vec<Event>, catalog: &Catalog) -> Result<Recorded> {
        events.iter().enumerate().try_for_each(|(place, event)| event.validate(place))?;
        let mut unknown = Interner::default();
        for event in events.iter().filter(|event| catalog.find(&event.item).is_none()) {
            unknown.intern(&event.item);
        }
        let unknown = unknown.strings().iter().map(str::to_owned).collect();
        let recorded = self.history.record(events);
        Ok(Recorded { recorded, unknown })
    }

    /// Takes note of what was kept of former sessions: events as JSON, one a line. A line that is none costs no other one.
    pub(super) fn replay(&mut self, lines: &[u8]) -> Replayed {
        let (recorded, damaged) = self.history.replay(lines);
        Replayed { recorded, damaged }
    }

    /// What was recorded, the newest first.
    ///
    /// # Errors
    /// [`Error::Option`](crate::error::Error::Option) for what is out of range.
    pub(super) fn entries(&self, range: HistoryRange, catalog: &Catalog) -> Result<Vec<Entry>> {
        entries(&mut self.history.events().iter().rev(), range, catalog)
    }

    /// What was begun, and how it goes on; likewise.
    pub(super) fn continues(&self, range: HistoryRange, loaded: &Loaded) -> Result<Vec<Entry>> {
        let Loaded { catalog, series, .. } = loaded;
        entries(&mut continuing(self.history.events(), catalog, series).iter(), range, catalog)
    }

    /// Forgets an item, or everything. How many events that were.
    pub(super) fn forget(&mut self, item: Option<&str>) -> usize {
        let events = self.history.events().len();
        match item {
            Some(item) => self.history.forget(item),
            None => {
                self.history.clear();
                events
            }
        }
    }

    pub(super) fn profile(&self, catalog: &Catalog) -> Rc<Profile> {
        self.profile.borrow_mut().of(&self.history, catalog)
    }

    pub(super) fn stats(&self, catalog: &Catalog) -> HistoryStats {
        HistoryStats { events: self.history.events().len(), unknown: self.profile(catalog).unknown }
    }

    pub(super) fn describe(&self, loaded: &Loaded) -> ProfileAnswer {
        let catalog = &loaded.catalog;
        let profile = self.profile(catalog);
        let total = profile.total as f64;
        let mut watched: Vec<GenreAffinity> =
            profile.genres.iter().copied().filter(|affinity| affinity.weight > 0).collect();
        order::sort_by_key(&mut watched, |affinity| -affinity.weight);
        let genres = watched.iter().map(|affinity| {
            let share = affinity.weight as f64 / total;
            GenreProfile {
                genre: catalog.genres.get(affinity.genre as usize).to_owned(),
                share,
                count: affinity.count,
                lift: share / loaded.genre_shares[affinity.genre as usize],
            }
        });
        let items = profile.items.iter().map(|affinity| ItemProfile {
            id: catalog.id(affinity.item).to_owned(),
            title: catalog.title(affinity.item).to_owned(),
            weight: f64::from(affinity.weight) / f64::from(SCORE_ONE),
        });
        let balance = |affinity: &GenreAffinity| affinity.weight - affinity.against;
        let mut avoided: Vec<GenreAffinity> =
            profile.genres.iter().copied().filter(|affinity| balance(affinity) <= AVOIDED).collect();
        order::sort_by_key(&mut avoided, balance);
        let name = |affinity: &GenreAffinity| catalog.genres.get(affinity.genre as usize).to_owned();
        let title = |&item: &ItemIndex| catalog.title(item).to_owned();
        ProfileAnswer {
            avoided: Avoided {
                genres: avoided.iter().map(name).collect(),
                titles: profile.disliked.iter().map(title).collect(),
            },
            genres: genres.collect(),
            items: items.collect(),
            events: self.history.events().len(),
            unknown: profile.unknown,
        }
    }
}

/// Those within the range, with the items.
fn entries(
    events: &mut dyn Iterator<Item = &Event>,
    range: HistoryRange,
    catalog: &Catalog,
) -> Result<Vec<Entry>> {
    let from = whole("from", range.from, 0, 0, u32::MAX)?;
    let limit = whole("limit", range.limit, HistoryRange::DEFAULT_LIMIT, 1, RecommendOptions::MAX_LIMIT)?;
    let entry = |event: &Event| Entry {
        item: catalog.find(&event.item).map(|item| catalog.source(item).into_owned()),
        event: event.clone(),
    };
    Ok(events.skip(from as usize).take(limit as usize).map(entry).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use crate::engine::{Command, LoadOptions, RecommendOptions, SimilarOptions};
    use crate::history::{Event, EventKind, EventWeights, HalfLife, HistoryOptions};
    use crate::host::LocalHost;
    use crate::json::to_json;

    const CATALOG: &str = r#"[{"id":"a","title":"A","genres":["Crime","War","Drama"],"popularity":3.4e38},
        {"id":"b","title":"B","genres":["Crime"],"popularity":0},{"id":"c","title":"C"},{"id":"d","title":"D","genres":["War"]}]"#;
    const MODEL: &[u8] = include_bytes!("../../tests/golden/model.wnm");

    /// What an engine answers, as JSON: there, what is not a finite number is `null`.
    fn answers(history: HistoryOptions, events: Vec<Event>, model: Option<&[u8]>) -> Vec<String> {
        let options = LoadOptions { history, ..LoadOptions::default() };
        let mut engine = LocalHost::load(CATALOG.into(), model, &options).expect("loads");
        let commands = [
            Command::Record(events),
            Command::Profile,
            Command::Recommend(RecommendOptions {
                explain: true,
                seed: Some(7.0),
                ..RecommendOptions::default()
            }),
            Command::Recommend(RecommendOptions {
                diversity: Some(1.0),
                calibration: Some(1.0),
                ..RecommendOptions::default()
            }),
            Command::Similar(SimilarOptions { item: "a".into(), ..SimilarOptions::default() }),
            Command::Stats,
        ];
        commands.map(|command| to_json(&engine.call(command).expect("an answer"))).into()
    }

    #[test]
    fn what_is_watched_for_a_moment_counts_for_nothing() {
        let watched = |progress| Event { progress: Some(progress), ..Event::new("a", EventKind::Watch, 0.0) };
        for answer in answers(HistoryOptions::default(), vec![watched(1e-9)], None) {
            assert!(!answer.contains("null"), "{answer}");
        }
        let weights =
            EventWeights { watch: 0.0, rewatch: 0.0, like: 0.0, rating: 0.0, click: 0.0, skip: 0.0 };
        let options = HistoryOptions { weights, ..HistoryOptions::default() };
        let profile = &answers(options, vec![watched(1.0)], None)[1];
        assert!(profile.starts_with(r#"{"genres":[],"items":[],"#), "{profile}");
    }

    fn extreme_weight() -> impl Strategy<Value = f64> {
        prop_oneof![select(vec![0.0, f64::MIN_POSITIVE, 1e-12, 7.6e-6, 7.7e-6, 1.5e-5, 100.0]), 0.0..100.0]
    }

    fn extreme_half_life() -> impl Strategy<Value = Option<f64>> {
        prop::option::of(prop_oneof![
            select(vec![f64::MIN_POSITIVE, 1e-300, 1e-9, 1e9, 1e300, f64::MAX]),
            0.1..50.0
        ])
    }

    fn extreme_event() -> impl Strategy<Value = Event> {
        let id = select(vec!["a", "b", "c", "d", "1", "50", "elsewhere"]);
        let time = select(vec![f64::MIN, -1e15, 0.0, 1e-300, 1e12, 1.7e12, f64::MAX]);
        let portion = prop_oneof![select(vec![0.0, f64::MIN_POSITIVE, 1e-9, 1e-5, 0.9, 1.0]), 0.0..1.0];
        let kind = select(vec![
            EventKind::Watch,
            EventKind::Like,
            EventKind::Dislike,
            EventKind::Rate,
            EventKind::Click,
            EventKind::Impression,
            EventKind::Skip,
        ]);
        (id, time, portion, kind).prop_map(|(id, time, portion, kind)| Event {
            progress: (kind == EventKind::Watch).then_some(portion),
            rating: (kind == EventKind::Rate).then_some(0.5 + portion * 4.5),
            ..Event::new(id, kind, time)
        })
    }

    proptest! {
        #[test]
        fn every_number_is_finite(
            (watch, rewatch, like, rating, click, skip) in (extreme_weight(), extreme_weight(), extreme_weight(), extreme_weight(), extreme_weight(), extreme_weight()),
            half_life in prop::option::of((extreme_half_life(), extreme_half_life())),
            events in prop::collection::vec(extreme_event(), 0..12),
            with_model in any::<bool>(),
        ) {
            let weights = EventWeights { watch, rewatch, like, rating, click, skip };
            let half_life = half_life.map(|(events, days)| HalfLife { events, days });
            let options = HistoryOptions { weights, half_life, next_half_life: None };
            prop_assert_eq!(options.validate(), Ok(()));
            for answer in answers(options, events, with_model.then_some(MODEL)) {
                prop_assert!(!answer.contains("null"), "{answer}");
            }
        }
    }
}
