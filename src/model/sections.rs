//! The parts of a model's file: each is written and read here, one after the other. `docs/model-format.md`.

use super::bytes::{BitReader, BitWriter, Reader, damaged, push_bfloat16, push_u16, push_u32, push_varint};
use super::{LowRank, Metadata, Neighbour, Table};
use crate::catalog::MAX_ID_BYTES;
use crate::columns::{Interner, Rows, Strings};
use crate::error::Result;
use crate::json::{from_json, quoted};

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

pub(super) fn write_popularity(counts: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    counts.iter().for_each(|&count| push_varint(&mut bytes, count));
    bytes
}

pub(super) fn read_popularity(bytes: &[u8], items: usize) -> Result<Vec<u32>> {
    let mut reader = Reader::new(bytes);
    let counts = (0..items).map(|_| reader.varint()).collect::<Result<_>>()?;
    reader.end()?;
    Ok(counts)
}

/// So many bits say which of so many items.
fn place_bits(items: usize) -> u32 {
    (items.max(2) - 1).ilog2() + 1
}

/// How many bits a neighbour has in the file.
pub fn neighbour_bits(items: usize, weight_bits: u8) -> u32 {
    place_bits(items) + u32::from(weight_bits)
}

pub(super) fn write_table(table: &Table, items: usize) -> Vec<u8> {
    let mut bytes = vec![table.bits];
    table.scales.iter().for_each(|&scale| push_bfloat16(&mut bytes, scale));
    table.rows.iter().for_each(|row| push_varint(&mut bytes, row.len() as u32));
    let mut packed = BitWriter::default();
    for neighbour in table.rows.values() {
        packed.push(neighbour.item, place_bits(items));
        packed.push(neighbour.weight as u32, table.bits.into());
    }
    bytes.extend(packed.finish());
    bytes
}

pub(super) fn read_table(bytes: &[u8], items: usize) -> Result<Table> {
    let mut reader = Reader::new(bytes);
    let bits = reader.u8()?;
    if bits != 4 && bits != 8 {
        return Err(damaged(format!("weights of {bits} bits")));
    }
    let scales = reader.bfloat16s(items)?;
    let lengths = (0..items).map(|_| reader.varint()).collect::<Result<Vec<u32>>>()?;
    let count: u64 = lengths.iter().map(|&length| u64::from(length)).sum();
    let packed_bits = count.checked_mul(u64::from(neighbour_bits(items, bits)));
    let packed = packed_bits.and_then(|bits| usize::try_from(bits.div_ceil(8)).ok());
    let packed = reader.take(packed.unwrap_or(usize::MAX))?;
    reader.end()?;
    let mut packed = BitReader::new(packed);
    let mut neighbour = || {
        let item = packed.take(place_bits(items));
        // The sign is in the highest of the bits.
        let weight = (packed.take(bits.into()) as u8 as i8) << (8 - bits) >> (8 - bits);
        Neighbour { item, weight }
    };
    let mut rows = Rows::default();
    for length in lengths {
        rows.push((0..length).map(|_| neighbour()));
    }
    Ok(Table { rows, scales, bits })
}

pub(super) fn write_low_rank(part: &LowRank) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_u16(&mut bytes, part.scales.len() as u16);
    part.scales.iter().for_each(|scale| bytes.extend(scale.to_le_bytes()));
    part.weights.iter().for_each(|&weight| push_bfloat16(&mut bytes, weight));
    bytes.extend(part.factors.iter().map(|&factor| factor as u8));
    bytes
}

pub(super) fn read_low_rank(bytes: &[u8], items: usize) -> Result<LowRank> {
    let mut reader = Reader::new(bytes);
    let dimensions = usize::from(reader.u16()?);
    let scales = reader.array(dimensions)?.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let weights = reader.bfloat16s(items)?;
    let count = items.checked_mul(dimensions).ok_or_else(|| damaged("too many factors"))?;
    let factors = reader.take(count)?.iter().map(|&factor| factor as i8).collect();
    reader.end()?;
    Ok(LowRank { scales, factors, weights })
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
