use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use watchnext::catalog::Catalog;
use watchnext::engine::{
    Answer, Command, LoadOptions, OnModelError, RecommendOptions, Recommendation, WhyOptions,
};
use watchnext::error::{Error, Result};
use watchnext::history::Event;
use watchnext::host::LocalHost;
use watchnext::json::{from_json, to_json};

use crate::source::Reading;
use crate::{print, read};

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
    /// Turns what is nearly equal: the day, say.
    #[arg(long)]
    seed: Option<u32>,
    /// Say why.
    #[arg(long)]
    explain: bool,
    /// Instead of a list say where this item stands, and why.
    #[arg(long, value_name = "ID", conflicts_with_all = ["limit", "explain"])]
    why: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let model = self.model.as_ref().map(|path| read(path)).transpose()?;
        let options = LoadOptions { on_model_error: OnModelError::Fail, ..self.reading.options()? };
        let mut engine = LocalHost::load(read(&self.catalog)?, model.as_deref(), &options)?;
        engine.call(Command::Record(self.events()?))?;
        let seed = self.seed.map(f64::from);
        let command = match &self.why {
            Some(item) => Command::Why(WhyOptions { item: item.clone(), seed, ..WhyOptions::default() }),
            None => Command::Recommend(RecommendOptions {
                limit: Some(f64::from(self.limit)),
                explain: self.explain,
                seed,
                ..RecommendOptions::default()
            }),
        };
        let Answer::Recommendations(list) = engine.call(command)? else {
            return Err(Error::Internal { reason: "the engine answered something else".into() });
        };
        let items: Vec<Value> = list.items.iter().map(described).collect::<Result<_>>()?;
        print(&if self.json {
            Value::from(items).to_string()
        } else {
            table(&items, &engine.engine().loaded().catalog)
        })
    }

    fn events(&self) -> Result<Vec<Event>> {
        let invalid = |error: serde_json::Error| Error::file(&self.history, error);
        let mut values: Vec<Value> = serde_json::from_slice(&read(&self.history)?).map_err(invalid)?;
        for (place, value) in values.iter_mut().enumerate() {
            if let Some(event) = value.as_object_mut() {
                event.entry("time").or_insert_with(|| place.into());
            }
        }
        from_json(&Value::from(values).to_string()).map_err(|error| match error {
            Error::Option { option, reason } => Error::file(&self.history, format!("{option} {reason}")),
            error => error,
        })
    }
}

/// As JavaScript gets it.
pub(crate) fn described(item: &Recommendation) -> Result<Value> {
    let internal = |error: serde_json::Error| Error::Internal { reason: error.to_string() };
    serde_json::from_str(&to_json(item)).map_err(internal)
}

pub(crate) fn table(items: &[Value], catalog: &Catalog) -> String {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        let item_index = item["id"].as_str().and_then(|id| catalog.find(id));
        let title = item_index.map_or("", |index| catalog.title(index));
        let score = item["score"].as_f64().unwrap_or_default();
        let standing = item["place"].as_u64().map(|place| place.to_string());
        let place = match item["excluded"].as_str() {
            Some(excluded) => excluded.to_owned(),
            None => standing.unwrap_or_else(|| (place + 1).to_string()),
        };
        let _ =
            write!(text, "{place:>3}  {score:>8.4}  {:>8}  {title}", item["id"].as_str().unwrap_or_default());
        if let Some(explanation) = item.get("explanation") {
            let names = |list: &str, name: &str| -> Vec<String> {
                let reasons = explanation[list].as_array().into_iter().flatten();
                reasons.filter_map(|reason| reason[name].as_str().map(str::to_owned)).collect()
            };
            let reasons = [names("items", "title"), names("genres", "genre")].concat();
            let _ = write!(text, "  ({})", reasons.join(", "));
        }
    }
    text
}
