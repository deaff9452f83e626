use proptest::prelude::*;

use super::*;

/// A value and what serde_json makes of its text.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-1_000_000..1_000_000_i64).prop_map(Into::into),
        any::<f64>().prop_filter("a sign", |value| *value != 0.0).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What is read, as a value of serde_json's.
fn read(value: Value) -> serde_json::Value {
    let mut entries = Vec::new();
    let mut fields = serde_json::Map::new();
    let mut each = |entry| {
        entries.push(read(entry));
        Ok(())
    };
    let mut field = |name: &str, entry| {
        fields.insert(name.to_owned(), read(entry));
        Ok(())
    };
    if value.each(&mut each).is_ok() {
        entries.into()
    } else if value.entries(&mut field).is_ok() {
        fields.into()
    } else if let Ok(text) = value.text() {
        text.into_owned().into()
    } else if let Ok(number) = value.number() {
        if value.source().contains(['.', 'e', 'E']) { number.into() } else { (number as i64).into() }
    } else {
        bool::from_json(value).map_or(serde_json::Value::Null, Into::into)
    }
}

fn write(value: &serde_json::Value, writer: &mut Writer) {
    match value {
        serde_json::Value::Null => writer.raw("null"),
        serde_json::Value::Bool(value) => value.write(writer),
        serde_json::Value::Number(number) => writer.number(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => writer.string(text),
        serde_json::Value::Array(entries) => {
            writer.array(|writer| entries.iter().for_each(|entry| write(entry, writer)))
        }
        serde_json::Value::Object(fields) => writer.object(|writer| {
            for (name, value) in fields {
                writer.name(name);
                write(value, writer);
            }
        }),
    }
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in value(), pretty in any::<bool>()) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        prop_assert_eq!(read(Value::parse(&text).expect("is JSON")), value);
    }

    #[test]
    fn serde_json_reads_what_is_written(value in value()) {
        let mut writer = Writer::default();
        write(&value, &mut writer);
        let text = writer.finish();
        let again: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        // Whole numbers are written without a point.
        let number = |value: &serde_json::Value| value.to_string().replace(".0", "");
        prop_assert_eq!(number(&again), number(&value));
    }

    #[test]
    fn takes_for_json_what_serde_json_does(text in "[\\[\\]{}\",:0-9eE+.\\\\ntrufalse -]{0,12}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // They refuse numbers beyond f64's, which here only what wants a number does.
        let too_large = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assert_eq!(Value::parse(&text).is_ok(), theirs.is_ok() || too_large, "{}", text);
    }

    #[test]
    fn arbitrary_text_is_never_a_panic(text in any::<String>(), raw in prop::collection::vec(any::<u8>(), 0..60)) {
        for text in [text, String::from_utf8_lossy(&raw).into_owned()] {
            if let Ok(value) = Value::parse(&text) {
                read(value);
            }
        }
    }
}

#[test]
fn escapes_are_resolved() {
    for (json, text) in [
        (r#""\u00e9\n\\\/\"\b\f\r\t""#, "é\n\\/\"\u{8}\u{c}\r\t"),
        (r#""\ud83c\udfac""#, "🎬"),
        (r#""\ud83c""#, "\u{fffd}"),
        (r#""\udfac\ud83c\u0041""#, "\u{fffd}\u{fffd}A"),
        (r#""\ud83cA""#, "\u{fffd}A"),
    ] {
        assert_eq!(Value::parse(json).expect("is JSON").text().expect("is a string"), text, "{json}");
    }
}

#[test]
fn depth_has_a_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Value::parse(&nested(128)).is_ok());
    let error = Value::parse(&nested(129)).err().expect("too deep");
    assert_eq!(error.to_string(), "options: not JSON at byte 129: it is nested too deep");
}
