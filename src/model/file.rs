//! The model's file format: `docs/model-format.md`.

use super::bytes::{Reader, push_u16, push_u32, push_u64};
use super::{ItemModel, MAX_WEIGHT, Metadata, Neighbour};
use crate::columns::{Interner, Rows};
use crate::error::{Error, Result};
use crate::history::MAX_ID_BYTES;

const MAGIC: &[u8; 8] = b"WNMODEL\n";
/// The version this build writes, and the newest it reads.
const VERSION: u16 = 1;
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
const GENRES: [u8; 4] = *b"genr";
const METADATA: [u8; 4] = *b"meta";

impl ItemModel {
    /// The model as a file.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] for a model whose parts do not fit together.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check()?;
        let metadata = serde_json::to_vec(&self.metadata).map_err(|error| damaged(error.to_string()))?;
        let sections = [
            (IDS, CRITICAL, self.write_ids()),
            (POPULARITY, CRITICAL, self.popularity.iter().flat_map(|count| count.to_le_bytes()).collect()),
            (NEIGHBOURS, CRITICAL, self.write_neighbours()),
            (GENRES, 0, self.write_genres()),
            (METADATA, 0, metadata),
        ];
        let length = HEADER + sections.iter().map(|(.., bytes)| TABLE_ENTRY + bytes.len()).sum::<usize>();
        let mut file = Vec::with_capacity(length);
        file.extend(MAGIC);
        push_u16(&mut file, VERSION);
        push_u16(&mut file, sections.len() as u16);
        push_u64(&mut file, length as u64);
        push_u32(&mut file, 0);
        let mut offset = HEADER + TABLE_ENTRY * sections.len();
        for (tag, flags, bytes) in &sections {
            file.extend(tag);
            push_u32(&mut file, *flags);
            push_u64(&mut file, offset as u64);
            push_u64(&mut file, bytes.len() as u64);
            offset += bytes.len();
        }
        sections.iter().for_each(|(.., bytes)| file.extend(bytes));
        let checksum = checksum(&file).to_le_bytes();
        file[CHECKSUM].copy_from_slice(&checksum);
        Ok(file)
    }

    /// The model in a file.
    ///
    /// # Errors
    /// Those of [`Error`] that begin with `Model`. Nothing is allocated that the file's own length does not justify.
    pub fn from_bytes(file: &[u8]) -> Result<ItemModel> {
        let sections = Sections::read(file)?;
        let ids = read_ids(sections.required(IDS)?)?;
        let model = ItemModel {
            popularity: read_popularity(sections.required(POPULARITY)?, ids.len())?,
            genre_shares: sections.find(GENRES).map_or(Ok(Vec::new()), read_genres)?,
            metadata: sections.find(METADATA).map_or(Ok(Metadata::default()), read_metadata)?,
            ..read_neighbours(sections.required(NEIGHBOURS)?, ids.len())?
        };
        let model = ItemModel { ids: ids.into_strings(), ..model };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<()> {
        let items = self.ids.len();
        let fits = |what, length| {
            if length == items { Ok(()) } else { Err(damaged(format!("{length} {what} for {items} items"))) }
        };
        fits("view counts", self.popularity.len())?;
        fits("rows of neighbours", self.neighbours.len())?;
        fits("scales", self.scales.len())?;
        if self.neighbours.values().iter().any(|neighbour| neighbour.item as usize >= items) {
            return Err(damaged("a neighbour is no item of the model"));
        }
        let shares = self.genre_shares.iter().map(|&(_, share)| share);
        if self.scales.iter().copied().chain(shares).any(|value| !value.is_finite() || value < 0.0) {
            return Err(damaged("a scale or share is no number from 0 on"));
        }
        if self.metadata.blend.values().flatten().any(|weight| !(0.0..=MAX_WEIGHT).contains(weight)) {
            return Err(damaged(format!("a weight of its blend is not from 0 to {MAX_WEIGHT}")));
        }
        let half_life = self.metadata.half_life;
        if [half_life.events, half_life.days]
            .into_iter()
            .flatten()
            .any(|value| value.is_nan() || value <= 0.0)
        {
            return Err(damaged("a half-life is not above 0"));
        }
        Ok(())
    }

    fn write_ids(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_u32(&mut bytes, self.ids.len() as u32);
        for id in self.ids.iter() {
            push_u16(&mut bytes, id.len() as u16);
            bytes.extend(id.as_bytes());
        }
        bytes
    }

    fn write_neighbours(&self) -> Vec<u8> {
        let wide = self.ids.len() > usize::from(u16::MAX) + 1;
        let mut bytes = Vec::new();
        push_u32(&mut bytes, self.neighbours.values().len() as u32);
        bytes.push(u8::from(wide));
        self.scales.iter().for_each(|scale| bytes.extend(scale.to_le_bytes()));
        self.neighbours.iter().for_each(|row| push_u16(&mut bytes, row.len() as u16));
        for neighbour in self.neighbours.values() {
            if wide {
                push_u32(&mut bytes, neighbour.item);
            } else {
                push_u16(&mut bytes, neighbour.item as u16);
            }
        }
        bytes.extend(self.neighbours.values().iter().map(|neighbour| neighbour.weight as u8));
        bytes
    }

    fn write_genres(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_u32(&mut bytes, self.genre_shares.len() as u32);
        for (name, share) in &self.genre_shares {
            push_u16(&mut bytes, name.len() as u16);
            bytes.extend(name.as_bytes());
            bytes.extend(share.to_le_bytes());
        }
        bytes
    }
}

fn damaged(reason: impl Into<String>) -> Error {
    Error::ModelFormat { reason: reason.into() }
}

fn checksum(file: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..CHECKSUM.start]);
    hasher.update(&file[CHECKSUM.end..]);
    hasher.finalize()
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
        if version > VERSION {
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
            let known = [IDS, POPULARITY, NEIGHBOURS, GENRES, METADATA].contains(&tag);
            if !known && flags & CRITICAL != 0 {
                let name = String::from_utf8_lossy(&tag).into_owned();
                return Err(damaged(format!("it needs the part {name:?}, which this build does not know")));
            }
            sections.push((tag, &file[offset as usize..end as usize]));
        }
        Ok(Sections(sections))
    }

    fn find(&self, tag: [u8; 4]) -> Option<&'a [u8]> {
        self.0.iter().find(|section| section.0 == tag).map(|section| section.1)
    }

    fn required(&self, tag: [u8; 4]) -> Result<&'a [u8]> {
        let missing = || damaged(format!("the part {:?} is missing", String::from_utf8_lossy(&tag)));
        self.find(tag).ok_or_else(missing)
    }
}

fn read_ids(bytes: &[u8]) -> Result<Interner> {
    let mut reader = Reader::new(bytes);
    let count = reader.u32()? as usize;
    let mut ids = Interner::default();
    for place in 0..count {
        let length = usize::from(reader.u16()?);
        let id = std::str::from_utf8(reader.take(length)?).map_err(|_| damaged("an id is not UTF-8"))?;
        if id.is_empty() || id.len() > MAX_ID_BYTES || ids.intern(id) as usize != place {
            return Err(damaged(format!("the id {id:?} is empty, too long, or there twice")));
        }
    }
    reader.end()?;
    Ok(ids)
}

fn read_popularity(bytes: &[u8], items: usize) -> Result<Vec<u32>> {
    let mut reader = Reader::new(bytes);
    let counts = reader.array(items)?.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
    reader.end()?;
    Ok(counts)
}

/// A model with nothing but neighbours and scales.
fn read_neighbours(bytes: &[u8], items: usize) -> Result<ItemModel> {
    let mut reader = Reader::new(bytes);
    let count = reader.u32()? as usize;
    let wide = reader.take(1)?[0] != 0;
    let scales = reader.array(items)?.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let lengths: Vec<usize> =
        reader.array(items)?.iter().map(|&bytes| usize::from(u16::from_le_bytes(bytes))).collect();
    if lengths.iter().try_fold(0_usize, |sum, &length| sum.checked_add(length)) != Some(count) {
        return Err(damaged("the rows of neighbours do not add up"));
    }
    let sources: Vec<u32> = if wide {
        reader.array(count)?.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect()
    } else {
        reader.array(count)?.iter().map(|&bytes| u32::from(u16::from_le_bytes(bytes))).collect()
    };
    let weights = reader.take(count)?;
    reader.end()?;
    let mut all =
        sources.into_iter().zip(weights).map(|(item, &weight)| Neighbour { item, weight: weight as i8 });
    let mut neighbours = Rows::default();
    for length in lengths {
        neighbours.push(all.by_ref().take(length));
    }
    Ok(ItemModel { neighbours, scales, ..ItemModel::default() })
}

fn read_genres(bytes: &[u8]) -> Result<Vec<(String, f32)>> {
    let mut reader = Reader::new(bytes);
    let count = reader.u32()?;
    let mut genres = Vec::new();
    for _ in 0..count {
        let length = usize::from(reader.u16()?);
        let name = std::str::from_utf8(reader.take(length)?).map_err(|_| damaged("a genre is not UTF-8"))?;
        genres.push((name.to_owned(), f32::from_le_bytes(reader.array(1)?[0])));
    }
    reader.end()?;
    Ok(genres)
}

fn read_metadata(bytes: &[u8]) -> Result<Metadata> {
    serde_json::from_slice(bytes).map_err(|error| damaged(format!("its metadata: {error}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::history::HalfLife;

    fn model(rows: &[Vec<(u32, i8)>]) -> ItemModel {
        let (mut ids, mut neighbours) = (Interner::default(), Rows::default());
        for (place, row) in rows.iter().enumerate() {
            ids.intern(&format!("item {place}"));
            neighbours
                .push(row.iter().map(|&(item, weight)| Neighbour { item: item % rows.len() as u32, weight }));
        }
        let items = rows.len() as u32;
        ItemModel {
            ids: ids.into_strings(),
            popularity: (0..items).collect(),
            neighbours,
            scales: (0..items).map(|item| item as f32 / 8.0).collect(),
            genre_shares: vec![("Crime".into(), 0.75), ("Film-Noir".into(), 0.25)],
            metadata: Metadata {
                half_life: HalfLife { events: Some(5.0), days: None },
                blend: [("genre".to_owned(), [0.0, 0.5, 0.25, 0.125, 0.1, 0.05])].into(),
                more: json!({"users": 7}).as_object().cloned().unwrap_or_default(),
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
        newer[8] = 2;
        assert_eq!(code(&newer), "MODEL_VERSION");
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
        fn a_model_comes_back_as_it_was(rows in rows()) {
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
