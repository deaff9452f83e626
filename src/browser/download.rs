use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

use super::message::Source;
use super::{globals, integrity};
use crate::error::{Error, ErrorMessage, Result};

/// So many bytes are made room for because a header says that they will come; the rest as they do.
const MAX_TRUSTED: u64 = 1 << 26;

/// How many bytes are allowed, and the error where there are more.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) bytes: u64,
    pub(super) error: fn(actual: u64, limit: u64) -> Error,
}

/// The bytes of a source. `progress` hears how many have come, and of how many where that is known; `idle` is for how many
/// milliseconds none may come; `connection` ends the download, and ends with it.
///
/// # Errors
/// [`Error::Network`] where the address cannot be reached, the connection breaks, or the bytes are not those that the integrity
/// names; [`Error::Http`] for a status other than success; [`Error::Timeout`]; the limit's for too many; what the page says of a
/// source that it could not read.
pub(super) async fn download(
    source: Source,
    limit: Limit,
    idle: f64,
    connection: &AbortController,
    progress: impl Fn(u64, Option<u64>),
) -> Result<Vec<u8>, ErrorMessage> {
    match source {
        Source::Failed(error) => Err(error),
        Source::Bytes(bytes) => {
            limit.check(u64::from(bytes.length()))?;
            Ok(bytes.to_vec())
        }
        Source::Url { url, integrity } => {
            let mut download = Download { url, idle, loaded: 0, total: None };
            let bytes = download.fetch(integrity.as_deref(), limit, connection, progress).await;
            // Nothing, where all has come; else nobody else would end it.
            connection.abort();
            Ok(bytes?)
        }
    }
}

/// How a download goes.
struct Download {
    url: String,
    /// Milliseconds.
    idle: f64,
    /// Bytes.
    loaded: u64,
    total: Option<u64>,
}

impl Download {
    async fn fetch(
        &mut self,
        integrity: Option<&str>,
        limit: Limit,
        connection: &AbortController,
        progress: impl Fn(u64, Option<u64>),
    ) -> Result<Vec<u8>> {
        let init = Object::new();
        self.set(&init, "signal", &connection.signal())?;
        // The browser would compare, too, but it hands out nothing before all has come: nobody could see that it stands still.
        let by_browser = integrity.filter(|_| !integrity::is_available());
        if let Some(integrity) = by_browser {
            self.set(&init, "integrity", &integrity.into())?;
        }
        let response = self.next(globals::fetch(&self.url, &init)).await;
        let response: Response = match response {
            Err(Error::Network { url, reason }) if by_browser.is_some() => {
                // Browsers do not say which of the two it was.
                let reason = format!("{reason}, or {}", integrity::MISMATCH);
                return Err(Error::Network { url, reason });
            }
            response => response?.unchecked_into(),
        };
        if !response.ok() {
            return Err(Error::Http { url: self.url.clone(), status: response.status() });
        }
        self.total = announced_length(&response);
        limit.check(self.total.unwrap_or(0))?;
        let mut bytes = Vec::with_capacity(self.total.unwrap_or(0).min(MAX_TRUSTED) as usize);
        if let Some(body) = response.body() {
            let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
            loop {
                let chunk = self.next(reader.read()).await?;
                let value = Reflect::get(&chunk, &"value".into()).map_err(|error| self.broken(&error))?;
                if value.is_undefined() {
                    break;
                }
                let value: Uint8Array = value.unchecked_into();
                let start = bytes.len();
                self.loaded = start as u64 + u64::from(value.length());
                limit.check(self.loaded)?;
                bytes.resize(start + value.length() as usize, 0);
                value.copy_to(&mut bytes[start..]);
                progress(self.loaded, self.total);
            }
        }
        if let Some(integrity) = integrity.filter(|_| by_browser.is_none())
            && !integrity::matches(&bytes, integrity).await.map_err(|error| self.broken(&error))?
        {
            return Err(Error::Network { url: self.url.clone(), reason: integrity::MISMATCH.into() });
        }
        Ok(bytes)
    }

    /// What the next step gives, unless that takes too long.
    async fn next(&self, step: Promise) -> Result<JsValue> {
        // In two halves: where the machine slept, or this thread was busy, timers go off at once, and before what has come meanwhile.
        for _ in 0..2 {
            let mut timer = JsValue::UNDEFINED;
            let late = Promise::new(&mut |resolve, _| {
                timer = globals::set_timeout(&resolve, (self.idle / 2.0).min(globals::MAX_TIMEOUT));
            });
            let first = JsFuture::from(Promise::race(&Array::of2(&step, &late))).await;
            globals::clear_timeout(&timer);
            let given = first.map_err(|error| self.broken(&error))?;
            // A step gives an object, a timer nothing.
            if !given.is_undefined() {
                return Ok(given);
            }
        }
        let (idle, loaded, total) = (self.idle as u64, self.loaded, self.total);
        Err(Error::Timeout { url: self.url.clone(), idle, loaded, total })
    }

    fn set(&self, object: &Object, name: &str, value: &JsValue) -> Result<()> {
        Reflect::set(object, &name.into(), value).map_err(|error| self.broken(&error))?;
        Ok(())
    }

    fn broken(&self, error: &JsValue) -> Error {
        Error::Network { url: self.url.clone(), reason: reason(error) }
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
