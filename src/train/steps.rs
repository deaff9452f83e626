//! Weights in whole steps: what a file keeps of them.

use super::sums::Sources;
use crate::model::{Neighbour, bfloat16};

/// How weights are said in whole steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    /// How many bits a weight has.
    pub(super) bits: u8,
    /// Whether weights may be below 0; else those are left out, which lets the bits say larger ones.
    pub(super) signed: bool,
}

/// Parts of the largest weight that the largest step may be: what is larger is cut off, and what is small is said better.
const LARGEST: [f64; 5] = [1.0, 0.92, 0.84, 0.76, 0.68];

impl Steps {
    /// The largest step.
    fn most(self) -> f64 {
        let signed = (1_i32 << (self.bits - 1)) - 1;
        f64::from(if self.signed { signed } else { (1 << self.bits).min(i8::MAX.into()) })
    }

    /// Weights in steps of the scale that says them with the least squared error; without those of no step.
    pub(super) fn of(self, mut values: Sources) -> (Vec<Neighbour>, f32) {
        if !self.signed {
            values.retain(|&(_, value)| value > 0.0);
        }
        let most = self.most();
        let largest = values.iter().map(|&(_, value)| value.abs()).fold(0.0, f64::max);
        let step = |value: f64, scale: f32| (value / f64::from(scale)).round().clamp(-most, most);
        let error = |scale: f32| -> f64 {
            let error = |&(_, value): &(usize, f64)| (step(value, scale) * f64::from(scale) - value).powi(2);
            values.iter().map(error).sum()
        };
        let scales = LARGEST.map(|part| bfloat16((largest * part / most) as f32));
        let errors = scales.map(|scale| if scale > 0.0 { error(scale) } else { f64::INFINITY });
        let best = (0..LARGEST.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
        let Some(scale) = best.map(|best| scales[best]).filter(|&scale| scale > 0.0) else {
            return (Vec::new(), 0.0);
        };
        let neighbour =
            |&(item, value): &(usize, f64)| Neighbour { item: item as u32, weight: step(value, scale) as i8 };
        (values.iter().map(neighbour).filter(|neighbour| neighbour.weight != 0).collect(), scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(neighbours: &[Neighbour]) -> Vec<(u32, i8)> {
        neighbours.iter().map(|neighbour| (neighbour.item, neighbour.weight)).collect()
    }

    #[test]
    fn steps_say_the_strongest_and_leave_out_what_is_none() {
        let values = vec![(1, 0.5), (4, -0.25), (6, 0.001)];
        let (neighbours, scale) = Steps { bits: 8, signed: true }.of(values.clone());
        assert_eq!(weights(&neighbours), [(1, 127), (4, -64)], "what rounds to 0 is not kept");
        assert!((f64::from(scale) * 127.0 - 0.5).abs() < 0.5 / 256.0);
        let (neighbours, scale) = Steps { bits: 3, signed: false }.of(values);
        assert_eq!(
            (weights(&neighbours), f64::from(scale)),
            (vec![(1, 8)], 0.5 / 8.0),
            "nor what is below 0"
        );
        assert_eq!(Steps { bits: 4, signed: true }.of(vec![(0, 0.0)]), (Vec::new(), 0.0));
    }

    #[test]
    fn one_that_is_large_does_not_take_the_steps_of_all_others() {
        // In steps of 1 / 7 the many would be a whole too large; in steps of .1 all but the one are right.
        let values: Vec<(usize, f64)> =
            (0..40).map(|item| (item, if item == 0 { 1.0 } else { 0.2 })).collect();
        let (neighbours, scale) = Steps { bits: 4, signed: true }.of(values);
        let error: f64 =
            neighbours.iter().skip(1).map(|n| (f64::from(n.weight) * f64::from(scale) - 0.2).powi(2)).sum();
        assert!(error < 39.0 * (0.2_f64 - 1.0 / 7.0).powi(2) / 2.0, "{scale} {neighbours:?}");
    }
}
