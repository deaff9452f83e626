use proptest::prelude::*;

use super::*;
use crate::fixed::to_fixed_point;

const DAY: f64 = 86_400_000.0;

fn catalog() -> Catalog {
    let json =
        br#"[{"id":"a","title":"A","genres":["Crime","War"]},{"id":"b","title":"B","genres":["Crime"]},
        {"id":"c","title":"C"}]"#;
    Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
}

fn profile(events: Vec<Event>, half_life: HalfLife) -> Profile {
    let mut history = History::default();
    history.record(events);
    history.profile(&catalog(), &EventWeights::default(), half_life)
}

/// What the events, all about one item, make of its weight; and whether it is seen.
fn weight(events: &[Event]) -> (f64, bool) {
    let profile = profile(events.to_vec(), HalfLife::default());
    let weight = profile.items.first().map_or(0, |affinity| affinity.weight);
    (f64::from(weight) / f64::from(SCORE_ONE), profile.seen == [0])
}

fn event(kind: EventKind) -> Event {
    Event::new("a", kind, 0.0)
}

fn watch(progress: f64) -> Event {
    Event { progress: Some(progress), ..event(EventKind::Watch) }
}

fn rate(rating: f64) -> Event {
    Event { rating: Some(rating), ..event(EventKind::Rate) }
}

#[test]
fn each_kind_of_event_has_its_weight() {
    use EventKind::{Click, Dislike, Like, Remove, Skip, Watch};
    for (events, expected) in [
        (vec![event(Watch)], (1.0, true)),
        (vec![watch(0.5)], (0.5, true)),
        (vec![watch(0.25), watch(0.5), watch(0.75)], (0.75, true)),
        (vec![watch(1.0), watch(1.0)], (1.5, true)),
        (vec![event(Like)], (1.5, true)),
        (vec![rate(5.0)], (1.5, true)),
        (vec![rate(4.0)], (1.0, true)),
        (vec![rate(3.0)], (0.5, true)),
        (vec![rate(0.5)], (0.0, true)),
        (vec![event(Click)], (to_fixed_point(0.2).into(), false)),
        (vec![event(Skip)], (0.0, true)),
        (vec![event(Skip), event(Click)], (to_fixed_point(0.2).into(), false)),
        (vec![event(Click), event(Skip)], (0.0, true)),
        (vec![event(Watch), event(Dislike)], (0.0, true)),
        (vec![event(Dislike), event(Like)], (1.5, true)),
        (vec![event(Like), event(Watch), event(Remove)], (1.5, true)),
        (vec![event(Like), event(Watch), event(Remove), event(Remove)], (0.0, false)),
        (vec![event(Like), event(Remove), event(Watch)], (1.0, true)),
    ] {
        let (expected, seen) = expected;
        let expected = if expected > 2.0 { expected / f64::from(SCORE_ONE) } else { expected };
        assert_eq!(weight(&events), (expected, seen), "{events:?}");
    }
}

#[test]
fn weights_halve_by_later_items_and_by_days() {
    let events = ["a", "b", "c"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
    let weights = |events: Vec<Event>, half_life| -> Vec<(ItemIndex, i32)> {
        profile(events, half_life).items.iter().map(|item| (item.item, item.weight)).collect()
    };
    let by_events = HalfLife { events: Some(1.0), days: None };
    assert_eq!(weights(events, by_events), [(2, SCORE_ONE), (1, SCORE_ONE / 2), (0, SCORE_ONE / 4)]);
    let days = HalfLife { events: None, days: Some(10.0) };
    let events = [("a", 0.0), ("b", 10.0 * DAY)].map(|(id, time)| Event::new(id, EventKind::Watch, time));
    assert_eq!(weights(events.to_vec(), days), [(1, SCORE_ONE), (0, SCORE_ONE / 2)]);
    let both = HalfLife { events: Some(1.0), days: Some(10.0) };
    assert_eq!(weights(events.to_vec(), both), [(1, SCORE_ONE), (0, SCORE_ONE / 4)]);
}

#[test]
fn genres_share_an_items_weight_and_do_not_decay() {
    let events = ["a", "b", "nowhere"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
    let profile = profile(events, HalfLife { events: Some(1.0), days: None });
    let genre = |genre, weight, count| GenreAffinity { genre, weight, against: 0, count };
    let one = i64::from(SCORE_ONE);
    assert_eq!(profile.genres, [genre(0, one + one / 2, 2), genre(1, one / 2, 1)]);
    assert_eq!((profile.total, profile.unknown), (2 * one, 1));
}

#[test]
fn what_is_disliked_or_rated_low_speaks_against_its_genres() {
    use EventKind::{Dislike, Like, Rate, Watch};
    let low = Event { rating: Some(2.0), ..Event::new("b", Rate, 0.0) };
    let events = vec![Event::new("a", Dislike, 0.0), low, Event::new("b", Watch, 0.0)];
    let profile = profile(events, HalfLife::default());
    let genre = |genre, quarters: i64| GenreAffinity {
        genre,
        against: quarters * i64::from(SCORE_ONE) / 4,
        weight: 0,
        count: 0,
    };
    // A half of 1.5 each for the first, the whole for the second.
    assert_eq!(profile.genres, [genre(0, 9), genre(1, 3)]);
    assert_eq!((profile.disliked.as_slice(), profile.known(), profile.total), (&[0, 1][..], 2, 0));
    let high = Event { rating: Some(2.5), ..Event::new("b", Rate, 0.0) };
    let profile = self::profile(vec![high, Event::new("a", Like, 0.0)], HalfLife::default());
    assert_eq!((profile.disliked.len(), profile.verbs), (0, vec![Verb::Liked, Verb::Rated]));
}

proptest! {
    /// Events that come late find their place: the profile is that of the events in order of time.
    #[test]
    fn the_order_of_recording_does_not_matter(
        events in prop::collection::vec((0..3_usize, 0..7_usize, 0.0..1.0), 0..20),
        order in prop::collection::vec(any::<prop::sample::Index>(), 20),
    ) {
        use EventKind::{Click, Dislike, Like, Rate, Remove, Skip, Watch};
        let make = |(time, &(item, kind, value)): (usize, &(usize, usize, f64))| {
            let kind = [Watch, Like, Dislike, Rate, Click, Skip, Remove][kind];
            Event {
                progress: (kind == Watch).then_some(value),
                rating: (kind == Rate).then_some(0.5 + value * 4.5),
                ..Event::new(["a", "b", "nowhere"][item], kind, time as f64 * DAY)
            }
        };
        let events: Vec<Event> = events.iter().enumerate().map(make).collect();
        let half_life = HalfLife { events: Some(2.0), days: Some(3.0) };
        let expected = profile(events.clone(), half_life);
        let (mut shuffled, mut rest) = (Vec::new(), events);
        for index in order {
            if !rest.is_empty() {
                shuffled.push(rest.remove(index.index(rest.len())));
            }
        }
        prop_assert_eq!(profile(shuffled, half_life), expected);
    }
}
