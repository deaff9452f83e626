use std::sync::Arc;

use super::{Score, to_fixed_point};
use crate::catalog::{ItemIndex, TermKind, Terms};
use crate::history::ItemAffinity;

/// How much a term of each kind counts, before its rarity.
fn kind_weight(kind: TermKind) -> f64 {
    match kind {
        TermKind::Genre => 1.0,
        TermKind::GenrePair => 1.0,
        TermKind::Decade => 0.5,
        TermKind::Tag => 1.0,
        TermKind::Word => 0.5,
        // For `similar` alone: their words are among the others.
        TermKind::Title | TermKind::TitlePair => 0.0,
    }
}

/// Steps of the fixed point in which a query's term weights are added up.
const STEPS: f64 = (1 << 24) as f64;

/// Likeness by content: the cosine of TF-IDF vectors over genres, genre pairs, decade, tags and words.
///
/// Vectors are not stored: an item's is its row of terms, each worth the term's weight over the item's norm.
pub(super) struct Content {
    terms: Arc<Terms>,
    weights: Vec<f64>,
    inverse_norms: Vec<f64>,
}

/// The weighted sum of the vectors of some items, times each term's own weight: ready for a dot product.
pub(super) struct QueryVector {
    terms: Vec<i64>,
}

/// The inverse document frequency of each term, `ln(1 + items / items with it)`.
pub(super) fn rarities(terms: &Terms) -> Vec<f64> {
    let mut items_with = vec![0_u32; terms.kinds.len()];
    for &term in terms.rows.values() {
        items_with[term as usize] += 1;
    }
    let items = terms.rows.len() as f64;
    items_with.into_iter().map(|with| libm::log(1.0 + items / f64::from(with.max(1)))).collect()
}

impl Content {
    pub(super) fn new(terms: Arc<Terms>) -> Self {
        let mut weights = rarities(&terms);
        weights.iter_mut().zip(&terms.kinds).for_each(|(weight, &kind)| *weight *= kind_weight(kind));
        let inverse_norm = |terms: &[u32]| {
            let square: f64 = terms.iter().map(|&term| weights[term as usize] * weights[term as usize]).sum();
            if square > 0.0 { 1.0 / libm::sqrt(square) } else { 0.0 }
        };
        let inverse_norms = terms.rows.iter().map(inverse_norm).collect();
        Content { terms, weights, inverse_norms }
    }

    /// The sum of the vectors of `items`, each times its weight and what a step of that is worth.
    pub(super) fn query<'a>(&self, items: impl Iterator<Item = (&'a ItemAffinity, f64)>) -> QueryVector {
        let mut terms = vec![0; self.weights.len()];
        for (affinity, worth) in items {
            let item = affinity.item as usize;
            let scale = f64::from(affinity.weight) * worth * self.inverse_norms[item] * STEPS;
            for &term in self.terms.rows.row(item) {
                let weight = self.weights[term as usize];
                let sum: &mut i64 = &mut terms[term as usize];
                *sum = sum.saturating_add(libm::round(scale * weight * weight) as i64);
            }
        }
        QueryVector { terms }
    }

    /// How like a query an item is: `Σ_i worth_i w_i cos(i, item)`.
    pub(super) fn likeness(&self, query: &QueryVector, item: usize) -> Score {
        let parts = self.terms.rows.row(item).iter().map(|&term| query.terms[term as usize]);
        match parts.fold(0_i64, i64::saturating_add) {
            0 => 0,
            dot => to_fixed_point(dot as f64 / STEPS * self.inverse_norms[item]),
        }
    }

    /// The mean cosine of all pairs of `items`, which is the square of their mean vector.
    pub(super) fn mean_cosine(&self, items: impl Iterator<Item = usize>) -> f64 {
        let mut sums = vec![0.0; self.weights.len()];
        let mut count = 0.0;
        for item in items {
            count += 1.0;
            for &term in self.terms.rows.row(item) {
                sums[term as usize] += self.weights[term as usize] * self.inverse_norms[item];
            }
        }
        sums.iter().map(|sum: &f64| sum * sum).sum::<f64>() / f64::max(count * count, 1.0)
    }

    /// The cosine of two items, 0 to 1.
    pub(super) fn cosine(&self, a: ItemIndex, b: ItemIndex) -> f64 {
        let (a, b) = (a as usize, b as usize);
        let (left, right) = (self.terms.rows.row(a), self.terms.rows.row(b));
        let shared = left.iter().filter(|term| right.binary_search(term).is_ok());
        let dot: f64 = shared.map(|&term| self.weights[term as usize] * self.weights[term as usize]).sum();
        dot * self.inverse_norms[a] * self.inverse_norms[b]
    }
}

/// Which items are alike by content.
#[cfg(feature = "train")]
pub struct Likeness {
    content: Content,
    items_with: Vec<Vec<ItemIndex>>,
}

#[cfg(feature = "train")]
impl Likeness {
    /// Of a catalog's items.
    pub fn new(terms: &Arc<Terms>) -> Self {
        let mut items_with = vec![Vec::new(); terms.kinds.len()];
        for (item, terms) in terms.rows.iter().enumerate() {
            terms.iter().for_each(|&term| items_with[term as usize].push(item as ItemIndex));
        }
        Likeness { content: Content::new(terms.clone()), items_with }
    }

    /// The cosine of two items, 0 to 1.
    pub fn cosine(&self, a: ItemIndex, b: ItemIndex) -> f64 {
        self.content.cosine(a, b)
    }

    /// The items that share a term that counts with this one, ascending, with their cosines.
    pub fn of(&self, item: ItemIndex) -> Vec<(ItemIndex, f64)> {
        let terms = self.content.terms.rows.row(item as usize).iter();
        let mut near: Vec<ItemIndex> =
            terms.flat_map(|&term| &self.items_with[term as usize]).copied().collect();
        near.sort_unstable();
        near.dedup();
        let cosines = near.into_iter().map(|other| (other, self.content.cosine(item, other)));
        cosines.filter(|&(_, cosine)| cosine > 0.0).collect()
    }
}

/// The part that one item of a history has in a [`Content::likeness`].
pub(super) fn part(weight: i32, worth: f64, cosine: f64) -> Score {
    to_fixed_point(f64::from(weight) * worth * cosine)
}
