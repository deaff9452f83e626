use super::room::{MOST, Room};
use crate::columns::Strings;
use crate::error::{Error, Result};
use crate::model::{LowRank, WeightTable};

/// How large a model is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Dimensions of the low-rank part, 0 for none.
    pub dimensions: usize,
    /// How many bits a factor of it has.
    pub factor_bits: u8,
    /// The sources of each target, whatever the order.
    pub neighbours: Room,
    /// The sources of each target that it follows.
    pub next: Room,
    /// How many bits a source's weight has.
    pub bits: u8,
}

impl Shape {
    /// So many dimensions, so many neighbours, each with so many bits, and so many items that come before each.
    pub fn of_sources(dimensions: usize, neighbours: usize, bits: u8, next: usize) -> Self {
        let (neighbours, next) = (Room::Sources(neighbours), Room::Sources(next));
        Shape { dimensions, factor_bits: 8, neighbours, next, bits }
    }

    /// The same with as much room for each of other items, for tuning.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn of_items(self, items: usize, others: usize) -> Self {
        let scaled = |room| match room {
            Room::Bytes(bytes) => Room::Bytes((bytes as f64 * others as f64 / items.max(1) as f64) as usize),
            Room::Sources(_) => room,
        };
        Shape { neighbours: scaled(self.neighbours), next: scaled(self.next), ..self }
    }

    /// The same with the low-rank part's room for neighbours.
    pub(crate) fn without_low_rank(self, items: usize) -> Self {
        let bytes = self.dimensions * usize::from(self.factor_bits) * items / 8;
        let neighbours = match self.neighbours {
            Room::Bytes(of_neighbours) => Room::Bytes(of_neighbours + bytes),
            // An index takes about as many bits as say one item of all, less what gaps save, and the weight.
            Room::Sources(most) => {
                let bits = items.max(2).ilog2() as usize + usize::from(self.bits);
                Room::Sources((most + 8 * bytes / items.max(1) / bits).min(MOST))
            }
        };
        Shape { dimensions: 0, neighbours, ..self }
    }

    pub(super) fn validate(self) -> Result<()> {
        let fail = |option: &str, reason| Err(Error::Option { option: option.into(), reason });
        let sources = |room: Room, least: usize| match room {
            Room::Sources(most) => most,
            Room::Bytes(_) => least,
        };
        for (name, value, least) in [
            ("neighbours", sources(self.neighbours, 1), 1),
            ("dimensions", self.dimensions, 0),
            ("next", sources(self.next, 0), 0),
        ] {
            if !(least..=MOST).contains(&value) {
                return fail(name, format!("must be from {least} to {MOST}, found {value}"));
            }
        }
        if !(2..=*WeightTable::BITS.end()).contains(&self.bits) {
            return fail("bits", format!("must be from 2 to 8, found {}", self.bits));
        }
        if !LowRank::BITS.contains(&self.factor_bits) {
            return fail("factor-bits", format!("must be from 2 to 8, found {}", self.factor_bits));
        }
        Ok(())
    }
}

/// What a file has beside the parts that grow with the items: header, table of parts, metadata, genres.
const FIXED: usize = 2048;

/// How many bytes are left of a budget for the low-rank part's factors and for the sources of the tables; `None` where not even the
/// rest fits.
pub(super) fn room_within(budget: usize, tables: usize, low_rank: bool, ids: &Strings) -> Option<usize> {
    let items = ids.len();
    let ids: usize = ids.iter().map(|id| varint(id.len()) + id.len()).sum();
    // A count's difference from the next is a byte nearly always. A bias; each table has a scale and a number of sources for each target,
    // which [`Room`] counts; the low-rank part has a weight.
    let each = 1 + 2 + 2 * tables + if low_rank { 2 } else { 0 };
    budget.checked_sub(FIXED.min(budget / 4) + ids + items * each)
}

/// How many bytes the file needs for a number that is not larger.
fn varint(most: usize) -> usize {
    (most.max(1).ilog2() / 7 + 1) as usize
}
