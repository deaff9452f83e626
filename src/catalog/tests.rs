mod patches;
mod pieces;
mod reading;
mod shapes;
mod terms;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::error::{Error, Result};
use crate::json::from_json;

fn parse_with(json: &[u8], options: &CatalogOptions) -> Result<(Catalog, CatalogReport)> {
    Catalog::parse(json.to_vec(), options, &mut |_, _| {})
}

fn parse(json: &str) -> Result<(Catalog, CatalogReport)> {
    parse_with(json.as_bytes(), &CatalogOptions::default())
}

fn options(options: Value) -> CatalogOptions {
    from_json(&options.to_string()).expect("options")
}

fn strict() -> CatalogOptions {
    CatalogOptions { on_bad_item: OnBadItem::Strict, ..CatalogOptions::default() }
}

#[test]
fn an_item_becomes_a_row_of_every_column() {
    let source = r#" {"made": {"by": [1]}, "items": [
        {"id": 7, "title": "Amélie \u0026 co", "genres": ["Comedy", " Romance ", "Comedy", ""], "year": 2001,
         "popularity": 12.5, "extra": {"deep": [null]}},
        {"genres": "Comedy|Crime", "year": "1995", "title": 1917, "id": "x"}
    ], "more": 1} "#;
    let (catalog, report) = parse(source).expect("parses");
    assert_eq!((catalog.len(), report.items, report.skipped), (2, 2, 0));
    assert_eq!((catalog.find("7"), catalog.find("x"), catalog.find("8")), (Some(0), Some(1), None));
    assert_eq!((catalog.id(0), catalog.title(0), catalog.title(1)), ("7", "Amélie & co", "1917"));
    assert_eq!(catalog.genres.iter().collect::<Vec<_>>(), ["Comedy", "Romance", "Crime"]);
    assert_eq!(catalog.features.genres.row(0), [0, 1]);
    assert_eq!(catalog.features.genres.row(1), [0, 2]);
    assert_eq!(catalog.features.years, [2001, 1995]);
    assert_eq!(catalog.features.popularity[0], 12.5);
    assert!(catalog.features.popularity[1].is_nan());
    assert_eq!((catalog.find_genre("CRIME"), catalog.find_genre("none")), (Some(2), None));
    let own: Value = serde_json::from_str(&catalog.source(0)).expect("is JSON");
    assert_eq!(own["extra"], json!({"deep": [null]}));
}

#[test]
fn other_names_and_another_separator() {
    let options = options(json!({
        "fields": {"id": "movieId", "title": "name", "genres": "kinds"}, "separator": ","
    }));
    let source = br#"[{"movieId": 1, "name": "Heat", "kinds": "Crime, Thriller", "id": 9}]"#;
    let (catalog, _) = parse_with(source, &options).expect("parses");
    assert_eq!((catalog.id(0), catalog.title(0)), ("1", "Heat"));
    assert_eq!(catalog.genres.iter().collect::<Vec<_>>(), ["Crime", "Thriller"]);
}

#[test]
fn content_terms_are_shared_by_like_items() {
    let (catalog, _) = parse(
        r#"[{"id": 1, "title": "Alien", "genres": ["Horror", "Sci-Fi"], "year": 1979, "tags": ["Space"]},
            {"id": 2, "title": "Aliens", "genres": ["Horror", "Sci-Fi"], "year": 1986, "tags": ["space"]}]"#,
    )
    .expect("parses");
    let terms = &catalog.features.terms;
    let shared: Vec<TermKind> = terms
        .rows
        .row(0)
        .iter()
        .filter(|term| terms.rows.row(1).contains(term))
        .map(|&term| catalog.features.terms.kinds[term as usize])
        .collect();
    use TermKind::{Genre, GenrePair, Tag, Title, TitlePair};
    assert_eq!(shared, [Genre, GenrePair, Genre, Tag, Title, TitlePair]);
}

#[test]
fn titles_of_a_series_share_words_and_pairs_of_them() {
    let shared = |a: &str, b: &str| {
        let (catalog, _) =
            parse(&json!([{"id": 1, "title": a}, {"id": 2, "title": b}]).to_string()).expect("parses");
        let terms = &catalog.features.terms;
        let kinds = terms.rows.row(0).iter().filter(|term| terms.rows.row(1).contains(term));
        let count =
            |kind| kinds.clone().filter(|&&term| catalog.features.terms.kinds[term as usize] == kind).count();
        (count(TermKind::Title), count(TermKind::TitlePair))
    };
    for (a, b, expected) in [
        ("Alien", "Aliens", (1, 1)),
        ("Alien", "Alien³ (a.k.a. Alien 3)", (1, 1)),
        ("Toy Story", "TOY STORY 2", (2, 2)),
        ("Heat", "Body Heat", (1, 0)),
        ("Die Hard", "A Good Day to Die Hard", (2, 1)),
        ("2001: A Space Odyssey", "2001", (1, 1)),
        ("Shrek 2", "Spider-Man 2", (0, 0)),
        ("The Sting", "The Ring", (0, 0)),
    ] {
        assert_eq!(shared(a, b), expected, "{a}, {b}");
    }
}

#[test]
fn a_byte_order_mark_is_passed_over_but_counts() {
    let (catalog, _) = parse("\u{feff}[{\"id\":1,\"title\":\"a\"}]").expect("parses");
    assert_eq!(catalog.source(0), "{\"id\":1,\"title\":\"a\"}");
    let error = parse_with("\u{feff}[5]".as_bytes(), &strict()).expect_err("not an object");
    assert!(matches!(error, Error::CatalogItem { index: 0, offset: 4, .. }), "{error:?}");
}

/// What is wrong with a whole file: its name, its bytes, the code, and a part of the message.
const BAD_FILES: &[(&str, &[u8], &str, &str)] = &[
    ("nothing", b"", "CATALOG_TRUNCATED", "0 bytes"),
    ("white space", b" \n ", "CATALOG_TRUNCATED", "3 bytes"),
    ("not JSON", b"hello", "CATALOG_SYNTAX", "byte 0"),
    ("HTML", b"\n<!doctype html><p>", "CATALOG_HTML", "HTML"),
    ("HTML after a byte order mark", b"\xef\xbb\xbf<html>", "CATALOG_HTML", "HTML"),
    ("cut off in an item", br#"[{"id": 1, "title": "a"}, {"id""#, "CATALOG_TRUNCATED", "31 bytes"),
    ("cut off between items", br#"[{"id": 1, "title": "a"},"#, "CATALOG_TRUNCATED", "25 bytes"),
    ("cut off in a character", b"[\"\xc3", "CATALOG_TRUNCATED", "3 bytes"),
    ("a number", b"42", "CATALOG_SHAPE", "found a number"),
    ("a string", br#""items""#, "CATALOG_SHAPE", "found a string"),
    ("null", b"null", "CATALOG_SHAPE", "found null"),
    ("an object without items", br#"{"movies": []}"#, "CATALOG_SHAPE", "it has movies"),
    ("items that is no array", br#"{"items": {"1": {}}}"#, "CATALOG_SHAPE", "it has items"),
    (
        "items elsewhere",
        br#"{"a": {"b": [{"id": 1}]}, "c": [{}]}"#,
        "CATALOG_SHAPE",
        r#"say items: "a.b", or items: "c""#,
    ),
    ("one item", br#"{"id": 1, "title": "a"}"#, "CATALOG_SHAPE", "it has id, title"),
    ("a table", b"movieId,title,genres\n1,Heat,Crime\n", "CATALOG_SYNTAX", "watchnext catalog"),
    (
        "lines of which one is cut off",
        b"{\"id\": 1, \"title\": \"a\"}\n{\"id\"",
        "CATALOG_TRUNCATED",
        "29 bytes",
    ),
    ("lines with commas", b"{\"id\": 1}\n{\"id\": 2},\n{}", "CATALOG_SYNTAX", "byte 19"),
    ("an empty array", b"[]", "CATALOG_EMPTY", "0 were skipped"),
    ("an empty list of items", br#"{"items": []}"#, "CATALOG_EMPTY", "0 were skipped"),
    ("only bad items", br#"[1, {"id": 2}]"#, "CATALOG_EMPTY", "2 were skipped"),
    ("a word that is none", br#"[{"id": 1, "title": "a", "popularity": Nan}]"#, "CATALOG_SYNTAX", "byte 41"),
    ("a comment", b"[\n// films\n]", "CATALOG_SYNTAX", "byte 2"),
    ("a trailing comma", br#"[{"id": 1, "title": "a"},]"#, "CATALOG_SYNTAX", "byte 25"),
    ("something after the end", b"[{\"id\": 1, \"title\": \"\xc3\xa9\"}]\n]", "CATALOG_SYNTAX", "byte 27"),
    ("two arrays", b"[][]", "CATALOG_SYNTAX", "byte 2"),
    ("bytes that are not UTF-8", b"[{\"id\": \"\xff\"}]", "CATALOG_SYNTAX", "byte 9"),
    ("UTF-16", b"\xff\xfe[\0]\0", "CATALOG_SYNTAX", "UTF-16"),
    ("a control character", b"[{\"id\": \"\x01\"}]", "CATALOG_SYNTAX", "byte 9"),
    ("no escape", br#"[{"id": "\x"}]"#, "CATALOG_SYNTAX", "byte 10"),
    ("an escape that is too short", br#"[{"id": "\u12"}]"#, "CATALOG_SYNTAX", "byte 13"),
    ("a number with a zero in front", b"[01]", "CATALOG_SYNTAX", "byte 2"),
    ("a number without digits", b"[-]", "CATALOG_SYNTAX", "byte 2"),
    ("a name without quotes", b"[{id: 1}]", "CATALOG_SYNTAX", "byte 2"),
    ("a name without a value", br#"[{"id"}]"#, "CATALOG_SYNTAX", "byte 6"),
    ("the wrong bracket", br#"[{"a": [1}]"#, "CATALOG_SYNTAX", "byte 9"),
];

#[test]
fn a_bad_file_is_refused_with_its_code() {
    for &(name, bytes, code, part) in BAD_FILES {
        let error = parse_with(bytes, &CatalogOptions::default()).expect_err(name);
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().contains(part), "{name}: {error}");
    }
}

/// What is wrong with one item: its name, the item, the code, and a part of the message.
const BAD_ITEMS: &[(&str, &str, &str, &str)] = &[
    ("a number", "7", "ITEM_NOT_AN_OBJECT", "not an object"),
    ("null", "null", "ITEM_NOT_AN_OBJECT", "not an object"),
    ("an array", "[]", "ITEM_NOT_AN_OBJECT", "not an object"),
    ("no id", r#"{"title": "a"}"#, "ITEM_FIELD_MISSING", "\"id\""),
    ("null id", r#"{"id": null, "title": "a"}"#, "ITEM_FIELD_MISSING", "\"id\""),
    ("empty id", r#"{"id": "", "title": "a"}"#, "ITEM_FIELD_INVALID", "\"id\""),
    ("fractional id", r#"{"id": 1.5, "title": "a"}"#, "ITEM_FIELD_INVALID", "whole"),
    ("huge id", r#"{"id": 9007199254740993, "title": "a"}"#, "ITEM_FIELD_INVALID", "2^53"),
    ("infinite id", r#"{"id": 1e999, "title": "a"}"#, "ITEM_FIELD_INVALID", "whole"),
    ("object id", r#"{"id": {}, "title": "a"}"#, "ITEM_FIELD_INVALID", "\"id\""),
    ("lone surrogate", r#"{"id": "\ud800", "title": "a"}"#, "ITEM_FIELD_INVALID", "\"id\""),
    ("duplicate id", r#"{"id": "1", "title": "b"}"#, "ITEM_ID_DUPLICATE", "item 0"),
    ("no title", r#"{"id": 2}"#, "ITEM_FIELD_MISSING", "\"title\""),
    ("title a list", r#"{"id": 2, "title": ["a"]}"#, "ITEM_FIELD_INVALID", "\"title\""),
    ("parts of an id", r#"{"id": {"a": 1}, "title": "a"}"#, "ITEM_FIELD_INVALID", "an object"),
];

#[test]
fn a_bad_item_is_skipped_and_reported_or_fails_the_load() {
    for &(name, item, code, part) in BAD_ITEMS {
        let source = format!(r#"[{{"id": 1, "title": "good"}}, {item}, {{"id": 3, "title": "good"}}]"#);
        let (catalog, report) = parse(&source).expect(name);
        assert_eq!((catalog.len(), report.skipped), (2, 1), "{name}");
        let problem = &report.problems[0];
        assert_eq!(
            (problem.index, problem.offset, problem.code),
            (1, 29, code),
            "{name}: {}",
            problem.message
        );
        assert!(problem.message.contains(part), "{name}: {}", problem.message);

        let error = parse_with(source.as_bytes(), &strict()).expect_err(name);
        assert_eq!(error.code(), code, "{name}");
        assert!(error.to_string().starts_with("item 1 of the catalog (byte 29)"), "{name}: {error}");
    }
}

/// An optional field that cannot be read: its name, its value, and a part of what is said of it.
const UNREAD: &[(&str, &str, &str)] = &[
    ("genres", "true", "a boolean"),
    ("genres", r#"["a", true]"#, "a boolean"),
    ("genres", r#"[{"id": 3}]"#, "without a name"),
    ("genres", r#"["\ud800"]"#, "surrogate"),
    ("genres", r#""\udc00|a""#, "surrogate"),
    ("year", r#""soon""#, "no year"),
    ("year", r#""N/A""#, "no year"),
    ("year", "12000", "no year"),
    ("year", "1999.5", "no year"),
    ("year", "1e999", "no year"),
    ("year", "[]", "an array"),
    ("popularity", r#""many""#, "0 to 3.4e38"),
    ("popularity", r#""1,23,456""#, "0 to 3.4e38"),
    ("popularity", "-1", "-1"),
    ("popularity", "1e300", "1e300"),
    ("popularity", "1e999", "1e999"),
    ("popularity", "Infinity", "Infinity"),
    ("popularity", "{}", "an object"),
    ("tags", "{}", "without a name"),
    ("description", r#""\ud83d""#, "surrogate"),
    ("description", "[]", "an array"),
];

#[test]
fn a_field_that_cannot_be_read_costs_the_field_and_is_counted_or_fails_the_load() {
    for &(field, value, part) in UNREAD {
        let source =
            format!(r#"[{{"id": 1, "title": "good"}}, {{"id": 2, "title": "a", "{field}": {value}}}]"#);
        let (catalog, report) = parse(&source).expect(field);
        assert_eq!((catalog.len(), report.skipped), (2, 0), "{field}: {value}");
        let (_, report) = report.fields.iter().find(|(name, _)| *name == field).expect("is reported");
        assert_eq!(
            (report.unread, report.items),
            (1, usize::from(value == r#"["a", true]"#)),
            "{field}: {value}"
        );
        let problem = report.problem.as_deref().expect("says why");
        assert!(problem.starts_with("item 1: ") && problem.contains(part), "{field}: {problem}");
        let (features, none) = (&catalog.features, value != r#"["a", true]"#);
        assert_eq!((features.years[1], features.popularity[1].is_nan()), (NO_YEAR, true), "{field}: {value}");
        assert_eq!(features.genres.row(1).is_empty(), none, "{field}: {value}");

        let error = parse_with(source.as_bytes(), &strict()).expect_err("strict");
        assert_eq!(error.code(), "ITEM_FIELD_INVALID", "{field}: {value}");
        assert!(error.to_string().contains(part), "{field}: {error}");
    }
}

#[test]
fn what_is_not_there_is_no_problem() {
    let source = r#"[{"id": 1, "title": "a", "genres": [null, "", " ", "N/A", "(no genres listed)"], "year": null, "popularity": NaN,
        "tags": null, "description": null, "other": -Infinity, "more": [NaN, {"x": Infinity}]},
        {"id": 2, "title": "b", "genres": "", "year": " ", "popularity": "", "tags": "", "description": ""}]"#;
    let (catalog, report) = parse_with(source.as_bytes(), &strict()).expect("reads");
    assert_eq!((catalog.len(), catalog.genres.len(), report.skipped), (2, 0, 0));
    assert!(report.fields.iter().all(|(_, field)| field.unread == 0 && field.problem.is_none()));
    let own: Value = serde_json::from_str(&catalog.source(0)).expect("is JSON");
    assert_eq!(
        (&own["popularity"], &own["other"], &own["more"]),
        (&Value::Null, &Value::Null, &json!([null, {"x": null}]))
    );
}

#[test]
fn half_a_surrogate_pair_in_a_title_is_shown_as_what_it_is() {
    let source = r#"[{"id": 1, "title": "Heat \ud83d\ude00 \ud83d!"}]"#;
    let (catalog, report) = parse(source).expect("reads");
    assert_eq!(catalog.title(0), "Heat 😀 �!");
    assert_eq!(report.fields.iter().map(|(_, field)| field.unread).sum::<usize>(), 1);
    assert_eq!(catalog.source(0), &source[1..source.len() - 1], "and handed back as it came");
}

#[test]
fn limits_hold() {
    let limits =
        |json: Value| CatalogOptions { limits: from_json(&json.to_string()).expect("limits"), ..strict() };
    let source =
        format!(r#"[{{"id": 1, "title": "{}", "genres": ["a", "b"], "x": [[[0]]]}}]"#, "long".repeat(20));
    for (limit, code) in [
        (json!({"maxBytes": 20}), "CATALOG_TOO_LARGE"),
        (json!({"maxItems": 0}), "CATALOG_TOO_LARGE"),
        (json!({"maxGenres": 1}), "CATALOG_TOO_LARGE"),
        (json!({"maxItemBytes": 30}), "ITEM_TOO_LONG"),
        (json!({"maxDepth": 3}), "ITEM_TOO_DEEP"),
        (json!({"maxPerItem": 1}), "ITEM_FIELD_INVALID"),
    ] {
        let error = parse_with(source.as_bytes(), &limits(limit.clone())).expect_err("above the limit");
        assert_eq!(error.code(), code, "{limit}: {error}");
    }
    parse_with(source.as_bytes(), &limits(json!({"maxDepth": 4}))).expect("at the limit");
}

#[test]
fn a_nesting_bomb_is_one_bad_item() {
    let bomb = format!(r#"[{{"id": 1, "title": "a"}}, {}{}]"#, "[".repeat(300_000), "]".repeat(300_000));
    let (catalog, report) = parse(&bomb).expect("parses");
    assert_eq!((catalog.len(), report.problems[0].code), (1, "ITEM_TOO_DEEP"));
    let outside = format!(r#"{{"x": {}{}, "items": []}}"#, "[".repeat(300_000), "]".repeat(300_000));
    assert_eq!(parse(&outside).expect_err("no items").code(), "CATALOG_EMPTY");
}

#[test]
fn progress_ends_with_everything() {
    let items: Vec<Value> =
        (0..20_000).map(|id| json!({"id": id, "title": "a title of some length", "genres": ["a"]})).collect();
    let source = serde_json::to_vec(&items).expect("JSON");
    let (length, mut told) = (source.len() as u64, Vec::new());
    Catalog::parse(source, &CatalogOptions::default(), &mut |done, of| told.push((done, of)))
        .expect("parses");
    assert!(told.len() > 2 && told.is_sorted(), "{told:?}");
    assert_eq!(told.last(), Some(&(length, length)));
}

fn any_item() -> impl Strategy<Value = Value> {
    let text = "\\PC{0,12}";
    let genres = prop::collection::vec("[a-z|]{0,3}", 0..4);
    (text, genres, prop::option::of(-9999..9999_i32), prop::option::of(0.0..1e9_f64), text).prop_map(
        |(title, genres, year, popularity, extra)| {
            json!({"title": title, "genres": genres, "year": year, "popularity": popularity, "extra": extra})
        },
    )
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_or_read_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_with(&bytes, &CatalogOptions::default());
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_never_a_panic(
        items in prop::collection::vec(any_item(), 1..5),
        cut in any::<prop::sample::Index>(),
        damage in any::<u8>(),
    ) {
        let mut bytes = serde_json::to_vec(&items).expect("JSON");
        let place = cut.index(bytes.len());
        prop_assert!(parse_with(&bytes[..place], &CatalogOptions::default()).is_err());
        bytes[place] = damage;
        let _ = parse_with(&bytes, &CatalogOptions::default());
    }

    #[test]
    fn every_items_own_object_comes_back(mut items in prop::collection::vec(any_item(), 1..8)) {
        for (id, item) in items.iter_mut().enumerate() {
            item["id"] = json!(id);
        }
        let (catalog, report) = parse(&serde_json::to_string_pretty(&items).expect("JSON")).expect("parses");
        prop_assert_eq!((catalog.len(), report.skipped), (items.len(), 0));
        for (place, item) in items.iter().enumerate() {
            let own: Value = serde_json::from_str(&catalog.source(place as u32)).expect("is JSON");
            prop_assert_eq!(&own, item);
            prop_assert_eq!(catalog.title(place as u32), item["title"].as_str().expect("a title"));
            prop_assert_eq!(catalog.find(&place.to_string()), Some(place as u32));
        }
    }
}
