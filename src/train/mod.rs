//! Interactions of many viewers to an [`ItemModel`](crate::model::ItemModel): closed form, the same from run to run.

mod compact;
mod edlae;
mod interactions;
mod next;
mod preset;
mod table;

pub use compact::Shape;
pub use edlae::{Edlae, inverse_bytes};
pub use interactions::{ColumnNames, Interaction, Interactions};
pub use preset::Preset;
use serde_json::json;
pub use table::Table;

use compact::Compact;
use next::NextItem;

use crate::catalog::Catalog;
use crate::columns::{Rows, Strings};
use crate::error::Result;
use crate::history::HalfLife;
use crate::model::{ItemModel, Metadata};

/// After how many events the past counts half for what comes next, where the half-life does not say.
const NEXT_HALF_LIFE: f64 = 5.0;
/// After how many events the future does.
const NEXT_FUTURE: f64 = 3.0;
/// The ridge penalty of what comes next.
const NEXT_L2: f64 = 1000.0;

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// The linear model.
    pub edlae: Edlae,
    /// The low-rank part's shrinkage `μ` as a multiple of EDLAE's `λ`. Default 2.
    pub shrinkage: f64,
    /// How large the model is to be.
    pub shape: Shape,
    /// How fast history decays where the model is used. Default: half after 5 events.
    pub half_life: HalfLife,
    /// How much what comes next counts against what goes together. Default 2.
    pub next_weight: f64,
}

impl TrainOptions {
    /// What did well on MovieLens, for a model of this shape.
    pub fn new(shape: Shape) -> Self {
        TrainOptions {
            edlae: Edlae { dropout: 0.33, l2: 500.0 },
            shrinkage: 2.0,
            shape,
            half_life: HalfLife { events: Some(5.0), days: None },
            next_weight: 2.0,
        }
    }
}

/// What training is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainPhase {
    /// Counting how often two items go together.
    Count,
    /// Inverting the matrix of these counts.
    Invert,
    /// Making the model small.
    Compact,
    /// Learning what comes next.
    Next,
}

/// Learns a model. `catalog` is needed for the population's genre shares only; `progress` hears what begins.
///
/// # Errors
/// [`Option`](crate::error::Error::Option) for options that make no sense;
/// [`ModelFormat`](crate::error::Error::ModelFormat) where nothing can be learnt.
pub fn train(
    interactions: &Interactions,
    catalog: Option<&Catalog>,
    options: &TrainOptions,
    progress: &dyn Fn(TrainPhase),
) -> Result<ItemModel> {
    options.edlae.validate()?;
    options.shape.validate()?;
    let viewers = interactions.item_sets();
    progress(TrainPhase::Count);
    let counts = edlae::count_pairs(&viewers, interactions.items.len());
    progress(TrainPhase::Invert);
    let penalty = options.edlae.penalty(&counts);
    let dense = Edlae::weights(counts.clone(), &penalty)?;
    progress(TrainPhase::Compact);
    let shrinkage = options.shrinkage * options.edlae.l2;
    let compact = Compact { counts: &counts, penalty: &penalty, dense: &dense, shrinkage };
    let (neighbours, low_rank) = compact.fit(options.shape)?;
    let popularity = (0..interactions.items.len()).map(|item| counts[(item, item)] as u32).collect();
    // They are large, and what comes next needs as much.
    drop((counts, dense));
    let next = match options.shape.next {
        0 => None,
        most => {
            progress(TrainPhase::Next);
            let past = options.half_life.events.unwrap_or(NEXT_HALF_LIFE);
            let learner = NextItem { past, future: NEXT_FUTURE, l2: NEXT_L2 };
            let dense = learner.weights(interactions)?;
            Some(compact::strongest_of_columns(&dense, most, options.shape.bits, options.next_weight))
        }
    };
    Ok(ItemModel {
        ids: interactions.items.strings().clone(),
        popularity,
        neighbours,
        low_rank,
        next,
        genre_shares: catalog
            .map_or_else(Vec::new, |catalog| genre_shares(&viewers, interactions.items.strings(), catalog)),
        metadata: metadata(interactions, options),
    })
}

fn metadata(interactions: &Interactions, options: &TrainOptions) -> Metadata {
    let more = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "family": "EDLAE",
        "dropout": options.edlae.dropout,
        "l2": options.edlae.l2,
        "shrinkage": options.shrinkage,
        "nextWeight": options.next_weight,
        "dimensions": options.shape.dimensions,
        "neighbours": options.shape.neighbours,
        "next": options.shape.next,
        "viewers": interactions.viewers.len(),
        "interactions": interactions.len(),
    });
    Metadata {
        half_life: options.half_life,
        more: more.as_object().cloned().unwrap_or_default(),
        ..Metadata::default()
    }
}

/// Each genre's part of all interactions, an item's being split evenly among its genres.
fn genre_shares(viewers: &Rows<u32>, ids: &Strings, catalog: &Catalog) -> Vec<(String, f32)> {
    let places: Vec<Option<u32>> = ids.iter().map(|id| catalog.find(id)).collect();
    let mut shares = vec![0.0; catalog.genres.len()];
    for &item in viewers.values() {
        let Some(place) = places[item as usize] else { continue };
        let genres = catalog.features.genres.row(place as usize);
        for &genre in genres {
            shares[genre as usize] += 1.0 / genres.len() as f64;
        }
    }
    let total: f64 = shares.iter().sum();
    let named = catalog.genres.iter().zip(&shares).filter(|&(_, &share)| share > 0.0);
    named.map(|(name, share)| (name.to_owned(), (share / total) as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogOptions;

    fn interactions(rows: &[&[&str]]) -> Interactions {
        let lines = rows.iter().enumerate();
        let text: String = lines
            .flat_map(|(user, items)| items.iter().map(move |item| format!("{user},{item}\n")))
            .collect();
        Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads")
    }

    fn options(neighbours: usize) -> TrainOptions {
        TrainOptions {
            edlae: Edlae { dropout: 0.33, l2: 1.0 },
            ..TrainOptions::new(Shape { dimensions: 0, neighbours, bits: 8, next: 0 })
        }
    }

    #[test]
    fn what_is_watched_together_are_neighbours() {
        let interactions = interactions(&[&["a", "b"], &["a", "b"], &["c", "d"], &["c", "d"], &["a", "c"]]);
        let model = train(&interactions, None, &options(1), &|_| {}).expect("trains");
        assert_eq!(model.popularity, [3, 2, 3, 2]);
        let neighbours: Vec<Vec<u32>> = model
            .neighbours
            .rows
            .iter()
            .map(|row| row.iter().map(|neighbour| neighbour.item).collect())
            .collect();
        assert_eq!(neighbours, [[1], [0], [3], [2]]);
        assert!(model.neighbours.rows.values().iter().all(|neighbour| neighbour.weight == 127));
        let bytes = model.to_bytes().expect("writes");
        assert_eq!(ItemModel::from_bytes(&bytes), Ok(model));
    }

    #[test]
    fn a_genre_has_its_part_of_the_interactions() {
        let interactions = interactions(&[&["a", "b"], &["a"], &["a", "nowhere"]]);
        let json =
            br#"[{"id":"a","title":"A","genres":["Crime"]},{"id":"b","title":"B","genres":["Crime","War"]}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let model = train(&interactions, Some(&catalog), &options(1), &|_| {}).expect("trains");
        assert_eq!(model.genre_shares, [("Crime".to_owned(), 0.875), ("War".to_owned(), 0.125)]);
    }

    #[test]
    fn options_that_make_no_sense_are_named() {
        let interactions = interactions(&[&["a", "b"]]);
        for (edlae, neighbours) in [
            (Edlae { dropout: 1.0, l2: 1.0 }, 1),
            (Edlae { dropout: 0.0, l2: 0.0 }, 1),
            (Edlae { dropout: 0.5, l2: f64::NAN }, 1),
            (Edlae { dropout: 0.5, l2: 1.0 }, 0),
            (Edlae { dropout: 0.5, l2: 1.0 }, 70_000),
        ] {
            let options = TrainOptions { edlae, ..options(neighbours) };
            let error = train(&interactions, None, &options, &|_| {}).expect_err("refused");
            assert_eq!(error.code(), "OPTION");
        }
    }
}
