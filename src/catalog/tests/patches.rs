//! A patched catalog beside one that is read of the items as they are then.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::catalog::{Catalog, CatalogOptions, CatalogReport, Chunks, OnBadItem, Patch, Patched};
use crate::error::{Error, Result};
use crate::json::from_json;

fn parse(items: &[Json]) -> (Catalog, CatalogReport) {
    let bytes = Json::from(items.to_vec()).to_string().into_bytes();
    Catalog::parse(bytes, &CatalogOptions::default(), &mut |_, _| {}).expect("reads")
}

fn patch(remove: &[String], put: &[Json]) -> Patch {
    let put = if put.is_empty() { Vec::new() } else { Json::from(put.to_vec()).to_string().into_bytes() };
    Patch { remove: remove.to_vec(), put }
}

fn patched(
    (catalog, report): &(Catalog, CatalogReport),
    patch: &Patch,
) -> Result<((Catalog, CatalogReport), Patched)> {
    let ((mut catalog, report), done) =
        catalog.patched(report, patch, &CatalogOptions::default(), Box::new(Chunks::default()))?;
    catalog.add_terms();
    Ok(((catalog, report), done))
}

/// The same with items in a list.
fn expected(items: &[Json], remove: &[String], put: &[Json]) -> Vec<Json> {
    let mut items: Vec<Json> =
        items.iter().filter(|item| !remove.iter().any(|id| item["id"] == **id)).cloned().collect();
    for new in put {
        match items.iter_mut().find(|item| item["id"] == new["id"]) {
            Some(item) => *item = new.clone(),
            None => items.push(new.clone()),
        }
    }
    items
}

/// All that a catalog says, but for where its genres and terms have their numbers.
fn said(catalog: &Catalog) -> Vec<String> {
    let item = |item: u32| {
        let genres = catalog.features.genres.row(item as usize).iter();
        let genres: Vec<&str> = genres.map(|&genre| catalog.genres.get(genre as usize)).collect();
        let (year, popularity) =
            (catalog.features.years[item as usize], catalog.features.popularity[item as usize]);
        let terms = catalog.features.terms.rows.row(item as usize).len();
        format!(
            "{} {} {genres:?} {year} {popularity} {terms} {}",
            catalog.id(item),
            catalog.title(item),
            catalog.source(item)
        )
    };
    (0..catalog.len() as u32).map(item).collect()
}

fn item() -> impl Strategy<Value = Json> {
    let genres = prop::collection::vec(prop::sample::select(vec!["Crime", "War", "Drama"]), 0..3);
    (0..8u32, 0..4u32, genres, prop::option::of(1950..2020i32)).prop_map(|(id, title, genres, year)| {
        json!({"id": id.to_string(), "title": format!("Title {title}"), "genres": genres, "year": year, "note": title})
    })
}

/// Items with ids of their own.
fn items(least: usize) -> impl Strategy<Value = Vec<Json>> {
    let unique = |items: Vec<Json>| {
        let mut kept: Vec<Json> = Vec::new();
        for item in items {
            if !kept.iter().any(|known| known["id"] == item["id"]) {
                kept.push(item);
            }
        }
        kept
    };
    prop::collection::vec(item(), least..8).prop_map(unique)
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec((0..9u32).prop_map(|id| id.to_string()), 0..5)
}

proptest! {
    #[test]
    fn it_is_the_catalog_of_the_items_as_they_are_then(before in items(1), changes in prop::collection::vec((ids(), items(0)), 1..4)) {
        let mut items = before.clone();
        let mut catalog = parse(&before);
        // What a page remembers, to say it again to another engine: all that ever went, and what has come and is there.
        let (mut gone, mut come): (Vec<String>, Vec<Json>) = (Vec::new(), Vec::new());
        for (remove, put) in changes {
            let then = expected(&items, &remove, &put);
            let outcome = patched(&catalog, &patch(&remove, &put));
            if then.is_empty() {
                prop_assert!(matches!(outcome, Err(Error::CatalogEmpty { .. })), "nothing is left");
                continue;
            }
            let (after, done) = outcome.expect("is a good patch");
            prop_assert_eq!(said(&after.0), said(&parse(&then).0));
            prop_assert_eq!(after.1.items, then.len());
            prop_assert_eq!(&done.ids, &put.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>());
            prop_assert_eq!(done.added + done.changed, put.len());
            prop_assert_eq!(items.len() + done.added - done.removed, then.len());
            let is_there = |id: &&String| items.iter().any(|item| item["id"] == ***id);
            prop_assert_eq!(done.unknown.len(), remove.iter().filter(|id| !is_there(id)).count());
            come.retain(|item| !remove.iter().any(|id| item["id"] == **id));
            come = expected(&come, &[], &put);
            gone.extend(remove);
            items = then;
            catalog = after;
            let (again, _) = patched(&parse(&before), &patch(&gone, &come)).expect("is good, too");
            prop_assert_eq!(said(&again.0), said(&catalog.0), "in one as one after the other");
        }
    }
}

#[test]
fn what_is_where_stays_as_it_was_found() {
    let lines: String = (0..120)
        .map(|id| format!("{{\"Film\":\"F{id}\",\"Major Genre\":\"Crime;War\",\"isbn\":{id}}}\n"))
        .collect();
    let options = from_json::<CatalogOptions>(r#"{"fields": {"title": "Film"}}"#).expect("options");
    let before = Catalog::parse(lines.into_bytes(), &options, &mut |_, _| {}).expect("reads");
    // By itself it would be read otherwise: another id, and nothing that separates genres.
    let put = json!([{"id": 900, "isbn": 7, "Film": "Changed", "Major Genre": "War;Drama"}, {"id": 901, "isbn": 700, "Film": "New", "Major Genre": "War"}]);
    let patch = Patch { remove: vec!["0".into()], put: put.to_string().into_bytes() };
    let ((after, report), done) =
        before.0.patched(&before.1, &patch, &options, Box::new(Chunks::default())).expect("is patched");
    assert_eq!((done.added, done.changed, done.removed), (1, 1, 1));
    assert_eq!(done.ids, ["7", "700"]);
    assert_eq!((after.title(6), after.find("700"), after.len()), ("Changed", Some(119), 120));
    let genres: Vec<&str> =
        after.features.genres.row(6).iter().map(|&genre| after.genres.get(genre as usize)).collect();
    assert_eq!(genres, ["War", "Drama"]);
    let by = |report: &CatalogReport| {
        report.fields.iter().map(|(name, field)| (name, field.by, field.from.clone())).collect::<Vec<_>>()
    };
    assert_eq!(by(&report), by(&before.1), "and it is told as before");
}

#[test]
fn what_comes_has_to_be_good_and_what_was_skipped_stays_told() {
    let bytes = br#"[{"id":1,"title":"A"},{"id":2},{"id":3,"title":"C","year":NaN}]"#.to_vec();
    let before = Catalog::parse(bytes, &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
    let of =
        |put: &str| patched(&before, &Patch { remove: Vec::new(), put: put.into() }).map(|(after, _)| after);
    for (put, code) in [
        (r#"[{"id":4}]"#, "ITEM_FIELD_MISSING"),
        (r#"[{"id":4,"title":"D"},{"id":4,"title":"D"}]"#, "ITEM_ID_DUPLICATE"),
        (r#"[{"id":4,"title":"D","year":"soon"}]"#, "ITEM_FIELD_INVALID"),
        (r#"[7]"#, "ITEM_NOT_AN_OBJECT"),
        (r#"[]"#, "CATALOG_EMPTY"),
        (r#"[{"#, "CATALOG_TRUNCATED"),
        (r#"{"id":4,"title":"D"} 7"#, "CATALOG_SYNTAX"),
    ] {
        assert_eq!(of(put).expect_err(put).code(), code, "{put}");
    }
    let (after, report) = of(r#"[{"id":4,"title":"D"}]"#).expect("is patched");
    assert_eq!((after.len(), report.skipped, report.problems.clone()), (3, 1, before.1.problems.clone()));
    assert_eq!(after.source(1), r#"{"id":3,"title":"C","year":null}"#, "as it was");
    let few = CatalogOptions { on_bad_item: OnBadItem::Skip, ..CatalogOptions::default() };
    let few = CatalogOptions { limits: crate::catalog::CatalogLimits { max_items: 2, ..few.limits }, ..few };
    let patch = patch(&[], &[json!({"id": 4, "title": "D"})]);
    let refused =
        before.0.patched(&before.1, &patch, &few, Box::new(Chunks::default())).expect_err("is too many");
    assert_eq!(refused.code(), "CATALOG_TOO_LARGE");
}
