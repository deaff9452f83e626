use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::broker::BrokerOptions;
use crate::catalog::{Catalog, CatalogLimits, CatalogOptions, CatalogReport, FieldNames, OnBadItem};
use crate::error::{Error, ErrorMessage, Result};
use crate::history::HistoryOptions;
use crate::model::ItemModel;
use crate::rank::Blend;
use crate::score::{SCORERS, ScorerData};

/// How to read the catalog and the history, and how the scorers are served: what a page gives as options, in the same places, so that
/// an error names what the page wrote.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct LoadOptions {
    /// As in [`CatalogOptions`].
    pub fields: FieldNames,
    /// As in [`CatalogOptions`].
    pub separator: String,
    /// As in [`CatalogOptions`].
    pub on_bad_item: OnBadItem,
    /// How to read the history.
    pub history: HistoryOptions,
    /// How much is allowed.
    pub limits: Limits,
    /// How the scorers' queues behave.
    pub broker: BrokerOptions,
    /// What a model that cannot be had or read does to the load.
    pub on_model_error: OnModelError,
    /// How long a download may bring no byte, in milliseconds. Default 30,000.
    pub idle_timeout: f64,
}

/// What a model that cannot be had or read does to the load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
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
        let CatalogOptions { fields, separator, on_bad_item, limits: catalog } = CatalogOptions::default();
        LoadOptions {
            fields,
            separator,
            on_bad_item,
            history: HistoryOptions::default(),
            limits: Limits { catalog, ..Limits::default() },
            broker: BrokerOptions::default(),
            on_model_error: OnModelError::default(),
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
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// [`Error::Option`] as by [`HistoryOptions::validate`] and [`BrokerOptions::validate`], for a name that is no scorer's, and for
    /// an idle time-out that is not above 0.
    pub fn validate(&self) -> Result<()> {
        self.history.validate()?;
        self.broker.validate()?;
        if !(self.idle_timeout > 0.0 && self.idle_timeout.is_finite()) {
            let reason = format!("must be a finite number above 0, found {}", self.idle_timeout);
            return Err(Error::Option { option: "idleTimeout".into(), reason });
        }
        let names = SCORERS.each_ref().map(|scorer| scorer.name);
        match self.broker.dispatch.queues().find(|name| !names.contains(name)) {
            Some(name) => {
                let reason = format!("there is no such scorer; there are {}", names.join(", "));
                Err(Error::Option { option: format!("broker.dispatch.{name}"), reason })
            }
            None => Ok(()),
        }
    }

    /// How to read the catalog.
    pub fn catalog(&self) -> CatalogOptions {
        CatalogOptions {
            fields: self.fields.clone(),
            separator: self.separator.clone(),
            on_bad_item: self.on_bad_item,
            limits: self.limits.catalog.clone(),
        }
    }
}

/// What loading is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadingPhase {
    /// The catalog's bytes are coming.
    CatalogDownload,
    /// The catalog is being read.
    CatalogParse,
    /// The model's bytes are coming.
    ModelDownload,
    /// The scorer workers are starting.
    ScorersStart,
    /// Done.
    Ready,
}

/// A model's figures after it was joined to a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
    pub catalog: Catalog,
    /// What was skipped.
    pub report: CatalogReport,
    /// The model's figures.
    pub model: Option<ModelSummary>,
    /// Why there is none, though one was named.
    pub model_error: Option<ErrorMessage>,
    /// What scorers are made from.
    pub data: Rc<ScorerData>,
    /// How their scores are weighted.
    pub blend: Blend,
    history: HistoryOptions,
}

impl Loaded {
    /// Reads a catalog and a model. `progress` hears of bytes read and of how many.
    ///
    /// # Errors
    /// Those of [`Catalog::parse`] and [`LoadOptions::validate`]; of [`ItemModel::from_bytes`] where [`OnModelError::Fail`] says so.
    pub fn new(
        catalog: Vec<u8>,
        model: Option<&[u8]>,
        options: &LoadOptions,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        options.validate()?;
        let (catalog, report) = Catalog::parse(catalog, &options.catalog(), progress)?;
        let bytes = model.map_or(0, <[u8]>::len);
        let (model, model_error) = match model.map(ItemModel::from_bytes).transpose() {
            Ok(model) => (model, None),
            Err(error) => (None, Some(options.on_model_error.decide(error)?)),
        };
        let data = ScorerData::new(&catalog, model.as_ref());
        let learnt = model.as_ref().map_or(HistoryOptions::NO_MODEL, |model| model.metadata.half_life);
        let summary = model.as_ref().zip(data.model.as_ref()).map(|(model, joined)| {
            let (items, matched) = (model.ids.len(), joined.matched as usize);
            ModelSummary { items, matched, unmatched: items - matched, bytes }
        });
        let half_life = Some(options.history.half_life.unwrap_or(learnt));
        let next_half_life = model.as_ref().and_then(|model| model.metadata.next_half_life);
        let history = HistoryOptions { half_life, next_half_life, ..options.history };
        let blend = Blend::new(model.as_ref());
        Ok(Loaded { catalog, report, model: summary, model_error, data: Rc::new(data), blend, history })
    }

    /// How a history becomes a profile: as the options say, else as the model does.
    pub fn history_options(&self) -> HistoryOptions {
        self.history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOG: &str = r#"[{"id": 1, "title": "Heat", "genres": ["Crime"]}]"#;

    fn load(model: &[u8], on_model_error: OnModelError) -> Result<Loaded> {
        let options = LoadOptions { on_model_error, ..LoadOptions::default() };
        Loaded::new(CATALOG.into(), Some(model), &options, &mut |_, _| {})
    }

    #[test]
    fn a_model_that_cannot_be_read_fails_the_load_only_where_that_is_said() {
        let loaded = load(b"<!doctype html>", OnModelError::Continue).expect("goes on without");
        assert_eq!(loaded.model, None);
        assert_eq!(loaded.model_error.expect("says why").code, "MODEL_FORMAT");
        let error = load(b"<!doctype html>", OnModelError::Fail).expect_err("no model");
        assert_eq!(error.code(), "MODEL_FORMAT");
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
