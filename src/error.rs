use std::borrow::Cow;
use std::path::Path;

use crate::text::quoted;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. Each variant has a stable [code](Error::code), which is what programs
/// match on; the text says what happened and what to do, and may change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// The catalog's bytes are not JSON.
    #[error("the catalog is not valid JSON at byte {offset}: {reason}")]
    CatalogSyntax { offset: usize, reason: String },
    /// The catalog looks like an HTML page: usually a wrong address answered by a single-page app.
    #[error(
        "the catalog is an HTML page, not JSON; check the address, many servers answer a wrong one with their start page"
    )]
    CatalogHtml,
    /// The catalog stops in the middle.
    #[error("the catalog is cut off after {length} bytes; the download was probably interrupted")]
    CatalogTruncated { length: usize },
    /// JSON, but neither an array of items, nor lines of them, nor an object with such an array.
    #[error(
        "the catalog must be an array of items, or an object with one that is called \"items\" or that the option items names; found {found}"
    )]
    CatalogShape { found: String },
    /// No usable item.
    #[error("the catalog has no usable item ({skipped} were skipped){hint}")]
    CatalogEmpty { skipped: usize, hint: String },
    /// Larger than a limit allows.
    #[error("the catalog has {actual} {what}, the limit is {limit}")]
    CatalogTooLarge { what: &'static str, actual: u64, limit: u64 },
    /// One item is bad, and the policy is `strict`.
    #[error("item {index} of the catalog (byte {offset}): {problem}")]
    CatalogItem { index: usize, offset: usize, problem: ItemProblem },

    /// Not a watchnext model.
    #[error("this is not a watchnext model: {reason}")]
    ModelFormat { reason: String },
    /// A model of a version this build cannot read.
    #[error(
        "the model has format version {found}, this build reads {supported}; update watchnext, or train the model anew"
    )]
    ModelVersion { found: u16, supported: u16 },
    /// The model's checksum does not match its bytes.
    #[error("the model is damaged (checksum mismatch); download it again")]
    ModelChecksum,
    /// The model stops in the middle.
    #[error("the model is cut off: {expected} bytes were announced, {actual} came")]
    ModelTruncated { expected: u64, actual: u64 },

    /// The model is larger than the limit allows.
    #[error("the model has {actual} bytes, the limit is {limit}")]
    ModelTooLarge { actual: u64, limit: u64 },

    /// The model is of other items than the catalog's, and that is not allowed.
    #[error("{reason}")]
    ModelUnmatched { reason: String },

    /// A file or address answered with something other than success.
    #[error("{answer}")]
    Http { answer: String },
    /// A file or address could not be reached.
    #[error("{url} could not be loaded: {reason}")]
    Network { url: String, reason: String },
    /// A download stands still: no byte has come for `idle` milliseconds, after `loaded` of `total`, where that is known.
    #[error("{url} stands still: nothing came for {idle} ms, after {loaded}{} bytes", .total.map(|total| format!(" of {total}")).unwrap_or_default())]
    Timeout { url: String, idle: u64, loaded: u64, total: Option<u64> },

    /// An option is out of range, misspelt, or of the wrong type.
    #[error("option {option}: {reason}")]
    Option { option: String, reason: String },
    /// Options that do not have the documented form.
    #[error("options: {reason}")]
    Options { reason: String },
    /// An event is not one that can be recorded; `event` is its place among those given with it, from 0.
    #[error("event {event}: {reason}")]
    Event { event: usize, reason: String },
    /// No such item in the catalog.
    #[error("there is no item {} in the catalog", quoted(id))]
    ItemUnknown { id: String },
    /// The request was aborted by its caller.
    #[error("the request was aborted")]
    Aborted,
    /// The recommender was closed.
    #[error("the recommender is closed")]
    Closed,
    /// As many requests wait as are allowed to.
    #[error("too many requests wait; try again when some have been answered")]
    Overloaded,
    /// Too few scorers had answered when the request's deadline came.
    #[error("too few scorers answered within {deadline} ms; allow a longer deadline")]
    Deadline { deadline: u32 },
    /// Every scorer that was asked gave up.
    #[error("no scorer could answer: {reason}")]
    ScorersFailed { reason: String },
    /// What is to become a catalog is no table of items.
    #[error("{file}: {reason}")]
    CatalogTable { file: String, reason: String },
    /// A training or evaluation file cannot be used.
    #[error("{file}, line {line}: {reason}")]
    Interactions { file: String, line: u64, reason: String },
    /// Something to do with a file on disk.
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    /// The engine, or a scorer, needs more memory than it may have.
    #[error("out of memory: the limit is {} MiB; raise it (limits.engineMemory, limits.scorerMemory), or load a smaller catalog", limit >> 20)]
    Memory { limit: u64 },
    /// A defect in watchnext itself.
    #[error("a defect in watchnext, please report it: {reason}")]
    Internal { reason: String },
}

/// What is wrong with a single item of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ItemProblem {
    #[error("not an object")]
    NotAnObject,
    #[error("has no {}", quoted(field))]
    Missing { field: String },
    #[error("{} {reason}", quoted(field))]
    Invalid { field: String, reason: String },
    #[error("its id {} was already used by item {first}", quoted(id))]
    DuplicateId { id: String, first: usize },
    #[error("is nested deeper than {limit} levels")]
    TooDeep { limit: usize },
    #[error("is {length} bytes long, the limit is {limit}")]
    TooLong { length: usize, limit: usize },
}

impl Error {
    /// That something is wrong with a file.
    pub fn file(path: &Path, reason: impl ToString) -> Self {
        Error::File { path: path.display().to_string(), reason: reason.to_string() }
    }

    /// The stable code, the same as `WatchnextError.code` in JavaScript.
    pub fn code(&self) -> &'static str {
        match self {
            Error::CatalogSyntax { .. } => "CATALOG_SYNTAX",
            Error::CatalogHtml => "CATALOG_HTML",
            Error::CatalogTruncated { .. } => "CATALOG_TRUNCATED",
            Error::CatalogShape { .. } => "CATALOG_SHAPE",
            Error::CatalogEmpty { .. } => "CATALOG_EMPTY",
            Error::CatalogTooLarge { .. } => "CATALOG_TOO_LARGE",
            Error::CatalogItem { problem, .. } => problem.code(),
            Error::ModelFormat { .. } => "MODEL_FORMAT",
            Error::ModelVersion { .. } => "MODEL_VERSION",
            Error::ModelChecksum => "MODEL_CHECKSUM",
            Error::ModelTruncated { .. } => "MODEL_TRUNCATED",
            Error::ModelTooLarge { .. } => "MODEL_TOO_LARGE",
            Error::ModelUnmatched { .. } => "MODEL_UNMATCHED",
            Error::Http { .. } => "HTTP",
            Error::Network { .. } => "NETWORK",
            Error::Timeout { .. } => "TIMEOUT",
            Error::Option { .. } | Error::Options { .. } => "OPTION",
            Error::Event { .. } => "EVENT",
            Error::ItemUnknown { .. } => "ITEM_UNKNOWN",
            Error::Aborted => "ABORTED",
            Error::Closed => "CLOSED",
            Error::Overloaded => "OVERLOADED",
            Error::Deadline { .. } => "DEADLINE",
            Error::ScorersFailed { .. } => "SCORERS_FAILED",
            Error::CatalogTable { .. } => "CATALOG_TABLE",
            Error::Interactions { .. } => "INTERACTIONS",
            Error::File { .. } => "FILE",
            Error::Memory { .. } => "MEMORY",
            Error::Internal { .. } => "INTERNAL",
        }
    }
}

impl ItemProblem {
    /// The stable code of this problem.
    pub fn code(&self) -> &'static str {
        match self {
            ItemProblem::NotAnObject => "ITEM_NOT_AN_OBJECT",
            ItemProblem::Missing { .. } => "ITEM_FIELD_MISSING",
            ItemProblem::Invalid { .. } => "ITEM_FIELD_INVALID",
            ItemProblem::DuplicateId { .. } => "ITEM_ID_DUPLICATE",
            ItemProblem::TooDeep { .. } => "ITEM_TOO_DEEP",
            ItemProblem::TooLong { .. } => "ITEM_TOO_LONG",
        }
    }
}

/// An error as it travels to another thread or process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorMessage {
    /// The stable code.
    pub code: Cow<'static, str>,
    /// For people.
    pub message: String,
}

impl From<&Error> for ErrorMessage {
    fn from(error: &Error) -> Self {
        ErrorMessage { code: error.code().into(), message: error.to_string() }
    }
}

impl From<Error> for ErrorMessage {
    fn from(error: Error) -> Self {
        ErrorMessage::from(&error)
    }
}
