use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Features};
use crate::model::{ItemModel, JoinedModel};

/// The least share a genre is taken to have, so that a genre nobody watched has a finite lift.
const LEAST_SHARE: f64 = 1e-4;

/// What all scorers are made from: the catalog's columns and the model, in the catalog's order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScorerData {
    /// The catalog's columns.
    pub features: Features,
    /// The model's neighbours.
    pub model: Option<JoinedModel>,
    /// How many viewers watched each item, on any scale; 0 where nobody knows.
    pub popularity: Vec<f32>,
    /// The population's share of each genre, summing to 1.
    pub genre_shares: Vec<f64>,
}

impl ScorerData {
    /// Joins a catalog and a model by item id and genre name.
    pub fn new(catalog: &Catalog, model: Option<&ItemModel>) -> Self {
        let popularity = popularity(catalog, model);
        let genre_shares = genre_shares(catalog, model, &popularity);
        ScorerData {
            features: catalog.features.clone(),
            model: model.map(|model| JoinedModel::new(model, catalog)),
            popularity,
            genre_shares,
        }
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.features.genres.len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The model's counts where there are any. What only the catalog knows (a film newer than the model) is
/// brought to the model's scale by the items that both know.
fn popularity(catalog: &Catalog, model: Option<&ItemModel>) -> Vec<f32> {
    let stated: Vec<f32> =
        catalog.features.popularity.iter().map(|&value| if value.is_nan() { 0.0 } else { value }).collect();
    let Some(model) = model else { return stated };
    let mut popularity = vec![f32::NAN; catalog.len()];
    let (mut counted, mut also_stated) = (0.0, 0.0);
    for (id, &count) in model.ids.iter().zip(&model.popularity) {
        if let Some(item) = catalog.find(id) {
            let item = item as usize;
            popularity[item] = count as f32;
            if stated[item] > 0.0 {
                counted += f64::from(count);
                also_stated += f64::from(stated[item]);
            }
        }
    }
    let ratio = if also_stated > 0.0 { counted / also_stated } else { 0.0 };
    for (value, &stated) in popularity.iter_mut().zip(&stated) {
        if value.is_nan() {
            *value = (f64::from(stated) * ratio) as f32;
        }
    }
    popularity
}

/// The model's shares; without them those of the catalog's items, each as often as it is watched.
fn genre_shares(catalog: &Catalog, model: Option<&ItemModel>, popularity: &[f32]) -> Vec<f64> {
    let mut shares = vec![0.0; catalog.genres.len()];
    let learnt = model.map(|model| model.genre_shares.as_slice()).unwrap_or_default();
    for (genre, &share) in learnt.iter().map(|(name, share)| (catalog.find_genre(name), share)) {
        if let Some(genre) = genre {
            shares[genre as usize] += f64::from(share);
        }
    }
    if learnt.is_empty() {
        let anybody_watched = popularity.iter().any(|&count| count > 0.0);
        for (genres, &count) in catalog.features.genres.iter().zip(popularity) {
            let views = if anybody_watched { f64::from(count) } else { 1.0 };
            for &genre in genres {
                shares[genre as usize] += views / genres.len() as f64;
            }
        }
    }
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share = (*share / total.max(f64::MIN_POSITIVE)).max(LEAST_SHARE);
    }
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= total;
    }
    shares
}
