//! `similar.json`: an item, and what has to be among the first of its list: so many of these titles (or what they begin with), or so
//! many of these genres. An item is the most watched one of its title.

use serde::Deserialize;
use serde_json::Value;
use watchnext::engine::{Answer, Command, SimilarOptions};
use watchnext::host::LocalHost;

use crate::demo::{DEMO, engine, item_of};

#[derive(Deserialize)]
struct Case {
    item: String,
    first: usize,
    #[serde(default)]
    titles: Vec<String>,
    #[serde(default)]
    genres: Vec<String>,
    least: usize,
}

/// So many of the cases have to be right without a model.
const LEAST_WITHOUT_MODEL: usize = 30;

/// The catalog's own objects of the items that are like this one.
fn similar(engine: &mut LocalHost, item: &str, limit: usize) -> Vec<Value> {
    let options =
        SimilarOptions { item: item.into(), limit: Some(limit as f64), ..SimilarOptions::default() };
    let Answer::Recommendations(list) = engine.call(Command::Similar(options)).unwrap() else {
        unreachable!()
    };
    list.items.iter().map(|item| serde_json::from_str(&item.item).unwrap()).collect()
}

/// What is wrong with a model, or without.
fn failures(model: Option<&[u8]>) -> (usize, Vec<String>) {
    let cases: Vec<Case> = serde_json::from_str(include_str!("similar.json")).unwrap();
    let mut engine = engine(model);
    let failure = |case: &Case| {
        let list = similar(&mut engine, &item_of(&case.item), case.first);
        let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
        let is_of = |item: &Value| {
            case.genres
                .iter()
                .all(|genre| item["genres"].as_array().unwrap().contains(&genre.as_str().into()))
        };
        let found = if case.genres.is_empty() {
            let listed =
                |expected: &&String| list.iter().any(|item| title(item).starts_with(expected.as_str()));
            case.titles.iter().filter(listed).count()
        } else {
            list.iter().filter(|item| is_of(item)).count()
        };
        let titles: Vec<String> = list.iter().map(title).collect();
        (found < case.least)
            .then(|| format!("{}: {found} of at least {}: {}", case.item, case.least, titles.join(" | ")))
    };
    (cases.len(), cases.iter().filter_map(failure).collect())
}

#[test]
fn what_is_like_a_film_is_what_a_person_would_name() {
    let (_, failures) = failures(Some(&DEMO.model));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn most_of_it_needs_no_model() {
    let (cases, failures) = failures(None);
    assert!(cases - failures.len() >= LEAST_WITHOUT_MODEL, "{}", failures.join("\n"));
}
