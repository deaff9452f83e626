//! Weights in whole steps: what a file keeps of them.

use rayon::prelude::*;

use crate::error::Result;
use crate::model::{Neighbour, Table, bfloat16};

/// Leaves the largest values, of equal ones the earlier item's, in the order of the items.
pub(super) fn keep_strongest(values: &mut Vec<(usize, f64)>, most: usize) {
    if values.len() > most {
        values.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        values.truncate(most);
    }
    values.sort_unstable_by_key(|&(item, _)| item);
}

/// Weights in whole steps of a scale that makes the strongest the largest that so many bits can say; without those of
/// no step.
pub(super) fn in_steps(
    values: impl Iterator<Item = (usize, f64)> + Clone,
    bits: u8,
) -> (Vec<Neighbour>, f32) {
    let most = f64::from((1_u16 << (bits - 1)) - 1);
    let scale = bfloat16((values.clone().map(|(_, value)| value.abs()).fold(0.0, f64::max) / most) as f32);
    let step = |(item, value): (usize, f64)| Neighbour {
        item: item as u32,
        weight: (value / f64::from(scale)).round().clamp(-most, most) as i8,
    };
    if scale == 0.0 {
        return (Vec::new(), 0.0);
    }
    (values.map(step).filter(|neighbour| neighbour.weight != 0).collect(), scale)
}

/// A target's strongest positive weights in steps, without its own.
pub(super) fn strongest_positive(
    target: usize,
    mut weights: Vec<(usize, f64)>,
    most: usize,
    bits: u8,
) -> (Vec<Neighbour>, f32) {
    weights.retain(|&(source, weight)| source != target && weight > 0.0);
    keep_strongest(&mut weights, most);
    in_steps(weights.into_iter(), bits)
}

/// A table of each target's strongest positive weights, `column(target)` saying those and others.
pub(super) fn strongest_of_columns(
    items: usize,
    most: usize,
    bits: u8,
    column: impl Fn(usize) -> Result<Vec<(usize, f64)>> + Sync,
) -> Result<Table> {
    let keep = |target: usize| Ok(strongest_positive(target, column(target)?, most, bits));
    let kept: Vec<(Vec<Neighbour>, f32)> = (0..items).into_par_iter().map(keep).collect::<Result<_>>()?;
    let mut table = Table { bits, ..Table::default() };
    for (row, scale) in kept {
        table.rows.push(row);
        table.scales.push(scale);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_the_strongest_exactly() {
        let (neighbours, scale) = in_steps([(1, 0.5), (4, -0.25), (6, 0.001)].into_iter(), 8);
        let weights: Vec<(u32, i8)> =
            neighbours.iter().map(|neighbour| (neighbour.item, neighbour.weight)).collect();
        assert_eq!(weights, [(1, 127), (4, -64)], "what rounds to 0 is not kept");
        assert!((f64::from(scale) * 127.0 - 0.5).abs() < 0.5 / 256.0);
        assert_eq!(in_steps([(0, 0.0)].into_iter(), 4), (Vec::new(), 0.0));
    }
}
