use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

use super::globals::{Fetch, Thenable};
use super::message::Source;
use super::{globals, integrity};
use crate::error::{Error, ErrorMessage, Result};

/// So many bytes of an array are taken in one go.
const PIECE: u32 = 1 << 18;

/// How many bytes are allowed, and the error where there are more.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) bytes: u64,
    pub(super) error: fn(actual: u64, limit: u64) -> Error,
}

/// A source whose bytes are on their way.
pub(super) struct Download {
    url: String,
    integrity: Option<String>,
    from: From,
    /// For how many milliseconds nothing may come.
    idle: f64,
    /// Bytes.
    loaded: u64,
    total: Option<u64>,
    limit: Limit,
    /// Which address answered, and how; nothing where the page gave bytes of its own.
    answer: String,
}

/// Where they come from.
enum From {
    Bytes(Uint8Array),
    Response(Promise),
    Failed(ErrorMessage),
}

impl Download {
    /// Asks for a source's bytes; `connection` ends that.
    pub(super) fn start(
        source: Source,
        fetch: &Fetch,
        limit: Limit,
        idle: f64,
        connection: &AbortController,
    ) -> Self {
        let mut answer = String::new();
        let (url, integrity, from) = match source {
            Source::Failed(error) => (String::new(), None, From::Failed(error)),
            Source::Bytes(bytes, from) => {
                answer = from;
                (String::new(), None, From::Bytes(bytes))
            }
            Source::Url { url, integrity } => {
                let init = Object::new();
                // Setting a property of a new object cannot fail.
                let _ = Reflect::set(&init, &"signal".into(), &connection.signal());
                // The browser would compare, too, but it hands out nothing before all has come: nobody could see that it stands still.
                if let Some(integrity) = integrity.as_ref().filter(|_| !integrity::is_available()) {
                    let _ = Reflect::set(&init, &"integrity".into(), &integrity.into());
                }
                let response = fetch.call(&url, &init);
                // Whether it is awaited is decided later: until then nobody minds that it fails.
                let nothing = Closure::once_into_js(|_: JsValue| ());
                response.unchecked_ref::<Thenable>().on_rejection(nothing.unchecked_ref());
                (url, integrity, From::Response(response))
            }
        };
        Download { url, integrity, from, idle, loaded: 0, total: None, limit, answer }
    }

    /// Whether there is nothing to wait for.
    pub(super) fn is_here(&self) -> bool {
        !matches!(self.from, From::Response(_))
    }

    /// Hands on the bytes, in pieces, to `take`; `progress` hears how many have come, and of how many where that is known.
    ///
    /// # Errors
    /// [`Error::Network`] where the address cannot be reached, the connection breaks, or the bytes are not those that the integrity
    /// names; [`Error::Http`] for a status other than success; [`Error::Timeout`]; the limit's for too many; those of `take`; what the page
    /// says of a source that it could not read.
    pub(super) async fn read(
        &mut self,
        mut take: impl FnMut(Uint8Array) -> Result<()>,
        progress: impl Fn(u64, Option<u64>),
    ) -> Result<(), ErrorMessage> {
        match std::mem::replace(&mut self.from, From::Bytes(Uint8Array::new_with_length(0))) {
            From::Failed(error) => Err(error),
            From::Bytes(bytes) => {
                let length = bytes.length();
                self.limit.check(length.into())?;
                for start in (0..length).step_by(PIECE as usize) {
                    let end = length.min(start + PIECE);
                    take(bytes.subarray(start, end))?;
                    progress(end.into(), Some(length.into()));
                }
                Ok(())
            }
            From::Response(response) => Ok(self.read_response(response, &mut take, progress).await?),
        }
    }

    /// An error that one of the bytes' readers gave, and where the bytes came from.
    #[inline(never)]
    pub(super) fn about(&self, mut error: ErrorMessage) -> ErrorMessage {
        // `CATALOG_…`, `ITEM_…`, `MODEL_…`: the others name the address already.
        if matches!(error.code.as_bytes(), [b'C' | b'I' | b'M', ..]) && !self.answer.is_empty() {
            error.message += &[" (", &self.answer, ")"].concat();
        }
        error
    }

    async fn read_response(
        &mut self,
        response: Promise,
        take: &mut dyn FnMut(Uint8Array) -> Result<()>,
        progress: impl Fn(u64, Option<u64>),
    ) -> Result<()> {
        let integrity = self.integrity.take();
        let (by_browser, integrity) =
            integrity.map_or((false, None), |integrity| match integrity::is_available() {
                true => (false, Some(integrity)),
                false => (true, None),
            });
        let response: Response = match self.next(response).await {
            Err(Error::Network { url, reason }) if by_browser => {
                // Browsers do not say which of the two it was.
                let reason = format!("{reason}, or {}", integrity::MISMATCH);
                return Err(Error::Network { url, reason });
            }
            response => response?.unchecked_into(),
        };
        self.answer = answer(&self.url, &response);
        if !response.ok() {
            return Err(Error::Http { answer: self.answer.clone() });
        }
        self.total = announced_length(&response);
        self.limit.check(self.total.unwrap_or(0))?;
        let hashed = Array::new();
        if let Some(body) = response.body() {
            let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
            loop {
                let chunk = self.next(reader.read()).await?;
                let value = Reflect::get(&chunk, &"value".into()).map_err(|error| self.broken(&error))?;
                if value.is_undefined() {
                    break;
                }
                let value: Uint8Array = value.unchecked_into();
                self.loaded += u64::from(value.length());
                self.limit.check(self.loaded)?;
                if integrity.is_some() {
                    hashed.push(&value);
                }
                take(value)?;
                progress(self.loaded, self.total);
            }
        }
        if let Some(integrity) = integrity
            && !integrity::matches(&hashed, &integrity).await.map_err(|error| self.broken(&error))?
        {
            return Err(Error::Network { url: self.url.clone(), reason: integrity::MISMATCH.into() });
        }
        Ok(())
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

    fn broken(&self, error: &JsValue) -> Error {
        Error::Network { url: self.url.clone(), reason: reason(error) }
    }
}

/// How an address answered.
#[inline(never)]
fn answer(url: &str, response: &Response) -> String {
    let kind = header(response, "content-type").unwrap_or_else(|| "no content type".into());
    [url, " answered with HTTP status ", &response.status().to_string(), " and ", &kind].concat()
}

#[inline(never)]
fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

/// The length of the body, where the header speaks of what we will read: not of compressed bytes.
fn announced_length(response: &Response) -> Option<u64> {
    match header(response, "content-encoding").as_deref() {
        None | Some("identity") => header(response, "content-length")?.parse().ok(),
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
    message.or_else(|| globals::text_of(error).ok()).unwrap_or_default()
}
