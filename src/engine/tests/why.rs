//! Why an item is, or is not, in the list.

use super::*;
use crate::rank::{Exclusion, YearFilter};

fn why(bench: &mut Bench, options: WhyOptions) -> Recommendations {
    bench.handle(Input::Call { call: 7, command: Command::Why(options) });
    bench.list(7)
}

fn of(item: &str) -> WhyOptions {
    WhyOptions { item: item.into(), ..WhyOptions::default() }
}

fn standing(bench: &mut Bench, options: WhyOptions) -> (Option<usize>, Option<Exclusion>) {
    let answer = why(bench, options);
    assert_eq!(answer.items.len(), 1);
    let Standing { place, excluded } = answer.items[0].standing;
    (place, excluded)
}

#[test]
fn every_item_of_a_list_stands_where_it_is_and_for_the_same_reasons() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, explained());
    let list = bench.list(1);
    for (place, listed) in list.items.iter().enumerate() {
        let answer = why(&mut bench, of(&listed.id));
        let [item] = &answer.items[..] else { panic!("{answer:?}") };
        assert_eq!(item.standing, Standing { place: Some(place + 1), excluded: None });
        let without = Recommendation { standing: Standing::default(), ..item.clone() };
        assert_eq!((&without, answer.complete, &answer.weights), (listed, true, &list.weights));
    }
}

#[test]
fn what_is_in_no_list_is_explained_and_what_keeps_it_out_is_named() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let dislike = vec![Event::new("3", EventKind::Dislike, 0.0)];
    bench.handle(Input::Call { call: 1000, command: Command::Record(dislike) });
    bench.answers.clear();
    assert_eq!(standing(&mut bench, of("1")), (None, Some(Exclusion::Seen)));
    assert_eq!(standing(&mut bench, of("3")), (None, Some(Exclusion::Disliked)));
    let year = YearFilter { min: None, max: Some(2000) };
    let filter = FilterOptions { year, ..FilterOptions::default() };
    let late = why(&mut bench, WhyOptions { filter: filter.clone(), ..of("6") }).items.remove(0);
    assert_eq!(late.standing, Standing { place: None, excluded: Some(Exclusion::Year) });
    let explanation = late.explanation.expect("always says why");
    assert_eq!(sum(&explanation.parts), late.score);
    assert_eq!(explanation.items[0].title, "Heat", "a film of crime, too");
    let (place, excluded) = standing(&mut bench, WhyOptions { filter, ..of("2") });
    assert_eq!((place, excluded), (Some(1), None), "the only one left");
}

#[test]
fn other_weights_are_other_places_and_an_unknown_item_is_an_error() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let weights = [("history", 0.0), ("genre", 0.0)].map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    let place = |bench: &mut Bench, options| standing(bench, options).0;
    assert_eq!(place(&mut bench, of("2")), Some(1));
    assert_eq!(place(&mut bench, WhyOptions { weights, ..of("2") }), Some(4), "the fourth in popularity");
    bench.handle(Input::Call { call: 8, command: Command::Why(of("no such")) });
    assert_eq!(bench.error(), "ITEM_UNKNOWN");
}

#[test]
fn what_was_shown_rests_and_a_seed_turns_the_list_the_same_way_each_time() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let mut list = |seed: Option<f64>, shown: &[&str]| {
        // Once an hour.
        let event = |(hour, id): (usize, &&str)| Event::new(*id, EventKind::Impression, hour as f64 * 3.6e6);
        let shown = shown.iter().enumerate().map(event).collect();
        bench.handle(Input::Call { call: 1000, command: Command::Record(shown) });
        bench.answers.clear();
        bench.recommend(1, RecommendOptions { seed, ..explained() });
        let list = bench.list(1);
        for (place, listed) in list.items.iter().enumerate() {
            let answer = why(&mut bench, WhyOptions { seed, ..of(&listed.id) });
            assert_eq!(answer.items[0].standing.place, Some(place + 1));
        }
        list
    };
    let of = |list: &Recommendations| ids(list).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let plain = list(None, &[]);
    let turned: Vec<Vec<String>> = (0..20).map(|seed| of(&list(Some(f64::from(seed)), &[]))).collect();
    assert!(turned.iter().any(|order| *order != of(&plain)));
    assert_eq!(of(&list(Some(3.0), &[])), turned[3]);
    let rested = list(None, &[plain.items[0].id.as_str(); 12]);
    let place = rested.items.iter().position(|item| item.id == plain.items[0].id).expect("is still there");
    let explanation =
        |list: &Recommendations, place: usize| list.items[place].explanation.clone().expect("says why");
    assert!(place > 0, "{:?}", of(&rested));
    assert_eq!(rested.items[place].score, plain.items[0].score, "a score is the sum of its parts");
    assert!(explanation(&rested, place).rest.is_some_and(|rest| (0.08..0.1).contains(&rest)));
    assert_eq!(explanation(&rested, 0).rest, None);
}
