//! A catalog that comes in pieces is the one that comes as a whole, whatever the pieces.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::{options, strict};
use crate::catalog::{Catalog, CatalogOptions, CatalogReader, CatalogReport, Chunks, Source};
use crate::error::Result;

/// Everything that can be seen of what was read.
fn seen(read: Result<(Catalog, CatalogReport)>) -> String {
    match read {
        Ok((mut catalog, report)) => {
            catalog.add_terms();
            let items = 0..catalog.len() as u32;
            let items: Vec<_> =
                items.map(|item| (catalog.id(item), catalog.title(item), catalog.source(item))).collect();
            format!("{:?} {items:?} {:?} {} {report:?}", catalog.features, catalog.genres, catalog.bytes())
        }
        Err(error) => format!("{} {error}", error.code()),
    }
}

fn in_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    options: &CatalogOptions,
) -> Result<(Catalog, CatalogReport)> {
    let mut reader = CatalogReader::new(options)?;
    pieces.into_iter().try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

fn whole(file: &[u8], options: &CatalogOptions) -> Result<(Catalog, CatalogReport)> {
    Catalog::parse(file.to_vec(), options, &mut |_, _| {})
}

/// Files in which about everything is cut somewhere.
const FILES: &[&str] = &[
    "\u{feff} [ {\"id\": 1, \"title\": \"Am\u{e9}lie \\u00e9 \u{1f600} \\ud83d\\ude00\", \"genres\": [\"Crime\", \"\\\"War\\\"\"], \"x\": [[{}], -1.5e+3, true]} , \
     {\"id\": \"b\\n\", \"title\": 7, \"year\": 1995, \"popularity\": 0.25, \"tags\": \"a|b\"}, null, {\"id\": 1, \"title\": \"again\"} ] \n",
    "{\"a\": {\"b\": [1, {\"c\": \"\u{20ac}\"}], \"n\": -Infinity}, \"items\": [{\"id\": 1, \"title\": \"A\", \"year\": NaN}], \"rest\": [{}]}",
    "{\"id\": 1, \"title\": \"\u{4e2d}\u{6587}\"}\r\n{\"id\": 2, \"title\": \"B\", \"genres\": \"x, y\"}\n\n{\"id\": 3, \"title\": \"C\"}",
    "[{\"id\": 1, \"title\": \"a\"}, {\"id\": 2, \"title\": \"b\"},]",
    "[{\"id\": 1, \"title\": \"\\ud800\"}, {\"id\": \"\\udc00\", \"title\": \"b\"}, {\"id\": 01}]",
    "{\"results\": [{\"id\": 1, \"title\": \"a\"}], \"results\": [{\"id\": 2}]} x",
    "movieId,title,genres\n1,Heat,Crime\n",
    "<!doctype html>",
    "12",
    "nul",
];

#[test]
fn any_one_cut_changes_nothing() {
    for file in FILES {
        for file in
            [file.as_bytes(), &[file.as_bytes(), b"\xff"].concat(), &[b"\xff\xfe", file.as_bytes()].concat()]
        {
            let expected = seen(whole(file, &CatalogOptions::default()));
            for cut in 0..=file.len() {
                let (start, end) = file.split_at(cut);
                assert_eq!(
                    seen(in_pieces([start, end], &CatalogOptions::default())),
                    expected,
                    "cut at {cut}"
                );
            }
            for size in [1, 2, 3, 7] {
                assert_eq!(
                    seen(in_pieces(file.chunks(size), &CatalogOptions::default())),
                    expected,
                    "pieces of {size}"
                );
            }
        }
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_passed_over_in_pieces() {
    let limited = |on_bad_item| {
        options(
            json!({"limits": {"maxItemBytes": 1000, "maxDepth": 9}, "items": "[]", "onBadItem": on_bad_item}),
        )
    };
    let long =
        format!(r#"{{"id": 2, "title": "{}", "x": [{{"y": "\u0041"}}]}}"#, "long \\n \u{e9} ".repeat(200));
    let deep = format!(r#"{{"id": 3, "title": "c", "x": {}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let file = format!(r#"[{{"id": 1, "title": "a"}}, {long}, {deep}, {{"id": 4, "title": "d"}}]"#);
    let (catalog, report) = whole(file.as_bytes(), &limited("skip")).expect("reads");
    let codes: Vec<_> = report.problems.iter().map(|problem| (problem.index, problem.code)).collect();
    assert_eq!((catalog.len(), codes), (2, vec![(1, "ITEM_TOO_LONG"), (2, "ITEM_TOO_LONG")]));
    assert!(
        report.problems[0].message.contains(&format!("is {} bytes long", long.len())),
        "{:?}",
        report.problems
    );
    for size in [1, 10, 333, 4096] {
        for on_bad_item in ["skip", "strict"] {
            let expected = seen(whole(file.as_bytes(), &limited(on_bad_item)));
            assert_eq!(
                seen(in_pieces(file.as_bytes().chunks(size), &limited(on_bad_item))),
                expected,
                "pieces of {size}"
            );
        }
    }
}

#[test]
fn what_is_not_looked_at_need_not_be_kept() {
    // Before the items, behind them, and in their place: a value that never fits.
    let long = "x\\u0041\u{e9}".repeat(300_000);
    for file in [
        format!(
            r#"{{"a": "{long}", "b": [{{"{long}": "{long}"}}], "items": [{{"id": 1, "title": "a"}}], "c": "{long}"}}"#
        ),
        format!(r#"[{{"id": 1, "title": "a"}}, ["{long}", {{"{long}": 1}}]]"#),
    ] {
        for size in [1 << 10, 1 << 16] {
            let mut reader = CatalogReader::new(&CatalogOptions::default()).expect("options");
            for piece in file.as_bytes().chunks(size) {
                reader.push(piece).expect("reads");
                assert!(reader.kept() <= 2 << 20, "{} bytes are kept", reader.kept());
            }
            assert_eq!(reader.finish().expect("a catalog").0.len(), 1);
        }
    }
}

#[test]
fn bytes_that_come_one_by_one_are_not_looked_at_again_and_again() {
    // A quadratic reader would look at a trillion bytes.
    let file = format!(r#"[{{"id": 1, "title": "{}"}}]"#, "a".repeat(1_000_000));
    let (catalog, _) = in_pieces(file.as_bytes().chunks(1), &CatalogOptions::default()).expect("reads");
    assert_eq!(catalog.title(0).len(), 1_000_000);
}

#[test]
fn a_source_gives_back_what_lies_in_several_chunks() {
    let mut chunks = Chunks::default();
    for chunk in [&b"ab"[..], b"", b"cde", b"f"] {
        chunks.push(chunk);
    }
    for start in 0..=6 {
        for end in start..=7 {
            assert_eq!(*chunks.bytes(start, end), b"abcdef"[start..end.min(6)], "{start} to {end}");
        }
    }
}

/// A part of an item, written in some way.
fn member() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "id",
        "title",
        "name",
        "genres",
        "year",
        "popularity",
        "tags",
        "description",
        "x",
        "a.b",
        "i\\u0064",
    ]);
    let value = prop_oneof![
        any::<i32>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?",
        "\"([a-zA-Z |,;é中😀]|\\\\[nt\"\\\\/]|\\\\u[0-9a-fA-F]{4}){0,20}\"",
        "\\[( ?\"[a-z |]{0,5}\" ?,){0,3}\"x\"\\]",
        Just("null".to_owned()),
        Just("NaN".to_owned()),
        Just("[[{\"a\": [1, {}]}], []]".to_owned()),
        Just("{\"en\": \"a\", \"id\": 3}".to_owned()),
    ];
    let blank = prop::sample::select(vec!["", " ", "\n\t"]);
    (name, value, blank)
        .prop_map(|(name, value, blank)| format!("{blank}\"{name}\"{blank}:{blank}{value}{blank}"))
}

fn file() -> impl Strategy<Value = String> {
    let item = prop::collection::vec(member(), 0..8).prop_map(|members| format!("{{{}}}", members.join(",")));
    let items = prop::collection::vec(item, 0..130);
    (items, prop::sample::select(vec!["[]", "lines", "items", "deep"])).prop_map(|(items, form)| match form {
        "lines" => items.join("\n"),
        "items" => format!("{{\"a\": [{{}}, 1], \"items\": [{}], \"b\": {{}}}}", items.join(" ,\n")),
        "deep" => format!("{{\"films\": [{}]}}", items.join(",")),
        _ => format!("[{}]", items.join(",")),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_pieces_make_the_same_catalog(
        file in file(),
        cuts in prop::collection::vec(any::<Index>(), 0..9),
        damage in prop::option::of((any::<Index>(), any::<u8>())),
        is_strict in any::<bool>(),
    ) {
        let mut file = file.into_bytes();
        if let Some((place, byte)) = damage.filter(|_| !file.is_empty()) {
            let place = place.index(file.len());
            file[place] = byte;
        }
        let options = if is_strict { strict() } else { CatalogOptions::default() };
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
        cuts.extend([0, file.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &file[cut[0]..cut[1]]);
        prop_assert_eq!(seen(in_pieces(pieces, &options)), seen(whole(&file, &options)));
    }
}
