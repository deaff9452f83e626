/// A taste in whole numbers of 32 bits, in two halves, for dot products that are not exact, and several times as fast as those that are. Nearly always
/// they tell what score the exact one rounds to.
pub struct RoughTaste {
    high: Vec<i16>,
    low: Vec<i16>,
    /// What 1 is worth.
    step: f64,
    /// No exact dot product is farther away.
    margin: f64,
}

impl RoughTaste {
    /// So many dimensions at most: the sum of their products of 16 and 8 bits has no more than 32.
    const DIMENSIONS: usize = 511;

    /// For items with factors of so many bits, dimension by dimension. `None` for a taste that whole numbers are no good for.
    pub(super) fn new(taste: &[f64], bits: &[u8]) -> Option<Self> {
        let largest = taste.iter().fold(0.0, |largest: f64, taste| largest.max(taste.abs()));
        let step = largest / f64::from(i32::MAX - (1 << 16));
        if !step.is_normal() || taste.len() > Self::DIMENSIONS {
            return None;
        }
        let halves = |taste: &f64| {
            let whole = libm::round(taste / step) as i32;
            let high = (whole + (1 << 15)) >> 16;
            (high as i16, (whole - (high << 16)) as i16)
        };
        let (high, low) = taste.iter().map(halves).unzip();
        // Each number is half a step away, times a factor. Twice that is more than what sums in `f64` are away, too.
        let margin = step * bits.iter().map(|bits| f64::from(1 << (bits - 1))).sum::<f64>();
        Some(RoughTaste { high, low, step, margin })
    }

    /// The least and the most that the dot product with an item's factors can be.
    #[inline(always)]
    pub(super) fn bounds(&self, factors: &[i8]) -> [f64; 2] {
        let (high, low) = whole_dots(&self.high, &self.low, factors);
        let dot = high.wrapping_mul(1 << 16).wrapping_add(low) as f64 * self.step;
        [dot - self.margin, dot + self.margin]
    }
}

/// The dot products of both halves with an item's factors.
#[inline(always)]
fn whole_dots(high: &[i16], low: &[i16], factors: &[i8]) -> (i64, i64) {
    let ((mut high_sum, mut low_sum), done) = whole_vectors(high, low, factors);
    for ((&high, &low), &factor) in high[done..].iter().zip(&low[done..]).zip(&factors[done..]) {
        // They fit, and without looking several are done at once.
        high_sum = high_sum.wrapping_add(i32::from(high).wrapping_mul(factor.into()));
        low_sum = low_sum.wrapping_add(i32::from(low).wrapping_mul(factor.into()));
    }
    (high_sum.into(), low_sum.into())
}

/// The sums of as many dimensions as are done at once, and how many those are.
#[cfg(not(target_feature = "simd128"))]
fn whole_vectors(_: &[i16], _: &[i16], _: &[i8]) -> ((i32, i32), usize) {
    ((0, 0), 0)
}

/// Sixteen dimensions at once.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn whole_vectors(high: &[i16], low: &[i16], factors: &[i8]) -> ((i32, i32), usize) {
    use std::arch::wasm32::*;

    #[expect(unsafe_code, reason = "there is no safe way to read a vector")]
    #[inline(always)]
    fn vector<T, const SIZE: usize>(values: &[T; SIZE]) -> v128 {
        const { assert!(size_of::<[T; SIZE]>() == 16) };
        // SAFETY: there are 16 bytes, and vectors need no alignment.
        unsafe { v128_load(values.as_ptr().cast()) }
    }
    let (mut high_sums, mut low_sums) = (i32x4_splat(0), i32x4_splat(0));
    let (sixteens, high, low) =
        (factors.as_chunks::<16>().0, high.as_chunks::<8>().0, low.as_chunks::<8>().0);
    let tastes = high.as_chunks().0.iter().zip(low.as_chunks().0);
    // Written down one by one: loops over two are compiled as loops.
    for (sixteen, ([high, more_high], [low, more_low])) in sixteens.iter().zip(tastes) {
        let sixteen = vector(sixteen);
        let (first, second) = (i16x8_extend_low_i8x16(sixteen), i16x8_extend_high_i8x16(sixteen));
        high_sums = i32x4_add(high_sums, i32x4_dot_i16x8(first, vector(high)));
        low_sums = i32x4_add(low_sums, i32x4_dot_i16x8(first, vector(low)));
        high_sums = i32x4_add(high_sums, i32x4_dot_i16x8(second, vector(more_high)));
        low_sums = i32x4_add(low_sums, i32x4_dot_i16x8(second, vector(more_low)));
    }
    let sum = |sums: v128| {
        let sums = i32x4_add(sums, i32x4_shuffle::<2, 3, 0, 1>(sums, sums));
        i32x4_extract_lane::<0>(i32x4_add(sums, i32x4_shuffle::<1, 0, 3, 2>(sums, sums)))
    };
    ((sum(high_sums), sum(low_sums)), 16 * sixteens.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_exact_product_is_within_the_rough_ones_bounds(
            rows in prop::collection::vec((prop_oneof![-1e3..1e3_f64, -1e-9..1e-9_f64, Just(0.0)], any::<i8>()), 0..600),
            scale in prop::sample::select(vec![1.0, 1e-300, 1e-200, 1e200]),
        ) {
            let taste: Vec<f64> = rows.iter().map(|row| row.0 * scale).collect();
            let factors: Vec<i8> = rows.iter().map(|row| row.1).collect();
            let exact: f64 = taste.iter().zip(&factors).map(|(taste, &factor)| taste * f64::from(factor)).sum();
            match RoughTaste::new(&taste, &vec![8; taste.len()]) {
                None => prop_assert!(taste.len() > RoughTaste::DIMENSIONS || taste.iter().all(|taste| taste.abs() < 1e-290)),
                Some(rough) => {
                    let [least, most] = rough.bounds(&factors);
                    prop_assert!(least <= exact && exact <= most, "{} is not from {} to {}", exact, least, most);
                }
            }
        }
    }
}
