use super::{Event, History};
use crate::json::from_json;

/// About how long a line is, in bytes.
const LINE: usize = 128;

impl History {
    /// Takes note of events as they are kept: JSON, one a line. A line that is no event costs no other one. How many events there were to add, and
    /// how many lines are none.
    pub fn replay(&mut self, bytes: &[u8]) -> (usize, usize) {
        let lines =
            bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let mut damaged = 0;
        self.expect(bytes.len() / LINE);
        let added = self.record(lines.filter_map(|line| {
            let event = std::str::from_utf8(line).ok().and_then(read);
            damaged += usize::from(event.is_none());
            event
        }));
        (added, damaged)
    }
}

/// The event that a line is.
fn read(line: &str) -> Option<Event> {
    let event = plain(line).or_else(|| from_json::<Event>(line).ok())?;
    event.validate(0).ok().map(|()| event)
}

/// The same of a line as JavaScript writes it: an object without blanks, of texts without escapes and numbers. `None` where it is anything else.
/// A start reads a hundred thousand of them.
fn plain(line: &str) -> Option<Event> {
    let mut rest = line.strip_prefix('{')?.strip_suffix('}')?;
    let (mut item, mut kind, mut time, mut event) = (None, None, None, Event::default());
    loop {
        let (name, after) = until(rest.strip_prefix('"')?, b'"')?;
        let after = after.strip_prefix("\":")?;
        let length = match after.strip_prefix('"') {
            Some(text) => until(text, b'"')?.0.len() + 2,
            None => until(after, b',').map_or(after.len(), |(number, _)| number.len()),
        };
        let (value, after) = after.split_at(length);
        match name {
            "item" => item = Some(text(value)?),
            "type" => kind = Some(from_json(value).ok()?),
            "time" => time = Some(from_json(value).ok()?),
            "progress" => event.progress = Some(from_json(value).ok()?),
            "position" => event.position = Some(from_json(value).ok()?),
            "rating" => event.rating = Some(from_json(value).ok()?),
            "origin" => event.origin = text(value)?.to_owned(),
            "sequence" => event.sequence = from_json(value).ok()?,
            _ => return None,
        }
        if after.is_empty() {
            break;
        }
        rest = after.strip_prefix(',')?;
    }
    Some(Event { item: item?.to_owned(), kind: kind?, time: time?, ..event })
}

/// What is before the first such byte, and from it on.
fn until(text: &str, byte: u8) -> Option<(&str, &str)> {
    text.split_at_checked(text.bytes().position(|other| other == byte)?)
}

/// The text between the quotes, where it is written as it is.
fn text(value: &str) -> Option<&str> {
    let text = value.strip_prefix('"')?.strip_suffix('"')?;
    text.bytes().all(|byte| byte >= b' ' && byte != b'\\').then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::{Value, json};

    use super::*;

    fn line() -> impl Strategy<Value = String> {
        let member = prop_oneof![
            "[a-zé\"\\\\\n\u{1}]{0,4}".prop_map(|item| ("item", json!(item))),
            select(vec!["watch", "rate", "remove", "ate", "wa\"tch"]).prop_map(|kind| ("type", json!(kind))),
            any::<f64>().prop_map(|time| ("time", json!(time))),
            (-1e15..1e15_f64).prop_map(|time| ("time", json!(time as i64))),
            prop::option::of(0.0..1.2_f64).prop_map(|progress| ("progress", json!(progress))),
            (0.0..6.0_f64).prop_map(|rating| ("rating", json!(rating))),
            (0.0..9e3_f64).prop_map(|position| ("position", json!(position))),
            ("[a-z0-9-]{0,4}", any::<bool>())
                .prop_map(|(origin, is_text)| ("origin", if is_text { json!(origin) } else { json!(1) })),
            any::<u64>().prop_map(|sequence| ("sequence", json!(sequence))),
            Just(("more", Value::Null)),
        ];
        let whole = Just(vec![
            ("item", json!("a")),
            ("type", json!("watch")),
            ("time", json!(1_600_000_000_000_u64)),
        ]);
        (whole, prop::collection::vec(member, 0..4)).prop_map(|(whole, more)| {
            let members = whole.into_iter().chain(more).map(|(name, value)| format!("\"{name}\":{value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        })
    }

    proptest! {
        #[test]
        fn what_is_read_plainly_is_what_json_says(line in line(), cut in any::<Index>(), put in select(vec!["", " ", "\"", ",", "}", "\\", "\u{1}", "1", ":"])) {
            let bounds: Vec<usize> = line.char_indices().map(|(place, _)| place).collect();
            let place = bounds[cut.index(bounds.len())];
            let mut broken = line.clone();
            broken.insert_str(place, put);
            for line in [line, broken] {
                if let Some(event) = plain(&line) {
                    prop_assert_eq!(from_json::<Event>(&line), Ok(event), "{}", line);
                }
            }
        }
    }

    #[test]
    fn what_a_page_keeps_is_read_plainly() {
        for line in [
            r#"{"origin":"0ff1","sequence":12,"item":"603","type":"watch","progress":0.35,"position":61.5,"time":1700000000000}"#,
            r#"{"item":"Amélie","type":"rate","rating":4.5,"time":-5}"#,
        ] {
            assert_eq!(plain(line), from_json::<Event>(line).ok(), "{line}");
            assert!(plain(line).is_some());
        }
        let mut history = History::default();
        let lines = "{\"item\":\"a\",\"type\":\"like\",\"time\":1}\n\n \n{\"item\":\"\",\"type\":\"like\",\"time\":1}\nno\n{ \"item\": \"\\u0062\", \"type\": \"like\", \"time\": 2}\r\n";
        assert_eq!(history.replay(lines.as_bytes()), (2, 2));
        let items: Vec<&str> = history.events().iter().map(|event| event.item.as_str()).collect();
        assert_eq!(items, ["a", "b"]);
        assert_eq!(history.replay(b"{\"item\":\"\xff\",\"type\":\"like\",\"time\":1}"), (0, 1));
    }
}
