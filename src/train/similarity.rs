use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::gram::Gram;
use super::room::{Fitted, Keep, Regressions, Room};
use super::sums::{Sources, keep_strongest};
use crate::catalog::Catalog;
use crate::columns::Strings;
use crate::error::{Error, Result};
use crate::model::WeightTable;
use crate::score::Likeness;

/// Neighbours by a likeness of items: `Σ_u share(u) x_ui x_uj` over the viewers, brought to some scale. Each target keeps its
/// strongest, and one factor, the same for all, makes of the sums the best prediction of what viewers have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Similarity {
    /// The cosine of the items' viewers: `c_ij / √(c_i c_j)` (Sarwar et al. 2001).
    Cosine,
    /// The cosine where each viewer counts by how few items they have: `ln(1 + items / n_u)²`.
    UserIdf,
    /// Okapi BM25 with items as documents and viewers as terms (Robertson and Zaragoza 2009).
    Bm25 {
        /// How fast a viewer's part saturates, from 0.
        k1: f64,
        /// How much an item's popularity counts against it, 0 to 1.
        b: f64,
    },
    /// A walk of three steps from item to viewer to item, against popularity: `p_ij^α / c_j^β` (Paudel et al. 2017).
    Rp3Beta {
        /// What the probability of the walk is raised to, above 0.
        alpha: f64,
        /// How much the target's popularity counts against it, from 0.
        beta: f64,
    },
}

/// At most so many viewers, spread evenly, say how large the factor is.
const SAMPLE: usize = 2000;

impl Similarity {
    pub(super) fn validate(self) -> Result<()> {
        let fail = |option: &str, reason| Err(Error::Option { option: option.into(), reason });
        match self {
            Similarity::Bm25 { k1, .. } if !(0.0..=1e6).contains(&k1) => {
                fail("k1", format!("must be from 0 to 1000000, found {k1}"))
            }
            Similarity::Bm25 { b, .. } if !(0.0..=1.0).contains(&b) => {
                fail("b", format!("must be from 0 to 1, found {b}"))
            }
            Similarity::Rp3Beta { alpha, .. } if !(0.01..=10.0).contains(&alpha) => {
                fail("alpha", format!("must be from 0.01 to 10, found {alpha}"))
            }
            Similarity::Rp3Beta { beta, .. } if !(0.0..=10.0).contains(&beta) => {
                fail("beta", format!("must be from 0 to 10, found {beta}"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn neighbours(self, gram: &Gram, room: Room, bits: u8) -> Result<WeightTable> {
        let items = gram.items() as f64;
        let shares: Vec<f64> =
            gram.by_viewer().iter().map(|row| self.share(row.len() as f64, items)).collect();
        let mut sums = vec![0.0; gram.items()];
        for (row, share) in gram.by_viewer().iter().zip(&shares) {
            row.iter().for_each(|&item| sums[item as usize] += share);
        }
        let mean = gram.by_viewer().values().len() as f64 / items;
        let length = |item| gram.count(item) / mean;
        let column = |target: usize, most: usize| {
            let mut column = gram.column(target, |viewer| shares[viewer]);
            if let Similarity::Rp3Beta { .. } = self {
                // The probability is largest from the rarest of sources, which hardly ever speak: kept are those it is large
                // from in both directions.
                column.iter_mut().for_each(|(source, sum)| *sum /= gram.count(*source).sqrt());
                keep_strongest(&mut column, most);
            }
            for (source, sum) in &mut column {
                *sum = match self {
                    Similarity::Cosine | Similarity::UserIdf => *sum / (sums[*source] * sums[target]).sqrt(),
                    Similarity::Bm25 { k1, b } => {
                        let part = |item| (k1 + 1.0) / (k1 * (1.0 - b + b * length(item)) + 1.0);
                        *sum * part(*source) * part(target)
                    }
                    Similarity::Rp3Beta { alpha, beta } => {
                        (*sum / gram.count(*source).sqrt()).powf(alpha) / gram.count(target).powf(beta)
                    }
                };
            }
            column
        };
        let (table, _) =
            Columns { items: gram.items(), column }.fit_all(room, bits, &|_| {}, Checkpoint::none())?;
        Ok(fitted(table, gram))
    }

    /// How much a viewer with so many items counts.
    fn share(self, length: f64, items: f64) -> f64 {
        match self {
            Similarity::Cosine => 1.0,
            Similarity::UserIdf => (1.0 + items / length).ln().powi(2),
            Similarity::Bm25 { .. } => (items / (1.0 + length)).ln().max(0.0).powi(2),
            Similarity::Rp3Beta { .. } => 1.0 / length,
        }
    }
}

/// Neighbours by content: the cosine of genres, genre pairs, decade, tags and words. `ids` are the items'.
pub(super) fn content_neighbours(
    gram: &Gram,
    ids: &Strings,
    catalog: &Catalog,
    room: Room,
    bits: u8,
) -> Result<WeightTable> {
    let likeness = Likeness::new(&catalog.features.terms);
    let places: Vec<Option<u32>> = ids.iter().map(|id| catalog.find(id)).collect();
    let mut items_at = vec![None; catalog.len()];
    for (item, place) in places.iter().enumerate() {
        place.iter().for_each(|&place| items_at[place as usize] = Some(item));
    }
    let column = |target: usize, _| {
        let likes = places[target].map_or_else(Vec::new, |place| likeness.of(place));
        likes.into_iter().filter_map(|(place, cosine)| Some((items_at[place as usize]?, cosine))).collect()
    };
    let (table, _) = Columns { items: ids.len(), column }.fit_all(room, bits, &|_| {}, Checkpoint::none())?;
    Ok(fitted(table, gram))
}

/// Weights that need no regression: `column(target, most)` says them.
struct Columns<F> {
    items: usize,
    column: F,
}

impl<F: Fn(usize, usize) -> Sources + Sync> Regressions for Columns<F> {
    type Block = Vec<usize>;

    fn items(&self) -> usize {
        self.items
    }

    fn block_size(&self) -> usize {
        self.items
    }

    fn block(&self, targets: &[usize]) -> Vec<usize> {
        targets.to_vec()
    }

    fn fit(&self, block: &Vec<usize>, number: usize, keep: Keep) -> Result<Fitted> {
        let target = block[number];
        let mut kept = (self.column)(target, keep.most);
        kept.retain(|&(source, weight)| source != target && weight > 0.0);
        keep_strongest(&mut kept, keep.most);
        let (neighbours, scale) = keep.steps.of(kept);
        Ok(Fitted { neighbours, scale, weight: 0.0 })
    }
}

/// Times the factor that makes the sums the least-squares prediction of what viewers have.
fn fitted(table: WeightTable, gram: &Gram) -> WeightTable {
    let mut targets: Vec<Vec<(u32, f32)>> = vec![Vec::new(); gram.items()];
    for (target, (row, &scale)) in table.rows.iter().zip(&table.scales).enumerate() {
        for neighbour in row {
            targets[neighbour.item as usize].push((target as u32, f32::from(neighbour.weight) * scale));
        }
    }
    let viewers: Vec<&[u32]> = gram.by_viewer().iter().collect();
    let every = viewers.len().div_ceil(SAMPLE).max(1);
    let sampled: Vec<&[u32]> = viewers.into_iter().step_by(every).collect();
    let parts: Vec<(f64, f64)> = sampled
        .par_iter()
        .map(|row| {
            let mut sums = vec![0.0_f64; gram.items()];
            for &(target, weight) in row.iter().flat_map(|&source| &targets[source as usize]) {
                sums[target as usize] += f64::from(weight);
            }
            (row.iter().map(|&item| sums[item as usize]).sum(), sums.iter().map(|sum| sum * sum).sum())
        })
        .collect();
    let (hits, squares) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    if squares > 0.0 { table.times(hits / squares) } else { table }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogOptions;
    use crate::columns::Rows;

    fn gram() -> Gram {
        let mut rows = Rows::default();
        for row in [&[0, 1][..], &[0, 1, 2], &[0, 2], &[2, 3]] {
            rows.push(row.iter().copied());
        }
        Gram::new(rows, 4)
    }

    /// The weights of a target's neighbours, relative to the strongest's.
    fn relative(table: &WeightTable, target: usize) -> Vec<(u32, f64)> {
        table
            .rows
            .row(target)
            .iter()
            .map(|neighbour| (neighbour.item, f64::from(neighbour.weight) / 64.0))
            .collect()
    }

    fn close(found: &[(u32, f64)], expected: &[(u32, f64)]) {
        let most = expected.iter().map(|pair| pair.1).fold(0.0, f64::max);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.0, expected.0);
            assert!((found.1 - expected.1 / most).abs() < 0.01, "{found:?} is not {expected:?} / {most}");
        }
    }

    #[test]
    fn each_likeness_is_as_computed_by_hand() {
        let gram = gram();
        let of = |similarity: Similarity| {
            similarity.neighbours(&gram, Room::Sources(4), 6).expect("has neighbours")
        };
        // Item 0 has viewers 0, 1, 2; item 1 has 0, 1; item 2 has 1, 2, 3; item 3 has 3.
        let six = 6_f64.sqrt();
        close(&relative(&of(Similarity::Cosine), 0), &[(1, 2.0 / six), (2, 2.0 / 3.0)]);
        let idf = |length: f64| (1.0 + 4.0 / length).ln().powi(2);
        let (two, three) = (idf(2.0), idf(3.0));
        let (zero, one, other) = (2.0 * two + three, two + three, 2.0 * two + three);
        close(
            &relative(&of(Similarity::UserIdf), 0),
            &[(1, one / (zero * one).sqrt()), (2, (two + three) / (zero * other).sqrt())],
        );
        let walk = |sum: f64, source: f64| (sum / source).powf(0.8);
        close(
            &relative(&of(Similarity::Rp3Beta { alpha: 0.8, beta: 0.3 }), 0),
            &[(1, walk(0.5 + 1.0 / 3.0, 2.0)), (2, walk(0.5 + 1.0 / 3.0, 3.0))],
        );
        let rare = |length: f64| (4.0 / (1.0 + length)).ln().max(0.0).powi(2);
        let part = |count: f64| 2.0 / (0.5 + 0.5 * count / 2.25 + 1.0);
        close(
            &relative(&of(Similarity::Bm25 { k1: 1.0, b: 0.5 }), 2),
            &[(0, rare(2.0) * part(3.0)), (3, rare(2.0) * part(1.0))],
        );
    }

    #[test]
    fn the_factor_is_that_of_least_squares() {
        let gram = gram();
        let table = Similarity::Cosine.neighbours(&gram, Room::Sources(4), 6).expect("has neighbours");
        let weight = |source: u32, target: usize| {
            let row = table.rows.row(target).iter();
            row.filter(|neighbour| neighbour.item == source)
                .map(|neighbour| f64::from(neighbour.weight) * f64::from(table.scales[target]))
                .sum::<f64>()
        };
        let (mut hits, mut squares) = (0.0, 0.0);
        for row in gram.by_viewer().iter() {
            for target in 0..4 {
                let sum: f64 = row.iter().map(|&source| weight(source, target)).sum();
                squares += sum * sum;
                hits += if row.contains(&(target as u32)) { sum } else { 0.0 };
            }
        }
        assert!((hits / squares - 1.0).abs() < 0.01, "{}", hits / squares);
    }

    #[test]
    fn content_needs_no_viewer_to_have_both() {
        let json = br#"[{"id":"a","title":"A","genres":["Crime"]},{"id":"b","title":"B","genres":["Crime"]},
            {"id":"c","title":"C","genres":["War"]}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let mut ids = Strings::default();
        ["c", "b", "a", "nowhere"].iter().for_each(|id| ids.push(id));
        let mut rows = Rows::default();
        rows.push([0, 1]);
        rows.push([2, 3]);
        let table = content_neighbours(&Gram::new(rows, 4), &ids, &catalog, Room::Sources(4), 6)
            .expect("has neighbours");
        let items: Vec<Vec<u32>> =
            table.rows.iter().map(|row| row.iter().map(|neighbour| neighbour.item).collect()).collect();
        assert_eq!(items, [vec![], vec![2], vec![1], vec![]]);
    }
}
