use std::rc::Rc;

use super::*;
use crate::catalog::{Catalog, CatalogOptions, Features, TermKind};
use crate::columns::Rows;
use crate::history::{GenreAffinity, ItemAffinity};
use crate::model::{ItemModel, LowRank, Neighbour, Table};
use crate::protocol::{ScoreReply, ScoreRequest, Task, decode, encode};

const CATALOG: &str = r#"[
    {"id": "a", "title": "Storm of Alpha", "genres": ["Crime", "War"], "year": 1995, "tags": ["x"], "popularity": 100},
    {"id": "b", "title": "Storm of Beta", "genres": ["Crime"], "year": 1998, "tags": ["x", "y"]},
    {"id": "c", "title": "Gamma", "genres": ["War", "Drama"], "year": 2001, "popularity": 10},
    {"id": "d", "title": "Delta"},
    {"id": "e", "title": "Storm of Epsilon", "genres": ["Crime", "War", "Drama"], "year": 1991, "tags": ["y"], "popularity": 50},
    {"id": "f", "title": "Q", "popularity": 0}
]"#;

fn catalog(json: &str) -> Catalog {
    Catalog::parse(json.into(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
}

/// Knows "b", "a" and "e", and one that is not in the catalog.
fn model() -> ItemModel {
    let mut model = ItemModel {
        popularity: vec![40, 7, 60, 20],
        bias: vec![0.5, 1.0, 0.25, 0.125],
        ..ItemModel::default()
    };
    ["b", "elsewhere", "a", "e"].iter().for_each(|id| model.ids.push(id));
    let rows: [&[(u32, i8)]; 4] = [&[(2, 6), (3, 1)], &[(0, 9)], &[(0, 4)], &[(0, -3), (1, 5)]];
    let mut table = Table { rows: Rows::default(), scales: vec![0.25, 1.0, 0.5, 0.125], bits: 8 };
    rows.iter().for_each(|row| table.rows.push(row.iter().map(|&(item, weight)| Neighbour { item, weight })));
    model.neighbours = table;
    model.low_rank = Some(LowRank {
        bits: vec![8, 8],
        scales: vec![0.25, 0.5],
        factors: vec![1, 2, 9, 9, 3, -1, 2, 1],
        weights: vec![0.5, 1.0, 2.0, -1.0],
    });
    model
}

fn data(model: Option<&ItemModel>) -> Rc<ScorerData> {
    Rc::new(ScorerData::new(&catalog(CATALOG), model))
}

fn scores(scorer: usize, data: &Rc<ScorerData>, profile: &Profile) -> Vec<f64> {
    let mut scores = vec![0; data.len()];
    (SCORERS[scorer].build)(data.clone()).score(profile, &mut scores);
    scores.into_iter().map(|score| f64::from(score) / f64::from(ONE)).collect()
}

/// What the reasons add up to.
fn explained(scorer: usize, data: &Rc<ScorerData>, profile: &Profile, item: ItemIndex) -> f64 {
    let causes = (SCORERS[scorer].build)(data.clone()).explain(profile, item);
    let part = |cause| match cause {
        Cause::Item { part, .. } | Cause::Genre { part, .. } | Cause::Likeness { part, .. } => part,
    };
    f64::from(causes.into_iter().map(part).sum::<Score>()) / f64::from(ONE)
}

fn assert_near(found: &[f64], expected: &[f64]) {
    let far = |(found, expected): (&f64, &f64)| (found - expected).abs() > 1e-4;
    assert!(
        found.len() == expected.len() && !found.iter().zip(expected).any(far),
        "{found:?}, not {expected:?}"
    );
}

/// The cosine of two items' TF-IDF vectors, written down plainly.
fn cosine(features: &Features, a: usize, b: usize) -> f64 {
    let weight = |term: u32| {
        let kind = match features.term_kinds[term as usize] {
            TermKind::Genre | TermKind::GenrePair | TermKind::Tag => 1.0,
            TermKind::Decade | TermKind::Word => 0.5,
            TermKind::Title | TermKind::TitlePair => 0.0,
        };
        let having = features.terms.iter().filter(|terms| terms.contains(&term)).count();
        kind * (1.0 + features.terms.len() as f64 / having as f64).ln()
    };
    let product = |a: usize, b: usize| -> f64 {
        let (a, b) = (features.terms.row(a), features.terms.row(b));
        a.iter().filter(|term| b.contains(term)).map(|&term| weight(term).powi(2)).sum()
    };
    let norms = (product(a, a) * product(b, b)).sqrt();
    if norms == 0.0 { 0.0 } else { product(a, b) / norms }
}

fn watched(items: &[(ItemIndex, f64)]) -> Profile {
    let affinity = |&(item, weight): &(ItemIndex, f64)| ItemAffinity {
        item,
        weight: fixed(weight),
        recent: fixed(weight),
    };
    Profile { items: items.iter().map(affinity).collect(), of_viewer: true, ..Profile::default() }
}

#[test]
fn without_a_model_likeness_is_the_mean_cosine() {
    let data = data(None);
    for items in [&[(0, 1.0)][..], &[(3, 1.0)], &[(5, 1.0)], &[(4, 0.25), (0, 1.0), (1, 0.5)]] {
        let total: f64 = items.iter().map(|(_, weight)| weight).sum();
        let mean = |item: usize| -> f64 {
            let part =
                |&(source, weight): &(ItemIndex, f64)| weight * cosine(&data.features, source as usize, item);
            items.iter().map(part).sum::<f64>() / total
        };
        let expected: Vec<f64> = (0..data.len()).map(mean).collect();
        let profile = watched(items);
        assert_near(&scores(HISTORY, &data, &profile), &expected);
        let explained: Vec<f64> = (0..6).map(|item| explained(HISTORY, &data, &profile, item)).collect();
        assert_near(&explained, &expected);
    }
    assert!(cosine(&data.features, 0, 4) > 0.3, "they have much in common");
    assert_eq!(scores(HISTORY, &data, &watched(&[])), [0.0; 6]);
}

#[test]
fn with_a_model_it_speaks_where_it_knows_both_items_and_their_content_elsewhere() {
    let data = data(Some(&model()));
    let joined = data.model.as_ref().expect("was joined");
    let known: Vec<ItemIndex> = (0..6).filter(|&item| joined.contains(item)).collect();
    assert_eq!(known, [0, 1, 4]);
    let mut mean = 0.0;
    for &a in &known {
        mean += known.iter().map(|&b| cosine(&data.features, a as usize, b as usize)).sum::<f64>() / 9.0;
    }
    let scale = joined.mean_weight() / mean;
    for items in [&[(0, 1.0)][..], &[(2, 1.0)], &[(2, 0.5), (4, 1.0), (1, 0.25)]] {
        let speaks = |target: ItemIndex| -> f64 {
            let part = |&(source, weight): &(ItemIndex, f64)| match joined.contains(source)
                && joined.contains(target)
            {
                true => weight * joined.weight(source, target).0,
                false => weight * scale * cosine(&data.features, source as usize, target as usize),
            };
            items.iter().map(part).sum()
        };
        let expected: Vec<f64> = (0..6).map(speaks).collect();
        let reasons = |profile: &Profile| -> Vec<f64> {
            (0..6).map(|target| explained(HISTORY, &data, profile, target)).collect()
        };
        // Of a viewer of whom little is known the mean likeness by content counts a little, too.
        let total: f64 = items.iter().map(|(_, weight)| weight).sum();
        let beside = |target: usize| -> f64 {
            let part = |&(source, weight): &(ItemIndex, f64)| {
                weight * cosine(&data.features, source as usize, target)
            };
            0.1 * items.iter().map(part).sum::<f64>() / total
        };
        let expected: Vec<f64> = (0..6).map(|target| expected[target] + beside(target)).collect();
        assert_near(&scores(HISTORY, &data, &watched(items)), &expected);
        assert_near(&reasons(&watched(items)), &expected);
    }
}

#[test]
fn what_is_disliked_takes_up_to_half_of_what_it_shares_in() {
    let data = data(Some(&model()));
    let liked = scores(HISTORY, &data, &watched(&[(0, 1.0), (2, 0.5)]));
    let disliked = {
        let of = watched(&[(1, 1.0), (4, 1.0)]);
        scores(HISTORY, &data, &Profile { of_viewer: false, ..of })
    };
    let profile = Profile { disliked: vec![1, 4], ..watched(&[(0, 1.0), (2, 0.5)]) };
    let steered = |score: f64, disliked: f64| match score > 0.0 && disliked > 0.0 {
        true => score * (1.0 - 0.5 * disliked / (score + disliked)),
        false => score,
    };
    let expected: Vec<f64> =
        liked.iter().zip(&disliked).map(|(&score, &less)| steered(score, less)).collect();
    assert_near(&scores(HISTORY, &data, &profile), &expected);
    assert!((0..6).any(|item| expected[item] < liked[item] - 0.01), "{liked:?} {disliked:?}");
    for item in 0..6 {
        assert_near(&[explained(HISTORY, &data, &profile, item)], &[expected[item as usize]]);
    }
}

#[test]
fn a_genres_score_is_its_smoothed_log_lift_and_an_items_the_mean() {
    let data = data(None);
    let genres = catalog(CATALOG).genres;
    let affinities = [("Crime", 3.0), ("War", 0.5)].map(|(name, weight)| {
        let genre = genres.iter().position(|genre| genre == name).expect("is one") as GenreIndex;
        GenreAffinity { genre, weight: i64::from(fixed(weight)), count: 1 }
    });
    let profile = Profile { genres: affinities.to_vec(), total: i64::from(fixed(3.5)), ..Profile::default() };
    let lift = |genre: GenreIndex| {
        let weight =
            affinities.iter().find(|affinity| affinity.genre == genre).map_or(0, |affinity| affinity.weight);
        let share = data.genre_shares[genre as usize];
        ((weight as f64 / f64::from(ONE) + 20.0 * share) / (3.5 + 20.0) / share).ln()
    };
    let mean = |genres: &[GenreIndex]| match genres.len() {
        0 => 0.0,
        count => genres.iter().map(|&genre| lift(genre)).sum::<f64>() / count as f64,
    };
    let expected: Vec<f64> = data.features.genres.iter().map(mean).collect();
    assert!(expected[1] > 0.0 && expected[2] < 0.0, "{expected:?}");
    assert_near(&scores(GENRE, &data, &profile), &expected);
    for item in 0..6 {
        assert_near(&[explained(GENRE, &data, &profile, item)], &[expected[item as usize]]);
    }
    let causes = (SCORERS[GENRE].build)(data.clone()).explain(&profile, 4);
    let named: Vec<GenreIndex> =
        causes.iter().map(|cause| if let Cause::Genre { genre, .. } = cause { *genre } else { 99 }).collect();
    assert_eq!(named, data.features.genres.row(4));
    assert_eq!(scores(GENRE, &data, &Profile::default()), [0.0; 6], "nothing is known of them");
}

#[test]
fn popularity_is_the_models_bias_and_elsewhere_the_views_over_the_most() {
    let without = data(None);
    assert_near(&scores(POPULARITY, &without, &Profile::default()), &[1.0, 0.0, 0.1, 0.0, 0.5, 0.0]);
    let none = Rc::new(ScorerData::new(&catalog(r#"[{"id": 1, "title": "A"}]"#), None));
    assert_eq!(scores(POPULARITY, &none, &Profile::default()), [0.0], "nobody knows");
    assert!((SCORERS[POPULARITY].build)(without).explain(&Profile::default(), 0).is_empty());

    let learnt = data(Some(&model()));
    let views = |item: usize| {
        f64::from(learnt.popularity[item] / learnt.popularity.iter().fold(0.0, |a, b| b.max(a)))
    };
    let expected = [0.25, 0.5, views(2), views(3), 0.125, views(5)];
    assert_near(&scores(POPULARITY, &learnt, &Profile::default()), &expected);
    let unlearnt = data(Some(&ItemModel { bias: Vec::new(), ..model() }));
    assert_near(&scores(POPULARITY, &unlearnt, &Profile::default()), &[0, 1, 2, 3, 4, 5].map(views));
}

#[test]
fn views_are_the_models_and_those_of_other_items_are_brought_to_its_scale() {
    // The model counts 60 where the catalog says 100, and 20 where it says 50: 80 for 150.
    let data = data(Some(&model()));
    let expected = [60.0, 40.0, 10.0 * 80.0 / 150.0, 0.0, 20.0, 0.0];
    assert_near(&data.popularity.iter().map(|&count| count.into()).collect::<Vec<_>>(), &expected);
    let foreign = ItemModel { popularity: vec![5], ..ItemModel::default() };
    let mut foreign = foreign;
    foreign.ids.push("elsewhere");
    foreign.neighbours = Table { scales: vec![1.0], bits: 8, ..Table::default() };
    foreign.neighbours.rows.push([]);
    let data = self::data(Some(&foreign));
    assert_eq!(data.popularity, [0.0; 6], "there is nothing to compare the scales by");
}

fn shares(data: &ScorerData, catalog: &Catalog) -> Vec<f64> {
    let share = |name| catalog.find_genre(name).map_or(f64::NAN, |genre| data.genre_shares[genre as usize]);
    ["Crime", "War", "Drama"].map(share).to_vec()
}

#[test]
fn the_populations_genres_are_those_of_what_it_watches() {
    let catalog = catalog(CATALOG);
    let data = ScorerData::new(&catalog, None);
    let (crime, war, drama) =
        (100.0 / 2.0 + 50.0 / 3.0, 100.0 / 2.0 + 10.0 / 2.0 + 50.0 / 3.0, 10.0 / 2.0 + 50.0 / 3.0);
    assert_near(&shares(&data, &catalog), &[crime / 160.0, war / 160.0, drama / 160.0]);
    assert!((data.genre_shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let unknown = self::catalog(
        r#"[{"id": 1, "title": "A", "genres": ["Crime"]}, {"id": 2, "title": "B", "genres": ["War", "Crime"]},
            {"id": 3, "title": "C", "genres": ["Drama"]}]"#,
    );
    let data = ScorerData::new(&unknown, None);
    assert_near(&shares(&data, &unknown), &[0.5, 0.5 / 3.0, 1.0 / 3.0]);
}

#[test]
fn a_models_shares_count_for_the_catalogs_genres_and_no_genre_has_none() {
    let catalog = catalog(CATALOG);
    let shares_of = |stated: &[(&str, f32)]| {
        let genre_shares = stated.iter().map(|&(name, share)| (name.to_owned(), share)).collect();
        let data = ScorerData::new(&catalog, Some(&ItemModel { genre_shares, ..model() }));
        assert!((data.genre_shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        shares(&data, &catalog)
    };
    // Those of the catalog are 0.8 of all.
    assert_near(&shares_of(&[("crime", 0.5), ("War", 0.3), ("Western", 0.2)]), &[0.625, 0.375, 0.0001]);
    let least = shares_of(&[("crime", 1.0)]);
    assert!((least[2] - 1e-4 / 1.0002).abs() < 1e-9, "{least:?}");
}

#[test]
fn a_service_takes_messages_about_its_own_items_only() {
    let service = ScorerService::new(HISTORY, data(None)).expect("is one");
    assert!(ScorerService::new(SCORERS.len(), data(None)).is_err());
    let handle = |profile: Profile, task: Task| {
        let reply = service.handle(&encode(&ScoreRequest { profile, task }).expect("encodes"));
        reply.map(|body| decode::<ScoreReply>(&body).expect("a reply"))
    };
    let genre = |genre| GenreAffinity { genre, weight: 1, count: 1 };
    let last = Profile { seen: vec![5], disliked: vec![5], genres: vec![genre(2)], ..watched(&[(5, 1.0)]) };
    assert!(matches!(handle(last.clone(), Task::Score), Ok(ScoreReply::Scores(scores)) if scores.len() == 6));
    assert!(
        matches!(handle(last, Task::Explain(vec![5, 0])), Ok(ScoreReply::Causes(causes)) if causes.len() == 2)
    );
    for foreign in [
        watched(&[(0, 1.0), (6, 1.0)]),
        Profile { seen: vec![6], ..Profile::default() },
        Profile { disliked: vec![6], ..Profile::default() },
        Profile { genres: vec![genre(3)], ..Profile::default() },
    ] {
        assert_eq!(handle(foreign, Task::Score).expect_err("foreign").code(), "INTERNAL");
    }
    assert_eq!(handle(Profile::default(), Task::Explain(vec![6])).expect_err("foreign").code(), "INTERNAL");
    assert!(!data(None).is_empty() && data(None).len() == 6);
}

#[test]
fn numbers_are_rounded_to_the_nearest_step_and_saturate() {
    for (value, expected) in
        [(1.0, ONE), (-0.5, -ONE / 2), (0.4 / 65536.0, 0), (0.6 / 65536.0, 1), (1e9, i32::MAX), (f64::NAN, 0)]
    {
        assert_eq!(fixed(value), expected, "{value}");
    }
}

#[test]
fn a_genre_that_nobody_watches_has_the_least_share_of_all() {
    let catalog = catalog(
        r#"[{"id": 1, "title": "A", "genres": ["Crime"], "popularity": 300}, {"id": 2, "title": "B", "genres": ["War"], "popularity": 100},
            {"id": 3, "title": "C", "genres": ["Drama"]}]"#,
    );
    let found = shares(&ScorerData::new(&catalog, None), &catalog);
    for (found, expected) in found.iter().zip([0.75, 0.25, 1e-4]) {
        assert!((found - expected / 1.0001).abs() < 1e-9, "{found}");
    }
}

#[test]
fn reasons_that_cancel_each_other_out_are_named_whatever_is_disliked() {
    let catalog =
        catalog(r#"[{"id": "a", "title": "A"}, {"id": "b", "title": "B"}, {"id": "c", "title": "C"}]"#);
    let mut model = ItemModel { popularity: vec![1; 3], ..ItemModel::default() };
    ["a", "b", "c"].iter().for_each(|id| model.ids.push(id));
    model.neighbours = Table { scales: vec![1.0; 3], bits: 8, ..Table::default() };
    for row in [&[][..], &[], &[(0, 2), (1, -2)]] {
        model.neighbours.rows.push(row.iter().map(|&(item, weight)| Neighbour { item, weight }));
    }
    let scorer = (SCORERS[HISTORY].build)(Rc::new(ScorerData::new(&catalog, Some(&model))));
    let profile = Profile { disliked: vec![2], ..watched(&[(0, 1.0), (1, 1.0)]) };
    let mut scores = [0; 3];
    scorer.score(&profile, &mut scores);
    assert_eq!(scores, [0; 3]);
    let part = |item, part| Cause::Item { item, part: part * ONE };
    assert_eq!(scorer.explain(&profile, 2), [part(0, 2), part(1, -2)]);
}

#[test]
fn data_of_no_items_are_empty() {
    let some = data(None);
    let none = ScorerData { features: Features::default(), ..ScorerData::clone(&some) };
    assert!(none.is_empty() && !some.is_empty());
}
