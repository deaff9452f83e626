mod profile;
mod running;

use super::*;
use crate::catalog::{Catalog, CatalogOptions, ItemIndex};
use crate::error::Error;
use crate::fixed::SCORE_ONE;

fn event(kind: EventKind) -> Event {
    Event::new("a", kind, 0.0)
}

/// Which field of an event is refused, if any.
fn refused(event: &Event) -> Option<&'static str> {
    let Error::Event { event: place, reason } = event.validate(7).err()? else { panic!("not of an event") };
    assert_eq!(place, 7);
    // The first that is named is the one that is wrong.
    let named = ["item", "time", "progress", "rating"].into_iter();
    named.filter_map(|field| Some((reason.find(field)?, field))).min().map(|(_, field)| field)
}

#[test]
fn ids_have_one_byte_at_least_and_1024_at_most() {
    for (length, expected) in [(0, Some("item")), (1, None), (1024, None), (1025, Some("item"))] {
        assert_eq!(refused(&Event::new("x".repeat(length), EventKind::Like, 0.0)), expected, "{length}");
    }
}

#[test]
fn a_time_is_a_number() {
    for time in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(refused(&Event::new("a", EventKind::Like, time)), Some("time"));
    }
    assert_eq!(refused(&Event::new("a", EventKind::Like, -1e12)), None, "a time before 1970 is one");
}

#[test]
fn progress_is_from_0_to_1_and_of_watching() {
    let watch = |progress| refused(&Event { progress, ..event(EventKind::Watch) });
    for good in [None, Some(0.0), Some(0.5), Some(1.0)] {
        assert_eq!(watch(good), None, "{good:?}");
    }
    for bad in [-0.01, 1.01, f64::NAN] {
        assert_eq!(watch(Some(bad)), Some("progress"), "{bad}");
    }
    let liked = Event { progress: Some(0.5), ..event(EventKind::Like) };
    assert_eq!(refused(&liked), Some("progress"));
}

#[test]
fn a_rating_is_from_one_half_to_5_and_of_rating() {
    let rate = |rating| refused(&Event { rating, ..event(EventKind::Rate) });
    for good in [0.5, 3.0, 5.0] {
        assert_eq!(rate(Some(good)), None, "{good}");
    }
    for bad in [0.49, 5.01, f64::NAN] {
        assert_eq!(rate(Some(bad)), Some("rating"), "{bad}");
    }
    assert_eq!(rate(None), Some("rating"), "it is what a rating is for");
    let watched = Event { rating: Some(3.0), ..event(EventKind::Watch) };
    assert_eq!(refused(&watched), Some("rating"));
    assert_eq!(refused(&event(EventKind::Click)), None);
}

/// The name of the option that is refused, if any.
fn refused_option(options: HistoryOptions) -> Option<String> {
    match options.validate() {
        Ok(()) => None,
        Err(Error::Option { option, .. }) => Some(option),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn weights_are_from_0_to_100_and_named_outside_of_it() {
    type Set = fn(&mut EventWeights, f64);
    let weights: [(&str, Set); 6] = [
        ("watch", |weights, value| weights.watch = value),
        ("rewatch", |weights, value| weights.rewatch = value),
        ("like", |weights, value| weights.like = value),
        ("rating", |weights, value| weights.rating = value),
        ("click", |weights, value| weights.click = value),
        ("skip", |weights, value| weights.skip = value),
    ];
    for (name, set) in weights {
        for (value, good) in [(0.0, true), (100.0, true), (-0.1, false), (100.1, false), (f64::NAN, false)] {
            let mut options = HistoryOptions::default();
            set(&mut options.weights, value);
            let expected = (!good).then(|| format!("history.weights.{name}"));
            assert_eq!(refused_option(options), expected, "{value}");
        }
    }
}

#[test]
fn half_lives_are_above_0() {
    for (value, good) in [(0.001, true), (0.0, false), (-1.0, false), (f64::NAN, false)] {
        let events = HalfLife { events: Some(value), days: None };
        let days = HalfLife { events: None, days: Some(value) };
        for (half_life, name) in [(events, "events"), (days, "days")] {
            let options = HistoryOptions { half_life: Some(half_life), ..HistoryOptions::default() };
            let expected = (!good).then(|| format!("history.halfLife.{name}"));
            assert_eq!(refused_option(options), expected, "{value}");
        }
    }
    assert_eq!(refused_option(HistoryOptions::default()), None, "without decay");
}

#[test]
fn a_rating_is_worth_as_much_as_it_is_above_2() {
    let weights = EventWeights { rating: 6.0, ..EventWeights::default() };
    for (rating, expected) in [(0.5, 0.0), (2.0, 0.0), (2.5, 1.0), (3.0, 2.0), (4.0, 4.0), (5.0, 6.0)] {
        assert!((weights.rating(rating) - expected).abs() < 1e-12, "{rating}");
    }
}

fn catalog() -> Catalog {
    let json = br#"[{"id": "a", "title": "A", "genres": ["Crime", "War"]}, {"id": "b", "title": "B", "genres": ["Crime"]},
        {"id": "c", "title": "C"}, {"id": "d", "title": "D"}]"#;
    Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
}

fn history(events: &[(&str, EventKind, f64)]) -> History {
    let mut history = History::default();
    history.record(events.iter().map(|&(id, kind, days)| Event::new(id, kind, days * 86_400_000.0)));
    history
}

fn items(events: &[(&str, EventKind, f64)], half_life: HalfLife) -> Vec<(u32, i32)> {
    let profile = history(events).profile(&catalog(), &EventWeights::default(), half_life);
    profile.items.iter().map(|affinity| (affinity.item, affinity.weight)).collect()
}

const BY_EVENTS: HalfLife = HalfLife { events: Some(1.0), days: None };

#[test]
fn events_are_kept_in_order_of_time() {
    let history =
        history(&[("b", EventKind::Like, 2.0), ("a", EventKind::Watch, 1.0), ("c", EventKind::Skip, 2.0)]);
    let ids: Vec<&str> = history.events().iter().map(|event| event.item.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[test]
fn what_was_watched_to_its_end_twice_counts_more_by_its_largest_portion() {
    let weight = |portions: &[f64]| {
        let mut history = History::default();
        history.record(
            portions.iter().map(|&portion| Event { progress: Some(portion), ..event(EventKind::Watch) }),
        );
        let profile = history.profile(&catalog(), &EventWeights::default(), HalfLife::default());
        f64::from(profile.items[0].weight) / f64::from(SCORE_ONE)
    };
    for (portions, expected) in [
        (&[0.9, 0.9][..], 1.5 * 0.9),
        (&[0.95, 0.9], 1.5 * 0.95),
        (&[0.9, 0.5], 0.9),
        (&[0.89, 0.89, 0.89], 0.89),
        (&[0.9, 0.9, 0.2], 1.5 * 0.9),
    ] {
        assert!((weight(portions) - expected).abs() < 1e-4, "{portions:?}: {}", weight(portions));
    }
}

#[test]
fn a_skip_ends_with_the_next_click_or_watching_and_not_with_a_later_opinion() {
    use EventKind::{Click, Like, Skip, Watch};
    let seen = |kinds: &[EventKind]| {
        let events: Vec<_> = kinds.iter().map(|&kind| ("a", kind, 0.0)).collect();
        history(&events).profile(&catalog(), &EventWeights::default(), HalfLife::default())
    };
    assert!(seen(&[Click]).seen.is_empty(), "a click alone is not seeing");
    assert!(seen(&[Skip, Click]).seen.is_empty());
    assert_eq!(seen(&[Skip, Watch]).items[0].weight, SCORE_ONE);
    assert_eq!(seen(&[Click, Skip]).items, []);
    assert_eq!(seen(&[Skip, Like]).seen, [0]);
}

#[test]
fn what_is_unknown_or_counts_nothing_is_no_later_item() {
    use EventKind::{Dislike, Watch};
    let events = [("a", Watch, 1.0), ("nowhere", Watch, 2.0), ("c", Dislike, 3.0), ("b", Watch, 4.0)];
    assert_eq!(items(&events, BY_EVENTS), [(1, SCORE_ONE), (0, SCORE_ONE / 2)]);
}

#[test]
fn days_count_from_the_newest_event_and_between_events() {
    use EventKind::{Skip, Watch};
    let by_days = HalfLife { events: None, days: Some(4.0) };
    let events = [("a", Watch, 100.0), ("b", Watch, 104.0), ("c", Watch, 112.0)];
    assert_eq!(items(&events, by_days), [(2, SCORE_ONE), (1, SCORE_ONE / 4), (0, SCORE_ONE / 8)]);
    let skipped = [("a", Watch, 100.0), ("b", Skip, 104.0)];
    assert_eq!(items(&skipped, by_days), [(0, SCORE_ONE / 2)], "whatever the newest is");
}

#[test]
fn what_has_decayed_to_nothing_is_no_item_but_still_of_its_genre() {
    let half_life = HalfLife { events: Some(0.01), days: None };
    let events = [("a", EventKind::Watch, 1.0), ("c", EventKind::Watch, 2.0)];
    assert_eq!(items(&events, half_life), [(2, SCORE_ONE)]);
    let profile = history(&events).profile(&catalog(), &EventWeights::default(), half_life);
    assert_eq!((profile.total, profile.genres.len(), profile.seen.len()), (2 * i64::from(SCORE_ONE), 2, 2));
}

#[test]
fn seen_and_disliked_are_ascending() {
    use EventKind::{Dislike, Skip, Watch};
    let events = [("a", Dislike, 4.0), ("c", Watch, 3.0), ("d", Dislike, 5.0), ("b", Skip, 6.0)];
    let profile = history(&events).profile(&catalog(), &EventWeights::default(), HalfLife::default());
    assert_eq!((profile.seen, profile.disliked), (vec![0, 1, 2, 3], vec![0, 3]));
}

#[test]
fn what_is_disliked_rated_low_or_passed_over_speaks_against_what_is_like_it() {
    use EventKind::{Click, Dislike, Like, Skip, Watch};
    let averse = |events: &[(&str, EventKind, f64)]| -> Vec<(ItemIndex, f64)> {
        let profile = history(events).profile(&catalog(), &EventWeights::default(), BY_EVENTS);
        assert_eq!(profile.known(), profile.items.len() + profile.averse.len());
        profile.averse.iter().map(|of| (of.item, f64::from(of.weight) / f64::from(SCORE_ONE))).collect()
    };
    let near = |weight: f64| (weight * 10.0).round() / 10.0;
    let events = [("a", Dislike, 1.0), ("b", Skip, 2.0), ("c", Watch, 3.0)];
    let found: Vec<(ItemIndex, f64)> =
        averse(&events).into_iter().map(|(item, weight)| (item, near(weight))).collect();
    assert_eq!(found, [(1, 0.3), (0, 1.5)], "the most recent first, and without decay");
    // What was watched, or is liked, is not passed over; what was only clicked is.
    for (before, count) in [(Watch, 0), (Like, 0), (Click, 1)] {
        assert_eq!(averse(&[("a", before, 1.0), ("a", Skip, 2.0)]).len(), count, "{before:?}");
    }
    assert_eq!(averse(&[("a", Skip, 1.0), ("a", Click, 2.0)]), []);
}

#[test]
fn a_profile_says_whose_it_is_and_whether_its_order_counts() {
    let watched = history(&[("a", EventKind::Watch, 1.0)]);
    for (half_life, ordered) in
        [(HalfLife::default(), false), (BY_EVENTS, true), (HalfLife { events: None, days: Some(1.0) }, true)]
    {
        let profile = watched.profile(&catalog(), &EventWeights::default(), half_life);
        assert_eq!((profile.ordered, profile.of_viewer), (ordered, true));
    }
    let affinity = |item| ItemAffinity { item, weight: SCORE_ONE, recent: SCORE_ONE };
    let of_item = Profile {
        items: vec![affinity(3)],
        total: i64::from(SCORE_ONE),
        seen: vec![3],
        ..Profile::default()
    };
    assert_eq!(Profile::of_item(3), of_item);
    let averse = Profile { averse: vec![affinity(1), affinity(2)], of_viewer: true, ..of_item };
    let expected = Profile { items: vec![affinity(1), affinity(2)], ..Profile::default() };
    assert_eq!(averse.of_aversions(), expected);
}

#[test]
fn an_event_that_comes_again_is_known_by_its_identity() {
    let event = |origin: &str, sequence| Event {
        origin: origin.into(),
        sequence,
        ..Event::new("a", EventKind::Watch, 0.0)
    };
    let mut history = History::default();
    assert_eq!(history.record([event("tab", 1), event("tab", 3), event("file", 3)]), 3);
    assert_eq!(history.record([event("tab", 3), event("tab", 2), event("tab", 2), event("file", 1)]), 2);
    assert_eq!(
        history.record([event("", 1), event("", 1)]),
        2,
        "what has no identity is as often as it is recorded"
    );
    assert_eq!((history.events().len(), history.forget("b"), history.forget("a")), (7, 0, 7));
    assert_eq!(history.record([event("tab", 3)]), 0, "what is forgotten does not come back");
}
