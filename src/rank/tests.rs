use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, CatalogOptions, Features, GenreIndex, ItemIndex};
use crate::columns::Rows;
use crate::history::{GenreAffinity, Profile};

fn features(genres: &[Vec<GenreIndex>]) -> Features {
    let mut features = Features { genres: Rows::default(), ..Features::default() };
    genres.iter().for_each(|row| features.genres.push(row.iter().copied()));
    features
}

fn ranked(item: usize, score: i64) -> Ranked {
    Ranked { choice: score as f64, ..Ranked::new(item as ItemIndex, score) }
}

fn profile(weights: &[i64]) -> Profile {
    let genres =
        weights.iter().zip(0..).map(|(&weight, genre)| GenreAffinity { genre, weight, count: 1, against: 0 });
    Profile { genres: genres.collect(), ..Profile::default() }
}

fn shared(a: &[GenreIndex], b: &[GenreIndex]) -> usize {
    a.iter().filter(|genre| b.contains(genre)).count()
}

fn jaccard(a: &[GenreIndex], b: &[GenreIndex]) -> f64 {
    let either = a.len() + b.len() - shared(a, b);
    if either == 0 { 0.0 } else { shared(a, b) as f64 / either as f64 }
}

/// `Σ p ln(p / q)` by the book (Steck 2018, eq. 3 to 6): each item of the list spreads 1 over its genres, and a hundredth of `q` is `p`.
fn divergence(list: &[&Vec<GenreIndex>], weights: &[i64]) -> f64 {
    let total: i64 = weights.iter().sum();
    let of_list = |genre: GenreIndex| -> f64 {
        let having = list.iter().filter(|genres| genres.contains(&genre));
        let share: f64 = having.map(|genres| 1.0 / genres.len() as f64).sum();
        let items = list.iter().filter(|genres| !genres.is_empty()).count();
        if items == 0 { 0.0 } else { share / items as f64 }
    };
    let of_viewer = weights.iter().zip(0..).filter(|(weight, _)| **weight > 0);
    let term = |(&weight, genre): (&i64, GenreIndex)| {
        let p = weight as f64 / total as f64;
        p * (p / (0.99 * of_list(genre) + 0.01 * p)).ln()
    };
    of_viewer.map(term).sum()
}

fn genres() -> impl Strategy<Value = Vec<GenreIndex>> {
    prop::collection::btree_set(0..5_u32, 0..4).prop_map(|genres| genres.into_iter().collect())
}

proptest! {
    /// At every place stands an item of the largest `(1 − d)(1 − c) · s − d · max likeness − c · KL` of those that were left.
    #[test]
    fn every_place_has_the_item_of_the_largest_value(
        items in prop::collection::vec((genres(), 0..1000_i64), 1..14),
        weights in prop::collection::vec(0..50_i64, 5),
        diversity in prop::sample::select(vec![0.0, 0.25, 0.6, 1.0]),
        calibration in prop::sample::select(vec![0.0, 0.3, 0.8, 1.0]),
        limit in 1..14_usize,
    ) {
        let mut scores: Vec<i64> = items.iter().map(|item| item.1).collect();
        scores.sort_by_key(|score| std::cmp::Reverse(*score));
        let genres: Vec<Vec<GenreIndex>> = items.into_iter().map(|item| item.0).collect();
        let candidates: Vec<Ranked> = scores.iter().enumerate().map(|(item, &score)| ranked(item, score)).collect();
        let rerank = Rerank::new(Some(diversity), Some(calibration)).expect("good");
        let list = rerank.apply(candidates.clone(), limit, &features(&genres), &profile(&weights));
        prop_assert_eq!(list.len(), limit.min(candidates.len()));

        let best = scores[0].max(1) as f64;
        let mut left = candidates;
        let mut chosen: Vec<&Vec<GenreIndex>> = Vec::new();
        for item in &list {
            let value = |candidate: &Ranked| {
                let own = &genres[candidate.item as usize];
                let likeness = chosen.iter().map(|other| jaccard(own, other)).fold(0.0, f64::max);
                let with: Vec<&Vec<GenreIndex>> = chosen.iter().copied().chain([own]).collect();
                (1.0 - diversity) * (1.0 - calibration) * candidate.score as f64 / best
                    - diversity * likeness
                    - calibration * divergence(&with, &weights)
            };
            let most = left.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(value(item) >= most - 1e-9, "{} of {most}", value(item));
            prop_assert!(left.contains(item));
            left.retain(|other| other.item != item.item);
            chosen.push(&genres[item.item as usize]);
        }
    }

    #[test]
    fn what_a_list_is_measured_by_is_as_the_books_say(
        genres in prop::collection::vec(genres(), 0..6),
        weights in prop::collection::vec(0..50_i64, 5),
    ) {
        let (features, list) = (features(&genres), (0..genres.len() as ItemIndex).collect::<Vec<_>>());
        let mut distances = Vec::new();
        for (place, a) in genres.iter().enumerate() {
            distances.extend(genres[..place].iter().map(|b| 1.0 - jaccard(a, b)));
        }
        let mean = distances.iter().sum::<f64>() / distances.len().max(1) as f64;
        prop_assert!((intra_list_distance(&list, &features) - mean).abs() < 1e-9);
        let all: Vec<&Vec<GenreIndex>> = genres.iter().collect();
        let expected = divergence(&all, &weights);
        prop_assert!((genre_divergence(&list, &features, &profile(&weights)) - expected).abs() < 1e-9);
    }
}

#[test]
fn five_candidates_are_looked_at_for_each_of_the_first_hundred_places() {
    for (diversity, calibration) in [(0.5, 0.0), (0.0, 0.5)] {
        let rerank = Rerank::new(Some(diversity), Some(calibration)).expect("good");
        let candidates = [1, 100, 101, 500, 501, 1000].map(|limit| rerank.candidates(limit));
        assert_eq!(candidates, [5, 500, 500, 500, 501, 1000]);
    }
    let none = Rerank::new(Some(0.0), None).expect("good");
    assert_eq!([1, 1000].map(|limit| none.candidates(limit)), [1, 1000]);
}

#[test]
fn after_the_hundredth_place_the_scores_decide() {
    let genres: Vec<Vec<GenreIndex>> = (0..300).map(|item| vec![item % 3]).collect();
    let candidates: Vec<Ranked> = (0..300).map(|item| ranked(item, 1000 - item as i64)).collect();
    let rerank = Rerank::new(Some(0.9), None).expect("good");
    let list = rerank.apply(candidates.clone(), 120, &features(&genres), &Profile::default());
    assert_eq!(list.len(), 120);
    let rest: Vec<ItemIndex> = list[100..].iter().map(|ranked| ranked.item).collect();
    assert!(rest.is_sorted(), "{rest:?}");
    let before: Vec<ItemIndex> = list[..100].iter().map(|ranked| ranked.item).collect();
    let first_left = (0..300).find(|item| !before.contains(item));
    assert_eq!(rest.first().copied(), first_left);
    let short = rerank.apply(candidates, 100, &features(&genres), &Profile::default());
    assert_eq!(short.len(), 100);
}

#[test]
fn of_equal_values_the_better_score_comes_first() {
    let genres = vec![vec![0]; 4];
    let candidates: Vec<Ranked> = (0..4).map(|item| ranked(item, 9 - item as i64)).collect();
    for (diversity, calibration) in [(1.0, 0.0), (0.0, 1.0)] {
        let rerank = Rerank::new(Some(diversity), Some(calibration)).expect("good");
        let list = rerank.apply(candidates.clone(), 4, &features(&genres), &profile(&[1, 1]));
        assert_eq!(list, candidates, "they are alike, and the score counts nothing");
    }
}

#[test]
fn both_are_from_0_to_1() {
    for good in [0.0, 0.5, 1.0] {
        assert!(Rerank::new(Some(good), Some(good)).is_ok());
    }
    for bad in [-0.01, 1.01, f64::NAN] {
        assert_eq!(Rerank::new(Some(bad), None).expect_err("bad").code(), "OPTION");
        assert_eq!(Rerank::new(None, Some(bad)).expect_err("bad").code(), "OPTION");
    }
}

#[test]
fn a_score_in_fixed_point_is_worth_2_to_the_minus_32() {
    assert_eq!(score_to_f64(1 << 32), 1.0);
    assert_eq!(score_to_f64(-3 << 31), -1.5);
}

/// What keeps each of five items out, by a filter as a page writes it, for somebody who has seen "b" and dislikes "c".
fn exclusions(filter: &str) -> Vec<(&'static str, Option<Exclusion>)> {
    let json = br#"[{"id": "a", "title": "A", "genres": ["Crime"], "year": 1995},
        {"id": "b", "title": "B", "genres": ["Crime", "War"], "year": 1996}, {"id": "c", "title": "C", "year": 1996},
        {"id": "d", "title": "D", "genres": ["War"], "year": 1997}, {"id": "e", "title": "E", "genres": ["Drama"]}]"#;
    let (catalog, _) =
        Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
    let options: FilterOptions = crate::json::from_json(filter).expect("options");
    let profile = Profile { seen: vec![1], disliked: vec![2], ..Profile::default() };
    let filter = Filter::new(&options, &catalog, &profile, SeenFilter::Exclude).expect("good");
    let ids = ["a", "b", "c", "d", "e"].into_iter();
    ids.zip(0..).map(|(id, item)| (id, filter.exclusion(item))).collect()
}

#[test]
fn what_passes_a_filter_meets_all_of_it() {
    for (filter, expected) in [
        ("{}", &["a", "d", "e"][..]),
        (r#"{"seen": "include"}"#, &["a", "b", "d", "e"]),
        (r#"{"year": {"min": 1995}}"#, &["a", "d"]),
        (r#"{"year": {"min": 1996}}"#, &["d"]),
        (r#"{"year": {"max": 1997}}"#, &["a", "d"]),
        (r#"{"year": {"max": 1996}}"#, &["a"]),
        (r#"{"year": {"min": 1996, "max": 1996}, "seen": "include"}"#, &["b"]),
        (r#"{"ids": {"allow": ["a", "b", "c", "nowhere"]}}"#, &["a"]),
        (r#"{"ids": {"allow": ["a", "d"], "deny": ["a"]}}"#, &["d"]),
        (r#"{"genres": {"any": ["crime", "Drama"]}}"#, &["a", "e"]),
        (r#"{"genres": {"any": []}}"#, &[]),
        (r#"{"genres": {"all": ["Crime", "War"]}, "seen": "include"}"#, &["b"]),
        (r#"{"genres": {"all": ["Crime", "Western"]}}"#, &[]),
        (r#"{"genres": {"none": ["war"]}}"#, &["a", "e"]),
    ] {
        let passing = exclusions(filter).into_iter().filter(|(_, exclusion)| exclusion.is_none());
        assert_eq!(passing.map(|(id, _)| id).collect::<Vec<_>>(), expected, "{filter}");
    }
}

#[test]
fn what_keeps_an_item_out_is_named() {
    use Exclusion::{Disliked, Genres, Ids, Seen, Year};
    let all =
        r#"{"ids": {"deny": ["a", "b", "c"]}, "year": {"max": 1996}, "genres": {"none": ["Drama", "War"]}}"#;
    let named = |filter: &str| exclusions(filter).into_iter().map(|(_, found)| found).collect::<Vec<_>>();
    // Of several things the first: b and c are denied, too, and d and e have not the genres.
    assert_eq!(named(all), [Some(Ids), Some(Seen), Some(Disliked), Some(Year), Some(Year)]);
    let genres = r#"{"seen": "include", "genres": {"any": ["Crime"]}}"#;
    assert_eq!(named(genres), [None, None, Some(Disliked), Some(Genres), Some(Genres)]);
}
