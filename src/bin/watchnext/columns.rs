use watchnext::train::ColumnNames;

/// Which column of a file of interactions holds what.
#[derive(clap::Args)]
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
    pub(crate) min_rating: Option<f64>,
}

impl Args {
    pub(crate) fn names(&self) -> ColumnNames {
        ColumnNames {
            user: self.user_column.clone(),
            item: self.item_column.clone(),
            rating: self.rating_column.clone(),
            timestamp: self.timestamp_column.clone(),
        }
    }
}
