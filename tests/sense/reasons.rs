//! A reason is true where the list would be another one without it.

use std::collections::BTreeMap;
use std::io::Read;

use watchnext::engine::{Answer, Command, RecommendOptions, Recommendations};
use watchnext::history::{Event, EventKind};
use watchnext::host::LocalHost;

use crate::demo::{DEMO, engine};

/// So many of the first places are told apart.
const PLACES: usize = 200;

/// The items that each viewer liked (rated 4 and more), in order of time.
fn liked() -> Vec<Vec<String>> {
    let file = std::fs::File::open("data/ml-latest-small/ratings.csv.gz").unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut viewers: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[2].parse::<f64>().unwrap() >= 4.0 {
            viewers.entry(cells[0]).or_default().push((cells[3].parse().unwrap(), cells[1]));
        }
    }
    let in_order = |mut rows: Vec<(u64, &str)>| {
        rows.sort_unstable();
        rows.into_iter().map(|(_, item)| item.to_owned()).collect()
    };
    viewers.into_values().map(in_order).collect()
}

fn record(engine: &mut LocalHost, items: &[String], kind: EventKind, time: f64) {
    let events = items.iter().map(|item| Event::new(item, kind, time)).collect();
    engine.call(Command::Record(events)).unwrap();
}

fn list(engine: &mut LocalHost, explain: bool) -> Recommendations {
    let options = RecommendOptions { limit: Some(PLACES as f64), explain, ..RecommendOptions::default() };
    let Answer::Recommendations(list) = engine.call(Command::Recommend(options)).unwrap() else {
        unreachable!()
    };
    list
}

fn place_of(list: &Recommendations, id: &str) -> usize {
    list.items.iter().position(|item| item.id == id).unwrap_or(PLACES)
}

/// By how many places an item falls once another is forgotten, which is remembered again after that.
fn fall(engine: &mut LocalHost, place: usize, item: &str, forgotten: &String, time: f64) -> i64 {
    record(engine, std::slice::from_ref(forgotten), EventKind::Remove, 1e6);
    let fallen = place_of(&list(engine, false), item) as i64 - place as i64;
    record(engine, std::slice::from_ref(forgotten), EventKind::Like, time);
    fallen
}

fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values[values.len() / 2]
}

#[test]
fn without_what_a_reason_names_the_item_falls_and_more_than_without_something_else() {
    let viewers = liked();
    let (mut named, mut other) = (Vec::new(), Vec::new());
    for length in [4, 8] {
        for items in viewers.iter().filter(|items| items.len() >= length) {
            let items = &items[..length];
            let mut engine = engine(Some(&DEMO.model));
            record(&mut engine, items, EventKind::Like, 0.0);
            let list = list(&mut engine, true);
            let mut reasons = list.items.iter().take(20).enumerate().filter_map(|(place, item)| {
                let reason = item.explanation.as_ref()?.reason.as_ref()?;
                Some((place, item.id.clone(), reason.items.first()?.id.clone()))
            });
            let Some((place, item, because)) = reasons.next_back() else { continue };
            let rest: Vec<&String> = items.iter().filter(|item| **item != because).collect();
            let random = rest[place % rest.len()];
            named.push(fall(&mut engine, place, &item, &because, 1e6 + 1.0));
            other.push(fall(&mut engine, place, &item, random, 1e6 + 2.0));
        }
    }
    let (viewers, fallen, without_another) = (named.len(), median(named), median(other));
    println!(
        "{viewers} histories: without what is named an item falls {fallen} places, without another {without_another}"
    );
    assert!(viewers >= 1000 && fallen > 10 && fallen > 3 * without_another.max(1));
}
