//! The model's file format: `docs/model-format.md`.

use std::collections::BTreeMap;

use super::bytes::{Reader, damaged, push_u16, push_u32, push_u64};
use super::{ItemModel, LowRank, MAX_WEIGHT, Metadata, PartWeights, WeightTable, sections};
use crate::crc32::Crc32;
use crate::error::{Error, Result};
use crate::json::{number, to_json};
use crate::text::quoted;

const MAGIC: &[u8; 8] = b"WNMODEL\n";
/// The version this build writes and reads.
const VERSION: u16 = 2;
/// Magic, version, number of sections, length of the file, checksum.
const HEADER: usize = 8 + 2 + 2 + 8 + 4;
/// Tag, flags, offset, length.
const TABLE_ENTRY: usize = 4 + 4 + 8 + 8;
/// A section that a reader must understand, or refuse the model.
const CRITICAL: u32 = 1;
/// Where the checksum lies, which does not count itself.
const CHECKSUM: std::ops::Range<usize> = 20..24;

const IDS: [u8; 4] = *b"ids ";
const POPULARITY: [u8; 4] = *b"pop ";
const NEIGHBOURS: [u8; 4] = *b"nbrs";
const LOW_RANK: [u8; 4] = *b"rank";
const NEXT: [u8; 4] = *b"next";
const BIAS: [u8; 4] = *b"bias";
const GENRES: [u8; 4] = *b"genr";
const METADATA: [u8; 4] = *b"meta";
const KNOWN: [[u8; 4]; 8] = [IDS, POPULARITY, NEIGHBOURS, LOW_RANK, NEXT, BIAS, GENRES, METADATA];

impl ItemModel {
    /// The model as a file.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] for a model whose parts do not fit together.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check()?;
        let metadata = to_json(&self.metadata).into_bytes();
        let mut parts = vec![
            (IDS, CRITICAL, sections::write_ids(&self.ids)),
            (POPULARITY, CRITICAL, sections::write_popularity(&self.popularity)),
            (NEIGHBOURS, CRITICAL, sections::write_table(&self.neighbours)),
            (GENRES, 0, sections::write_genres(&self.genre_shares)),
            (METADATA, 0, metadata),
        ];
        // A list without them would be another one, and worse.
        parts.extend(self.low_rank.as_ref().map(|part| (LOW_RANK, CRITICAL, sections::write_low_rank(part))));
        parts.extend(self.next.as_ref().map(|part| (NEXT, 0, sections::write_table(part))));
        if !self.bias.is_empty() {
            parts.push((BIAS, 0, sections::write_bias(&self.bias)));
        }
        let length = HEADER + parts.iter().map(|(.., bytes)| TABLE_ENTRY + bytes.len()).sum::<usize>();
        let mut file = Vec::with_capacity(length);
        file.extend(MAGIC);
        push_u16(&mut file, VERSION);
        push_u16(&mut file, parts.len() as u16);
        push_u64(&mut file, length as u64);
        push_u32(&mut file, 0);
        let mut offset = HEADER + TABLE_ENTRY * parts.len();
        for (tag, flags, bytes) in &parts {
            file.extend(tag);
            push_u32(&mut file, *flags);
            push_u64(&mut file, offset as u64);
            push_u64(&mut file, bytes.len() as u64);
            offset += bytes.len();
        }
        parts.iter().for_each(|(.., bytes)| file.extend(bytes));
        seal(&mut file);
        Ok(file)
    }

    /// The model in a file.
    ///
    /// # Errors
    /// Those of [`Error`] that begin with `Model`. Nothing is allocated that the file's own length does not justify.
    pub fn from_bytes(file: &[u8]) -> Result<ItemModel> {
        let parts = Sections::read(file)?;
        let ids = sections::read_ids(parts.required(IDS)?)?;
        let items = ids.len();
        let table = |bytes| sections::read_table(bytes, items);
        let model = ItemModel {
            popularity: sections::read_popularity(parts.required(POPULARITY)?, items)?,
            neighbours: table(parts.required(NEIGHBOURS)?)?,
            low_rank: parts.find(LOW_RANK).map(|bytes| sections::read_low_rank(bytes, items)).transpose()?,
            next: parts.find(NEXT).map(table).transpose()?,
            bias: parts.find(BIAS).map_or(Ok(Vec::new()), |bytes| sections::read_bias(bytes, items))?,
            genre_shares: parts.find(GENRES).map_or(Ok(Vec::new()), sections::read_genres)?,
            metadata: parts.find(METADATA).map_or(Ok(Metadata::default()), sections::read_metadata)?,
            ids,
        };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<()> {
        let items = self.ids.len();
        let fits = |what, length, expected| match length == expected {
            true => Ok(()),
            false => Err(damaged(format!("{length} {what} for {items} items"))),
        };
        fits("view counts", self.popularity.len(), items)?;
        for table in std::iter::once(&self.neighbours).chain(&self.next) {
            fits("rows of neighbours", table.rows.len(), items)?;
            fits("scales", table.scales.len(), items)?;
            if table.rows.values().iter().any(|neighbour| neighbour.item as usize >= items) {
                return Err(damaged("a neighbour is no item of the model"));
            }
            if !table.rows.iter().all(|row| row.is_sorted_by(|a, b| a.item < b.item)) {
                return Err(damaged("neighbours are not ascending"));
            }
            let signed = table.rows.values().iter().any(|neighbour| neighbour.weight <= 0);
            if !WeightTable::BITS.contains(&table.bits)
                || !table.rows.values().iter().all(|neighbour| table.holds(neighbour.weight, signed))
            {
                return Err(damaged("weights have more bits than their table"));
            }
        }
        if let Some(part) = &self.low_rank {
            fits("weights", part.weights.len(), items)?;
            fits("factors", part.factors.len(), items * part.scales.len())?;
            fits("sizes of factors", part.bits.len(), part.scales.len())?;
            if !part.bits.iter().all(|bits| LowRank::BITS.contains(bits)) {
                return Err(damaged("factors have too many bits, or too few"));
            }
            let fits_in = |(&factor, &bits): (&i8, &u8)| factor << (8 - bits) >> (8 - bits) == factor;
            if !part.factors.iter().zip(part.bits.iter().cycle()).all(fits_in) {
                return Err(damaged("a factor has more bits than its dimension"));
            }
            if part.weights.iter().chain(&part.scales).any(|value| !value.is_finite()) {
                return Err(damaged("a weight or scale is no number"));
            }
        }
        if !self.bias.is_empty() {
            fits("biases", self.bias.len(), items)?;
        }
        if self.bias.iter().any(|value| !value.is_finite()) {
            return Err(damaged("a bias is no number"));
        }
        let scales = std::iter::once(&self.neighbours).chain(&self.next).flat_map(|table| &table.scales);
        let shares = self.genre_shares.iter().map(|(_, share)| share);
        if scales.chain(shares).any(|value| !value.is_finite() || *value < 0.0) {
            return Err(damaged("a scale or share is no number from 0 on"));
        }
        if self.metadata.blend.values().flatten().any(|weight| !(0.0..=MAX_WEIGHT).contains(weight)) {
            return Err(damaged(format!("a weight of its blend is not from 0 to {}", number(MAX_WEIGHT))));
        }
        let PartWeights { unordered, ordered, next } = self.metadata.part_weights;
        if [unordered, ordered, next].as_flattened().iter().any(|w| !(0.0..=PartWeights::MOST).contains(w)) {
            return Err(damaged(format!(
                "a weight of its parts is not from 0 to {}",
                number(PartWeights::MOST)
            )));
        }
        let half_lives = std::iter::once(self.metadata.half_life).chain(self.metadata.next_half_life);
        let mut values = half_lives.flat_map(|half_life| [half_life.events, half_life.days]).flatten();
        if values.any(|value| value.is_nan() || value <= 0.0) {
            return Err(damaged("a half-life is not above 0"));
        }
        Ok(())
    }
}

/// How many bytes each part of a model's file takes, by its name.
///
/// # Errors
/// As [`ItemModel::from_bytes`], as far as the file's head goes.
pub fn section_bytes(file: &[u8]) -> Result<BTreeMap<String, usize>> {
    let sections = Sections::read(file)?.0.into_iter();
    Ok(sections
        .map(|(tag, bytes)| (String::from_utf8_lossy(&tag).trim_end().to_owned(), bytes.len()))
        .collect())
}

/// Gives a file the checksum that its bytes have; one without a header stays as it is.
pub fn seal(file: &mut [u8]) {
    if file.len() >= HEADER {
        let checksum = checksum(file).to_le_bytes();
        file[CHECKSUM].copy_from_slice(&checksum);
    }
}

fn checksum(file: &[u8]) -> u32 {
    let mut sum = Crc32::new();
    sum.update(&file[..CHECKSUM.start]);
    sum.update(&file[CHECKSUM.end..]);
    sum.finish()
}

/// The parts of a file.
struct Sections<'a>(Vec<([u8; 4], &'a [u8])>);

impl<'a> Sections<'a> {
    fn read(file: &'a [u8]) -> Result<Self> {
        if !file.starts_with(MAGIC) {
            return Err(match MAGIC.starts_with(file) {
                true => Error::ModelTruncated { expected: HEADER as u64, actual: file.len() as u64 },
                false => damaged("it does not begin as one"),
            });
        }
        let mut header = Reader::new(&file[MAGIC.len()..]);
        let (version, count) = (header.u16()?, header.u16()?);
        let (length, announced) = (header.u64()?, header.u32()?);
        if version != VERSION {
            return Err(Error::ModelVersion { found: version, supported: VERSION });
        }
        let actual = file.len() as u64;
        if length > actual {
            return Err(Error::ModelTruncated { expected: length, actual });
        }
        if length != actual || checksum(file) != announced {
            return Err(Error::ModelChecksum);
        }
        let mut sections = Vec::new();
        for _ in 0..count {
            let (tag, flags, offset, length) = (header.tag()?, header.u32()?, header.u64()?, header.u64()?);
            let end = offset.checked_add(length).filter(|&end| end <= actual);
            let Some(end) = end else { return Err(damaged("a section lies outside the file")) };
            let known = KNOWN.contains(&tag);
            if !known && flags & CRITICAL != 0 {
                let name = String::from_utf8_lossy(&tag).into_owned();
                return Err(damaged(format!(
                    "it needs the part {}, which this build does not know",
                    quoted(&name)
                )));
            }
            sections.push((tag, &file[offset as usize..end as usize]));
        }
        Ok(Sections(sections))
    }

    fn find(&self, tag: [u8; 4]) -> Option<&'a [u8]> {
        self.0.iter().find(|section| section.0 == tag).map(|section| section.1)
    }

    fn required(&self, tag: [u8; 4]) -> Result<&'a [u8]> {
        let missing = || damaged(format!("the part {} is missing", quoted(&String::from_utf8_lossy(&tag))));
        self.find(tag).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::columns::Strings;
    use crate::history::HalfLife;
    use crate::model::{LowRank, Neighbour, WeightTable, bfloat16};

    fn table(rows: &[Vec<(u32, i8)>], bits: u8) -> WeightTable {
        let mut table = WeightTable { bits, ..WeightTable::default() };
        for (place, row) in rows.iter().enumerate() {
            let weight = |weight: i8| if bits == 4 { weight % 8 } else { weight };
            let sorted: std::collections::BTreeMap<u32, i8> =
                row.iter().map(|&(item, value)| (item % rows.len() as u32, weight(value))).collect();
            table.rows.push(sorted.into_iter().map(|(item, weight)| Neighbour { item, weight }));
            table.scales.push(bfloat16(place as f32 / 7.0));
        }
        table
    }

    fn model(rows: &[Vec<(u32, i8)>]) -> ItemModel {
        let (mut ids, items) = (Strings::default(), rows.len() as u32);
        (0..items).for_each(|place| ids.push(&format!("item {place}")));
        ItemModel {
            ids,
            popularity: (0..items).map(|item| item * 13).collect(),
            neighbours: table(rows, 8),
            low_rank: Some(LowRank {
                bits: vec![8, 8],
                scales: vec![0.5, 0.1],
                factors: (0..2 * items).map(|place| (place % 251) as u8 as i8).collect(),
                weights: (0..items).map(|item| bfloat16(item as f32 / -3.0)).collect(),
            }),
            next: (items % 2 == 0).then(|| table(rows, 4)),
            genre_shares: vec![("Crime".into(), 0.75), ("Film-Noir".into(), 0.25)],
            bias: (0..items).map(|item| bfloat16(item as f32 / 9.0 - 0.1)).collect(),
            metadata: Metadata {
                half_life: HalfLife { events: Some(5.0), days: None },
                next_half_life: Some(HalfLife { events: Some(2.5), days: Some(7.0) }),
                part_weights: PartWeights { next: [3.5; 6], ..PartWeights::default() },
                blend: [("genre".to_owned(), [0.0, 0.5, 0.25, 0.125, 0.1, 0.05])].into(),
                more: [("users".to_owned(), "7".to_owned())].into(),
            },
        }
    }

    fn rows() -> impl Strategy<Value = Vec<Vec<(u32, i8)>>> {
        prop::collection::vec(prop::collection::vec((any::<u32>(), any::<i8>()), 0..5), 1..8)
    }

    #[test]
    fn many_items_need_wide_places() {
        let mut rows = vec![Vec::new(); 70_000];
        rows[3] = vec![(69_999, 5)];
        let model = model(&rows);
        let bytes = model.to_bytes().expect("writes");
        assert_eq!(ItemModel::from_bytes(&bytes), Ok(model));
    }

    #[test]
    fn what_is_no_model_is_told_apart_from_what_is_damaged() {
        let good = model(&[vec![(0, 1)]]).to_bytes().expect("writes");
        let code = |bytes: &[u8]| ItemModel::from_bytes(bytes).expect_err("bad").code();
        assert_eq!(code(b"<!doctype html>"), "MODEL_FORMAT");
        assert_eq!(code(b""), "MODEL_TRUNCATED");
        assert_eq!(code(&good[..good.len() - 1]), "MODEL_TRUNCATED");
        assert_eq!(code(&[&good[..], b"\0"].concat()), "MODEL_CHECKSUM");
        let mut newer = good.clone();
        for version in [1, 3] {
            newer[8] = version;
            assert_eq!(code(&newer), "MODEL_VERSION");
        }
    }

    /// A file with one more section, checksum and all.
    fn with_section(tag: &[u8; 4], flags: u32) -> Vec<u8> {
        let mut file = model(&[vec![(0, 1)]]).to_bytes().expect("writes");
        let count = u16::from_le_bytes([file[10], file[11]]);
        let table = HEADER..HEADER + TABLE_ENTRY * usize::from(count);
        for entry in table.clone().step_by(TABLE_ENTRY) {
            let place = entry + 8..entry + 16;
            let offset = u64::from_le_bytes(file[place.clone()].try_into().expect("8 bytes"));
            file[place].copy_from_slice(&(offset + TABLE_ENTRY as u64).to_le_bytes());
        }
        let mut entry = tag.to_vec();
        push_u32(&mut entry, flags);
        push_u64(&mut entry, HEADER as u64);
        push_u64(&mut entry, 4);
        file.splice(table.end..table.end, entry);
        file[10..12].copy_from_slice(&(count + 1).to_le_bytes());
        let length = file.len() as u64;
        file[12..20].copy_from_slice(&length.to_le_bytes());
        let checksum = checksum(&file).to_le_bytes();
        file[CHECKSUM].copy_from_slice(&checksum);
        file
    }

    #[test]
    fn an_unknown_part_is_passed_over_unless_it_is_critical() {
        assert_eq!(ItemModel::from_bytes(&with_section(b"new ", 0)), Ok(model(&[vec![(0, 1)]])));
        let error = ItemModel::from_bytes(&with_section(b"new ", CRITICAL)).expect_err("critical");
        assert_eq!(error.code(), "MODEL_FORMAT");
        assert!(error.to_string().contains("new "), "{error}");
    }

    proptest! {
        #[test]
        fn a_model_comes_back_as_it_was(mut rows in rows(), positive in any::<bool>()) {
            if positive {
                rows.iter_mut().flatten().for_each(|(_, weight)| *weight = (*weight & 0x7f).max(1) % 7 + 1);
            }
            let model = model(&rows);
            prop_assert_eq!(ItemModel::from_bytes(&model.to_bytes().expect("writes")), Ok(model));
        }

        #[test]
        fn every_cut_and_every_flipped_bit_is_noticed(rows in rows(), bit in any::<prop::sample::Index>()) {
            let mut bytes = model(&rows).to_bytes().expect("writes");
            for length in 0..bytes.len() {
                prop_assert_eq!(ItemModel::from_bytes(&bytes[..length]).expect_err("cut").code(), "MODEL_TRUNCATED");
            }
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(ItemModel::from_bytes(&bytes).is_err());
        }

        /// A forger can make the checksum right.
        #[test]
        fn damage_under_a_right_checksum_is_never_a_panic(
            rows in rows(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = model(&rows).to_bytes().expect("writes");
            for (place, value) in damage {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            let checksum = checksum(&bytes).to_le_bytes();
            bytes[CHECKSUM].copy_from_slice(&checksum);
            let _ = ItemModel::from_bytes(&bytes);
        }
    }
}
