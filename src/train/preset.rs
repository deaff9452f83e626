use super::Shape;
use crate::error::{Error, Result};
use crate::model::neighbour_bits;

/// Sizes to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Some 45 bytes an item.
    Nano,
    /// At most 70 bytes an item.
    Small,
    /// At most 140 bytes an item, and it knows what comes next.
    Base,
    /// As good as the dense model, at some 850 bytes an item.
    Large,
}

impl Preset {
    /// What a preset stands for.
    pub fn shape(self) -> Shape {
        let shape = |dimensions, neighbours, next| Shape { dimensions, neighbours, bits: 4, next };
        match self {
            Preset::Nano => shape(16, 8, 0),
            Preset::Small => shape(32, 12, 0),
            Preset::Base => shape(64, 14, 15),
            Preset::Large => shape(64, 320, 64),
        }
    }
}

impl Shape {
    /// How many neighbours there is room for without a low-rank part.
    pub(super) fn neighbours_alone(self, items: usize) -> usize {
        let bits = self.dimensions * 8 / neighbour_bits(items, self.bits) as usize;
        (self.neighbours + bits).min(MOST)
    }

    pub(super) fn validate(self) -> Result<()> {
        let fail = |option: &str, reason| Err(Error::Option { option: option.into(), reason });
        for (name, value, least) in
            [("neighbours", self.neighbours, 1), ("dimensions", self.dimensions, 0), ("next", self.next, 0)]
        {
            if !(least..=MOST).contains(&value) {
                return fail(name, format!("must be from {least} to {MOST}, found {value}"));
            }
        }
        if self.bits != 4 && self.bits != 8 {
            return fail("bits", format!("must be 4 or 8, found {}", self.bits));
        }
        Ok(())
    }
}

/// The most neighbours, and the most dimensions.
const MOST: usize = 4096;
