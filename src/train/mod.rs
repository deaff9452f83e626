//! Interactions of many viewers to an [`ItemModel`](crate::model::ItemModel): closed form, the same from run to run.

mod bias;
mod checkpoint;
mod choose;
mod compact;
mod counts;
mod edlae;
#[cfg(test)]
mod folder;
mod gram;
mod interactions;
mod low_rank;
mod next;
mod orthonormal;
mod overlap;
mod preset;
mod read;
mod room;
mod shape;
mod similarity;
mod steps;
mod submatrices;
mod sums;
mod table;
mod unseen;

use std::fmt;
use std::hash::Hash;
use std::path::PathBuf;

pub use checkpoint::remove_checkpoint;
pub use choose::{Facts, Order, choose};
pub use counts::{Counts, count, is_counts, merge};
pub use edlae::{Edlae, MAX_DENSE_ITEMS, inverse_bytes};
pub use interactions::{Interaction, Interactions};
pub use next::NextItem;
pub use preset::{Budget, Preset};
pub use read::{ColumnNames, ReadOptions, ReadProgress, ReadReport, SkippedLine};
pub use room::Room;
use serde_json::json;
pub use shape::Shape;
pub use similarity::Similarity;
pub use table::CsvTable;
pub use unseen::unseen_items;

use bias::{bias, weights_of_bias};
use checkpoint::Checkpoint;
use compact::Compact;
use edlae::CANDIDATES;
use gram::Gram;
use similarity::content_neighbours;
use unseen::add_unseen;

use crate::catalog::Catalog;
use crate::columns::Strings;
use crate::error::{Error, Result};
use crate::history::HalfLife;
use crate::model::{self, ItemModel, LENGTHS, Metadata, PartWeights};
use crate::score::{BUILT_IN, POPULARITY};

/// Which kind of linear model, and its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Family {
    /// A regression of every item on all others.
    Edlae(Edlae),
    /// Neighbours by their viewers.
    Similarity(Similarity),
    /// Neighbours by their content; needs a catalog.
    Content,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Edlae(_) => "EDLAE",
            Family::Similarity(Similarity::Cosine) => "cosine",
            Family::Similarity(Similarity::UserIdf) => "user IDF",
            Family::Similarity(Similarity::Bm25 { .. }) => "BM25",
            Family::Similarity(Similarity::Rp3Beta { .. }) => "RP3beta",
            Family::Content => "content",
        })
    }
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// Which kind of model. Default: EDLAE with `p` .33 and `λ` 500.
    pub family: Family,
    /// Up to how many items EDLAE's inverse is dense; above, each item is regressed on those it goes with most. Default:
    /// [`MAX_DENSE_ITEMS`].
    pub max_dense_items: usize,
    /// On how many others each item is regressed where no inverse is dense; for what comes next at least on twice as many as it keeps.
    /// Default 256.
    pub candidates: usize,
    /// The low-rank part's shrinkage `μ` as a multiple of EDLAE's `λ`. Default 2.
    pub shrinkage: f64,
    /// How large the model is to be. Only EDLAE has a low-rank part: with other families its room goes to neighbours.
    pub shape: Shape,
    /// How fast history decays where the model is used. Default: half after 15 events.
    pub half_life: HalfLife,
    /// What is learnt of what comes next.
    pub next: NextItem,
    /// How fast history decays for what comes next where the model is used. Default: half after 2 events.
    pub next_half_life: HalfLife,
    /// How much each part counts.
    pub part_weights: PartWeights,
    /// Why these options: sentences that the model keeps.
    pub reasons: Vec<String>,
    /// A folder in which what is fitted is kept block by block: a training that was interrupted goes on from there. For EDLAE and for what
    /// comes next; without it nothing is kept. What is no longer needed [`remove_checkpoint`] removes.
    pub checkpoint: Option<PathBuf>,
}

impl TrainOptions {
    /// What did well on MovieLens, for a model of this shape.
    pub fn new(shape: Shape) -> Self {
        let events = |events| HalfLife { events: Some(events), days: None };
        let weight = |weight| [weight; LENGTHS.len() + 1];
        // A short history says little by its order: what comes next counts from three items on, and in full from six on.
        let ordered = [1.0, 1.0, 1.0, 0.75, 0.5, 0.5];
        let next = [0.0, 0.0, 1.0, 2.5, 2.5, 2.5];
        TrainOptions {
            family: Family::Edlae(Edlae::default()),
            max_dense_items: MAX_DENSE_ITEMS,
            candidates: CANDIDATES,
            shrinkage: 2.0,
            shape,
            half_life: events(15.0),
            next: NextItem { decay: events(2.0), l2: 200.0, horizon: 5 },
            next_half_life: events(2.0),
            part_weights: PartWeights { unordered: weight(1.0), ordered, next },
            reasons: Vec::new(),
            checkpoint: None,
        }
    }

    fn validate(&self) -> Result<()> {
        match self.family {
            Family::Edlae(edlae) => edlae.validate()?,
            Family::Similarity(similarity) => similarity.validate()?,
            Family::Content => {}
        }
        self.shape.validate()
    }
}

/// What training is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainPhase {
    /// Learning what goes together.
    Similarity,
    /// Learning what comes next.
    Next,
}

/// Learns a model. `catalog` is needed for neighbours by content, for the population's genre shares, and for items that nobody has had yet
/// ([`unseen_items`]); `progress` hears what it is busy with, and which share of that is done.
///
/// # Errors
/// [`Option`](Error::Option) for options that make no sense; [`ModelFormat`](Error::ModelFormat) where nothing can
/// be learnt.
pub fn train(
    interactions: &Interactions,
    catalog: Option<&Catalog>,
    options: &TrainOptions,
    progress: &dyn Fn(TrainPhase, f64),
) -> Result<ItemModel> {
    let mut model = fit_item_similarity(interactions, catalog, options, &|share| {
        progress(TrainPhase::Similarity, share)
    })?;
    model.next = fit_next(interactions, options, &|share| progress(TrainPhase::Next, share))?;
    catalog.map_or(Ok(()), |catalog| add_unseen(&mut model, catalog))?;
    Ok(model)
}

/// Learns from counts alone: what goes together by EDLAE, and nothing of what comes next.
///
/// # Errors
/// As [`train`], and [`Option`](Error::Option) for families that need to know who has what.
pub fn train_counts(
    counts: Counts,
    catalog: Option<&Catalog>,
    options: &TrainOptions,
    progress: &dyn Fn(TrainPhase, f64),
) -> Result<ItemModel> {
    if !matches!(options.family, Family::Edlae(_)) {
        let reason = format!("{} cannot be learnt from counts; edlae can", options.family);
        return Err(Error::Option { option: "family".into(), reason });
    }
    let options =
        TrainOptions { shape: Shape { next: Room::Sources(0), ..options.shape }, ..options.clone() };
    let ids = counts.ids().clone();
    let gram = Gram::of_counts(counts);
    let interactions = (0..gram.items()).map(|item| gram.count(item) as usize).sum();
    let metadata = metadata(gram.viewers() as usize, interactions, &options);
    let progress = |share| progress(TrainPhase::Similarity, share);
    let mut model = fit_similarity(&gram, &ids, catalog, &options, metadata, &progress)?;
    catalog.map_or(Ok(()), |catalog| add_unseen(&mut model, catalog))?;
    Ok(model)
}

/// What goes together: a model without what comes next.
pub(crate) fn fit_item_similarity(
    interactions: &Interactions,
    catalog: Option<&Catalog>,
    options: &TrainOptions,
    progress: &dyn Fn(f64),
) -> Result<ItemModel> {
    let ids = interactions.items.strings();
    let gram = Gram::new(interactions.item_sets(), ids.len());
    let metadata = metadata(interactions.viewers.len(), interactions.len(), options);
    fit_similarity(&gram, ids, catalog, options, metadata, progress)
}

fn fit_similarity(
    gram: &Gram,
    ids: &Strings,
    catalog: Option<&Catalog>,
    options: &TrainOptions,
    mut metadata: Metadata,
    progress: &dyn Fn(f64),
) -> Result<ItemModel> {
    options.validate()?;
    let shape = options.shape;
    let alone = shape.without_low_rank(gram.items()).neighbours;
    let (neighbours, low_rank) = match (options.family, catalog) {
        (Family::Edlae(edlae), _) => {
            let penalty = edlae.penalty(gram);
            let compact = Compact::new(gram, &penalty, options)?;
            let checkpoint = Checkpoint::open(options, Checkpoint::TOGETHER, |hasher| {
                ids.iter().for_each(|id| id.hash(hasher));
                gram.hash_source(hasher);
            })?;
            let (neighbours, low_rank) =
                compact.fit(shape, options.shrinkage * edlae.l2, progress, checkpoint)?;
            let overlap = compact.overlap(&neighbours, low_rank.as_ref());
            metadata
                .more
                .extend(overlap.map(|overlap| ("denseOverlap20".to_owned(), json!(overlap).to_string())));
            (neighbours, low_rank)
        }
        (Family::Similarity(similarity), _) => (similarity.neighbours(gram, alone, shape.bits)?, None),
        (Family::Content, Some(catalog)) => {
            (content_neighbours(gram, ids, catalog, alone, shape.bits)?, None)
        }
        (Family::Content, None) => {
            let reason = "neighbours by content need a catalog".to_owned();
            return Err(Error::Option { option: "family".into(), reason });
        }
    };
    let popularity = BUILT_IN[POPULARITY];
    metadata.blend.insert(popularity.name.to_owned(), weights_of_bias(gram, popularity.weight));
    Ok(ItemModel {
        ids: ids.clone(),
        popularity: (0..gram.items()).map(|item| gram.count(item) as u32).collect(),
        bias: bias(gram),
        neighbours,
        low_rank,
        genre_shares: catalog.map_or_else(Vec::new, |catalog| genre_shares(gram, ids, catalog)),
        metadata,
        ..ItemModel::default()
    })
}

/// What comes next; `None` where the shape has no room for it.
pub(crate) fn fit_next(
    interactions: &Interactions,
    options: &TrainOptions,
    progress: &dyn Fn(f64),
) -> Result<Option<model::WeightTable>> {
    if options.shape.next.is_empty() {
        return Ok(None);
    }
    let checkpoint = Checkpoint::open(options, Checkpoint::NEXT, |hasher| {
        interactions.items.strings().iter().for_each(|id| id.hash(hasher));
        interactions.by_viewer.iter().for_each(|row| {
            row.len().hash(hasher);
            row.iter().for_each(|row| (row.item, row.time.to_bits()).hash(hasher));
        });
    })?;
    options.next.table(interactions, options, progress, checkpoint).map(Some)
}

fn metadata(viewers: usize, interactions: usize, options: &TrainOptions) -> Metadata {
    let parameters = match options.family {
        Family::Edlae(Edlae { dropout, l2 }) => {
            json!({ "dropout": dropout, "l2": l2, "shrinkage": options.shrinkage })
        }
        Family::Similarity(Similarity::Bm25 { k1, b }) => json!({ "k1": k1, "b": b }),
        Family::Similarity(Similarity::Rp3Beta { alpha, beta }) => json!({ "alpha": alpha, "beta": beta }),
        Family::Similarity(_) | Family::Content => json!({}),
    };
    let shape = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "family": options.family.to_string(),
        "dimensions": options.shape.dimensions,
        "viewers": viewers,
        "interactions": interactions,
    });
    let reasons = (!options.reasons.is_empty()).then(|| json!({ "reasons": options.reasons }));
    let more = [Some(parameters), Some(shape), reasons].into_iter().flatten();
    let more = more.filter_map(|part| part.as_object().cloned()).flatten();
    Metadata {
        half_life: options.half_life,
        next_half_life: (!options.shape.next.is_empty()).then_some(options.next_half_life),
        part_weights: options.part_weights,
        more: more.map(|(name, value)| (name, value.to_string())).collect(),
        ..Metadata::default()
    }
}

/// Each genre's part of all interactions, an item's being split evenly among its genres.
fn genre_shares(gram: &Gram, ids: &Strings, catalog: &Catalog) -> Vec<(String, f32)> {
    let mut shares = vec![0.0; catalog.genres.len()];
    for (item, id) in ids.iter().enumerate() {
        let Some(place) = catalog.find(id) else { continue };
        let genres = catalog.features.genres.row(place as usize);
        for &genre in genres {
            shares[genre as usize] += gram.count(item) / genres.len() as f64;
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
            family: Family::Edlae(Edlae { dropout: 0.33, l2: 1.0 }),
            ..TrainOptions::new(Shape::of_sources(0, neighbours, 6, 0))
        }
    }

    #[test]
    fn what_is_watched_together_are_neighbours() {
        let interactions = interactions(&[&["a", "b"], &["a", "b"], &["c", "d"], &["c", "d"], &["a", "c"]]);
        let model = train(&interactions, None, &options(1), &|_, _| {}).expect("trains");
        assert_eq!(model.popularity, [3, 2, 3, 2]);
        // A quarter of what the most watched item's share of the viewers is, after three items.
        assert_eq!(model.metadata.blend.get("popularity").map(|weights| weights[2]), Some(0.15));
        let neighbours: Vec<Vec<u32>> = model
            .neighbours
            .rows
            .iter()
            .map(|row| row.iter().map(|neighbour| neighbour.item).collect())
            .collect();
        assert_eq!(neighbours, [[1], [0], [3], [2]]);
        assert!(model.neighbours.rows.values().iter().all(|neighbour| neighbour.weight == 64));
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
        let model = train(&interactions, Some(&catalog), &options(1), &|_, _| {}).expect("trains");
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
            let options = TrainOptions { family: Family::Edlae(edlae), ..options(neighbours) };
            let error = train(&interactions, None, &options, &|_, _| {}).expect_err("refused");
            assert_eq!(error.code(), "OPTION");
        }
    }
}
