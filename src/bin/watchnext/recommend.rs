use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use watchnext::catalog::Catalog;
use watchnext::engine::{Answer, Engine, LoadOptions, Loaded, LocalEngine, OnModelError, Recommendation};
use watchnext::error::{Error, Result};
use watchnext::history::Event;
use watchnext::protocol::{Command, RecommendOptions};
use watchnext::score::SCORERS;

use crate::source::Reading;
use crate::{file_error, print, read};

/// Say what to watch next: the same list as in a browser for the same history.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The catalog.
    #[arg(long, value_name = "FILE")]
    catalog: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// The model.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// A JSON array of events: {"item": "318", "type": "watch"}, with "time" in milliseconds [none: their order].
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// How many items.
    #[arg(long, default_value_t = RecommendOptions::DEFAULT_LIMIT)]
    limit: u32,
    /// Say why.
    #[arg(long)]
    explain: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let model = self.model.as_ref().map(|path| read(path)).transpose()?;
        let options = LoadOptions { on_model_error: OnModelError::Fail, ..self.reading.options()? };
        let loaded = Loaded::new(read(&self.catalog)?, model.as_deref(), &options, &mut |_, _| {})?;
        let mut engine = LocalEngine::new(Engine::new(loaded, [1; SCORERS.len()], &options));
        engine.call(Command::Record(self.events()?))?;
        let options = RecommendOptions {
            limit: Some(f64::from(self.limit)),
            explain: self.explain,
            ..RecommendOptions::default()
        };
        let Answer::Recommendations(list) = engine.call(Command::Recommend(options))? else {
            return Err(Error::Internal { reason: "the engine answered something else".into() });
        };
        let items: Vec<Value> = list.items.iter().map(described).collect::<Result<_>>()?;
        print(&if self.json {
            Value::from(items).to_string()
        } else {
            table(&items, &engine.loaded().catalog)
        })
    }

    fn events(&self) -> Result<Vec<Event>> {
        let invalid = |error: serde_json::Error| file_error(&self.history, error);
        let mut values: Vec<Value> = serde_json::from_slice(&read(&self.history)?).map_err(invalid)?;
        for (place, value) in values.iter_mut().enumerate() {
            if let Some(event) = value.as_object_mut() {
                event.entry("time").or_insert_with(|| place.into());
            }
        }
        values.into_iter().map(|value| serde_json::from_value(value).map_err(invalid)).collect()
    }
}

/// The catalog's object as an object and not as text, as JavaScript gets it.
pub(crate) fn described(item: &Recommendation) -> Result<Value> {
    let internal = |error: serde_json::Error| Error::Internal { reason: error.to_string() };
    let mut value = serde_json::to_value(item).map_err(internal)?;
    value["item"] = serde_json::from_str(&item.item).map_err(internal)?;
    Ok(value)
}

pub(crate) fn table(items: &[Value], catalog: &Catalog) -> String {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        let item_index = item["id"].as_str().and_then(|id| catalog.find(id));
        let title = item_index.map_or("", |index| catalog.title(index));
        let score = item["score"].as_f64().unwrap_or_default();
        let _ = write!(
            text,
            "{:>3}  {score:>8.4}  {:>8}  {title}",
            place + 1,
            item["id"].as_str().unwrap_or_default()
        );
        if let Some(explanation) = item.get("explanation") {
            let names = |list: &str, name: &str| -> Vec<String> {
                let reasons = explanation[list].as_array().into_iter().flatten();
                reasons.filter_map(|reason| reason[name].as_str().map(str::to_owned)).collect()
            };
            let reasons = [names("items", "title"), names("genres", "genre")].concat();
            let _ = write!(text, "  ({})", reasons.join(", "));
        }
        if place + 1 < items.len() {
            text.push('\n');
        }
    }
    text
}
