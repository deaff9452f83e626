//! `viewers.json`: what somebody did, and what has to be in their list: of so many of the first at least or at most so many that have
//! all of these genres, are of these years, are one of these titles (or begin so), or are not in the list of whom nothing is known.

use serde::Deserialize;
use serde_json::Value;
use watchnext::engine::{Answer, Command, RecommendOptions, Recommendations};
use watchnext::history::{Event, EventKind};

use crate::demo::{DEMO, engine, item_of};

#[derive(Deserialize)]
struct Case {
    viewer: String,
    #[serde(default)]
    watched: Vec<String>,
    #[serde(default)]
    liked: Vec<String>,
    #[serde(default)]
    disliked: Vec<String>,
    #[serde(default)]
    rated: Vec<String>,
    rating: Option<f64>,
    expect: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    first: usize,
    #[serde(default)]
    all: Vec<String>,
    years: Option<(i64, i64)>,
    #[serde(default)]
    titles: Vec<String>,
    unlike: Option<String>,
    least: Option<usize>,
    most: Option<usize>,
    /// Whether it takes to know what is watched together.
    #[serde(default)]
    model: bool,
}

impl Expected {
    fn holds_for(&self, item: &Value, popular: &[Value]) -> bool {
        let has = |genre: &String| item["genres"].as_array().unwrap().contains(&genre.as_str().into());
        let title = item["title"].as_str().unwrap();
        let of_years = |(from, to)| item["year"].as_i64().is_some_and(|year| (from..=to).contains(&year));
        self.all.iter().all(has)
            && self.years.is_none_or(of_years)
            && (self.titles.is_empty() || self.titles.iter().any(|named| title.starts_with(named.as_str())))
            && (self.unlike.is_none() || !popular.contains(item))
    }
}

fn events(case: &Case) -> Vec<Event> {
    let of = |titles: &[String], kind, rating| -> Vec<Event> {
        let event = |title: &String| Event { rating, ..Event::new(item_of(title), kind, 0.0) };
        titles.iter().map(event).collect()
    };
    [
        of(&case.watched, EventKind::Watch, None),
        of(&case.liked, EventKind::Like, None),
        of(&case.disliked, EventKind::Dislike, None),
        of(&case.rated, EventKind::Rate, case.rating),
    ]
    .concat()
}

fn list(model: Option<&[u8]>, events: Vec<Event>) -> Recommendations {
    let mut engine = engine(model);
    if !events.is_empty() {
        engine.call(Command::Record(events)).unwrap();
    }
    let options = RecommendOptions { explain: true, ..RecommendOptions::default() };
    let Answer::Recommendations(list) = engine.call(Command::Recommend(options)).unwrap() else {
        unreachable!()
    };
    list
}

fn objects(list: &Recommendations) -> Vec<Value> {
    list.items.iter().map(|item| serde_json::from_str(&item.item).unwrap()).collect()
}

fn failures(model: Option<&[u8]>) -> Vec<String> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("viewers.json")).unwrap();
    let popular = objects(&list(model, vec![]));
    let mut failures = Vec::new();
    for case in &cases {
        let listed = objects(&list(model, events(case)));
        for expected in case.expect.iter().filter(|expected| model.is_some() || !expected.model) {
            let first = &listed[..expected.first];
            let found = first.iter().filter(|item| expected.holds_for(item, &popular)).count();
            if expected.least.is_some_and(|least| found < least)
                || expected.most.is_some_and(|most| found > most)
            {
                let titles: Vec<&str> = first.iter().map(|item| item["title"].as_str().unwrap()).collect();
                let Expected { all, years, titles: named, unlike, least, most, .. } = expected;
                failures.push(format!(
                    "{}: {found} of {all:?} {years:?} {named:?} {unlike:?}, at least {least:?}, at most {most:?}: {}",
                    case.viewer,
                    titles.join(" | ")
                ));
            }
        }
    }
    failures
}

#[test]
fn a_viewer_finds_themselves_in_the_list() {
    let failures = failures(Some(&DEMO.model));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn and_without_a_model() {
    let failures = failures(None);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_reason_names_what_hardly_counts() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("viewers.json")).unwrap();
    for model in [Some(&DEMO.model[..]), None] {
        let mut named = 0;
        for case in &cases {
            for item in list(model, events(case)).items {
                let Some(reason) = item.explanation.unwrap().reason else { continue };
                let shares: f64 = reason.shares.0.iter().map(|(_, share)| share).sum();
                assert!((shares - 1.0).abs() < 1e-9, "{reason:?}");
                assert!(reason.items.iter().all(|item| item.share >= 0.15), "{reason:?}");
                named += reason.items.len();
            }
        }
        assert!(named > 50, "{named} are named in all lists");
    }
}
