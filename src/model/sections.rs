//! The parts of a model's file: each is written and read here, one after the other. `docs/model-format.md`.

use super::bytes::{
    BitReader, BitWriter, Reader, damaged, push_bfloat16, push_u16, push_u32, push_varint, rice_bits,
};
use super::{LowRank, Metadata, Neighbour, WeightTable};
use crate::catalog::MAX_ID_BYTES;
use crate::columns::{Interner, Rows, Strings};
use crate::error::Result;
use crate::json::from_json;
use crate::text::quoted;

pub(super) fn write_ids(ids: &Strings) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_u32(&mut bytes, ids.len() as u32);
    for id in ids.iter() {
        push_varint(&mut bytes, id.len() as u32);
        bytes.extend(id.as_bytes());
    }
    bytes
}

pub(super) fn read_ids(bytes: &[u8]) -> Result<Strings> {
    let mut reader = Reader::new(bytes);
    let count = reader.u32()? as usize;
    let mut ids = Interner::default();
    for place in 0..count {
        let length = reader.varint()? as usize;
        let id = std::str::from_utf8(reader.take(length)?).map_err(|_| damaged("an id is not UTF-8"))?;
        if id.is_empty() || id.len() > MAX_ID_BYTES || ids.intern(id) as usize != place {
            return Err(damaged(format!("the id {} is empty, too long, or there twice", quoted(id))));
        }
    }
    reader.end()?;
    Ok(ids.into_strings())
}

/// Each count as the difference from the one before, by turns up and down: 0, −1, 1, −2, … Where the items are ordered by their
/// counts that is a byte each.
pub(super) fn write_popularity(counts: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut before = 0;
    for &count in counts {
        let difference = count.wrapping_sub(before) as i32;
        push_varint(&mut bytes, (difference << 1 ^ difference >> 31) as u32);
        before = count;
    }
    bytes
}

pub(super) fn read_popularity(bytes: &[u8], items: usize) -> Result<Vec<u32>> {
    let mut reader = Reader::new(bytes);
    let mut count = 0_u32;
    let mut next = || {
        let folded = reader.varint()?;
        count = count.wrapping_add(folded >> 1 ^ (folded & 1).wrapping_neg());
        Ok(count)
    };
    let counts = (0..items).map(|_| next()).collect::<Result<_>>()?;
    reader.end()?;
    Ok(counts)
}

/// A table's weights are all above 0: each is stored less one, without a sign.
const POSITIVE: u8 = 0x80;
/// So many bits say the Rice parameter of a row.
const PARAMETER_BITS: u32 = 5;

/// Between one source of a row and the next, and before the first, less one.
fn gaps(sources: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
    let mut least = 0;
    sources.map(move |source| {
        let gap = source - least;
        least = source + 1;
        gap
    })
}

/// The Rice parameter that makes a row's sources shortest, and how many bits they take then, without the weights.
fn best_parameter(sources: impl Iterator<Item = u32> + Clone) -> (u32, u64) {
    let bits = |parameter: u32| -> u64 { gaps(sources.clone()).map(|gap| rice_bits(gap, parameter)).sum() };
    let mut best = (0, bits(0));
    // As a function of the parameter the length falls, and then rises.
    for parameter in 1..32 {
        let bits = bits(parameter);
        if bits >= best.1 {
            break;
        }
        best = (parameter, bits);
    }
    best
}

/// How many bits a row of these sources, ascending, takes in the file, without the weights and without its length.
pub fn row_bits(sources: impl Iterator<Item = u32> + Clone) -> u64 {
    match sources.clone().next() {
        None => 0,
        Some(_) => u64::from(PARAMETER_BITS) + best_parameter(sources).1,
    }
}

pub(super) fn write_table(table: &WeightTable) -> Vec<u8> {
    let positive = table.rows.values().iter().all(|neighbour| neighbour.weight > 0);
    let mut bytes = vec![table.bits | if positive { POSITIVE } else { 0 }];
    table.scales.iter().for_each(|&scale| push_bfloat16(&mut bytes, scale));
    table.rows.iter().for_each(|row| push_varint(&mut bytes, row.len() as u32));
    let mut packed = BitWriter::default();
    for row in table.rows.iter().filter(|row| !row.is_empty()) {
        let sources = row.iter().map(|neighbour| neighbour.item);
        let parameter = best_parameter(sources.clone()).0;
        packed.push(parameter, PARAMETER_BITS);
        for (gap, neighbour) in gaps(sources).zip(row) {
            packed.push_rice(gap, parameter);
            let weight = if positive { neighbour.weight - 1 } else { neighbour.weight };
            packed.push(weight as u32, table.bits.into());
        }
    }
    bytes.extend(packed.finish());
    bytes
}

pub(super) fn read_table(bytes: &[u8], items: usize) -> Result<WeightTable> {
    let mut reader = Reader::new(bytes);
    let head = reader.u8()?;
    let (bits, positive) = (head & !POSITIVE, head & POSITIVE != 0);
    if !WeightTable::BITS.contains(&bits) {
        return Err(damaged(format!("weights of {bits} bits")));
    }
    let scales = reader.bfloat16s(items)?;
    let lengths = (0..items).map(|_| reader.varint()).collect::<Result<Vec<u32>>>()?;
    let packed = reader.rest();
    // A neighbour takes a bit beside its weight at least: what is announced beyond that is not there, and is not waited for.
    let count: u64 = lengths.iter().map(|&length| u64::from(length)).sum();
    let least = count.saturating_mul(u64::from(bits) + 1).div_ceil(8);
    if least > packed.len() as u64 {
        return Err(crate::error::Error::ModelTruncated { expected: least, actual: packed.len() as u64 });
    }
    let mut packed = BitReader::new(packed);
    let mut rows = Rows::with_capacity(items, count as usize);
    let mut row = Vec::new();
    for length in lengths {
        row.clear();
        let mut least = 0;
        let parameter = if length > 0 { packed.take(PARAMETER_BITS)? } else { 0 };
        for _ in 0..length {
            let most = (items as u32).checked_sub(least + 1).ok_or_else(|| damaged("a row is too long"))?;
            let item = least + packed.take_rice(parameter, most)?;
            least = item + 1;
            let weight = packed.take(bits.into())? as u8;
            // The sign is in the highest of the bits.
            let weight = if positive { weight as i8 + 1 } else { (weight as i8) << (8 - bits) >> (8 - bits) };
            row.push(Neighbour { item, weight });
        }
        rows.push(row.iter().copied());
    }
    packed.end()?;
    Ok(WeightTable { rows, scales, bits })
}

pub(super) fn write_low_rank(part: &LowRank) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_u16(&mut bytes, part.scales.len() as u16);
    bytes.extend(&part.bits);
    part.scales.iter().for_each(|scale| bytes.extend(scale.to_le_bytes()));
    part.weights.iter().for_each(|&weight| push_bfloat16(&mut bytes, weight));
    let mut packed = BitWriter::default();
    for (&factor, &bits) in part.factors.iter().zip(part.bits.iter().cycle()) {
        packed.push(factor as u32, bits.into());
    }
    bytes.extend(packed.finish());
    bytes
}

pub(super) fn read_low_rank(bytes: &[u8], items: usize) -> Result<LowRank> {
    let mut reader = Reader::new(bytes);
    let dimensions = usize::from(reader.u16()?);
    let bits = reader.take(dimensions)?.to_vec();
    if let Some(bits) = bits.iter().find(|bits| !LowRank::BITS.contains(bits)) {
        return Err(damaged(format!("factors of {bits} bits")));
    }
    let scales = reader.array(dimensions)?.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let weights = reader.bfloat16s(items)?;
    let packed = reader.rest();
    let row: u64 = bits.iter().map(|&bits| u64::from(bits)).sum();
    let expected = row.saturating_mul(items as u64).div_ceil(8);
    if expected > packed.len() as u64 {
        return Err(crate::error::Error::ModelTruncated { expected, actual: packed.len() as u64 });
    }
    let mut packed = BitReader::new(packed);
    let mut factors = Vec::with_capacity(items * dimensions);
    for _ in 0..items {
        for &bits in &bits {
            factors.push((packed.take(bits.into())? as u8 as i8) << (8 - bits) >> (8 - bits));
        }
    }
    packed.end()?;
    Ok(LowRank { bits, scales, factors, weights })
}

pub(super) fn write_bias(bias: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bias.iter().for_each(|&value| push_bfloat16(&mut bytes, value));
    bytes
}

pub(super) fn read_bias(bytes: &[u8], items: usize) -> Result<Vec<f32>> {
    let mut reader = Reader::new(bytes);
    let bias = reader.bfloat16s(items)?;
    reader.end()?;
    Ok(bias)
}

pub(super) fn write_genres(shares: &[(String, f32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_u32(&mut bytes, shares.len() as u32);
    for (name, share) in shares {
        push_varint(&mut bytes, name.len() as u32);
        bytes.extend(name.as_bytes());
        bytes.extend(share.to_le_bytes());
    }
    bytes
}

pub(super) fn read_genres(bytes: &[u8]) -> Result<Vec<(String, f32)>> {
    let mut reader = Reader::new(bytes);
    let count = reader.u32()?;
    let mut genres = Vec::new();
    for _ in 0..count {
        let length = reader.varint()? as usize;
        let name = std::str::from_utf8(reader.take(length)?).map_err(|_| damaged("a genre is not UTF-8"))?;
        genres.push((name.to_owned(), f32::from_le_bytes(reader.array(1)?[0])));
    }
    reader.end()?;
    Ok(genres)
}

pub(super) fn read_metadata(bytes: &[u8]) -> Result<Metadata> {
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("its metadata are not UTF-8"))?;
    from_json(text).map_err(|error| damaged(format!("its metadata: {error}")))
}
