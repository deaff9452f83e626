//! What the tokenizer makes of JSON, beside what serde_json makes of it.

use proptest::prelude::*;
use serde_json::{Map, Number, Value as Json};

use crate::catalog::read;
use crate::catalog::scan::{Skipper, Stop};
use crate::catalog::value::{Kind, Value, number};

/// A value as serde_json has it.
fn as_json(value: Value) -> Json {
    match value.kind() {
        Kind::Null => Json::Null,
        Kind::Bool => Json::Bool(value.json == "true"),
        Kind::Number => value.number().and_then(Number::from_f64).map_or(Json::Null, Json::Number),
        Kind::String => Json::String(value.text().expect("is Unicode").into_owned()),
        Kind::Array => value.elements().map(as_json).collect(),
        Kind::Object => {
            let name =
                |name: &str| Value::new(&format!("\"{name}\"")).text().expect("is Unicode").into_owned();
            Json::Object(
                value
                    .members()
                    .map(|(written, value)| (name(written), as_json(value)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}

/// Numbers as doubles.
fn in_doubles(json: Json) -> Json {
    match json {
        Json::Number(number) => number.as_f64().and_then(Number::from_f64).map_or(Json::Null, Json::Number),
        Json::Array(values) => values.into_iter().map(in_doubles).collect(),
        Json::Object(fields) => {
            Json::Object(fields.into_iter().map(|(name, value)| (name, in_doubles(value))).collect())
        }
        other => other,
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|whole| Json::from(whole >> 11)),
        (-1e12..1e12_f64).prop_map(|number| Json::from((number * 1e3).round() / 1e3)),
        any::<String>().prop_map(Json::String),
        "[a-z\"\\\\\u{1}\u{7f}é中😀]{0,12}".prop_map(Json::String),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Json::Array),
            prop::collection::btree_map("[a-z\"\\\\é]{0,4}", inner, 0..8)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

/// Whether the bytes are one value, with nothing behind it but blanks.
fn is_value(bytes: &[u8]) -> bool {
    // A number ends where something else begins.
    let ended = [bytes, b" "].concat();
    match Skipper::default().skip(&ended) {
        Ok(rest) => rest.iter().all(|byte| b" \n\t\r".contains(byte)),
        Err(Stop::More { .. } | Stop::Bad { .. }) => false,
    }
}

proptest! {
    #[test]
    fn a_value_is_what_serde_json_makes_of_it(json in any_json(), is_pretty in any::<bool>()) {
        let text = if is_pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.expect("JSON");
        prop_assert!(is_value(text.as_bytes()));
        prop_assert_eq!(as_json(Value::new(&text)), in_doubles(json));
    }

    #[test]
    fn what_is_json_is_json(
        text in "([\\[\\]{},:\" \n]|-?[0-9]{1,3}|0\\.5|1e-3|true|null|\"[a\\\\u0-9\"nxé]{0,7}\"){0,14}",
        cut in any::<prop::sample::Index>(),
    ) {
        let serde = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(is_value(text.as_bytes()), serde, "{}", &text);
        // In two pieces, of which the second goes on with what the first has left.
        let ended = format!("{text} ");
        let (start, end) = ended.as_bytes().split_at(cut.index(ended.len()));
        let mut skipper = Skipper::default();
        let all = Skipper::default().skip(ended.as_bytes()).map(<[u8]>::len);
        let parted = match skipper.skip(start) {
            Ok(rest) => Ok(rest.len() + end.len()),
            Err(Stop::More { left }) => skipper.skip(&[&start[start.len() - left..], end].concat()).map(<[u8]>::len),
            Err(Stop::Bad { left, reason }) => Err(Stop::Bad { left: left + end.len(), reason }),
        };
        prop_assert_eq!(parted, all);
    }

    #[test]
    fn a_number_is_read_as_it_is_meant(text in "-?(0|[1-9][0-9]{0,6})(\\.[0-9]{1,8})?([eE][+-]?[0-9])?") {
        let expected: f64 = text.parse().expect("a number");
        prop_assert_eq!(number(text.as_bytes()).to_bits(), expected.to_bits(), "{}", text);
    }

    #[test]
    fn any_number_is_near_enough(text in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?") {
        let (expected, found): (f64, f64) = (text.parse().expect("a number"), number(text.as_bytes()));
        let is_near = (found - expected).abs() <= expected.abs() * 1e-14 || found == expected;
        prop_assert!(is_near || expected.abs() < 1e-300, "{}: {}, not {}", text, found, expected);
    }
}

#[test]
fn numbers_without_end_and_without_sense() {
    for (text, expected) in [
        ("1e400", f64::INFINITY),
        ("-1e400", f64::NEG_INFINITY),
        ("1e-400", 0.0),
        ("0e999999999999", 0.0),
        ("1e99999999999", f64::INFINITY),
        ("Infinity", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("18446744073709551615", 18_446_744_073_709_551_615.0),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ("0.00000000000000000000000000000000000000000001", 1e-44),
    ] {
        let found = number(text.as_bytes());
        assert!(found == expected || (found / expected - 1.0).abs() < 1e-14, "{text}: {found}");
    }
    let long = |digits: usize| is_value("1".repeat(digits).as_bytes());
    assert!(long(1 << 16) && !long((1 << 16) + 1));
}

#[test]
fn years_are_found_in_whatever_says_one() {
    for (json, year) in [
        ("1995", Some(1995)),
        ("1995.0", Some(1995)),
        ("-720", Some(-720)),
        ("0", Some(0)),
        ("60", Some(60)),
        ("19951215", Some(1995)),
        ("19951315", None),
        ("819072000", Some(1995)),
        ("820454399", Some(1995)),
        ("820454400", Some(1996)),
        ("819072000000", Some(1995)),
        ("-2085523200000", Some(1903)),
        ("951782400", Some(2000)),
        ("951868799999", Some(2000)),
        ("4102444800", Some(2100)),
        ("10000", None),
        ("99999999", None),
        ("1e15", None),
        ("1995.5", None),
        ("\"1995\"", Some(1995)),
        ("\" 1995 \"", Some(1995)),
        ("\"2008.0\"", Some(2008)),
        ("\"-720\"", Some(-720)),
        ("\"1994-10-13T14:00:00.000Z\"", Some(1994)),
        ("\"Jun 12 1998\"", Some(1998)),
        ("\"06/12/1998\"", Some(1998)),
        ("\"2006–2007\"", Some(2006)),
        ("\"19951215\"", Some(1995)),
        ("\"1479164400\"", Some(2016)),
        ("\"-2085523200000\"", Some(1903)),
        ("\"2001: A Space Odyssey (1968)\"", Some(1968)),
        ("\"Show (2006–2007)\"", Some(2006)),
        ("\"Heat (Director's Cut) (1995)\"", Some(1995)),
        ("\"12345\"", None),
        ("\"soon\"", None),
        ("{\"$date\": \"1994-10-13\"}", Some(1994)),
        ("{\"$date\": {\"$numberLong\": \"819072000000\"}}", Some(1995)),
    ] {
        assert_eq!(read::year(Value::new(json)).ok().flatten(), year, "{json}");
    }
    for json in ["\"\"", "\" \""] {
        assert_eq!(read::year(Value::new(json)), Ok(None), "{json}");
    }
}

#[test]
fn popularities_are_numbers_however_they_are_written() {
    for (json, popularity) in [
        ("12.5", Some(12.5)),
        ("\"1,234\"", Some(1234.0)),
        ("\"1,234,567.5\"", Some(1_234_567.5)),
        ("\"1234\"", Some(1234.0)),
        ("\"1e3\"", Some(1000.0)),
        ("{\"$numberInt\": \"7\"}", Some(7.0)),
        ("\"1,23\"", None),
        ("\",123\"", None),
        ("\"12 views\"", None),
        ("\"-1\"", None),
        ("-0.5", None),
        ("true", None),
    ] {
        assert_eq!(read::popularity(Value::new(json)).ok().flatten(), popularity, "{json}");
    }
}
