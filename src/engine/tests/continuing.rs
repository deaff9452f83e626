//! What was begun goes on, and a series is one title.

use super::*;
use crate::engine::HistoryRange;
use crate::rank::Exclusion;

const SERIES: &str = r#"[
    {"id": "film", "title": "Film", "genres": ["War"], "popularity": 5},
    {"id": "other", "title": "Other", "genres": ["War"], "popularity": 4},
    {"id": "a1", "title": "A 1", "series": "A", "season": 1, "episode": 1, "genres": ["Crime"], "popularity": 90},
    {"id": "a3", "title": "A 3", "series": "A", "season": 2, "episode": 1, "genres": ["Crime"], "popularity": 80},
    {"id": "a2", "title": "A 2", "series": "A", "season": 1, "episode": 2, "genres": ["Crime"], "popularity": 85},
    {"id": "b", "title": "B", "genres": ["Crime"], "popularity": 50},
    {"id": "b1", "title": "B 1", "series": "b", "episode": 1, "genres": ["Crime"], "popularity": 60},
    {"id": "b2", "title": "B 2", "series": "b", "episode": 2, "genres": ["Crime"], "popularity": 70}
]"#;

struct Viewing(Bench, f64);

impl Viewing {
    fn new() -> Self {
        Viewing(Bench::of(SERIES, &with_workers([1, 1, 1])), 0.0)
    }

    fn event(&mut self, kind: EventKind, item: &str, progress: Option<f64>) {
        self.1 += 1.0;
        let event = Event { progress, position: progress.map(|_| 60.0), ..Event::new(item, kind, self.1) };
        self.0.handle(Input::Call { call: 9, command: Command::Record(vec![event]) });
        assert!(matches!(self.0.answers.pop(), Some((9, Ok(Answer::Recorded(_))))));
    }

    fn watch(&mut self, item: &str, progress: f64) {
        self.event(EventKind::Watch, item, Some(progress));
    }

    /// Ids, and the progress where there is one.
    fn continues(&mut self) -> Vec<(String, Option<f64>)> {
        let command = Command::Continue(HistoryRange::default());
        self.0.handle(Input::Call { call: 8, command });
        let Some((_, Ok(Answer::History(entries)))) = self.0.answers.pop() else { panic!("no history") };
        assert!(entries.iter().all(|entry| entry.item.is_some()));
        entries.into_iter().map(|entry| (entry.event.item, entry.event.progress)).collect()
    }

    fn list(&mut self, filter: &str) -> Vec<String> {
        let filter: FilterOptions = from_json(filter).expect("a filter");
        self.0.recommend(1, RecommendOptions { filter, ..RecommendOptions::default() });
        self.0.list(1).items.into_iter().map(|item| item.id).collect()
    }
}

fn begun(item: &str, progress: f64) -> (String, Option<f64>) {
    (item.into(), Some(progress))
}

fn next(item: &str) -> (String, Option<f64>) {
    (item.into(), None)
}

#[test]
fn what_was_begun_continues_and_the_next_episode_does() {
    let mut viewing = Viewing::new();
    assert_eq!(viewing.continues(), []);
    viewing.watch("film", 0.4);
    viewing.watch("a1", 0.5);
    viewing.watch("gone", 0.5);
    assert_eq!(viewing.continues(), [begun("a1", 0.5), begun("film", 0.4)]);
    viewing.watch("a1", 0.95);
    assert_eq!(
        viewing.continues(),
        [next("a2"), begun("film", 0.4)],
        "in the order of the series, not of the catalog"
    );
    viewing.watch("film", 0.6);
    assert_eq!(viewing.continues(), [begun("film", 0.6), next("a2")], "the newest first");
    viewing.watch("a2", 0.2);
    viewing.watch("a1", 1.0);
    assert_eq!(viewing.continues()[0], begun("a2", 0.2), "where it was left, not from its beginning");
    viewing.watch("a2", 1.0);
    viewing.event(EventKind::Watch, "a3", None);
    assert_eq!(viewing.continues(), [begun("film", 0.6)], "the last episode was watched");
    viewing.watch("film", 1.0);
    assert_eq!(viewing.continues(), []);
}

#[test]
fn a_series_continues_once_after_what_was_watched_last() {
    let mut viewing = Viewing::new();
    viewing.watch("a1", 1.0);
    viewing.watch("a3", 0.3);
    assert_eq!(viewing.continues(), [begun("a3", 0.3)], "and not with the episode that was left out");
    viewing.watch("a2", 1.0);
    assert_eq!(viewing.continues(), [begun("a3", 0.3)]);
    viewing.watch("a1", 1.0);
    assert_eq!(viewing.continues(), [begun("a3", 0.3)], "what was watched to its end is passed over");
}

#[test]
fn what_the_viewer_does_not_want_does_not_continue() {
    let mut viewing = Viewing::new();
    viewing.watch("film", 0.4);
    viewing.watch("b1", 1.0);
    viewing.watch("a1", 1.0);
    viewing.event(EventKind::Skip, "film", None);
    viewing.event(EventKind::Dislike, "b", None);
    assert_eq!(viewing.continues(), [next("a2")]);
    viewing.event(EventKind::Skip, "a2", None);
    assert_eq!(viewing.continues(), [next("a3")]);
    viewing.watch("film", 0.5);
    viewing.event(EventKind::Like, "b", None);
    assert_eq!(viewing.continues(), [begun("film", 0.5), next("a3"), next("b2")]);
    viewing.event(EventKind::Impression, "film", None);
    viewing.event(EventKind::Remove, "a1", None);
    assert_eq!(viewing.continues(), [begun("film", 0.5), next("b2")], "as if it had not been");
}

#[test]
fn a_list_has_each_series_once_and_none_that_was_begun() {
    let mut viewing = Viewing::new();
    assert_eq!(viewing.list("{}"), ["a1", "b", "film", "other"]);
    viewing.watch("b2", 0.3);
    assert_eq!(viewing.list("{}"), ["a1", "film", "other"]);
    viewing.watch("a2", 1.0);
    assert_eq!(viewing.list("{}"), ["film", "other"]);
    let mut all = viewing.list(r#"{"seen": "include"}"#);
    all.sort();
    assert_eq!(all, ["a1", "b", "film", "other"]);
    let mut named = viewing.list(r#"{"ids": {"allow": ["a3", "b1"]}}"#);
    named.sort();
    assert_eq!(named, ["a3", "b1"], "whoever names episodes means those");
    for (item, excluded) in [("a3", Exclusion::Episode), ("a1", Exclusion::Seen), ("b", Exclusion::Seen)] {
        let options = WhyOptions { item: item.into(), ..WhyOptions::default() };
        viewing.0.handle(Input::Call { call: 7, command: Command::Why(options) });
        assert_eq!(viewing.0.list(7).items[0].standing.excluded, Some(excluded), "{item}");
    }
}

#[test]
fn a_position_is_kept_and_goes_with_watching_only() {
    let mut viewing = Viewing::new();
    viewing.watch("film", 0.4);
    viewing.0.handle(Input::Call { call: 8, command: Command::History(HistoryRange::default()) });
    let Some((_, Ok(Answer::History(entries)))) = viewing.0.answers.pop() else { panic!("no history") };
    assert_eq!(entries[0].event.position, Some(60.0));
    for (kind, position) in [
        (EventKind::Like, 1.0),
        (EventKind::Watch, -1.0),
        (EventKind::Watch, f64::NAN),
        (EventKind::Watch, 1e8),
    ] {
        let event = Event { position: Some(position), ..Event::new("film", kind, 1.0) };
        assert!(event.validate(0).is_err(), "{kind:?} {position}");
    }
}
