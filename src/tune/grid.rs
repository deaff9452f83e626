//! The values that are tried.

use crate::model::LENGTHS;
use crate::train::{Edlae, Family, Similarity, TrainOptions};

pub(super) const HALF_LIFE_EVENTS: [f64; 5] = [3.0, 5.0, 8.0, 15.0, 40.0];
pub(super) const HALF_LIFE_DAYS: [f64; 4] = [3.0, 14.0, 60.0, 365.0];
pub(super) const NEXT_WEIGHT: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
pub(super) const POPULARITY: [f64; 8] = [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.4, 0.8];
pub(super) const GENRE: [f64; 5] = [0.0, 0.01, 0.02, 0.05, 0.1];
/// A history in the middle of each of the buckets of [`LENGTHS`], but for the first and the last.
pub(super) const COLD: [usize; LENGTHS.len() - 1] = [1, 4, 8, 15];

/// Where each family starts; neighbours by content only where there is a catalog.
pub(super) fn families(with_catalog: bool) -> Vec<Family> {
    let mut families = vec![
        Family::Edlae(Edlae::default()),
        Family::Similarity(Similarity::Cosine),
        Family::Similarity(Similarity::UserIdf),
        Family::Similarity(Similarity::Bm25 { k1: 1.2, b: 0.75 }),
        Family::Similarity(Similarity::Rp3Beta { alpha: 0.8, beta: 0.3 }),
    ];
    families.extend(with_catalog.then_some(Family::Content));
    families
}

/// How many parameters the family with the most of them has.
pub(super) const PARAMETERS: usize = 3;

/// These options with other values of one of their family's parameters, each with a name.
pub(super) fn variants(options: &TrainOptions, parameter: usize) -> Vec<(String, TrainOptions)> {
    let vary = |name: &str, values: &[f64], with: &dyn Fn(f64) -> TrainOptions| {
        let all = values.iter().map(|&value| (format!("{name} {value}"), with(value)));
        all.filter(|(_, other)| other != options).collect()
    };
    let of = |family| TrainOptions { family, ..options.clone() };
    let similar = |similarity| of(Family::Similarity(similarity));
    match (options.family, parameter) {
        (Family::Edlae(edlae), 0) => {
            vary("l2", &[60.0, 125.0, 250.0, 500.0, 1000.0], &|l2| of(Family::Edlae(Edlae { l2, ..edlae })))
        }
        (Family::Edlae(edlae), 1) => {
            vary("dropout", &[0.1, 0.2, 0.33, 0.5], &|dropout| of(Family::Edlae(Edlae { dropout, ..edlae })))
        }
        (Family::Edlae(_), 2) => vary("shrinkage", &[1.0, 2.0, 4.0, 8.0], &|shrinkage| TrainOptions {
            shrinkage,
            ..options.clone()
        }),
        (Family::Similarity(Similarity::Bm25 { b, .. }), 0) => {
            vary("k1", &[0.0, 1.2, 5.0, 25.0, 100.0], &|k1| similar(Similarity::Bm25 { k1, b }))
        }
        (Family::Similarity(Similarity::Bm25 { k1, .. }), 1) => {
            vary("b", &[0.1, 0.25, 0.5, 0.75, 1.0], &|b| similar(Similarity::Bm25 { k1, b }))
        }
        (Family::Similarity(Similarity::Rp3Beta { beta, .. }), 0) => {
            vary("alpha", &[0.4, 0.6, 0.8, 1.0, 1.2], &|alpha| similar(Similarity::Rp3Beta { alpha, beta }))
        }
        (Family::Similarity(Similarity::Rp3Beta { alpha, .. }), 1) => {
            vary("beta", &[0.1, 0.2, 0.3, 0.45, 0.6, 0.8], &|beta| {
                similar(Similarity::Rp3Beta { alpha, beta })
            })
        }
        _ => Vec::new(),
    }
}
