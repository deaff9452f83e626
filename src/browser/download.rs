use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use super::globals;
use super::message::Source;
use crate::error::{Error, Result};

/// So many bytes are made room for because a header says that they will come; the rest as they do.
const MAX_TRUSTED: u64 = 1 << 26;

/// The bytes of a source. `progress` hears how many have come, and of how many where that is known.
///
/// # Errors
/// [`Error::Network`] where the address cannot be reached or the connection breaks, [`Error::Http`] for a status other
/// than success, [`Error::CatalogTooLarge`] for more than `limit` bytes.
pub(super) async fn download(
    source: Source,
    limit: u64,
    progress: impl Fn(u64, Option<u64>),
) -> Result<Vec<u8>> {
    match source {
        Source::Bytes(bytes) => {
            check(u64::from(bytes.length()), limit)?;
            Ok(bytes.to_vec())
        }
        Source::Url(url) => fetch(&url, limit, progress).await,
    }
}

async fn fetch(url: &str, limit: u64, progress: impl Fn(u64, Option<u64>)) -> Result<Vec<u8>> {
    let network = |error: JsValue| Error::Network { url: url.to_owned(), reason: reason(&error) };
    let response = JsFuture::from(globals::fetch(url)).await.map_err(network)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(Error::Http { url: url.to_owned(), status: response.status() });
    }
    let total = announced_length(&response);
    check(total.unwrap_or(0), limit)?;
    let mut bytes = Vec::with_capacity(total.unwrap_or(0).min(MAX_TRUSTED) as usize);
    let Some(body) = response.body() else { return Ok(bytes) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(network)?;
        let value = Reflect::get(&chunk, &"value".into()).map_err(network)?;
        if value.is_undefined() {
            return Ok(bytes);
        }
        let value: Uint8Array = value.unchecked_into();
        let start = bytes.len();
        check(start as u64 + u64::from(value.length()), limit)?;
        bytes.resize(start + value.length() as usize, 0);
        value.copy_to(&mut bytes[start..]);
        progress(bytes.len() as u64, total);
    }
}

/// The length of the body, where the header speaks of what we will read: not of compressed bytes.
fn announced_length(response: &Response) -> Option<u64> {
    let header = |name| response.headers().get(name).ok().flatten();
    match header("content-encoding").as_deref() {
        None | Some("identity") => header("content-length")?.parse().ok(),
        Some(_) => None,
    }
}

fn check(actual: u64, limit: u64) -> Result<()> {
    if actual > limit {
        return Err(Error::CatalogTooLarge { what: "bytes", actual, limit });
    }
    Ok(())
}

/// What a thrown value says.
pub(super) fn reason(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| format!("{error:?}"))
}
