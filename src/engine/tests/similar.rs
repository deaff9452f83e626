//! More like this: its options, and its reasons.

use super::answer::Recommendations;
use super::*;

/// What is like Heat.
fn similar(options: SimilarOptions) -> Result<Recommendations> {
    let mut bench = Bench::new([1, 1, 1]);
    let command = Command::Similar(SimilarOptions { item: "1".into(), ..options });
    bench.handle(Input::Call { call: 1, command });
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    match bench.answers.pop() {
        Some((1, Ok(Answer::Recommendations(list)))) => Ok(list),
        Some((1, Err(error))) => Err(error),
        other => panic!("{other:?}"),
    }
}

fn ids(options: SimilarOptions) -> Vec<String> {
    similar(options).expect("a list").items.into_iter().map(|item| item.id).collect()
}

#[test]
fn popularity_counts_and_genres_are_spread_where_that_is_asked() {
    assert_eq!(ids(SimilarOptions::default())[..2], ["2", "6"]);
    let popular = SimilarOptions { popularity: Some(1.0), ..SimilarOptions::default() };
    assert_eq!(ids(popular)[0], "3");
    let rerank = SimilarOptions { diversity: Some(0.8), ..SimilarOptions::default() };
    assert_eq!(ids(rerank)[..2], ["2", "3"], "of another genre, and the same decade");
}

#[test]
fn its_parts_add_up_and_reasons_are_what_both_have() {
    let options = SimilarOptions { explain: true, popularity: Some(0.25), ..SimilarOptions::default() };
    let list = similar(options).expect("a list");
    assert!(list.complete);
    for item in &list.items {
        let explanation = item.explanation.as_ref().expect("is explained");
        assert_eq!(sum(&explanation.parts), item.score);
        assert_eq!(Some(&sum(&explanation.likeness)), explanation.parts.get("history"));
        assert_eq!(explanation.items, []);
    }
    let of = |id: &str| {
        let item = list.items.iter().find(|item| item.id == id).expect("in the list");
        item.explanation.as_ref().expect("is explained")
    };
    assert!(
        ["genres", "decade"].iter().all(|name| of("2").likeness.get(name).is_some_and(|&part| part > 0.0))
    );
    let genres: Vec<&str> = of("2").genres.iter().map(|reason| reason.genre.as_str()).collect();
    assert_eq!((genres, of("5").genres.len()), (vec!["Crime", "Thriller"], 0));
}

#[test]
fn options_out_of_range_are_named() {
    for value in [-0.1, 1.1, f64::NAN] {
        for (name, options) in [
            ("popularity", SimilarOptions { popularity: Some(value), ..SimilarOptions::default() }),
            ("diversity", SimilarOptions { diversity: Some(value), ..SimilarOptions::default() }),
        ] {
            let error = similar(options).expect_err("out of range");
            assert!(matches!(&error, Error::Option { option, .. } if option == name), "{error}");
        }
    }
}
