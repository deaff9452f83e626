use std::rc::Rc;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::state::ItemState;
use super::*;
use crate::fixed::to_fixed_point;

/// What [`RunningProfile`] says it is, written down plainly and made of all events anew.
fn exact(history: &History, catalog: &Catalog, weights: &EventWeights, decay: Decay) -> Profile {
    let events = history.events();
    let mut ids: Vec<&str> = events.iter().map(|event| event.item.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut items = Vec::new();
    for id in ids {
        let mut standing: Vec<usize> = Vec::new();
        for (place, event) in events.iter().enumerate().filter(|(_, event)| event.item == id) {
            match event.kind {
                EventKind::Impression => {}
                EventKind::Remove => drop(standing.pop()),
                _ => standing.push(place),
            }
        }
        let Some(&last) = standing.last() else { continue };
        let mut state = ItemState::default();
        standing.iter().for_each(|&place| state.add(&events[place]));
        items.push((last, catalog.find(id), state));
    }
    items.sort_by_key(|&(last, ..)| std::cmp::Reverse(last));
    let newest = items.first().map_or(0.0, |&(last, ..)| events[last].time);
    let mut profile = Profile {
        ordered: decay.taste != HalfLife::default(),
        of_viewer: true,
        resting: resting(events, catalog),
        ..Profile::default()
    };
    let mut genres: Vec<Option<GenreAffinity>> = vec![None; catalog.genres.len()];
    let mut later_items = 0.0;
    for (last, item, state) in items {
        let Some(item) = item else {
            profile.unknown += 1;
            continue;
        };
        if state.is_seen() {
            profile.seen.push(item);
        }
        if state.is_disliked(weights) {
            profile.disliked.push(item);
        }
        let of_item = catalog.features.genres.row(item as usize);
        let mut add = |weight: i64, against: i64| {
            for &genre in of_item {
                let fresh = GenreAffinity { genre, ..GenreAffinity::default() };
                let affinity = genres[genre as usize].get_or_insert(fresh);
                affinity.weight += weight / of_item.len() as i64;
                affinity.against += against / of_item.len() as i64;
                affinity.count += u32::from(weight > 0);
            }
        };
        let aversion = state.aversion(weights);
        if aversion > 0 {
            add(0, aversion.into());
            profile.averse.push(ItemAffinity { item, weight: aversion, recent: aversion });
        }
        let weight = state.weight(weights);
        let undecayed = to_fixed_point(weight);
        if undecayed <= 0 {
            continue;
        }
        let days = (newest - events[last].time) / 86_400_000.0;
        let [weight, recent] = [decay.taste, decay.recent]
            .map(|half_life| to_fixed_point(weight * libm::exp2(-half_life.halvings(later_items, days))));
        later_items += 1.0;
        if weight > 0 || recent > 0 {
            profile.items.push(ItemAffinity { item, weight, recent });
            profile.verbs.push(state.verb());
        }
        profile.total += i64::from(undecayed);
        add(undecayed.into(), 0);
    }
    profile.seen.sort_unstable();
    profile.disliked.sort_unstable();
    profile.genres = genres.into_iter().flatten().collect();
    profile
}

/// Each showing in the place where it was.
fn resting(events: &[Event], catalog: &Catalog) -> Vec<Resting> {
    let mut showings: Vec<(&str, f64)> = Vec::new();
    let mut standing: Vec<(&str, usize)> = Vec::new();
    let mut last: Vec<(&str, f64)> = Vec::new();
    for event in events {
        let id = event.item.as_str();
        if event.kind != EventKind::Impression {
            standing.retain(|(other, _)| *other != id);
            continue;
        }
        let before = last.iter().rfind(|(other, _)| *other == id).map(|(_, time)| *time);
        last.push((id, event.time));
        if before.is_none_or(|before| event.time - before >= 1_800_000.0) {
            standing.push((id, showings.len()));
            showings.push((id, event.time));
        }
    }
    let newest = events.last().map_or(0.0, |event| event.time);
    let left = |place: usize| {
        let days = (newest - showings[place].1) / 86_400_000.0;
        libm::exp2(-(days / 7.0 + (showings.len() as f64 - 1.0 - place as f64) / 200.0))
    };
    let of = |item: ItemIndex| {
        let own = standing.iter().filter(|(id, _)| catalog.find(id) == Some(item));
        let fresh: f64 = own.map(|&(_, place)| left(place)).sum();
        Resting { item, left: libm::exp2(-0.3 * fresh) }
    };
    (0..catalog.len() as ItemIndex).map(of).filter(|resting| resting.left < 1.0).collect()
}

#[derive(Debug, Clone)]
enum Step {
    Record(Vec<Event>),
    Forget(&'static str),
    Clear,
}

const IDS: [&str; 6] = ["a", "b", "c", "d", "nowhere", "elsewhere"];

fn an_event() -> impl Strategy<Value = Event> {
    use EventKind::{Click, Dislike, Impression, Like, Rate, Remove, Skip, Watch};
    let kind =
        select(vec![Watch, Watch, Like, Dislike, Rate, Click, Skip, Impression, Impression, Remove, Remove]);
    (select(&IDS[..]), kind, 0.0..1.0_f64, -5.0..30.0_f64).prop_map(|(id, kind, value, minutes)| Event {
        progress: (kind == Watch).then_some(value),
        rating: (kind == Rate).then_some(0.5 + (value * 9.0).round() / 2.0),
        ..Event::new(id, kind, minutes)
    })
}

/// Batches of events that mostly come in their order, and now and then some that are forgotten.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let record = prop::collection::vec(an_event(), 0..5).prop_map(Step::Record);
    let step =
        prop_oneof![12 => record, 1 => select(&IDS[..]).prop_map(Step::Forget), 1 => Just(Step::Clear)];
    prop::collection::vec(step, 1..25).prop_map(|mut steps| {
        let mut now: f64 = 0.0;
        let events = steps
            .iter_mut()
            .filter_map(|step| if let Step::Record(events) = step { Some(events) } else { None });
        for event in events.flatten() {
            // The time until then, in minutes; below 0 it comes late.
            let passed = event.time;
            event.time = (now + passed) * 60_000.0;
            now = now.max(now + passed);
        }
        steps
    })
}

fn half_life() -> impl Strategy<Value = HalfLife> {
    let events = select(vec![None, None, Some(0.01), Some(1.0), Some(5.0), Some(1e9)]);
    let days = select(vec![None, None, Some(1e-9), Some(0.02), Some(f64::MAX)]);
    (events, days).prop_map(|(events, days)| HalfLife { events, days })
}

fn weights() -> impl Strategy<Value = EventWeights> {
    let weight = || select(vec![0.0, 1e-6, 0.3, 1.0, 100.0]);
    let own = (weight(), weight(), weight(), weight(), weight(), weight()).prop_map(
        |(watch, rewatch, like, rating, click, skip)| EventWeights {
            watch,
            rewatch,
            like,
            rating,
            click,
            skip,
        },
    );
    prop_oneof![Just(EventWeights::default()), own]
}

proptest! {
    /// The profile that follows is the one that is made of all events anew, bit for bit; and nobody who has a former one sees it change.
    #[test]
    fn a_profile_that_follows_is_that_of_all_events(
        steps in steps(), taste in half_life(), recent in half_life(), weights in weights(), looks in any::<u32>(),
    ) {
        let (catalog, decay) = (catalog(), Decay { taste, recent });
        let (mut history, mut running) = (History::default(), RunningProfile::new(weights, decay));
        let mut former: Option<(Rc<Profile>, Profile)> = None;
        for (place, step) in steps.into_iter().enumerate() {
            match step {
                Step::Record(events) => drop(history.record(events)),
                Step::Forget(id) => drop(history.forget(id)),
                Step::Clear => history.clear(),
            }
            // Nobody wants it after each step.
            if looks >> place & 1 == 1 {
                let profile = running.of(&history, &catalog);
                prop_assert_eq!(&*profile, &exact(&history, &catalog, &weights, decay));
                if let Some((shared, copy)) = former {
                    prop_assert_eq!(&*shared, &copy);
                }
                former = Some((profile.clone(), (*profile).clone()));
            }
        }
        prop_assert_eq!(&*running.of(&history, &catalog), &exact(&history, &catalog, &weights, decay));
    }
}

#[test]
fn a_long_history_is_followed_to_the_end() {
    let genres = ["Crime", "War", "Drama"];
    let item = |id: usize| {
        let own: Vec<&str> =
            genres.iter().copied().filter(|genre| (id * 7).is_multiple_of(genre.len())).collect();
        serde_json::json!({ "id": id.to_string(), "title": "A", "genres": own })
    };
    let json = serde_json::Value::from_iter((0..300).map(item)).to_string();
    let catalog = Catalog::parse(json.into(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0;
    let decay = Decay { taste: HalfLife { events: Some(20.0), days: Some(30.0) }, recent: BY_EVENTS };
    let (mut history, mut running) =
        (History::default(), RunningProfile::new(EventWeights::default(), decay));
    let mut random = 1_u64;
    let mut below = |below: u64| {
        random = random * 48_271 % 2_147_483_647;
        random % below
    };
    for time in 0..6000_u32 {
        use EventKind::{Click, Dislike, Impression, Like, Remove, Skip, Watch};
        let kind = [Watch, Watch, Watch, Like, Dislike, Click, Skip, Impression, Impression, Remove]
            [below(10) as usize];
        history.record([Event::new(below(310).to_string(), kind, f64::from(time) * 3e6)]);
        let profile = running.of(&history, &catalog);
        if time % 500 == 499 {
            assert_eq!(*profile, exact(&history, &catalog, &EventWeights::default(), decay), "after {time}");
        }
    }
    assert!(running.of(&history, &catalog).seen.len() > 200);
    assert_eq!(
        history.profile(&catalog, &EventWeights::default(), decay),
        *running.of(&history, &catalog),
        "all at once"
    );
}

#[test]
fn what_is_taken_back_is_one_event() {
    use EventKind::{Click, Dislike, Impression, Like, Remove, Watch};
    for (taken_back, left) in [
        (&[Watch, Like, Remove][..], &[Watch][..]),
        (&[Watch, Like, Remove, Remove], &[]),
        (&[Remove, Watch], &[Watch]),
        (&[Watch, Remove, Remove, Remove, Like], &[Like]),
        (&[Like, Dislike, Remove], &[Like]),
        (&[Watch, Impression, Remove], &[]),
        (&[Click, Watch, Watch, Remove], &[Click, Watch]),
        (&[Watch, Like, Remove, Dislike, Remove], &[Watch]),
    ] {
        let of = |kinds: &[EventKind]| {
            let others = ["b", "c"].map(|id| Event::new(id, Watch, 0.0));
            let mut history = History::default();
            history.record(others);
            history.record(kinds.iter().map(|&kind| Event::new("a", kind, 1.0)));
            history.profile(&catalog(), &EventWeights::default(), BY_EVENTS)
        };
        assert_eq!(of(taken_back), of(left), "{taken_back:?}");
    }
    // The item is where it was in the order of last events.
    let events = [("a", Watch, 1.0), ("b", Watch, 2.0), ("a", Like, 3.0), ("a", Remove, 4.0)];
    assert_eq!(items(&events, BY_EVENTS), [(1, SCORE_ONE), (0, SCORE_ONE / 2)]);
}
