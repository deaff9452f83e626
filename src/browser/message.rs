//! The messages between page, engine worker and scorer workers, as JavaScript objects.

use js_sys::{Uint8Array, WebAssembly};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::broker::{CorrelationId, Millis, Notice};
use crate::engine::{Answer, CallId, LoadingPhase};
use crate::error::ErrorMessage;
use crate::score::SCORERS;

/// What a worker is to be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Role {
    Engine {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        module: WebAssembly::Module,
        /// The lock that shows it lives.
        lock: String,
    },
    Scorer(StartScorer),
}

/// How a scorer worker starts.
#[derive(Serialize, Deserialize)]
pub(super) struct StartScorer {
    pub(super) scorer: usize,
    /// The lock that shows it lives.
    pub(super) lock: String,
    /// The memory it may have, in bytes.
    pub(super) memory: u64,
    /// The encoded [`crate::score::ScorerData`].
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(super) data: Uint8Array,
}

/// From the page to the engine.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ToEngine {
    /// Comes first: nothing is downloaded before the options are known to be good.
    Configure {
        /// A [`crate::engine::LoadOptions`] as JSON.
        options: String,
        /// For each scorer; 0 lets it run where the engine runs.
        workers: [usize; SCORERS.len()],
    },
    Load {
        catalog: Source,
        model: Option<Source>,
    },
    Call {
        call: CallId,
        /// A [`crate::protocol::Command`] as JSON.
        command: String,
    },
    Cancel {
        call: CallId,
    },
    /// It is to end its scorers, and will be ended itself.
    Close {},
}

/// Where bytes come from.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Source {
    Url {
        url: String,
        /// Its bytes' hash, as in HTML.
        integrity: Option<String>,
    },
    Bytes(#[serde(with = "serde_wasm_bindgen::preserve")] Uint8Array),
    /// The page could not read it, or an engine before this one.
    Failed(ErrorMessage),
}

/// From the engine to the page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum FromEngine {
    /// It holds its lock.
    Alive,
    /// Its options are good.
    Configured {},
    Progress {
        phase: LoadingPhase,
        loaded: f64,
        total: Option<f64>,
    },
    Loaded {
        mode: Mode,
        /// Why it does without the model that was named.
        #[serde(rename = "modelError", skip_serializing_if = "Option::is_none")]
        model_error: Option<ErrorMessage>,
        /// What the page's developer should know.
        warnings: Vec<ErrorMessage>,
    },
    LoadFailed(ErrorMessage),
    /// A scorer that was to have a worker runs where the engine runs.
    InProcess {
        queue: &'static str,
        /// What became of its worker.
        reason: String,
    },
    Answer {
        call: CallId,
        value: Answer,
    },
    Error {
        call: CallId,
        error: ErrorMessage,
    },
    Notice(Notice),
}

/// Where the scorers run.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    Workers,
    InProcess,
}

/// From the engine to a scorer.
#[derive(Serialize, Deserialize)]
pub(super) struct Deliver {
    pub(super) id: CorrelationId,
    pub(super) attempt: u32,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(super) body: Uint8Array,
}

/// From a scorer to the engine.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum FromScorer {
    /// The script has loaded; sent by `worker.ts` before anything else.
    Loaded,
    /// It is ready for messages.
    Ready,
    Reply {
        id: CorrelationId,
        busy: Millis,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        body: Uint8Array,
    },
    Reject {
        id: CorrelationId,
        cause: String,
    },
    /// Its last words; posted by `worker.ts`.
    Died {
        message: String,
    },
}

/// Reads a message.
pub(super) fn read<T: for<'a> Deserialize<'a>>(message: JsValue) -> Result<T, String> {
    serde_wasm_bindgen::from_value(message).map_err(|error| error.to_string())
}

/// Reads the message a worker starts with.
pub(super) fn role(message: JsValue) -> Result<Role, JsValue> {
    read(message).map_err(|reason| js_sys::Error::new(&format!("start message: {reason}")).into())
}

/// A message as an object.
pub(super) fn write<T: Serialize>(message: &T) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    message.serialize(&serializer).unwrap_or_else(|error| error.into())
}
