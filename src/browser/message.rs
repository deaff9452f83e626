//! The messages between page, engine worker and scorer workers: JSON, and bytes beside it. `js/protocol.ts` has the same as types.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::broker::Notice;
use crate::catalog::{Patch, Patched};
use crate::engine::{Answer, CallId, Step};
use crate::error::{ErrorMessage, Result};
use crate::json::{Fault, FromJson, ToJson, Value, Writer, read_fields, write_fields, write_names};

/// From the page to the engine.
pub(super) enum ToEngine<'a> {
    /// Comes first. The options are read where they are needed.
    Configure(&'a str),
    /// With a call's number: it is to take the place of what there is.
    Load(Option<CallId>, Sources),
    /// What was kept of former sessions, by user; several texts may be one user's.
    Replay(Vec<(String, Vec<u8>)>),
    /// A command is read where it is carried out.
    Call(CallId, &'a str),
    Cancel(CallId),
    /// It is to end its scorers, and will be ended itself.
    Close,
}

/// What is to be loaded.
pub(super) struct Sources {
    /// Absent where the one there is is to be patched.
    pub(super) catalog: Option<Source>,
    pub(super) model: Option<Source>,
    pub(super) patch: Option<Patch>,
}

/// Where bytes come from.
pub(super) enum Source {
    Url {
        url: String,
        /// Its bytes' hash, as in HTML.
        integrity: Option<String>,
    },
    /// And where they came from, if the page knows.
    Bytes(Uint8Array, String),
    /// The page could not read it, or an engine before this one.
    Failed(ErrorMessage),
}

const TO_ENGINE: &[&str] = &["configure", "load", "call", "cancel", "close", "replay", "change"];

/// A message of the page's: its text, and the bytes that the text names by their places.
pub(super) fn read<'a>(text: &'a str, attached: &Array) -> Result<ToEngine<'a>> {
    let value = Value::parse(text)?;
    let read = || match value.variant(TO_ENGINE)? {
        (0, Some(options)) => Ok(ToEngine::Configure(options.source())),
        (1, Some(sources)) => {
            SourcesText::from_json(sources)?.with(attached).map(|sources| ToEngine::Load(None, sources))
        }
        (name @ (2 | 6), Some(call)) => {
            let mut parts = Vec::new();
            call.each(&mut |part| {
                parts.push(part);
                Ok(())
            })?;
            match parts[..] {
                [id, command] if name == 2 => Ok(ToEngine::Call(CallId::from_json(id)?, command.source())),
                [id, sources] => {
                    let sources = SourcesText::from_json(sources)?.with(attached)?;
                    Ok(ToEngine::Load(Some(CallId::from_json(id)?), sources))
                }
                _ => Err(call.fault("a number and a command")),
            }
        }
        (3, Some(call)) => CallId::from_json(call).map(ToEngine::Cancel),
        (4, None) => Ok(ToEngine::Close),
        (5, Some(users)) => {
            let users = Vec::<String>::from_json(users)?;
            let bytes = |(user, bytes): (String, JsValue)| Ok((user, bytes_of(bytes)?.to_vec()));
            users
                .into_iter()
                .zip(attached.iter())
                .map(bytes)
                .collect::<Result<_, Fault>>()
                .map(ToEngine::Replay)
        }
        _ => Err(value.fault("a message")),
    };
    read().map_err(Fault::into_error)
}

#[derive(Default)]
struct SourcesText {
    catalog: Option<SourceText>,
    model: Option<SourceText>,
    patch: Option<PatchText>,
}

impl SourcesText {
    fn with(self, attached: &Array) -> Result<Sources, Fault> {
        let source = |text: Option<SourceText>| text.map(|text| text.with(attached)).transpose();
        let patch = |PatchText { remove, bytes }: PatchText| {
            let put = bytes.map_or(Ok(Vec::new()), |place| Ok(bytes_of(attached.get(place))?.to_vec()))?;
            Ok(Patch { remove, put })
        };
        let patch = self.patch.map(patch).transpose()?;
        Ok(Sources { catalog: source(self.catalog)?, model: source(self.model)?, patch })
    }
}

#[derive(Default)]
struct PatchText {
    remove: Vec<String>,
    /// A place among what is attached.
    bytes: Option<u32>,
}

#[derive(Default)]
struct SourceText {
    url: String,
    integrity: Option<String>,
    /// A place among what is attached.
    bytes: Option<u32>,
    from: String,
    failed: Option<ErrorMessage>,
}

impl SourceText {
    fn with(self, attached: &Array) -> Result<Source, Fault> {
        let SourceText { url, integrity, bytes, from, failed } = self;
        match (failed, bytes) {
            (Some(failed), _) => Ok(Source::Failed(failed)),
            (None, None) => Ok(Source::Url { url, integrity }),
            (None, Some(place)) => bytes_of(attached.get(place)).map(|bytes| Source::Bytes(bytes, from)),
        }
    }
}

fn bytes_of(attached: JsValue) -> Result<Uint8Array, Fault> {
    attached.dyn_into().map_err(|_| Fault::new("has no bytes"))
}

read_fields! { SourcesText { catalog: "catalog", model: "model", patch: "patch" } }
read_fields! { PatchText { remove: "remove", bytes: "bytes" } }
read_fields! { SourceText { url: "url", integrity: "integrity", bytes: "bytes", from: "from", failed: "failed" } }

/// From the engine to the page.
pub(super) enum FromEngine<'a> {
    /// It holds its lock.
    Alive,
    /// Its options are good.
    Configured,
    Progress {
        phase: LoadingPhase,
        loaded: u64,
        total: Option<u64>,
    },
    Loaded {
        mode: Mode,
        /// How many requests may be open.
        most_open: usize,
        /// Why it does without the model that was named.
        model_error: Option<ErrorMessage>,
        /// What people should know all the same.
        warnings: Vec<ErrorMessage>,
    },
    LoadFailed(ErrorMessage),
    /// A scorer that was to have a worker runs where the engine runs.
    InProcess {
        queue: &'a str,
        /// What became of its worker.
        reason: String,
        /// Where all run now.
        mode: Mode,
    },
    Answer(CallId, std::result::Result<Answer, ErrorMessage>),
    /// The answer to a change of the catalog.
    Changed(CallId, Changed),
    Notice(Notice),
    Step(Step),
}

/// What a change of the catalog has done.
pub(super) struct Changed {
    pub(super) items: usize,
    pub(super) skipped: usize,
    pub(super) patched: Patched,
    /// What people should know all the same.
    pub(super) warnings: Vec<ErrorMessage>,
}

impl ToJson for Changed {
    fn write(&self, writer: &mut Writer) {
        let Changed { items, skipped, patched, warnings } = self;
        let Patched { added, changed, removed, unknown, ids } = patched;
        writer.object(|writer| {
            let fields: [(&str, &dyn ToJson); 8] = [
                ("items", items),
                ("skipped", skipped),
                ("added", added),
                ("changed", changed),
                ("removed", removed),
                ("unknown", unknown),
                ("ids", ids),
                ("warnings", warnings),
            ];
            fields.iter().for_each(|(name, value)| writer.field(name, *value));
        });
    }
}

/// What loading is busy with.
#[derive(Clone, Copy)]
pub(super) enum LoadingPhase {
    /// The catalog's bytes are coming, and are being read.
    CatalogDownload,
    /// The catalog, which is there, is being read.
    CatalogParse,
    /// The model's bytes are coming.
    ModelDownload,
}

write_names! { LoadingPhase {
    CatalogDownload: "catalog-download", CatalogParse: "catalog-parse", ModelDownload: "model-download",
} }

/// Where the scorers run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Workers,
    InProcess,
}

write_names! { Mode { Workers: "workers", InProcess: "in-process" } }

impl ToJson for FromEngine<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut one = |name: &str, fields: &[(&str, &dyn ToJson)]| {
            writer.object(|writer| {
                writer.name(name);
                writer.object(|writer| fields.iter().for_each(|(name, value)| writer.field(name, *value)));
            });
        };
        match self {
            FromEngine::Alive => writer.string("alive"),
            FromEngine::Configured => one("configured", &[]),
            FromEngine::Progress { phase, loaded, total } => {
                one("progress", &[("phase", phase), ("loaded", loaded), ("total", total)]);
            }
            FromEngine::Loaded { mode, most_open, model_error, warnings } => {
                one(
                    "loaded",
                    &[
                        ("mode", mode),
                        ("mostOpen", most_open),
                        ("modelError", model_error),
                        ("warnings", warnings),
                    ],
                );
            }
            FromEngine::LoadFailed(error) => writer.object(|writer| writer.field("loadFailed", error)),
            FromEngine::InProcess { queue, reason, mode } => {
                one("inProcess", &[("queue", queue), ("reason", reason), ("mode", mode)]);
            }
            FromEngine::Answer(call, Ok(value)) => one("answer", &[("call", call), ("value", value)]),
            FromEngine::Answer(call, Err(error)) => one("error", &[("call", call), ("error", error)]),
            FromEngine::Changed(call, changed) => one("answer", &[("call", call), ("value", changed)]),
            FromEngine::Notice(notice) => writer.object(|writer| writer.field("notice", notice)),
            FromEngine::Step(step) => writer.object(|writer| writer.field("step", step)),
        }
    }
}

/// How a scorer worker starts; the columns' bytes are beside it, in this order.
#[derive(Default)]
pub(super) struct StartScorer {
    pub(super) scorer: String,
    /// The lock that shows it lives.
    pub(super) lock: String,
    /// The memory it may have, in bytes.
    pub(super) memory: u64,
    /// In decimal digits: JavaScript's numbers have 53 bits.
    pub(super) fingerprint: String,
    pub(super) items: u32,
    /// Of one of the page's own: where its module is.
    pub(super) url: Option<String>,
}

read_fields! { StartScorer {
    scorer: "scorer", lock: "lock", memory: "memory", fingerprint: "fingerprint", items: "items", url: "url",
} }
write_fields! { StartScorer {
    scorer: "scorer", lock: "lock", memory: "memory", fingerprint: "fingerprint", items: "items", url: "url",
} }

/// What a scorer worker says besides its replies, which are bytes.
pub(super) enum FromWorker {
    /// Its script runs, and it waits for what it is to be.
    Loaded,
    /// It is ready for messages.
    Ready,
    /// Its last words.
    Died(String),
}

impl FromJson for FromWorker {
    fn from_json(value: Value) -> std::result::Result<Self, Fault> {
        match value.variant(&["loaded", "ready", "died"])? {
            (0, None) => Ok(FromWorker::Loaded),
            (1, None) => Ok(FromWorker::Ready),
            (2, Some(error)) => ErrorMessage::from_json(error).map(|error| FromWorker::Died(error.message)),
            _ => Err(value.fault("a worker's message")),
        }
    }
}
