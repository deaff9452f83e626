use std::io::Read;

use super::ids::text_of;
use super::lines::Lines;
use super::separated::{Fields, Separator};
use super::sink::{Row, Sink, Value};
use crate::error::Result;

/// Reads a person a line: the person's id, and what they watched, in order.
///
/// # Errors
/// Where the stream cannot be read.
pub(super) fn read(lines: &mut Lines<impl Read>, separator: Separator, sink: &mut Sink) -> Result<()> {
    let mut fields = Fields::default();
    sink.in_order()?;
    while let Some(line) = sink.next_line(lines)? {
        if !fields.split(line, separator, usize::MAX - 1) {
            sink.add(Err("a quote is not closed".to_owned()))?;
            continue;
        }
        let user = fields.get(line, 0).unwrap_or_default();
        // `7: 3 1 4` is `7 3 1 4`.
        let user = user.strip_suffix(b":").unwrap_or(user);
        let mut items =
            (1..fields.len()).filter_map(|place| fields.get(line, place)).filter(|item| !item.is_empty());
        let Some(first) = items.next() else {
            sink.add(Err(format!("{:?} has no item", text_of(user))))?;
            continue;
        };
        for (place, item) in std::iter::once(first).chain(items).enumerate() {
            sink.add(Ok(Row { user, item, rating: Value::None, time: Value::Number(place as f64) }))?;
        }
    }
    Ok(())
}
