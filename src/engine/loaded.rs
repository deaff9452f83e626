use std::borrow::Cow;
use std::sync::Arc;

use crate::broker::BrokerOptions;
use crate::catalog::{
    Catalog, CatalogLimits, CatalogOptions, CatalogReport, FieldNames, GenreNames, OnBadItem, Path, Series,
};
use crate::error::{Error, ErrorMessage, Result};
use crate::history::HistoryOptions;
use crate::json::{number, read_fields, read_names, write_fields};
use crate::model::ItemModel;
use crate::rank::Discounts;
use crate::score::{
    Columns, GenreSets, LazyTerms, MAX_FUNCTION_ITEMS, OwnScorers, ScorerSource, ScorerSpec, WorkerCounts,
    find, unknown,
};
use crate::text::quoted;

/// How to read the catalog and the history, and how the scorers are served: what a page gives as options, in the same places, so that
/// an error names what the page wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadOptions {
    /// As in [`CatalogOptions`].
    pub fields: FieldNames,
    /// As in [`CatalogOptions`].
    pub items: Option<Path>,
    /// As in [`CatalogOptions`].
    pub separator: Option<String>,
    /// As in [`CatalogOptions`].
    pub genre_names: GenreNames,
    /// As in [`CatalogOptions`].
    pub on_bad_item: OnBadItem,
    /// How to read the history.
    pub history: HistoryOptions,
    /// How much is allowed.
    pub limits: Limits,
    /// Where addresses among the options begin.
    pub base: String,
    /// The page's own scorers.
    pub scorers: OwnScorers,
    /// How many workers each scorer has.
    pub workers: WorkerCounts,
    /// How the scorers' queues behave.
    pub broker: BrokerOptions,
    /// What a model that cannot be had or read does to the load.
    pub on_model_error: OnModelError,
    /// Whether a model of which no item is in the catalog fails the load, and is not only told of.
    pub strict_model: bool,
    /// Whether the engine tells of each step of a request.
    pub debug: bool,
    /// How long a download may bring no byte, in milliseconds. Default 30,000.
    pub idle_timeout: f64,
}

/// What a model that cannot be had or read does to the load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnModelError {
    /// It goes on without: history is scored from content.
    #[default]
    Continue,
    /// It fails.
    Fail,
}

impl OnModelError {
    /// What is told of a model's failure by a load that goes on without.
    ///
    /// # Errors
    /// The failure itself where the load is to fail.
    pub fn decide<E: Into<ErrorMessage>>(self, failure: E) -> Result<ErrorMessage, E> {
        match self {
            OnModelError::Continue => Ok(failure.into()),
            OnModelError::Fail => Err(failure),
        }
    }
}

/// How much of everything is allowed, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The catalog.
    pub catalog: CatalogLimits,
    /// A model's file. Default 256 MiB.
    pub model_bytes: u64,
    /// The memory of the engine: catalog, model, history, and the messages on their way. Default 2 GiB, never more than 4.
    pub engine_memory: u64,
    /// The memory of a scorer's worker. Default 1 GiB, never more than 4.
    pub scorer_memory: u64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        LoadOptions {
            fields: FieldNames::default(),
            items: None,
            separator: None,
            genre_names: GenreNames::default(),
            on_bad_item: OnBadItem::default(),
            history: HistoryOptions::default(),
            limits: Limits::default(),
            base: String::new(),
            scorers: OwnScorers::default(),
            workers: WorkerCounts::default(),
            broker: BrokerOptions::default(),
            on_model_error: OnModelError::default(),
            strict_model: false,
            debug: false,
            idle_timeout: 30_000.0,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let catalog = CatalogLimits::default();
        Limits { catalog, model_bytes: 256 << 20, engine_memory: 2 << 30, scorer_memory: 1 << 30 }
    }
}

impl LoadOptions {
    /// Validates ranges and names.
    ///
    /// # Errors
    /// [`Error::Option`] as by [`CatalogOptions::validate`], [`HistoryOptions::validate`] and [`BrokerOptions::validate`], for a name that is
    /// no scorer's, and for an idle time-out that is not above 0.
    pub fn validate(&self) -> Result<()> {
        self.catalog().validate()?;
        self.history.validate()?;
        self.broker.validate()?;
        if !(self.idle_timeout > 0.0 && self.idle_timeout.is_finite()) {
            let reason = format!("must be a finite number above 0, found {}", number(self.idle_timeout));
            return Err(Error::Option { option: "idleTimeout".into(), reason });
        }
        let scorers = ScorerSpec::all(None, &self.scorers, &self.workers)?;
        match self.broker.dispatch.queues().find(|name| find(&scorers, name).is_none()) {
            Some(name) => Err(unknown("broker.dispatch", name, &scorers)),
            None => Ok(()),
        }
    }

    /// How to read the catalog.
    pub fn catalog(&self) -> CatalogOptions {
        CatalogOptions {
            fields: self.fields.clone(),
            items: self.items.clone(),
            separator: self.separator.clone(),
            genre_names: self.genre_names.clone(),
            on_bad_item: self.on_bad_item,
            limits: self.limits.catalog,
        }
    }
}

/// [`Loaded::shard_items`]; `npm run bench` measures what comes of it.
const SHARD_ITEMS: usize = 50_000;

/// A model's figures after it was joined to a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSummary {
    /// Items in the model.
    pub items: usize,
    /// Those that are in the catalog, too.
    pub matched: usize,
    /// Those that are not.
    pub unmatched: usize,
    /// The size of the file.
    pub bytes: usize,
}

/// A catalog, the model that goes with it, and what scorers are made from.
#[derive(Debug)]
pub struct Loaded {
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// What was skipped.
    pub report: CatalogReport,
    /// The model's figures.
    pub model: Option<ModelSummary>,
    /// Why there is none, though one was named.
    pub model_error: Option<ErrorMessage>,
    /// What people should know, though all could be loaded.
    pub warnings: Vec<ErrorMessage>,
    /// The scorers.
    pub scorers: Vec<ScorerSpec>,
    /// Each item's combination of genres.
    pub genres: Arc<GenreSets>,
    /// The population's share of each genre, summing to 1.
    pub genre_shares: Arc<Vec<f64>>,
    /// What lists take from what everybody watches.
    pub discounts: Discounts,
    /// So many items, at least, are scored in one go: for fewer a worker more costs more than it brings.
    pub shard_items: usize,
    /// Tells the columns apart from those of any other catalog or model.
    pub fingerprint: u64,
    /// Which items are episodes.
    pub series: Series,
    history: HistoryOptions,
}

impl Loaded {
    /// Reads a catalog and a model; beside what the engine keeps there are the columns that scorers are made from. `progress` hears of bytes
    /// read and of how many.
    ///
    /// # Errors
    /// Those of [`Catalog::parse`] and [`LoadOptions::validate`]; of [`ItemModel::from_bytes`] where [`OnModelError::Fail`] says so;
    /// [`Error::ModelUnmatched`] where [`LoadOptions::strict_model`] does.
    pub fn new(
        catalog: Vec<u8>,
        model: Option<&[u8]>,
        options: &LoadOptions,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Self, Columns)> {
        options.validate()?;
        let catalog = Catalog::parse(catalog, &options.catalog(), progress)?;
        Self::join(catalog, model.map(Cow::Borrowed), options)
    }

    /// Joins a catalog that was read and a model.
    ///
    /// # Errors
    /// Those of [`Loaded::new`] that are about the model; [`Error::Option`] where a function would score more than [`MAX_FUNCTION_ITEMS`].
    pub fn join(
        (mut catalog, report): (Catalog, CatalogReport),
        model: Option<Cow<[u8]>>,
        options: &LoadOptions,
    ) -> Result<(Self, Columns)> {
        let bytes = model.as_ref().map_or(0, |model| model.len());
        let (mut model, model_error) = match model.map(|model| ItemModel::from_bytes(&model)).transpose() {
            Ok(model) => (model, None),
            Err(error) => (None, Some(options.on_model_error.decide(error)?)),
        };
        let scorers = ScorerSpec::all(model.as_ref(), &options.scorers, &options.workers)?;
        check_functions(&scorers, catalog.len())?;
        let mut columns = Columns::taking(&catalog, model.as_mut());
        // Nobody but scorers reads them, and those perhaps not at once.
        let are_made = !std::mem::take(&mut catalog.features.terms).rows.is_empty();
        let catalog: Arc<Catalog> = catalog.into();
        if !are_made {
            columns.terms = LazyTerms::of(catalog.clone());
        }
        let learnt = model.as_ref().map_or(HistoryOptions::NO_MODEL, |model| model.metadata.half_life);
        let summary = model.as_ref().zip(columns.model.as_ref()).map(|(model, joined)| {
            let (items, matched) = (model.ids.len(), joined.matched as usize);
            ModelSummary { items, matched, unmatched: items - matched, bytes }
        });
        let mut warnings: Vec<ErrorMessage> = report.warnings().collect();
        if let Some(error) =
            model.as_ref().zip(summary).and_then(|(model, summary)| unmatched(&catalog, model, summary))
        {
            if options.strict_model {
                return Err(error);
            }
            warnings.push(error.into());
        }
        let half_life = Some(options.history.half_life.unwrap_or(learnt));
        let next_half_life = model.as_ref().and_then(|model| model.metadata.next_half_life);
        let history = HistoryOptions { half_life, next_half_life, ..options.history };
        let loaded = Loaded {
            series: Series::of(&catalog),
            catalog,
            report,
            model: summary,
            model_error,
            warnings,
            scorers,
            genres: columns.genres.clone(),
            genre_shares: columns.genre_shares.clone(),
            discounts: Discounts::new(&columns),
            fingerprint: columns.fingerprint(),
            shard_items: SHARD_ITEMS,
            history,
        };
        Ok((loaded, columns))
    }

    /// How a history becomes a profile: as the options say, else as the model does.
    pub fn history_options(&self) -> HistoryOptions {
        self.history
    }
}

read_fields! { LoadOptions {
    fields: "fields", items: "items", separator: "separator", genre_names: "genreNames", on_bad_item: "onBadItem", history: "history", limits: "limits", scorers: "scorers", workers: "workers",
    broker: "broker", on_model_error: "onModelError", strict_model: "strictModel", base: "base", idle_timeout: "idleTimeout", debug: "debug",
} }
read_fields! { Limits {
    catalog: "catalog", model_bytes: "modelBytes", engine_memory: "engineMemory", scorer_memory: "scorerMemory",
} }
read_names! { OnModelError { Continue: "continue", Fail: "fail" } }
write_fields! { ModelSummary { items: "items", matched: "matched", unmatched: "unmatched", bytes: "bytes" } }

/// Refuses functions where there is more to score than the page has time for.
fn check_functions(scorers: &[ScorerSpec], items: usize) -> Result<()> {
    let is_function =
        |spec: &&ScorerSpec| matches!(&spec.source, ScorerSource::Own(own) if own.is_function());
    match scorers.iter().find(is_function) {
        Some(spec) if items > MAX_FUNCTION_ITEMS => {
            let reason = format!(
                "a function runs on the page and scores {MAX_FUNCTION_ITEMS} items at most, found {items}; a module, named by url, has a worker \
                 of its own"
            );
            Err(Error::Option { option: format!("scorers.{}.score", spec.name), reason })
        }
        _ => Ok(()),
    }
}

/// What is wrong with a model that knows none of the catalog's items.
fn unmatched(catalog: &Catalog, model: &ItemModel, summary: ModelSummary) -> Option<Error> {
    let reason = || {
        let (items, of_model, of_catalog) = (summary.items, quoted(model.ids.get(0)), quoted(catalog.id(0)));
        format!(
            "not one of the model's {items} items is in the catalog: its ids are like {of_model}, the catalog's like {of_catalog}; say with \
             fields.id where the catalog has the model's ids, or train a model for this catalog"
        )
    };
    (summary.items > 0 && summary.matched == 0).then(|| Error::ModelUnmatched { reason: reason() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_json;

    const CATALOG: &str = r#"[{"id": 1, "title": "Heat", "genres": ["Crime"]}]"#;

    fn load(model: &[u8], on_model_error: OnModelError) -> Result<(Loaded, Columns)> {
        let options = LoadOptions { on_model_error, ..LoadOptions::default() };
        Loaded::new(CATALOG.into(), Some(model), &options, &mut |_, _| {})
    }

    #[test]
    fn a_model_that_cannot_be_read_fails_the_load_only_where_that_is_said() {
        let (loaded, _) = load(b"<!doctype html>", OnModelError::Continue).expect("goes on without");
        assert_eq!(loaded.model, None);
        assert_eq!(loaded.model_error.expect("says why").code, "MODEL_FORMAT");
        let error = load(b"<!doctype html>", OnModelError::Fail).expect_err("no model");
        assert_eq!(error.code(), "MODEL_FORMAT");
    }

    #[test]
    fn a_model_of_other_items_is_told_of_or_fails_the_load_where_that_is_said() {
        const MODEL: &[u8] = include_bytes!("../../tests/golden/model.wnm");
        let load = |catalog: &str, strict_model| {
            let options = LoadOptions { strict_model, ..LoadOptions::default() };
            Loaded::new(catalog.into(), Some(MODEL), &options, &mut |_, _| {})
        };
        let other = CATALOG.replace("1,", "\"tt1\",");
        let [warning] = &load(&other, false).expect("loads").0.warnings[..] else { panic!("one warning") };
        assert_eq!(warning.code, "MODEL_UNMATCHED");
        assert!(warning.message.contains("\"tt1\""), "{}", warning.message);
        assert_eq!(load(&other, true).expect_err("is refused").code(), "MODEL_UNMATCHED");
        assert!(load(CATALOG, true).expect("loads").0.warnings.is_empty());
    }

    #[test]
    fn a_field_that_no_item_has_is_told_of() {
        let options = from_json::<LoadOptions>(r#"{"fields": {"year": "releaseYear"}}"#).expect("options");
        let loaded = Loaded::new(CATALOG.into(), None, &options, &mut |_, _| {}).expect("loads");
        let [warning] = &loaded.0.warnings[..] else { panic!("one warning") };
        assert_eq!((&*warning.code, warning.message.contains("releaseYear")), ("FIELD_UNKNOWN", true));
    }

    #[test]
    fn an_idle_time_out_is_above_0() {
        for idle in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let options = LoadOptions { idle_timeout: idle, ..LoadOptions::default() };
            assert!(
                matches!(options.validate(), Err(Error::Option { option, .. }) if option == "idleTimeout")
            );
        }
        let options = LoadOptions { idle_timeout: 1e300, ..LoadOptions::default() };
        assert_eq!(options.validate(), Ok(()));
    }
}
