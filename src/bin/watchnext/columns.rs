use std::path::Path;

use watchnext::error::Result;
use watchnext::train::{ColumnNames, Interactions};

/// Which column of a file of interactions holds what.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Column of the viewer: a name, or a place from 0 [usually found by itself].
    #[arg(long, value_name = "COLUMN")]
    user_column: Option<String>,
    /// Column of the item.
    #[arg(long, value_name = "COLUMN")]
    item_column: Option<String>,
    /// Column of the rating.
    #[arg(long, value_name = "COLUMN")]
    rating_column: Option<String>,
    /// Column of the time.
    #[arg(long, value_name = "COLUMN")]
    timestamp_column: Option<String>,
    /// Leave out interactions with a lower rating.
    #[arg(long, value_name = "RATING")]
    min_rating: Option<f64>,
}

impl Args {
    pub(crate) fn read(&self, path: &Path) -> Result<Interactions> {
        let names = ColumnNames {
            user: self.user_column.clone(),
            item: self.item_column.clone(),
            rating: self.rating_column.clone(),
            timestamp: self.timestamp_column.clone(),
        };
        Interactions::read(path, &names, self.min_rating)
    }
}
