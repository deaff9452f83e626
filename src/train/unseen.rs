//! Items of the catalog that nobody has had yet: what a model says of them is made of what it says of items with like content.

use std::collections::HashSet;

use faer::Mat;
use rayon::prelude::*;

use super::edlae::solve;
use super::steps::Steps;
use super::sums::{Sources, keep_strongest, sparse_sums};
use crate::catalog::{Catalog, ItemIndex};
use crate::columns::Strings;
use crate::error::Result;
use crate::model::{ItemModel, LowRank, Neighbour, WeightTable, bfloat16};
use crate::score::Likeness;

/// At most one for so many items that there are to learn from.
const MOST_OF: usize = 4;
/// How many items of the model an unseen one is made of at most.
const ALIKE: usize = 128;
/// The ridge penalty of that regression, where an item's likeness to itself is 1.
const PENALTY: f64 = 3.0;

/// The items of the catalog that are not among `ids` and of which something is known. None where they are more than a
/// quarter of those: a model becomes that much larger at most, and where it is used all others are compared by content.
pub fn unseen_items(ids: &Strings, catalog: &Catalog) -> Vec<ItemIndex> {
    let seen: HashSet<&str> = ids.iter().collect();
    let terms = &catalog.features.terms.rows;
    let is_unseen =
        |item: &ItemIndex| !terms.row(*item as usize).is_empty() && !seen.contains(catalog.id(*item));
    let unseen: Vec<ItemIndex> = (0..catalog.len() as ItemIndex).filter(is_unseen).collect();
    if unseen.len() * MOST_OF > ids.len() { Vec::new() } else { unseen }
}

/// What one unseen item gets.
struct Row {
    neighbours: (Vec<Neighbour>, f32),
    factors: Vec<i8>,
    weight: f32,
    next: Option<(Vec<Neighbour>, f32)>,
}

/// Gives these items of the catalog places at the end of a model that has a low-rank part; without one they would speak for nothing.
///
/// An unseen item `j` is `Σ_k a_k k` of the 128 items that are most like it by content, `a` being the kernel ridge regression
/// `(K + λ)⁻¹ k_j` with their cosines `K` (C. Saunders, A. Gammerman and V. Vovk, "Ridge regression learning algorithm in dual variables",
/// ICML 1998). So `b_ij = Σ_k a_k b_ik`, of which the strongest are kept beside the low-rank part, as many as other items have in the mean.
pub(super) fn add_unseen(model: &mut ItemModel, catalog: &Catalog) -> Result<()> {
    let unseen = unseen_items(&model.ids, catalog);
    let Some(low_rank) = model.low_rank.as_ref().filter(|_| !unseen.is_empty()) else { return Ok(()) };
    let likeness = Likeness::new(&catalog.features.terms);
    let mut items_at = vec![None; catalog.len()];
    for (item, id) in model.ids.iter().enumerate() {
        catalog.find(id).into_iter().for_each(|place| items_at[place as usize] = Some(item));
    }
    let mixing = Mixing { model, low_rank, likeness, items_at };
    let rows: Vec<Row> = unseen.par_iter().map(|&place| mixing.row(place)).collect::<Result<_>>()?;

    for (&place, row) in unseen.iter().zip(rows) {
        model.ids.push(catalog.id(place));
        model.popularity.push(0);
        if !model.bias.is_empty() {
            model.bias.push(0.0);
        }
        push(&mut model.neighbours, row.neighbours);
        if let Some(low_rank) = &mut model.low_rank {
            low_rank.factors.extend(row.factors);
            low_rank.weights.push(row.weight);
        }
        if let Some((next, row)) = model.next.as_mut().zip(row.next) {
            push(next, row);
        }
    }
    model.metadata.more.insert("unseenItems".into(), unseen.len().to_string());
    Ok(())
}

fn push(table: &mut WeightTable, (neighbours, scale): (Vec<Neighbour>, f32)) {
    table.rows.push(neighbours);
    table.scales.push(scale);
}

struct Mixing<'a> {
    model: &'a ItemModel,
    low_rank: &'a LowRank,
    likeness: Likeness,
    /// By place in the catalog: the model's item.
    items_at: Vec<Option<usize>>,
}

impl Mixing<'_> {
    fn row(&self, place: ItemIndex) -> Result<Row> {
        let mixture = self.mixture(place)?;
        let low_rank = self.low_rank;
        // What the low-rank parts of the mixture say, and the factors that come nearest to the mixture's own.
        let dimensions = low_rank.scales.len();
        let (mut said, mut factors) = (vec![0.0; dimensions], vec![0.0; dimensions]);
        for &(item, share) in &mixture {
            let weight = f64::from(low_rank.weights[item]);
            for (dimension, &factor) in low_rank.factors_of(item as u32).iter().enumerate() {
                said[dimension] += share * weight * f64::from(factor);
                factors[dimension] += share * f64::from(factor);
            }
        }
        for (factor, &bits) in factors.iter_mut().zip(&low_rank.bits) {
            let most = f64::from((1_i32 << (bits - 1)) - 1);
            *factor = factor.round().clamp(-most, most);
        }
        let squares: Vec<f64> = low_rank.scales.iter().map(|&scale| f64::from(scale).powi(2)).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 {
            squares.iter().zip(a.iter().zip(b)).map(|(square, (a, b))| square * a * b).sum()
        };
        let weight = bfloat16((dot(&said, &factors) / dot(&factors, &factors).max(f64::MIN_POSITIVE)) as f32);

        // What that leaves of the whole is for the neighbours.
        let left: Vec<f64> = (said.iter().zip(&factors).zip(&squares))
            .map(|((said, factor), square)| square * (said - f64::from(weight) * factor))
            .collect();
        let of_low_rank = |item: usize| -> f64 {
            low_rank
                .factors_of(item as u32)
                .iter()
                .zip(&left)
                .map(|(&factor, left)| f64::from(factor) * left)
                .sum()
        };
        let mut whole: Sources = (0..self.model.ids.len()).map(|item| (item, of_low_rank(item))).collect();
        for (item, sum) in self.sums(&self.model.neighbours, &mixture) {
            whole[item].1 += sum;
        }
        let next = self.model.next.as_ref();
        Ok(Row {
            neighbours: kept(&self.model.neighbours, whole),
            factors: factors.iter().map(|&factor| factor as i8).collect(),
            weight,
            next: next.map(|table| kept(table, self.sums(table, &mixture))),
        })
    }

    /// The items of the model that an item is made of, with the share of each.
    fn mixture(&self, place: ItemIndex) -> Result<Sources> {
        let near = self.likeness.of(place).into_iter();
        let mut near: Sources = near
            .map(|(other, cosine)| (other as usize, cosine))
            .filter(|&(other, _)| self.items_at[other].is_some())
            .collect();
        keep_strongest(&mut near, ALIKE);
        let cosine =
            |a: usize, b: usize| self.likeness.cosine(near[a].0 as ItemIndex, near[b].0 as ItemIndex);
        let system = Mat::from_fn(near.len(), near.len(), |row, column| match row == column {
            true => 1.0 + PENALTY,
            false => cosine(row.max(column), row.min(column)),
        });
        let mut shares = Mat::from_fn(near.len(), 1, |row, _| near[row].1);
        solve(&system, &mut shares)?;
        let with_share = |(row, (other, _)): (usize, (usize, f64))| {
            self.items_at[other].map(|item| (item, shares[(row, 0)]))
        };
        Ok(near.into_iter().enumerate().filter_map(with_share).collect())
    }

    /// `Σ_k a_k b_ik` of a table.
    fn sums(&self, table: &WeightTable, mixture: &Sources) -> Sources {
        sparse_sums(self.model.ids.len(), |sums| {
            for &(item, share) in mixture {
                let unit = share * f64::from(table.scales[item]);
                for neighbour in table.rows.row(item) {
                    sums.add(neighbour.item as usize, unit * f64::from(neighbour.weight));
                }
            }
        })
    }
}

/// As many of these weights as the table's rows have in the mean, in its steps.
fn kept(table: &WeightTable, mut weights: Sources) -> (Vec<Neighbour>, f32) {
    let most = table.rows.values().len().div_ceil(table.rows.len().max(1));
    let signed = table.rows.values().iter().any(|neighbour| neighbour.weight <= 0);
    let steps = Steps { bits: table.bits, signed };
    if signed {
        // The strongest of either sign.
        let mut sizes: Sources = weights.iter().map(|&(item, weight)| (item, weight.abs())).collect();
        keep_strongest(&mut sizes, most);
        weights.retain(|&(item, _)| sizes.binary_search_by_key(&item, |&(item, _)| item).is_ok());
        weights.sort_unstable_by_key(|&(item, _)| item);
    } else {
        keep_strongest(&mut weights, most);
    }
    steps.of(weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogOptions;
    use crate::train::{ColumnNames, Edlae, Family, Interactions, Shape, TrainOptions, train};

    /// Half of the viewers watch films of war, the others of love; nobody has had `new`, a film of war, and of `blank` nothing is known.
    fn model(items: usize, dimensions: usize) -> ItemModel {
        let film = |item: usize| {
            let genre = ["War", "Love"][item % 2];
            format!(r#"{{"id":"{item}","title":"A","genres":["{genre}"]}}"#)
        };
        let films: Vec<String> = (0..items).map(film).collect();
        let new = r#"{"id":"new","title":"A","genres":["War"]},{"id":"blank","title":"A"}"#;
        let json = format!("[{},{new}]", films.join(","));
        let (catalog, _) =
            Catalog::parse(json.into_bytes(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let lines = (0..60).flat_map(|viewer| {
            (0..items)
                .filter(move |item| item % 2 == viewer % 2 && (item * 7 + viewer) % 5 != 0)
                .map(move |item| format!("{viewer},{item}\n"))
        });
        let interactions =
            Interactions::parse("test", lines.collect::<String>().as_bytes(), &ColumnNames::default(), None)
                .expect("reads");
        let options = TrainOptions {
            family: Family::Edlae(Edlae { dropout: 0.33, l2: 1.0 }),
            ..TrainOptions::new(Shape::of_sources(dimensions, 4, 8, 0))
        };
        train(&interactions, Some(&catalog), &options, &|_, _| {}).expect("trains")
    }

    #[test]
    fn an_unseen_item_goes_with_what_goes_with_its_like() {
        let model = model(20, 4);
        assert_eq!(model.ids.iter().last(), Some("new"), "nothing is known of blank");
        assert_eq!((model.popularity[20], model.ids.len()), (0, 21));
        assert!(model.bias[20] == 0.0 && model.metadata.more.iter().any(|(name, _)| name == "unseenItems"));
        let low_rank = model.low_rank.as_ref().expect("has one");
        let weight = |source: u32, target: usize| -> f64 {
            let row = model.neighbours.rows.row(target).iter().filter(|neighbour| neighbour.item == source);
            let neighbours: f64 =
                row.map(|n| f64::from(n.weight) * f64::from(model.neighbours.scales[target])).sum();
            let factors = low_rank.factors_of(source).iter().zip(low_rank.factors_of(target as u32));
            let dot: f64 = factors
                .zip(&low_rank.scales)
                .map(|((&a, &b), &scale)| f64::from(a) * f64::from(b) * f64::from(scale).powi(2))
                .sum();
            neighbours + dot * f64::from(low_rank.weights[target])
        };
        let sum = |of: usize, target: usize| -> f64 {
            let id = |source: &u32| model.ids.get(*source as usize).parse::<usize>().expect("a number");
            (0..20).filter(|source| id(source) % 2 == of).map(|source| weight(source, target)).sum()
        };
        let known = (0..20).find(|&item| model.ids.get(item) == "2").expect("is known");
        let (war, love) = (sum(0, 20), sum(1, 20));
        assert!(war > 0.5 * sum(0, known) && war < 1.5 * sum(0, known), "{war} {}", sum(0, known));
        assert!(love.abs() < 0.1 * war, "{love} {war}");
        let as_source: f64 = (0..20).filter(|&target| target != known).map(|target| weight(20, target)).sum();
        assert!(as_source > 0.0, "who has had it is told something, too");
        let bytes = model.to_bytes().expect("writes");
        assert_eq!(ItemModel::from_bytes(&bytes), Ok(model));
    }

    #[test]
    fn there_are_none_without_low_rank_or_where_they_would_be_most() {
        assert_eq!(model(20, 0).ids.len(), 20);
        assert_eq!([3, 4].map(|items| model(items, 1).ids.len()), [3, 5], "one of three, one of four");
        let nothing_learnt = Catalog::of_ids(&model(4, 0).ids).expect("ids");
        assert!(unseen_items(&Strings::default(), &nothing_learnt).is_empty());
    }
}
