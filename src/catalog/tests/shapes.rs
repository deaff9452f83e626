//! The table of shapes in docs/catalog.md: each of its rows is read as it says.

use serde_json::{Value, json};

use super::{options, parse_with};
use crate::catalog::{Catalog, NO_YEAR};
use crate::json::{ToJson, to_json};

const DOCS: &str = include_str!("../../../docs/catalog.md");
/// What a column has where an item has nothing.
const NOTHING: &str = "–";

/// The cells of each row.
fn rows() -> Vec<[String; 4]> {
    let table =
        DOCS.split("\n## Shapes\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the table");
    let cells = |row: &str| {
        let row = row.replace("\\|", "\u{1}");
        let cells =
            row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|"));
        cells.collect::<Vec<_>>().try_into().expect("four cells")
    };
    table.lines().filter(|line| line.starts_with("| ")).skip(1).map(cells).collect()
}

/// Options as they are written in JavaScript: names without quotes.
fn as_json(options: &str) -> Value {
    let mut json = String::new();
    for (place, part) in options.split('"').enumerate() {
        if place % 2 == 1 {
            json += &format!("\"{part}\"");
            continue;
        }
        let mut name = String::new();
        for letter in part.chars() {
            if letter.is_alphanumeric() {
                name.push(letter);
                continue;
            }
            json += &if letter == ':' { format!("\"{name}\"") } else { name.clone() };
            name.clear();
            json.push(letter);
        }
        json += &name;
    }
    serde_json::from_str(&format!("{{{json}}}")).expect(options)
}

fn written(value: &impl ToJson) -> Value {
    serde_json::from_str(&to_json(value)).expect("JSON")
}

fn first_item(catalog: &Catalog) -> String {
    let features = &catalog.features;
    let genres: Vec<&str> =
        features.genres.row(0).iter().map(|&genre| catalog.genres.get(genre as usize)).collect();
    let or_nothing = |text: String, is_there: bool| if is_there { text } else { NOTHING.to_owned() };
    let year = or_nothing(features.years[0].to_string(), features.years[0] != NO_YEAR);
    let popularity = or_nothing(features.popularity[0].to_string(), !features.popularity[0].is_nan());
    let genres = or_nothing(genres.join(", "), !genres.is_empty());
    [catalog.id(0), catalog.title(0), &genres, &year, &popularity].join(" · ")
}

#[test]
fn each_shape_is_read_as_the_table_says() {
    let rows = rows();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    for [like, begins, say, read] in rows {
        let said = if say == "nothing" { json!({}) } else { as_json(&say) };
        let file = begins.replace(" ⏎ ", "\n");
        let (catalog, report) =
            parse_with(file.as_bytes(), &options(said)).unwrap_or_else(|error| panic!("{like}: {error}"));
        assert_eq!(first_item(&catalog), read, "{like}: {:?}", report.fields);
        assert_eq!((report.skipped, &report.unknown), (0, &vec![]), "{like}: {:?}", report.problems);
        let own: Value =
            serde_json::from_str(&catalog.source(0)).unwrap_or_else(|error| panic!("{like}: {error}"));
        assert!(own.is_object(), "{like}");
    }
}

#[test]
fn a_list_of_which_nothing_can_be_read_says_what_would_read_it() {
    for (file, missing, fields) in [
        (
            r#"[{"title": "Heat", "year": 1995}, {"title": "Heat", "year": 1986}]"#,
            r#"has no "id""#,
            Some(json!({"id": ["title", "year"]})),
        ),
        (r#"[{"name": "Heat"}, {"name": "Ronin"}]"#, r#"has no "id""#, Some(json!({"id": "name"}))),
        (
            r#"[{"code": "h1", "appellation": "Heat", "n": 1}, {"code": "r1", "appellation": "Ronin", "n": 1}]"#,
            r#"has no "id""#,
            Some(json!({"id": "appellation", "title": "appellation"})),
        ),
        (
            r#"[{"id": 1, "appellation": "Heat", "url": "https://x/1"}, {"id": 2, "appellation": "Ronin", "url": "https://x/2"}]"#,
            r#"has no "title""#,
            Some(json!({"id": "id", "title": "appellation"})),
        ),
        (
            r#"[{"id": true, "title": "Heat"}]"#,
            r#""id" is a boolean, neither a string nor a number"#,
            Some(json!({"id": "title"})),
        ),
        (r#"[{"a": 1}, {"a": 1}]"#, r#"has no "id""#, None),
    ] {
        let error = parse_with(file.as_bytes(), &options(json!({}))).expect_err(file).to_string();
        let first = &file[1..file.find('}').expect("an item") + 1];
        assert!(error.contains(&format!("The first is {first}: {missing}")), "{error}");
        let said = error.split_once("This would read it: ").map(|(_, said)| as_json(said));
        assert_eq!(said.as_ref().map(|said| &said["fields"]), fields.as_ref(), "{error}");
        if let Some(said) = said {
            let (_, report) = parse_with(file.as_bytes(), &options(said)).expect("what is said reads it");
            assert_eq!(report.skipped, 0, "{file}");
        }
    }
}

#[test]
fn what_viewers_did_is_no_catalog() {
    let file = br#"[{"users": 10, "movies": 5, "ratings": 5, "timestamp": 877717956}, {"users": 3, "movies": 6, "ratings": 3, "timestamp": 88}]"#;
    let error = parse_with(file, &options(json!({}))).expect_err("no items").to_string();
    assert!(error.contains("watchnext train"), "{error}");
}

#[test]
fn what_was_taken_for_what_is_said() {
    let file = br#"[{"id": 1, "name": "Heat", "kinds": "Crime", "votes": 3}, {"id": 2, "name": "Ronin", "kinds": null, "votes": "many"}]"#;
    let said = options(
        json!({"fields": {"preset": "movielens", "id": "id", "genres": ["kinds", "genere"], "title": "name"}}),
    );
    let (_, report) = parse_with(file, &said).expect("reads");
    let fields = written(&report.fields);
    assert_eq!(fields["title"], json!({"from": ["name"], "by": "options", "items": 2, "unread": 0}));
    assert_eq!(
        fields["genres"],
        json!({"from": ["kinds", "genere"], "by": "options", "items": 1, "unread": 0})
    );
    assert_eq!(fields["year"], json!({"from": ["year", "title"], "by": "preset", "items": 0, "unread": 0}));
    let problem = r#"item 1: must be a number from 0 to 3.4e38, found "many""#;
    assert_eq!(
        fields["popularity"],
        json!({"from": ["votes"], "by": "guess", "items": 1, "unread": 1, "problem": problem})
    );
    assert_eq!(written(&report.unknown), json!([{"field": "genres", "path": "genere"}]));
}

#[test]
fn a_part_can_be_left_out() {
    let file = br#"[{"id": 1, "title": "Heat", "genres": ["Crime"], "year": 1995}]"#;
    let (catalog, report) =
        parse_with(file, &options(json!({"fields": {"genres": [], "year": []}}))).expect("reads");
    assert_eq!((catalog.genres.len(), catalog.features.years[0]), (0, NO_YEAR));
    assert!(report.unknown.is_empty());
}

#[test]
fn options_that_are_none_are_refused() {
    let error = options(json!({"fields": {"id": []}})).validate().expect_err("is refused");
    assert!(matches!(&error, crate::error::Error::Option { option, .. } if option == "fields.id"), "{error}");
    let long = format!(r#"{{"items": "{}"}}"#, ["a[]"; 17].join("."));
    for (said, part) in [
        (r#"{"fields": {"year": ""}}"#, "option fields.year: must be a name or a path"),
        (r#"{"fields": {"year": "a..b"}}"#, "option fields.year: must be a name or a path"),
        (r#"{"fields": {"year": ["a", ".b"]}}"#, "option fields.year[1]: must be a name or a path"),
        (r#"{"items": "a..b"}"#, "option items: must be a name or a path"),
        (&long, "option items: has more than 16 steps"),
        (
            r#"{"fields": "tmbd"}"#,
            "must be tmdb, omdb, tvmaze, jellyfin, schema.org or movielens, found \"tmbd\"",
        ),
        (r#"{"fields": {"preset": "x"}}"#, "must be tmdb, omdb,"),
        (r#"{"fields": {"titel": "x"}}"#, "option fields.titel: is unknown; known are id, title, genres,"),
        (
            r#"{"fields": {"title": 5}}"#,
            "option fields.title: must be a string or an array of strings, found 5",
        ),
        (r#"{"fields": 5}"#, "option fields: must be an object, or the name of a preset, found 5"),
        (r#"{"genreNames": {"28": 5}}"#, "option genreNames"),
    ] {
        let error = crate::json::from_json::<crate::engine::LoadOptions>(said).expect_err(said).to_string();
        assert!(error.contains(part), "{said}: {error}");
    }
}

#[test]
fn a_field_may_have_a_path_as_its_name_and_escapes_in_it() {
    let file = br#"[{"i\u0064": 1, "a.b": "Heat", "a": {"b": "Ronin"}}, {"id": 2, "a": {"\u0062": "Spy"}}]"#;
    let (catalog, _) = parse_with(file, &options(json!({"fields": {"title": "a.b"}}))).expect("reads");
    assert_eq!((catalog.id(0), catalog.title(0), catalog.title(1)), ("1", "Heat", "Spy"));
}
