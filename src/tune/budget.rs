use super::{Trial, Tuner};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::evaluate::Split;
use crate::history::HalfLife;
use crate::score::HISTORY;
use crate::train::{Interactions, Shape, TrainOptions, train};

/// Which parts of a budget go to the low-rank part, and to what comes next; the rest goes to neighbours.
const SHARES: [(f64, f64); 8] =
    [(0.0, 0.0), (0.3, 0.0), (0.5, 0.0), (0.7, 0.0), (0.0, 0.25), (0.3, 0.25), (0.45, 0.25), (0.6, 0.2)];
/// What a file has beside its parts' own data: header, table of parts, metadata, genres.
const FIXED: usize = 2048;
/// The most neighbours of an item.
const MOST: usize = 127;
/// Bits of a neighbour's weight.
const BITS: u8 = 4;

/// The shape that does best on held-out viewers, of those whose file is not larger than `budget` bytes. Judged by nDCG@100 on hidden
/// fifths of histories, and where the interactions say when, as much by nDCG@10 on their last fifths.
///
/// # Errors
/// [`Error::Option`] where not even the ids fit, or there are too few viewers to hold any out.
pub fn shape_within(
    budget: usize,
    interactions: &Interactions,
    start: &TrainOptions,
    report: &mut dyn FnMut(&Trial),
) -> Result<Shape> {
    let shapes: Vec<Shape> =
        SHARES.iter().filter_map(|&(low_rank, next)| shape(budget, low_rank, next, interactions)).collect();
    if shapes.is_empty() {
        let reason = format!("{budget} bytes are too few for {} items", interactions.items.len());
        return Err(Error::Option { option: "budget".into(), reason });
    }
    let split = Split::new(interactions);
    let catalog = Catalog::of_ids(interactions.items.strings())?;
    let of = shapes.len() * if interactions.timed { 2 } else { 1 };
    let mut tuner = Tuner::new(&split, None, &catalog, start.clone(), report, of)?;
    let (together, in_time) = (split.at_random(), split.in_time());
    let mut values = Vec::new();
    for &shape in &shapes {
        let options = TrainOptions { shape, ..start.clone() };
        let model = train(&split.learnt, None, &options, &|_| {})?;
        let Shape { dimensions, neighbours, next, .. } = shape;
        let name = format!("{dimensions} dimensions, {neighbours:?} + {next:?}");
        let evaluation = tuner.evaluate(&model, &together, HalfLife::default(), Some(HISTORY))?;
        let (_, found) = tuner.told(name.clone(), &evaluation);
        let ordered = if interactions.timed {
            let evaluation = tuner.evaluate(&model, &in_time, options.half_life, Some(HISTORY))?;
            tuner.told(format!("{name}, in time"), &evaluation).0
        } else {
            0.0
        };
        values.push((found, ordered));
    }
    let best = |value: fn(&(f64, f64)) -> f64| values.iter().map(value).fold(f64::MIN_POSITIVE, f64::max);
    let (most_found, most_ordered) = (best(|value| value.0), best(|value| value.1));
    let worth = |&(found, ordered): &(f64, f64)| found / most_found + ordered / most_ordered;
    let ranked = shapes.iter().zip(&values).max_by(|a, b| worth(a.1).total_cmp(&worth(b.1)));
    Ok(ranked.map_or(shapes[0], |(&shape, _)| shape))
}

/// The shape that uses the budget in these shares; `None` where it leaves no room for a neighbour.
fn shape(budget: usize, low_rank: f64, next: f64, interactions: &Interactions) -> Option<Shape> {
    let items = interactions.items.len();
    let ids: usize = interactions.items.strings().iter().map(|id| varint(id.len()) + id.len()).sum();
    let counts = items * varint(interactions.viewers.len());
    // A bias, a scale and a number of neighbours for each table, a weight for the low-rank part.
    let table = 2 + varint(MOST);
    let tables = if next > 0.0 { 2 * table } else { table };
    let scales = items * (2 + tables + if low_rank > 0.0 { 2 } else { 0 });
    let room = budget.checked_sub(FIXED + ids + counts + scales)? as f64 / items as f64;
    let neighbour = (f64::from(items.max(2).ilog2() + 1) + f64::from(BITS)) / 8.0;
    let dimensions = ((room * low_rank) as usize).min(items);
    let next = (room * next / neighbour) as usize;
    let neighbours = ((room - dimensions as f64 - next as f64 * neighbour) / neighbour) as usize;
    let most = items.saturating_sub(1).clamp(1, MOST);
    let shape = Shape::of_sources(dimensions, neighbours.min(most), BITS, next.min(most));
    (neighbours > 0).then_some(shape)
}

/// How many bytes the file needs for a number that is not larger.
fn varint(most: usize) -> usize {
    (most.max(1).ilog2() / 7 + 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::ColumnNames;

    #[test]
    fn the_budget_is_kept() {
        let text: String = (0..300)
            .flat_map(|viewer| {
                (0..12)
                    .map(move |step| format!("{viewer},item {},5,{step}\n", (viewer * 7 + step * step) % 200))
            })
            .collect();
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        for budget in [8_000, 12_000, 40_000] {
            let start = TrainOptions::new(Shape::of_sources(0, 1, BITS, 0));
            let mut trials = 0;
            let shape =
                shape_within(budget, &interactions, &start, &mut |_| trials += 1).expect("finds a shape");
            assert!(trials >= 2);
            let model =
                train(&interactions, None, &TrainOptions { shape, ..start }, &|_| {}).expect("trains");
            let bytes = model.to_bytes().expect("writes").len();
            assert!(bytes <= budget, "{bytes} of {budget} bytes, {shape:?}");
        }
        let start = TrainOptions::new(Shape::of_sources(0, 1, BITS, 0));
        let error = shape_within(1_000, &interactions, &start, &mut |_| {}).expect_err("too little");
        assert_eq!(error.code(), "OPTION");
    }
}
