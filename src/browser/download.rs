use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use super::globals;
use super::message::Source;
use crate::error::{Error, Result};

/// So many bytes are made room for because a header says that they will come; the rest as they do.
const MAX_TRUSTED: u64 = 1 << 26;

/// How many bytes are allowed, and the error where there are more.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) bytes: u64,
    pub(super) error: fn(actual: u64, limit: u64) -> Error,
}

/// The bytes of a source. `progress` hears how many have come, and of how many where that is known.
///
/// # Errors
/// [`Error::Network`] where the address cannot be reached, the connection breaks, or the bytes are not those that the integrity
/// names; [`Error::Http`] for a status other than success; the limit's for too many.
pub(super) async fn download(
    source: Source,
    limit: Limit,
    progress: impl Fn(u64, Option<u64>),
) -> Result<Vec<u8>> {
    match source {
        Source::Bytes(bytes) => {
            limit.check(u64::from(bytes.length()))?;
            Ok(bytes.to_vec())
        }
        Source::Url { url, integrity } => fetch(&url, integrity.as_deref(), limit, progress).await,
    }
}

async fn fetch(
    url: &str,
    integrity: Option<&str>,
    limit: Limit,
    progress: impl Fn(u64, Option<u64>),
) -> Result<Vec<u8>> {
    let network = |error: JsValue| {
        // Browsers do not say which of the two it was.
        let or =
            if integrity.is_some() { ", or its bytes are not those that the integrity names" } else { "" };
        Error::Network { url: url.to_owned(), reason: format!("{}{or}", reason(&error)) }
    };
    let init = Object::new();
    if let Some(integrity) = integrity {
        Reflect::set(&init, &"integrity".into(), &integrity.into()).map_err(network)?;
    }
    let response = JsFuture::from(globals::fetch(url, &init)).await.map_err(network)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(Error::Http { url: url.to_owned(), status: response.status() });
    }
    let total = announced_length(&response);
    limit.check(total.unwrap_or(0))?;
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
        limit.check(start as u64 + u64::from(value.length()))?;
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

impl Limit {
    fn check(self, actual: u64) -> Result<()> {
        if actual > self.bytes { Err((self.error)(actual, self.bytes)) } else { Ok(()) }
    }
}

/// What a thrown value says.
pub(super) fn reason(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| format!("{error:?}"))
}
