use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::steps::Steps;
use crate::error::Result;
use crate::model::{Neighbour, WeightTable, row_bits};

/// How large a table of sources by target is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// So many sources for each target at most.
    Sources(usize),
    /// So many bytes for the sources of all targets.
    Bytes(usize),
}

impl Room {
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        matches!(self, Room::Sources(0) | Room::Bytes(0))
    }
}

/// The most sources of a target.
pub(super) const MOST: usize = 4096;
/// From so many sources on, weights below 0 are kept, too: among few they say less than the largest do.
const MANY: usize = 128;
/// With fewer bits none are below 0: a sign would leave too few steps.
const SIGNED_BITS: u8 = 4;
/// Finer weights than of so many bits make no list better.
const FINEST: u8 = 6;
/// At least so many targets, spread evenly, say how many sources there is room for; or one in so many of them.
const SAMPLE: usize = 256;
const ONE_OF: usize = 16;
/// How often the number is tried.
const TRIES: usize = 5;
/// How much of the room is aimed at: the sample says a little less or more than the whole takes.
const AIM: f64 = 0.985;

/// What one target keeps.
pub(super) struct Fitted {
    pub(super) neighbours: Vec<Neighbour>,
    pub(super) scale: f32,
    /// The weight of its low-rank part.
    pub(super) weight: f32,
}

/// How many sources each target may have, and how their weights are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keep {
    pub(super) most: usize,
    pub(super) steps: Steps,
}

impl Keep {
    fn new(most: usize, bits: u8) -> Self {
        Keep { most, steps: Steps { bits, signed: most >= MANY && bits >= SIGNED_BITS } }
    }
}

/// Regressions of many targets, of which the strongest sources are kept.
pub(super) trait Regressions: Sync {
    /// What some targets need together.
    type Block: Sync;

    /// How many targets there are, which are the sources, too.
    fn items(&self) -> usize;

    /// How many targets a block may have.
    fn block_size(&self) -> usize;

    /// Prepares some targets.
    fn block(&self, targets: &[usize]) -> Self::Block;

    /// What the target keeps that has this number in the block.
    fn fit(&self, block: &Self::Block, number: usize, keep: Keep) -> Result<Fitted>;

    /// What each target keeps so that there is room for all. `progress` hears which share of the targets is done; `checkpoint` has what was
    /// done before.
    fn fit_all(
        &self,
        room: Room,
        bits: u8,
        progress: &dyn Fn(f64),
        mut checkpoint: Checkpoint,
    ) -> Result<(WeightTable, Vec<f32>)>
    where
        Self: Sized,
    {
        let keep = checkpoint.keep(|| within(self, room, bits))?;
        let targets: Vec<usize> = (0..self.items()).collect();
        let mut table = WeightTable { bits: keep.steps.bits, ..WeightTable::default() };
        let mut weights = Vec::with_capacity(targets.len());
        for targets in targets.chunks(self.block_size().max(1)) {
            progress(weights.len() as f64 / self.items() as f64);
            let fit = || fit_block(self, &self.block(targets), targets.len(), keep);
            for fitted in checkpoint.block(targets.len(), fit)? {
                table.rows.push(fitted.neighbours);
                table.scales.push(fitted.scale);
                weights.push(fitted.weight);
            }
        }
        Ok((table, weights))
    }
}

fn fit_block<R: Regressions>(of: &R, block: &R::Block, targets: usize, keep: Keep) -> Result<Vec<Fitted>> {
    (0..targets).into_par_iter().map(|number| of.fit(block, number, keep)).collect()
}

/// How many sources each target may have, and how many bits the weights have: finer ones where there is room left.
fn within<R: Regressions>(of: &R, room: Room, bits: u8) -> Result<Keep> {
    let (bytes, items) = match room {
        Room::Sources(most) => return Ok(Keep::new(most, bits)),
        Room::Bytes(bytes) => (bytes, of.items()),
    };
    let every = (items / SAMPLE).clamp(1, ONE_OF);
    let sample: Vec<usize> = (0..items).step_by(every).take(of.block_size().max(1)).collect();
    let block = of.block(&sample);
    // How many bits a row takes in the mean, and whether a row has all the sources that it may have.
    let taken = |keep: Keep| -> Result<(f64, bool)> {
        let rows = fit_block(of, &block, sample.len(), keep)?;
        let taken: u64 = rows.iter().map(|row| bits_of(&row.neighbours, keep.steps.bits)).sum();
        let filled = rows.iter().any(|row| row.neighbours.len() == keep.most);
        Ok(((taken as f64 / rows.len() as f64).max(1e-3), filled))
    };
    // Each row's length is a byte, or two.
    let aim = (AIM * 8.0 * bytes as f64 / items as f64 - 8.0).max(1.0);
    let most = MOST.min(items.saturating_sub(1)).max(1);
    let (mut fits, mut next) = (1, ((aim / (f64::from(bits) + 6.0)) as usize).clamp(1, most));
    for _ in 0..TRIES {
        let (taken, filled) = taken(Keep::new(next, bits))?;
        if taken <= aim {
            fits = fits.max(next);
        }
        // More would not be found.
        if taken <= aim && (!filled || next == most) {
            break;
        }
        let guess = ((next as f64 * aim / taken) as usize).clamp(1, most);
        if guess == next || guess.abs_diff(next) * 200 < next {
            fits = if taken <= aim { next } else { fits.max(guess.min(next - 1)) };
            break;
        }
        next = guess;
    }
    let mut keep = Keep::new(fits, bits);
    while keep.steps.bits < FINEST {
        let finer = Keep::new(fits, keep.steps.bits + 1);
        if taken(finer)?.0 > aim {
            break;
        }
        keep = finer;
    }
    Ok(keep)
}

/// How many bits a row takes, without those of its length up to 127.
fn bits_of(row: &[Neighbour], bits: u8) -> u64 {
    let long = if row.len() > 127 { 8 } else { 0 };
    row_bits(row.iter().map(|neighbour| neighbour.item)) + row.len() as u64 * u64::from(bits) + long
}
