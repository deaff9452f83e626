use faer::Mat;

use super::Edlae;
use super::gram::Gram;
use crate::model::{WeightByLength, bfloat16};

/// How much is left out of the histories that the bias is learnt from: it is for those of whom little is known.
const HEAVY: Edlae = Edlae { dropout: 0.9, l2: 500.0 };
/// Relative to the goal's length.
const TOLERANCE: f64 = 1e-9;
const MOST_STEPS: usize = 200;
/// The popularity scorer's weights for each length of history where the most watched item's share of viewers is 1; 0 where the weights do not
/// depend on it.
const CHANCES: WeightByLength = [0.0, 0.0, 1.0 / 4.0, 1.0 / 8.0, 1.0 / 16.0, 0.0];

/// How much each item is to be expected of a viewer who has nothing else, the most being 1.
///
/// With a constant as one more item that everybody has, and heavy dropout, EDLAE's weights of the constant are, up to a factor
/// that is the same for all, `y_j · (G + Λ)_jj` with `(C + Λ) y = diag G`, where `C` is `G` of the centred rows. Unlike the
/// item's popularity they tell what those have who have little from what those have who have everything. Solved by
/// conjugate gradients (Hestenes and Stiefel 1952), preconditioned with the diagonal.
pub(super) fn bias(gram: &Gram) -> Vec<f32> {
    let items = gram.items();
    let viewers = gram.viewers().max(1) as f64;
    let penalty = HEAVY.penalty(gram);
    let count: Vec<f64> = (0..items).map(|item| gram.count(item)).collect();
    let diagonal: Vec<f64> = (0..items).map(|item| count[item] + penalty[item]).collect();
    // (C + Λ) x = G x − counts (counts · x) / viewers + Λ x
    let times = |vector: &[f64]| -> Vec<f64> {
        let product = gram.times(&Mat::from_fn(items, 1, |item, _| vector[item]));
        let mean = dot(&count, vector) / viewers;
        (0..items)
            .map(|item| product[(item, 0)] - count[item] * mean + penalty[item] * vector[item])
            .collect()
    };
    let mut solution = vec![0.0; items];
    let mut rest = count.clone();
    let precondition =
        |rest: &[f64]| -> Vec<f64> { rest.iter().zip(&diagonal).map(|(a, b)| a / b).collect() };
    let mut direction = precondition(&rest);
    let mut slope = dot(&rest, &direction);
    let enough = slope * TOLERANCE * TOLERANCE;
    for _ in 0..MOST_STEPS {
        if slope <= enough {
            break;
        }
        let product = times(&direction);
        let step = slope / dot(&direction, &product);
        add(&mut solution, step, &direction);
        add(&mut rest, -step, &product);
        let next = precondition(&rest);
        let next_slope = dot(&rest, &next);
        let turn = next_slope / slope;
        direction = next.iter().zip(&direction).map(|(next, direction)| next + turn * direction).collect();
        slope = next_slope;
    }
    let bias: Vec<f64> = solution.iter().zip(&diagonal).map(|(y, diagonal)| y * diagonal).collect();
    let most = bias.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    bias.into_iter().map(|value| bfloat16((value / most) as f32)).collect()
}

/// How much the bias counts in a blend. It is at most 1, and what the history says is about how likely the viewer is to watch an item, which of
/// the most watched one is its share of the viewers: one of two in MovieLens, one of fifty in a shop. Where the two are
/// added up to choose a list, the bias is brought to that scale; elsewhere its weights are those that there are.
pub(super) fn weights_of_bias(gram: &Gram, mut weights: WeightByLength) -> WeightByLength {
    let most = (0..gram.items()).map(|item| gram.count(item)).fold(0.0, f64::max);
    let share = most / gram.viewers().max(1) as f64;
    let of_share = weights.iter_mut().zip(CHANCES).filter(|(_, chance)| *chance > 0.0);
    // Four places are as many as anybody reads.
    of_share.for_each(|(weight, chance)| *weight = (1e4 * chance * share).round() / 1e4);
    weights
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], factor: f64, other: &[f64]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += factor * other);
}

#[cfg(test)]
mod tests {
    use faer::Side;
    use faer::linalg::solvers::Solve;

    use super::*;
    use crate::columns::Rows;

    #[test]
    fn it_is_the_constants_row_of_the_inverse() {
        let mut rows = Rows::default();
        for viewer in 0..60_u32 {
            rows.push((0..5).filter(|item| viewer % (item + 2) == 0 || (viewer < 20 && *item == 4)));
        }
        let gram = Gram::new(rows, 5);
        // G + Λ with the constant as item 5, which has no penalty.
        let counts = gram.among(vec![vec![0, 1, 2, 3, 4]]).matrix(0);
        let penalty = HEAVY.penalty(&gram);
        let matrix = Mat::from_fn(6, 6, |row, column| match (row.min(column), row.max(column)) {
            (5, 5) => 60.0,
            (item, 5) => gram.count(item),
            (a, b) => counts[(a, b)] + if a == b { penalty[a] } else { 0.0 },
        });
        let mut unit = Mat::from_fn(6, 1, |row, _| f64::from(u8::from(row == 5)));
        matrix.llt(Side::Lower).expect("is positive").solve_in_place(&mut unit);
        let expected: Vec<f64> = (0..5).map(|item| -unit[(item, 0)] * matrix[(item, item)]).collect();
        let most = expected.iter().copied().fold(0.0, f64::max);
        for (value, expected) in bias(&gram).iter().zip(expected) {
            assert!(
                (f64::from(*value) - expected / most).abs() < 1.0 / 256.0,
                "{value} is not {}",
                expected / most
            );
        }
    }

    #[test]
    fn from_three_items_on_it_counts_by_how_many_viewers_have_the_most_watched_item() {
        let mut rows = Rows::default();
        // Item 0 is everybody's, and another one of two viewers.
        (0..50_u32).for_each(|viewer| rows.push((0..2).filter(|item| *item == 0 || viewer % 2 == 0)));
        let usual = [1.0, 0.3, 0.9, 0.9, 0.9, 0.2];
        assert_eq!(weights_of_bias(&Gram::new(rows, 2), usual), [1.0, 0.3, 0.25, 0.125, 0.0625, 0.2]);
        let mut rows = Rows::default();
        (0..50_u32).for_each(|viewer| rows.push([viewer % 25]));
        assert_eq!(weights_of_bias(&Gram::new(rows, 25), usual), [1.0, 0.3, 0.01, 0.005, 0.0025, 0.2]);
    }
}
