use std::sync::Arc;

use super::message::{Header, Kind, ScoreReply, ScoreRequest, Task};
use super::*;
use crate::catalog::{Catalog, CatalogOptions, TermKind, Terms};
use crate::columns::Rows;
use crate::correlation::CorrelationId;
use crate::history::{GenreAffinity, ItemAffinity};
use crate::model::{ItemModel, LowRank, Neighbour, WeightTable};

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
    let mut table = WeightTable { rows: Rows::default(), scales: vec![0.25, 1.0, 0.5, 0.125], bits: 8 };
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

fn columns(model: Option<&ItemModel>) -> Arc<Columns> {
    Columns::new(&catalog(CATALOG), model).into()
}

/// The scores of all items, made in one go and in two.
fn scores(scorer: ScorerId, columns: &Arc<Columns>, profile: &Profile) -> Vec<f64> {
    let kind = BUILT_IN[scorer];
    let built = (kind.build)(columns.clone());
    let count = match kind.domain {
        Domain::Items => columns.items as usize,
        Domain::GenreSets => columns.genres.sets.len(),
    };
    let mut scores = vec![0; count];
    built.score(profile, 0, &mut scores);
    for cut in 0..=count {
        let mut halves = vec![0; count];
        let (first, second) = halves.split_at_mut(cut);
        built.score(profile, 0, first);
        built.score(profile, cut as u32, second);
        assert_eq!(halves, scores, "a shard's scores are those of the whole");
    }
    if kind.domain == Domain::GenreSets {
        scores = columns.genres.of_item.iter().map(|&set| scores[set as usize]).collect();
    }
    scores.into_iter().map(|score| f64::from(score) / f64::from(SCORE_ONE)).collect()
}

/// What the reasons add up to.
fn explained(scorer: usize, columns: &Arc<Columns>, profile: &Profile, item: ItemIndex) -> f64 {
    let causes = (BUILT_IN[scorer].build)(columns.clone()).explain(profile, item);
    let part = |cause| match cause {
        Cause::Item { part, .. } | Cause::Genre { part, .. } | Cause::Likeness { part, .. } => part,
        Cause::Sentence(_) => 0,
    };
    f64::from(causes.into_iter().map(part).sum::<Score>()) / f64::from(SCORE_ONE)
}

fn assert_near(found: &[f64], expected: &[f64]) {
    let far = |(found, expected): (&f64, &f64)| (found - expected).abs() > 1e-4;
    assert!(
        found.len() == expected.len() && !found.iter().zip(expected).any(far),
        "{found:?}, not {expected:?}"
    );
}

/// The cosine of two items' TF-IDF vectors, written down plainly.
fn cosine(terms: &Terms, a: usize, b: usize) -> f64 {
    let weight = |term: u32| {
        let kind = match terms.kinds[term as usize] {
            TermKind::Genre | TermKind::GenrePair | TermKind::Tag => 1.0,
            TermKind::Decade | TermKind::Word => 0.5,
            TermKind::Title | TermKind::TitlePair => 0.0,
        };
        let having = terms.rows.iter().filter(|terms| terms.contains(&term)).count();
        kind * (1.0 + terms.rows.len() as f64 / having as f64).ln()
    };
    let product = |a: usize, b: usize| -> f64 {
        let (a, b) = (terms.rows.row(a), terms.rows.row(b));
        a.iter().filter(|term| b.contains(term)).map(|&term| weight(term).powi(2)).sum()
    };
    let norms = (product(a, a) * product(b, b)).sqrt();
    if norms == 0.0 { 0.0 } else { product(a, b) / norms }
}

fn watched(items: &[(ItemIndex, f64)]) -> Profile {
    let affinity = |&(item, weight): &(ItemIndex, f64)| ItemAffinity {
        item,
        weight: to_fixed_point(weight),
        recent: to_fixed_point(weight),
    };
    Profile { items: items.iter().map(affinity).collect(), of_viewer: true, ..Profile::default() }
}

#[test]
fn without_a_model_likeness_is_the_mean_cosine() {
    let columns = columns(None);
    for items in [&[(0, 1.0)][..], &[(3, 1.0)], &[(5, 1.0)], &[(4, 0.25), (0, 1.0), (1, 0.5)]] {
        let total: f64 = items.iter().map(|(_, weight)| weight).sum();
        let mean = |item: usize| -> f64 {
            let part = |&(source, weight): &(ItemIndex, f64)| {
                weight * cosine(columns.terms.get(), source as usize, item)
            };
            items.iter().map(part).sum::<f64>() / total
        };
        let expected: Vec<f64> = (0..columns.items as usize).map(mean).collect();
        let profile = watched(items);
        assert_near(&scores(HISTORY, &columns, &profile), &expected);
        let explained: Vec<f64> = (0..6).map(|item| explained(HISTORY, &columns, &profile, item)).collect();
        assert_near(&explained, &expected);
    }
    assert!(cosine(columns.terms.get(), 0, 4) > 0.3, "they have much in common");
    assert_eq!(scores(HISTORY, &columns, &watched(&[])), [0.0; 6]);
}

#[test]
fn with_a_model_it_speaks_where_it_knows_both_items_and_their_content_elsewhere() {
    let columns = columns(Some(&model()));
    let joined = columns.model.as_ref().expect("was joined");
    let known: Vec<ItemIndex> = (0..6).filter(|&item| joined.contains(item)).collect();
    assert_eq!(known, [0, 1, 4]);
    let mut mean = 0.0;
    for &a in &known {
        mean += known.iter().map(|&b| cosine(columns.terms.get(), a as usize, b as usize)).sum::<f64>() / 9.0;
    }
    let scale = joined.mean_weight() / mean;
    for items in [&[(0, 1.0)][..], &[(2, 1.0)], &[(2, 0.5), (4, 1.0), (1, 0.25)]] {
        let speaks = |target: ItemIndex| -> f64 {
            let part = |&(source, weight): &(ItemIndex, f64)| match joined.contains(source)
                && joined.contains(target)
            {
                true => weight * joined.weights(source, target).0,
                false => weight * scale * cosine(columns.terms.get(), source as usize, target as usize),
            };
            items.iter().map(part).sum()
        };
        let expected: Vec<f64> = (0..6).map(speaks).collect();
        let reasons = |profile: &Profile| -> Vec<f64> {
            (0..6).map(|target| explained(HISTORY, &columns, profile, target)).collect()
        };
        // Of a viewer of whom hardly anything is known the mean likeness by content counts a little, too.
        let total: f64 = items.iter().map(|(_, weight)| weight).sum();
        let beside = |target: usize| -> f64 {
            let part = |&(source, weight): &(ItemIndex, f64)| {
                weight * cosine(columns.terms.get(), source as usize, target)
            };
            let counts = if items.len() <= 2 { 0.1 } else { 0.0 };
            counts * items.iter().map(part).sum::<f64>() / total
        };
        let expected: Vec<f64> = (0..6).map(|target| expected[target] + beside(target)).collect();
        assert_near(&scores(HISTORY, &columns, &watched(items)), &expected);
        assert_near(&reasons(&watched(items)), &expected);
    }
}

#[test]
fn what_is_disliked_takes_its_share_of_what_it_speaks_for() {
    let columns = columns(Some(&model()));
    let liked = scores(HISTORY, &columns, &watched(&[(0, 1.0), (2, 0.5)]));
    // As much in all as what is liked: so a likeness by content is worth the same.
    let averse = watched(&[(1, 0.75), (4, 0.75)]);
    let disliked = scores(HISTORY, &columns, &averse);
    let averse = averse.items;
    let profile = Profile { averse, ..watched(&[(0, 1.0), (2, 0.5)]) };
    let dampened_by_dislikes = |score: f64, disliked: f64| match score > 0.0 && disliked > 0.0 {
        true => score * score / (score + disliked),
        false => score,
    };
    let expected: Vec<f64> =
        liked.iter().zip(&disliked).map(|(&score, &less)| dampened_by_dislikes(score, less)).collect();
    assert_near(&scores(HISTORY, &columns, &profile), &expected);
    assert!((0..6).any(|item| expected[item] < liked[item] - 0.01), "{liked:?} {disliked:?}");
    for item in 0..6 {
        assert_near(&[explained(HISTORY, &columns, &profile, item)], &[expected[item as usize]]);
    }
}

#[test]
fn a_genres_score_is_its_smoothed_log_lift_and_an_items_the_mean() {
    let columns = columns(None);
    let genres = catalog(CATALOG).genres;
    let steps = |weight: f64| i64::from(to_fixed_point(weight));
    let affinities =
        [("Crime", 3.0, 0.5), ("War", 0.5, 0.0), ("Drama", 0.0, 1.5)].map(|(name, weight, against)| {
            let genre = genres.iter().position(|genre| genre == name).expect("is one") as GenreIndex;
            GenreAffinity { genre, weight: steps(weight), against: steps(against), count: 1 }
        });
    let averse = watched(&[(3, 0.5), (5, 1.5)]).items;
    let profile = Profile {
        genres: affinities.to_vec(),
        total: i64::from(to_fixed_point(3.5)),
        averse,
        ..Profile::default()
    };
    let lift = |genre: GenreIndex| {
        let affinity = affinities.iter().find(|affinity| affinity.genre == genre).expect("is one of three");
        let [weight, against] =
            [affinity.weight, affinity.against].map(|steps| steps as f64 / f64::from(SCORE_ONE));
        let share = columns.genre_shares[genre as usize];
        let liked = ((weight + 0.5) / (weight + against + 0.5) / (23.5 / 25.5)).min(1.0);
        ((weight + 20.0 * share) / (3.5 + 20.0) / share * liked).ln()
    };
    let mean = |genres: &[GenreIndex]| match genres.len() {
        0 => 0.0,
        count => genres.iter().map(|&genre| lift(genre)).sum::<f64>() / count as f64,
    };
    let expected: Vec<f64> = (0..6).map(|item| mean(columns.genres.of(item))).collect();
    assert!(expected[1] > 0.0 && expected[2] < 0.0, "{expected:?}");
    assert_near(&scores(GENRE, &columns, &profile), &expected);
    for item in 0..6 {
        assert_near(&[explained(GENRE, &columns, &profile, item)], &[expected[item as usize]]);
    }
    let causes = (BUILT_IN[GENRE].build)(columns.clone()).explain(&profile, 4);
    let named: Vec<GenreIndex> =
        causes.iter().map(|cause| if let Cause::Genre { genre, .. } = cause { *genre } else { 99 }).collect();
    assert_eq!(named, columns.genres.of(4));
    assert_eq!(scores(GENRE, &columns, &Profile::default()), [0.0; 6], "nothing is known of them");
}

#[test]
fn popularity_is_the_models_bias_and_elsewhere_the_views_over_the_most() {
    let without = columns(None);
    assert_near(&scores(POPULARITY, &without, &Profile::default()), &[1.0, 0.0, 0.1, 0.0, 0.5, 0.0]);
    let none = Columns::new(&catalog(r#"[{"id": 1, "title": "A"}]"#), None).into();
    assert_eq!(scores(POPULARITY, &none, &Profile::default()), [0.0], "nobody knows");
    assert!((BUILT_IN[POPULARITY].build)(without).explain(&Profile::default(), 0).is_empty());

    let learnt = columns(Some(&model()));
    let views = |item: usize| {
        f64::from(learnt.popularity[item] / learnt.popularity.iter().fold(0.0, |a, b| b.max(a)))
    };
    let expected = [0.25, 0.5, views(2), views(3), 0.125, views(5)];
    assert_near(&scores(POPULARITY, &learnt, &Profile::default()), &expected);
    let unlearnt = columns(Some(&ItemModel { bias: Vec::new(), ..model() }));
    assert_near(&scores(POPULARITY, &unlearnt, &Profile::default()), &[0, 1, 2, 3, 4, 5].map(views));
}

#[test]
fn views_are_the_models_and_those_of_other_items_are_brought_to_its_scale() {
    // The model counts 60 where the catalog says 100, and 20 where it says 50: 80 for 150.
    let columns = columns(Some(&model()));
    let expected = [60.0, 40.0, 10.0 * 80.0 / 150.0, 0.0, 20.0, 0.0];
    assert_near(&columns.popularity.iter().map(|&count| count.into()).collect::<Vec<_>>(), &expected);
    let foreign = ItemModel { popularity: vec![5], ..ItemModel::default() };
    let mut foreign = foreign;
    foreign.ids.push("elsewhere");
    foreign.neighbours = WeightTable { scales: vec![1.0], bits: 8, ..WeightTable::default() };
    foreign.neighbours.rows.push([]);
    let columns = self::columns(Some(&foreign));
    assert_eq!(columns.popularity, [0.0; 6], "there is nothing to compare the scales by");
}

fn shares(columns: &Columns, catalog: &Catalog) -> Vec<f64> {
    let share =
        |name| catalog.find_genre(name).map_or(f64::NAN, |genre| columns.genre_shares[genre as usize]);
    ["Crime", "War", "Drama"].map(share).to_vec()
}

#[test]
fn the_populations_genres_are_those_of_what_it_watches() {
    let catalog = catalog(CATALOG);
    let columns = Columns::new(&catalog, None);
    let (crime, war, drama) =
        (100.0 / 2.0 + 50.0 / 3.0, 100.0 / 2.0 + 10.0 / 2.0 + 50.0 / 3.0, 10.0 / 2.0 + 50.0 / 3.0);
    assert_near(&shares(&columns, &catalog), &[crime / 160.0, war / 160.0, drama / 160.0]);
    assert!((columns.genre_shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let unknown = self::catalog(
        r#"[{"id": 1, "title": "A", "genres": ["Crime"]}, {"id": 2, "title": "B", "genres": ["War", "Crime"]},
            {"id": 3, "title": "C", "genres": ["Drama"]}]"#,
    );
    let columns = Columns::new(&unknown, None);
    assert_near(&shares(&columns, &unknown), &[0.5, 0.5 / 3.0, 1.0 / 3.0]);
}

#[test]
fn a_models_shares_count_for_the_catalogs_genres_and_no_genre_has_none() {
    let catalog = catalog(CATALOG);
    let shares_of = |stated: &[(&str, f32)]| {
        let genre_shares = stated.iter().map(|&(name, share)| (name.to_owned(), share)).collect();
        let columns = Columns::new(&catalog, Some(&ItemModel { genre_shares, ..model() }));
        assert!((columns.genre_shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        shares(&columns, &catalog)
    };
    // Those of the catalog are 0.8 of all.
    assert_near(&shares_of(&[("crime", 0.5), ("War", 0.3), ("Western", 0.2)]), &[0.625, 0.375, 0.0001]);
    let least = shares_of(&[("crime", 1.0)]);
    assert!((least[2] - 1e-4 / 1.0002).abs() < 1e-9, "{least:?}");
}

#[test]
fn a_service_takes_messages_about_its_own_items_only() {
    let columns = columns(None);
    let service = ScorerService::new(BUILT_IN[HISTORY], columns.clone(), 7);
    let ask = |fingerprint: u64, profile: Profile, task: Task| {
        let request = ScoreRequest { profile, task };
        let id = CorrelationId { request: 9, scorer: HISTORY as u16, ..CorrelationId::default() };
        let header = Header { kind: request.kind(), fingerprint, id, attempt: 2, milliseconds: 50.0 };
        let mut message = Vec::new();
        header.push(&mut message);
        message.extend(request.to_bytes());
        let clock = std::cell::Cell::new(0.0);
        let reply = service.handle(&message, || clock.replace(3.0)).expect("a message");
        let (replied, body) = Header::read(&reply).expect("a message");
        assert_eq!(
            (replied.id, replied.attempt, replied.milliseconds, replied.fingerprint),
            (id, 2, 3.0, fingerprint)
        );
        ScoreReply::read(replied.kind, body).expect("a reply")
    };
    let genre = |genre| GenreAffinity { genre, weight: 1, ..GenreAffinity::default() };
    let last = Profile { averse: watched(&[(5, 1.0)]).items, genres: vec![genre(2)], ..watched(&[(5, 1.0)]) };
    let count = |reply| match reply {
        ScoreReply::Scores(scores) => scores.len(),
        ScoreReply::Causes(lists) => lists.len(),
        ScoreReply::Rejected(cause) => panic!("{cause}"),
    };
    assert_eq!(count(ask(7, last.clone(), Task::Score(0, 6))), 6);
    assert_eq!(count(ask(7, last.clone(), Task::Score(2, 5))), 3);
    assert_eq!(count(ask(7, last.clone(), Task::Explain(vec![5, 0]))), 2);
    let refused = |reply| if let ScoreReply::Rejected(cause) = reply { cause } else { panic!("{reply:?}") };
    for foreign in [
        watched(&[(0, 1.0), (6, 1.0)]),
        Profile { averse: watched(&[(6, 1.0)]).items, ..Profile::default() },
        Profile { genres: vec![genre(3)], ..Profile::default() },
    ] {
        assert!(refused(ask(7, foreign, Task::Score(0, 6))).contains("there is not"));
    }
    assert!(refused(ask(7, Profile::default(), Task::Explain(vec![6]))).contains("there is not"));
    for (first, end) in [(0, 7), (4, 3), (7, 7)] {
        assert!(refused(ask(7, last.clone(), Task::Score(first, end))).contains("there are not"));
    }
    assert!(refused(ask(8, last, Task::Score(0, 6))).contains("another catalog"));
    assert!(service.handle(b"no message", || 0.0).is_err());
    let header = Header {
        kind: Kind::Scores,
        fingerprint: 7,
        id: CorrelationId::default(),
        attempt: 1,
        milliseconds: 0.0,
    };
    let mut reply = Vec::new();
    header.push(&mut reply);
    let reply = service.handle(&reply, || 0.0).expect("a message");
    assert_eq!(
        Header::read(&reply).map(|(header, _)| header.kind),
        Ok(Kind::Rejected),
        "a reply is no request"
    );
}

/// What a worker of its own gets is what it has beside the engine.
#[test]
fn columns_come_as_they_were_sent_and_any_change_of_them_is_another_fingerprint() {
    const ALL: [Column; 6] =
        [Column::Genres, Column::GenreShares, Column::Terms, Column::Popularity, Column::Bias, Column::Model];
    let same = |columns: &Columns| {
        let mut read = Columns { items: columns.items, texts: columns.texts, ..Columns::default() };
        for column in ALL {
            let mut bytes = Vec::new();
            columns.send(column, &mut bytes);
            read.receive(column, &mut &bytes[..]).expect("reads");
            for cut in 0..bytes.len() {
                let _ = read.clone().receive(column, &mut &bytes[..cut]);
            }
            assert!(read.clone().receive(column, &mut &[&bytes[..], &[0]].concat()[..]).is_err());
            for place in 0..if column == Column::Terms { 0 } else { bytes.len() } {
                let (mut other, mut bytes) = (columns.clone(), bytes.clone());
                bytes[place] ^= 1;
                // What is between two arrays is not kept.
                if other.receive(column, &mut &bytes[..]).is_ok()
                    && format!("{other:?}") != format!("{columns:?}")
                {
                    assert_ne!(other.fingerprint(), columns.fingerprint(), "{column:?}, byte {place}");
                }
            }
        }
        // NaN is not itself.
        assert_eq!(format!("{read:?}"), format!("{columns:?}"));
        assert_eq!(read.fingerprint(), columns.fingerprint());
    };
    let (with, without) = (columns(Some(&model())), columns(None));
    same(&with);
    same(&without);
    assert_ne!(with.fingerprint(), without.fingerprint());
    let other = ItemModel { bias: vec![0.5, 1.0, 0.25, 0.25], ..model() };
    assert_ne!(with.fingerprint(), columns(Some(&other)).fingerprint());
    let mut next = model();
    next.next = Some(next.neighbours.clone());
    assert_ne!(with.fingerprint(), columns(Some(&next)).fingerprint());
    same(&columns(Some(&next)));
}

/// Terms are not made for a fingerprint; it is another one where they would be.
#[test]
fn what_terms_are_made_of_is_part_of_the_fingerprint() {
    let of = |fields: &str, separator: &str| {
        let options = CatalogOptions { separator: Some(separator.to_owned()), ..CatalogOptions::default() };
        let json = format!(r#"[{{"id": 1, {fields}}}]"#).into_bytes();
        let (catalog, _) = Catalog::parse(json, &options, &mut |_, _| {}).expect("reads");
        Columns::new(&catalog, None).fingerprint()
    };
    let mut found = [
        r#""title": "A""#,
        r#""title": "B""#,
        r#""title": "A", "year": 2000"#,
        r#""title": "A", "year": 2001"#,
        r#""title": "A", "tags": "b,c""#,
        r#""title": "A", "tags": "b,d""#,
        r#""title": "A", "tags": ["b", "c"]"#,
        r#""title": "A", "description": "b,c""#,
        r#""title": "A", "description": "b,d""#,
    ]
    .map(|fields| of(fields, ","))
    .to_vec();
    found.push(of(r#""title": "A", "tags": "b,c""#, ";"));
    let different: std::collections::BTreeSet<u64> = found.iter().copied().collect();
    assert_eq!(different.len(), found.len());
    assert_eq!(found[0], of(r#""title": "A""#, ","));
}

#[test]
fn a_scorer_needs_no_more_columns_than_it_says() {
    let all = columns(Some(&model()));
    let profile = Profile {
        genres: vec![GenreAffinity {
            genre: 0,
            weight: i64::from(SCORE_ONE),
            against: i64::from(SCORE_ONE),
            count: 1,
        }],
        total: i64::from(SCORE_ONE),
        averse: watched(&[(4, 1.0)]).items,
        ..watched(&[(0, 1.0), (2, 0.5)])
    };
    for (scorer, kind) in BUILT_IN.into_iter().enumerate() {
        let mut own = Columns { items: all.items, ..Columns::default() };
        for &column in kind.columns {
            let mut bytes = Vec::new();
            all.send(column, &mut bytes);
            own.receive(column, &mut &bytes[..]).expect("reads");
        }
        let own = own.into();
        let specs = ScorerSpec::all(Some(&model()), &[], &WorkerCounts::default()).expect("good");
        let sent = specs[scorer].reads(&profile);
        let found = |columns: &Arc<Columns>, profile: &Profile| {
            let built = (kind.build)(columns.clone());
            let mut scores = vec![0; if kind.domain == Domain::Items { 6 } else { all.genres.sets.len() }];
            built.score(profile, 0, &mut scores);
            (scores, (0..6).map(|item| built.explain(profile, item)).collect::<Vec<_>>())
        };
        assert_eq!(found(&own, &sent), found(&all, &profile), "{}", kind.name);
        let of_item = Profile::of_item(1);
        assert_eq!(found(&own, &specs[scorer].reads(&of_item)), found(&all, &of_item), "{}", kind.name);
    }
}

#[test]
fn numbers_are_rounded_to_the_nearest_step_and_saturate() {
    for (value, expected) in [
        (1.0, SCORE_ONE),
        (-0.5, -SCORE_ONE / 2),
        (0.4 / 65536.0, 0),
        (0.6 / 65536.0, 1),
        (1e9, i32::MAX),
        (f64::NAN, 0),
    ] {
        assert_eq!(to_fixed_point(value), expected, "{value}");
    }
}

#[test]
fn a_genre_that_nobody_watches_has_the_least_share_of_all() {
    let catalog = catalog(
        r#"[{"id": 1, "title": "A", "genres": ["Crime"], "popularity": 300}, {"id": 2, "title": "B", "genres": ["War"], "popularity": 100},
            {"id": 3, "title": "C", "genres": ["Drama"]}]"#,
    );
    let found = shares(&Columns::new(&catalog, None), &catalog);
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
    model.neighbours = WeightTable { scales: vec![1.0; 3], bits: 8, ..WeightTable::default() };
    for row in [&[][..], &[], &[(0, 2), (1, -2)]] {
        model.neighbours.rows.push(row.iter().map(|&(item, weight)| Neighbour { item, weight }));
    }
    let scorer = (BUILT_IN[HISTORY].build)(Columns::new(&catalog, Some(&model)).into());
    let profile = Profile { averse: watched(&[(2, 1.0)]).items, ..watched(&[(0, 1.0), (1, 1.0)]) };
    let mut scores = [0; 3];
    scorer.score(&profile, 0, &mut scores);
    assert_eq!(scores, [0; 3]);
    let part = |item, part| Cause::Item { item, part: part * SCORE_ONE };
    assert_eq!(scorer.explain(&profile, 2), [part(0, 2), part(1, -2)]);
}
