use std::path::PathBuf;

use serde_json::{Value, json};
use watchnext::error::Result;
use watchnext::json::to_json;
use watchnext::model::{ItemModel, section_bytes};

use crate::{print, read};

/// Say what is in a model file.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model.
    model: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let file = read(&self.model)?;
        let model = ItemModel::from_bytes(&file)?;
        let items = model.ids.len();
        let summary = json!({
            "bytes": file.len(),
            "bytes_per_item": file.len() as f64 / items.max(1) as f64,
            "items": items,
            "neighbours": model.neighbours.rows.values().len(),
            "dimensions": model.low_rank.as_ref().map_or(0, |low_rank| low_rank.scales.len()),
            "next": model.next.as_ref().map_or(0, |next| next.rows.values().len()),
            "biases": model.bias.len(),
            "genres": model.genre_shares.len(),
            "sections": section_bytes(&file)?,
            "metadata": serde_json::from_str::<Value>(&to_json(&model.metadata)).unwrap_or_default(),
        });
        print(&format!("{summary:#}"))
    }
}
