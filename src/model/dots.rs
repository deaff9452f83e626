/// The dot products of a taste with the factors of four items, each added up dimension by dimension: so no sum waits for another, and each is, bit
/// for bit, what it would be alone.
pub(super) fn dots(taste: &[f64], factors: [&[i8]; 4]) -> [f64; 4] {
    let (mut sums, done) = vectors(taste, factors);
    let [a, b, c, d] = factors;
    let rest = taste[done..].iter().zip(&a[done..]).zip(&b[done..]).zip(&c[done..]).zip(&d[done..]);
    for ((((taste, &a), &b), &c), &d) in rest {
        sums[0] += taste * f64::from(a);
        sums[1] += taste * f64::from(b);
        sums[2] += taste * f64::from(c);
        sums[3] += taste * f64::from(d);
    }
    sums
}

/// The sums of as many dimensions as are done at once, and how many those are.
#[cfg(not(target_feature = "simd128"))]
fn vectors(_: &[f64], _: [&[i8]; 4]) -> ([f64; 4], usize) {
    ([0.0; 4], 0)
}

/// Sixteen dimensions at once, two items in a vector.
#[cfg(target_feature = "simd128")]
fn vectors(taste: &[f64], factors: [&[i8]; 4]) -> ([f64; 4], usize) {
    use std::arch::wasm32::*;

    #[expect(unsafe_code, reason = "there is no safe way to read a vector")]
    #[inline(always)]
    fn vector(factors: &[i8; 16]) -> v128 {
        // SAFETY: there are 16 bytes, and vectors need no alignment.
        unsafe { v128_load(factors.as_ptr().cast()) }
    }
    let (mut first, mut second) = (f64x2_splat(0.0), f64x2_splat(0.0));
    let [a, b, c, d] = factors;
    let [a, b, c, d] = [a.as_chunks().0, b.as_chunks().0, c.as_chunks().0, d.as_chunks().0];
    let mut done = 0;
    for (((((taste, a), b), c), d), place) in
        taste.as_chunks::<16>().0.iter().zip(a).zip(b).zip(c).zip(d).zip(1..)
    {
        done = 16 * place;
        let (a, b, c, d) = (vector(a), vector(b), vector(c), vector(d));
        // Of each dimension the four items' factors, one after the other.
        let ab = [
            i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b),
            i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b),
        ];
        let cd = [
            i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(c, d),
            i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(c, d),
        ];
        for (half, taste) in taste.as_chunks::<8>().0.iter().enumerate() {
            let (ab, cd) = (ab[half], cd[half]);
            let quarters = [
                i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(ab, cd),
                i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(ab, cd),
            ];
            for (quarter, taste) in quarters.into_iter().zip(taste.as_chunks::<4>().0) {
                let (low, high) = (i16x8_extend_low_i8x16(quarter), i16x8_extend_high_i8x16(quarter));
                let dimensions = [
                    i32x4_extend_low_i16x8(low),
                    i32x4_extend_high_i16x8(low),
                    i32x4_extend_low_i16x8(high),
                    i32x4_extend_high_i16x8(high),
                ];
                for (items, &taste) in dimensions.into_iter().zip(taste) {
                    let taste = f64x2_splat(taste);
                    let others = i32x4_shuffle::<2, 3, 2, 3>(items, items);
                    first = f64x2_add(first, f64x2_mul(taste, f64x2_convert_low_i32x4(items)));
                    second = f64x2_add(second, f64x2_mul(taste, f64x2_convert_low_i32x4(others)));
                }
            }
        }
    }
    let sums = [
        f64x2_extract_lane::<0>(first),
        f64x2_extract_lane::<1>(first),
        f64x2_extract_lane::<0>(second),
        f64x2_extract_lane::<1>(second),
    ];
    (sums, done)
}

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
        fn four_at_once_are_what_each_is_alone(
            rows in prop::collection::vec((-1e3..1e3_f64, any::<[i8; 4]>()), 0..70),
        ) {
            let taste: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let factors = [0, 1, 2, 3].map(|item: usize| -> Vec<i8> { rows.iter().map(|row| row.1[item]).collect() });
            let alone = |factors: &Vec<i8>| -> f64 {
                taste.iter().zip(factors).fold(0.0, |sum, (taste, &factor)| sum + taste * f64::from(factor))
            };
            let [a, b, c, d] = &factors;
            let found = dots(&taste, [a, b, c, d]);
            prop_assert_eq!(found.map(f64::to_bits), factors.each_ref().map(|factors| alone(factors).to_bits()));
        }
    }

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
