use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::broker::BrokerOptions;
use crate::catalog::{Catalog, CatalogLimits, CatalogOptions, CatalogReport, FieldNames, OnBadItem};
use crate::error::{Error, Result};
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
    /// [`Error::Option`] as by [`HistoryOptions::validate`] and [`BrokerOptions::validate`], and for a name that is no scorer's.
    pub fn validate(&self) -> Result<()> {
        self.history.validate()?;
        self.broker.validate()?;
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
    /// Those of [`Catalog::parse`], [`ItemModel::from_bytes`] and [`LoadOptions::validate`].
    pub fn new(
        catalog: Vec<u8>,
        model: Option<&[u8]>,
        options: &LoadOptions,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        options.validate()?;
        let (catalog, report) = Catalog::parse(catalog, &options.catalog(), progress)?;
        let bytes = model.map_or(0, <[u8]>::len);
        let model = model.map(ItemModel::from_bytes).transpose()?;
        let data = ScorerData::new(&catalog, model.as_ref());
        let learnt = model.as_ref().map_or(HistoryOptions::NO_MODEL, |model| model.metadata.half_life);
        let summary = model.as_ref().zip(data.model.as_ref()).map(|(model, joined)| {
            let (items, matched) = (model.ids.len(), joined.matched as usize);
            ModelSummary { items, matched, unmatched: items - matched, bytes }
        });
        let half_life = Some(options.history.half_life.unwrap_or(learnt));
        let history = HistoryOptions { half_life, ..options.history };
        let blend = Blend::new(model.as_ref());
        Ok(Loaded { catalog, report, model: summary, data: Rc::new(data), blend, history })
    }

    /// How a history becomes a profile: as the options say, else as the model does.
    pub fn history_options(&self) -> HistoryOptions {
        self.history
    }
}
