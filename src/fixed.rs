//! Numbers in fixed point: the same in every browser, in whatever order they were added up.

/// A score in steps of 1 / [`ONE`].
pub type Score = i32;

/// The score 1.
pub const ONE: Score = 1 << 16;

/// A number as a [`Score`], rounded and saturating; NaN is 0.
pub fn fixed(value: f64) -> Score {
    libm::round(value * f64::from(ONE)) as Score
}
