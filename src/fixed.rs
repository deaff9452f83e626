//! Numbers in fixed point: the same in every browser, in whatever order they were added up.

/// A score in steps of 1 / [`SCORE_ONE`].
pub type Score = i32;

/// The score 1.
pub const SCORE_ONE: Score = 1 << 16;

/// What is added before the digits behind the point are cut off: as little below a half as there is, so that what is just below a half does not
/// become a whole.
const HALF: f64 = 0.5 - 0.25 * f64::EPSILON;

/// A number as a [`Score`], rounded (halves away from zero) and saturating; NaN is 0. As `libm::round`, without a call: each item of a catalog is rounded
/// several times for a list.
#[inline]
pub fn to_fixed_point(value: f64) -> Score {
    let scaled = value * f64::from(SCORE_ONE);
    (scaled + HALF.copysign(scaled)) as Score
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_rounds_as_libm_does(value in any::<f64>(), steps in -4e9..4e9_f64, whole in any::<i32>(), near in -2..3_i64) {
            let one = f64::from(SCORE_ONE);
            // As near to a half as there is.
            let half = f64::from_bits((f64::from(whole) + 0.5).to_bits().wrapping_add_signed(near));
            for value in [value, steps / one, half / one, f64::from(whole) / one] {
                prop_assert_eq!(to_fixed_point(value), libm::round(value * one) as Score, "{}", value);
            }
        }
    }
}
