use std::slice::SliceIndex;

/// A part of a text; nothing where it has no such part. Indexing would stop there, with words for which a page has to download tables of
/// what can be printed.
pub(crate) fn part(text: &str, range: impl SliceIndex<str, Output = str>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Where a text has another one, which is not empty.
pub(crate) fn find(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|bytes| bytes == wanted.as_bytes())
}

/// In lower case. In a browser that is JavaScript's own, for letters beyond ASCII.
pub(crate) fn lowercase(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { platform::lowercase(text) }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod platform {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        type JsString;

        #[wasm_bindgen(js_name = String)]
        fn string(text: &str) -> JsString;

        #[wasm_bindgen(method, js_name = toLowerCase)]
        fn lower(this: &JsString) -> String;
    }

    pub(super) fn lowercase(text: &str) -> String {
        string(text).lower()
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod platform {
    pub(super) fn lowercase(text: &str) -> String {
        text.to_lowercase()
    }
}

/// A text in quotes, as JSON has it, and messages.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    push_quoted(&mut quoted, text);
    quoted
}

/// Appends a text in quotes.
pub(crate) fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    let mut plain = 0;
    for (place, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            0..0x20 => "\\u00",
            _ => continue,
        };
        json.push_str(part(text, plain..place));
        json.push_str(escape);
        if escape == "\\u00" {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            json.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
        }
        plain = place + 1;
    }
    json.push_str(part(text, plain..));
    json.push('"');
}

/// The text between the quotes of a JSON string, without its escapes. `broken` takes the place of half a surrogate pair.
pub(crate) fn unescape(raw: &str, broken: Option<char>) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(place) = rest.bytes().position(|byte| byte == b'\\') {
        text.push_str(part(rest, ..place));
        let escape = *rest.as_bytes().get(place + 1)?;
        rest = rest.get(place + 2..)?;
        text.push(match escape {
            b'u' => {
                let unit = hex(rest)?;
                rest = part(rest, 4..);
                let low = rest.strip_prefix("\\u").and_then(hex).filter(|low| (0xdc00..0xe000).contains(low));
                match (unit, low) {
                    (0xd800..0xdc00, Some(low)) => {
                        rest = part(rest, 6..);
                        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?
                    }
                    _ => char::from_u32(unit).or(broken)?,
                }
            }
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            other => char::from(other),
        });
    }
    text.push_str(rest);
    Some(text)
}

/// The first four digits.
fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.get(..4)?, 16).ok()
}
