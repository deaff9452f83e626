use faer::Mat;
use faer::Side;
use faer::linalg::solvers::Solve;
use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::edlae::solve;
use super::gram::columns_of;
use super::room::{Fitted, Keep, Regressions, Room};
use super::submatrices::{Submatrices, submatrix_bytes};
use super::sums::{Sources, keep_strongest, sparse_sums};
use super::{Interaction, Interactions, Shape, TrainOptions};
use crate::columns::Rows;
use crate::error::{Error, Result};
use crate::history::{HalfLife, MILLISECONDS_PER_DAY};
use crate::model::WeightTable;

/// What comes next, in closed form: a ridge regression from the decayed past to the next few items, at every place in every
/// viewer's history (after M. Choi et al., "Session-aware linear item-item models for session-based recommendation", WWW
/// 2021, eq. 11: SLIT).
///
/// With `s_t = Σ_i decay(i → t − 1) x_i` the past before place `t`, `y_t = Σ_b φ^b x_(t+b)` what comes then, and `S = Σ s_t s_tᵀ`, the
/// weights are `(S + p diag S + λ)⁻¹ Σ s_t y_tᵀ`. Each target keeps its strongest sources, and is regressed anew on those alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextItem {
    /// How the past decays: by the events and the time between an event and the last one before the target.
    pub decay: HalfLife,
    /// The ridge penalty `λ`, above 0.
    pub l2: f64,
    /// Among how many items from the target's place on it may be, from 2: each later one counts by `φ = 1 − 1.5 / horizon` less.
    pub horizon: usize,
}

/// The part of `S`'s diagonal that is added to it (p).
const DROPOUT: f64 = 0.1;
/// Which power of how often a source is there its weight is multiplied by where the strongest are looked for: what is hardly ever there
/// changes few lists.
const OFTEN: f64 = 0.25;
/// What has decayed to less does not count.
const LEAST: f64 = 1.0 / 512.0;
/// On so many times as many items as it keeps each target is regressed at least.
const TIMES_KEPT: usize = 2;
/// How much memory the sums of a block of targets may take.
const BLOCK_BYTES: usize = 1 << 30;

impl NextItem {
    /// Each target's strongest weights, as many as there is room for.
    pub(super) fn table(
        self,
        interactions: &Interactions,
        options: &TrainOptions,
        progress: &dyn Fn(f64),
        checkpoint: Checkpoint,
    ) -> Result<WeightTable> {
        let pairs = Pairs::new(self, interactions);
        let items = pairs.own.len();
        let Shape { next: room, bits, .. } = options.shape;
        let kept = match room {
            Room::Sources(most) => most,
            Room::Bytes(bytes) => bytes / items.max(1),
        };
        let candidates = options.candidates.max(TIMES_KEPT * kept).min(items);
        // A factor of all and a solution for all, or a factor for each.
        let dense = items <= options.max_dense_items && 4 * items.pow(2) < candidates.pow(3);
        let dense = dense.then(|| pairs.solve(self.l2)).transpose()?;
        NextTargets { pairs: &pairs, l2: self.l2, candidates, dense }
            .fit_all(room, bits, progress, checkpoint)
            .map(|(table, _)| table)
    }
}

/// The targets of a [`NextItem`].
struct NextTargets<'a> {
    pairs: &'a Pairs<'a>,
    l2: f64,
    candidates: usize,
    /// `S` and the weights of all sources, where they are not too large.
    dense: Option<(Mat<f32>, Mat<f32>)>,
}

/// Some targets: each one's sources with their sums, ascending, and where nothing is dense what is needed of `S`.
struct Block {
    targets: Vec<usize>,
    columns: Vec<Sources>,
    pasts: Option<Submatrices>,
}

impl Regressions for NextTargets<'_> {
    type Block = Block;

    fn items(&self) -> usize {
        self.pairs.own.len()
    }

    fn block_size(&self) -> usize {
        BLOCK_BYTES / submatrix_bytes(self.candidates)
    }

    fn block(&self, targets: &[usize]) -> Block {
        let most = if self.dense.is_some() { self.items() } else { self.candidates };
        let columns: Vec<Sources> =
            targets.par_iter().map(|&target| self.pairs.strongest_followed(target, most)).collect();
        let pasts = self.dense.is_none().then(|| {
            let of_column = |column: &Sources| column.iter().map(|&(item, _)| item as u32).collect();
            let sets = columns.iter().map(of_column).collect();
            Submatrices::new(self.items(), sets, |item, row| {
                self.pairs.add_past(item, |other, sum| row.add(other, sum));
            })
        });
        Block { targets: targets.to_vec(), columns, pasts }
    }

    fn fit(&self, block: &Block, number: usize, keep: Keep) -> Result<Fitted> {
        let (target, column) = (block.targets[number], &block.columns[number]);
        let fitted = match (&self.dense, &block.pasts) {
            (Some((past, weights)), _) => {
                let weights = weights.col(target).iter().map(|&weight| f64::from(weight)).enumerate();
                let kept = self.strongest(weights.collect(), target, keep);
                let goal = |source: usize| {
                    let place = column.binary_search_by_key(&source, |&(item, _)| item);
                    place.map_or(0.0, |place| column[place].1)
                };
                self.refit(&kept, |source| source, |a, b| f64::from(past[(a, b)]), goal)?
            }
            (None, Some(pasts)) => {
                let past = pasts.matrix(number);
                let of_places = |places: &[usize]| {
                    self.refit(places, |place| column[place].0, |a, b| past[(a, b)], |place| column[place].1)
                };
                let all: Vec<usize> = (0..column.len()).collect();
                let kept = self.strongest(of_places(&all)?, target, keep);
                let place = |source: &usize| column.partition_point(|&(item, _)| item < *source);
                of_places(&kept.iter().map(place).collect::<Vec<_>>())?
            }
            (None, None) => Vec::new(),
        };
        let (neighbours, scale) = keep.steps.of(fitted);
        Ok(Fitted { neighbours, scale, weight: 0.0 })
    }
}

impl NextTargets<'_> {
    /// The sources that say the most, ascending: a weight counts by how often its source is there.
    fn strongest(&self, mut weights: Sources, target: usize, keep: Keep) -> Vec<usize> {
        let signed = keep.steps.signed;
        weights.retain(|&(source, weight)| source != target && (signed || weight > 0.0));
        for (source, weight) in &mut weights {
            *weight = weight.abs() * self.pairs.own[*source].powf(OFTEN);
        }
        keep_strongest(&mut weights, keep.most);
        weights.into_iter().map(|(source, _)| source).collect()
    }

    /// The regression on the sources at these places, `item` saying which they are.
    fn refit(
        &self,
        places: &[usize],
        item: impl Fn(usize) -> usize,
        past: impl Fn(usize, usize) -> f64,
        goal: impl Fn(usize) -> f64,
    ) -> Result<Sources> {
        let count = places.len();
        let mut system = Mat::from_fn(count, count, |row, column| past(places[row], places[column]));
        (0..count).for_each(|row| system[(row, row)] *= 1.0 + DROPOUT);
        (0..count).for_each(|row| system[(row, row)] += self.l2);
        let mut weights = Mat::from_fn(count, 1, |row, _| goal(places[row]));
        solve(&system, &mut weights)?;
        Ok(places.iter().enumerate().map(|(row, &place)| (item(place), weights[(row, 0)])).collect())
    }
}

/// `Σ s_t s_tᵀ` and `Σ s_t y_tᵀ`, row by row and column by column.
struct Pairs<'a> {
    histories: &'a Rows<Interaction>,
    /// Where each item is: whose history, and which place in it.
    places: Rows<(u32, u32)>,
    /// For each place of each history: how much is left of its weight at the next place, and how often it is in the past, once for each
    /// place after it, ever weaker.
    fades: Rows<Fade>,
    /// The diagonal of `Σ s_t s_tᵀ`.
    own: Vec<f64>,
    horizon: usize,
}

#[derive(Debug, Clone, Copy)]
struct Fade {
    left: f32,
    often: f32,
}

impl<'a> Pairs<'a> {
    fn new(options: NextItem, interactions: &'a Interactions) -> Self {
        let histories = &interactions.by_viewer;
        let places = (0_u32..).zip(histories.iter()).flat_map(|(viewer, row)| {
            row.iter().zip(0_u32..).map(move |(row, place)| (row.item as usize, (viewer, place)))
        });
        let items = interactions.items.len();
        let places = Rows::grouped(items, places);
        let mut fades = Rows::default();
        for history in histories.iter() {
            let day = |row: &Interaction| interactions.milliseconds(row.time) / MILLISECONDS_PER_DAY;
            let mut row = vec![Fade { left: 0.0, often: 0.0 }; history.len()];
            for place in (1..history.len()).rev() {
                let days = day(&history[place]) - day(&history[place - 1]);
                let left = (-options.decay.halvings(1.0, days)).exp2();
                let often = 1.0 + left * left * f64::from(row[place].often);
                row[place - 1] = Fade { left: left as f32, often: often as f32 };
            }
            fades.push(row);
        }
        let mut pairs = Pairs { histories, places, fades, own: Vec::new(), horizon: options.horizon };
        let own = |item: usize| -> f64 {
            pairs.occurrences(item).map(|(_, fades, place)| f64::from(fades[place].often)).sum()
        };
        pairs.own = (0..items).into_par_iter().map(own).collect();
        pairs
    }

    /// Where an item is: the history, what is left of each of its places, and which of them it is.
    fn occurrences(&self, item: usize) -> impl Iterator<Item = (&[Interaction], &[Fade], usize)> {
        let places = self.places.row(item).iter();
        places.map(|&(viewer, place)| {
            (self.histories.row(viewer as usize), self.fades.row(viewer as usize), place as usize)
        })
    }

    /// Calls `add` with the entries of an item's row of `Σ s_t s_tᵀ` up to the diagonal, in parts that add up.
    fn add_past(&self, item: usize, mut add: impl FnMut(usize, f32)) {
        for (history, fades, place) in self.occurrences(item) {
            let often = f64::from(fades[place].often);
            add(item, often as f32);
            for (other, left) in earlier(history, fades, place).skip(1) {
                if other < item {
                    add(other, (left * often) as f32);
                }
            }
            let mut left = 1.0;
            for later in place + 1..history.len() {
                left *= f64::from(fades[later - 1].left);
                if left < LEAST {
                    break;
                }
                let other = history[later].item as usize;
                if other < item {
                    add(other, (left * f64::from(fades[later].often)) as f32);
                }
            }
        }
    }

    /// Of the target's column of `Σ s_t y_tᵀ` the entries of so many items that it follows most, by item.
    fn strongest_followed(&self, target: usize, most: usize) -> Sources {
        let mut near = sparse_sums(self.own.len(), |sums| {
            for (history, fades, place) in self.occurrences(target) {
                let (mut counts, fade) = (1.0, 1.0 - 1.5 / self.horizon as f64);
                for before in 1..=place.min(self.horizon) {
                    for (source, left) in earlier(history, fades, place - before) {
                        sums.add(source, counts * left);
                    }
                    counts *= fade;
                }
            }
        });
        near.retain(|&(source, _)| source != target);
        // Above 0: whatever is followed is in the past at least once.
        near.iter_mut().for_each(|(source, sum)| *sum /= self.own[*source].sqrt());
        keep_strongest(&mut near, most);
        near.iter_mut().for_each(|(source, sum)| *sum *= self.own[*source].sqrt());
        near
    }

    /// `S`, and the weights of all sources for all targets.
    fn solve(&self, l2: f64) -> Result<(Mat<f32>, Mat<f32>)> {
        let items = self.own.len();
        let mut past = Mat::<f32>::zeros(items, items);
        columns_of(&mut past).into_par_iter().enumerate().for_each(|(item, column)| {
            let mut row = vec![0.0; item + 1];
            self.add_past(item, |other, sum| row[other] += sum);
            column.iter_mut().zip(row).for_each(|(entry, value)| *entry = value);
        });
        let past = Mat::from_fn(items, items, |row, column| past[(row.min(column), row.max(column))]);
        let mut weights = Mat::<f32>::zeros(items, items);
        columns_of(&mut weights).into_par_iter().enumerate().for_each(|(target, mut column)| {
            for (source, sum) in self.strongest_followed(target, items) {
                column[source] = sum as f32;
            }
        });
        let mut system = past.clone();
        for item in 0..items {
            let own = &mut system[(item, item)];
            *own = *own * (1.0 + DROPOUT as f32) + l2 as f32;
        }
        let factor = system.llt(Side::Lower).map_err(|error| Error::ModelFormat {
            reason: format!("what comes next cannot be fitted: {error:?}"),
        })?;
        factor.solve_in_place(&mut weights);
        Ok((past, weights))
    }
}

/// The items up to a place of a history, the last first, each with what is left of its weight there.
fn earlier<'a>(
    history: &'a [Interaction],
    fades: &'a [Fade],
    place: usize,
) -> impl Iterator<Item = (usize, f64)> + 'a {
    let mut left = 1.0;
    (0..=place).rev().map_while(move |at| {
        if at < place {
            left *= f64::from(fades[at].left);
        }
        (left >= LEAST).then(|| (history[at].item as usize, left))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{ColumnNames, MAX_DENSE_ITEMS};

    fn interactions(text: &str) -> Interactions {
        Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads")
    }

    fn half_life(events: f64) -> HalfLife {
        HalfLife { events: Some(events), days: None }
    }

    #[test]
    fn what_follows_has_weight_and_what_precedes_has_none() {
        let text = (0..20).map(|viewer| format!("{viewer},a\n{viewer},b\n{viewer},c\n")).collect::<String>();
        let interactions = interactions(&text);
        let next = NextItem { decay: half_life(2.0), l2: 1.0, horizon: 5 };
        for dense in [0, MAX_DENSE_ITEMS] {
            let shape = Shape::of_sources(0, 1, 6, 2);
            let options = TrainOptions { max_dense_items: dense, ..TrainOptions::new(shape) };
            let table = next.table(&interactions, &options, &|_| {}, Checkpoint::none()).expect("learns");
            let weight = |source: u32, target: usize| {
                let row = table.rows.row(target).iter().find(|neighbour| neighbour.item == source);
                row.map_or(0.0, |neighbour| f64::from(neighbour.weight) * f64::from(table.scales[target]))
            };
            let (a, b, c) = (0, 1, 2);
            assert!(weight(a, b as usize) > 0.5 && weight(b, c as usize) > 0.3, "{table:?}");
            assert!(weight(c, a as usize) < 0.1 && weight(b, a as usize) < 0.1, "{table:?}");
        }
    }

    #[test]
    fn dense_or_target_by_target_is_the_same() {
        let text: String = (0..60)
            .flat_map(|viewer: usize| {
                (0..16).map(move |step| {
                    format!("{viewer},{}\n", (viewer * viewer + step * (1 + viewer % 22)) % 23)
                })
            })
            .collect();
        let interactions = interactions(&text);
        let pairs = Pairs::new(NextItem { decay: half_life(2.0), l2: 3.0, horizon: 5 }, &interactions);
        let items = pairs.own.len();
        let keep = Keep { most: items, steps: super::super::steps::Steps { bits: 8, signed: true } };
        let fit = |dense| {
            let targets = NextTargets { pairs: &pairs, l2: 3.0, candidates: items, dense };
            let block = targets.block(&(0..items).collect::<Vec<_>>());
            let rows = (0..items).map(|number| targets.fit(&block, number, keep).expect("fits"));
            rows.map(|row| (row.neighbours, row.scale)).collect::<Vec<_>>()
        };
        let (dense, local) = (fit(Some(pairs.solve(3.0).expect("solves"))), fit(None));
        for ((dense, scale), (local, of_local)) in dense.iter().zip(&local) {
            assert!((scale - of_local).abs() <= scale / 64.0);
            for neighbour in local {
                let same = dense.iter().find(|other| other.item == neighbour.item);
                let near = same.is_some_and(|same| same.weight.abs_diff(neighbour.weight) <= 3);
                assert!(near || neighbour.weight.abs() <= 3, "{neighbour:?}: {dense:?}");
            }
        }
    }

    #[test]
    fn the_sums_are_those_over_all_places() {
        let text =
            "1,a,5,0\n1,b,5,86400\n1,c,5,259200\n1,d,5,259200\n2,c,5,0\n2,a,5,86400\n2,d,5,100000\n3,d,5,7\n";
        let interactions = interactions(text);
        let decay = HalfLife { events: Some(2.0), days: Some(1.5) };
        let (mut pasts, mut futures) = ([[0.0; 4]; 4], [[0.0; 4]; 4]);
        for row in interactions.by_viewer.iter() {
            for place in 1..row.len() {
                let (mut past, mut future) = ([0.0; 4], [0.0; 4]);
                for at in 0..place {
                    let days = (row[place - 1].time - row[at].time) / 86400.0;
                    past[row[at].item as usize] = (-((place - 1 - at) as f64 / 2.0 + days / 1.5)).exp2();
                }
                for at in place..row.len().min(place + 5) {
                    future[row[at].item as usize] = 0.7_f64.powi((at - place) as i32);
                }
                for (a, b) in (0..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
                    pasts[a][b] += past[a] * past[b];
                    futures[a][b] += past[a] * future[b];
                }
            }
        }
        let pairs = Pairs::new(NextItem { decay, l2: 1.0, horizon: 5 }, &interactions);
        for item in 0..4 {
            let mut row = vec![0.0; item + 1];
            pairs.add_past(item, |other, sum| row[other] += sum);
            for other in 0..=item {
                assert!((f64::from(row[other]) - pasts[item][other]).abs() < 1e-6, "{item} {other}: {row:?}");
            }
            let column = pairs.strongest_followed(item, 4);
            for other in (0..4).filter(|&other| other != item) {
                let found = column.iter().find(|&&(source, _)| source == other).map_or(0.0, |&(_, sum)| sum);
                assert!((found - futures[other][item]).abs() < 1e-6, "{other} then {item}: {column:?}");
            }
        }
    }
}
