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
}
