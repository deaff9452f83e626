use std::fs::{File, OpenOptions, create_dir_all, remove_dir, remove_file};
use std::hash::{Hash, Hasher};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rustc_hash::FxHasher;

use super::TrainOptions;
use super::room::{Fitted, Keep};
use super::steps::Steps;
use crate::bytes::{Malformed, Reader, push};
use crate::crc32::crc32;
use crate::error::{Error, Result};
use crate::model::Neighbour;

/// What is fitted of one part of a model, in a file: a training that was interrupted goes on from there.
///
/// The file has [`MAGIC`], a key of data and options, how many sources each target has and how their weights are said, and the CRC-32 of that;
/// then of each block its length in bytes, its CRC-32, and for each target its sources, their scale and the weight of its low-rank part. Numbers are
/// little-endian. What was cut off, or is of other data or options, is made anew.
pub(super) struct Checkpoint {
    /// None where nothing is to be kept.
    file: Option<(PathBuf, File)>,
    key: u64,
    keep: Option<Keep>,
    /// What the file has, and how much of that was taken.
    bytes: Vec<u8>,
    taken: usize,
}

const MAGIC: &[u8; 8] = b"WNPART01";
const PARTS: [&str; 2] = [Checkpoint::TOGETHER, Checkpoint::NEXT];

impl Checkpoint {
    /// The part of what goes together.
    pub(super) const TOGETHER: &str = "together.part";
    /// The part of what comes next.
    pub(super) const NEXT: &str = "next.part";

    /// Keeps nothing.
    pub(super) fn none() -> Self {
        Checkpoint { file: None, key: 0, keep: None, bytes: Vec::new(), taken: 0 }
    }

    /// A part's, in the options' folder; `data` are hashed for the key.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be read, or another training has it.
    pub(super) fn open(options: &TrainOptions, part: &str, data: impl FnOnce(&mut FxHasher)) -> Result<Self> {
        let Some(folder) = &options.checkpoint else { return Ok(Checkpoint::none()) };
        let mut hasher = FxHasher::default();
        let options = TrainOptions { checkpoint: None, reasons: Vec::new(), ..options.clone() };
        (env!("CARGO_PKG_VERSION"), format!("{options:?}")).hash(&mut hasher);
        data(&mut hasher);
        let path = folder.join(part);
        let read = || {
            create_dir_all(folder)?;
            let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = open?;
            file.try_lock()?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok((file, bytes))
        };
        let (file, bytes) = read().map_err(|error: std::io::Error| file_error(&path, &error))?;
        let mut checkpoint =
            Checkpoint { file: Some((path, file)), key: hasher.finish(), bytes, ..Checkpoint::none() };
        let mut reader = Reader::new(&checkpoint.bytes);
        checkpoint.keep = read_head(&mut reader, checkpoint.key).ok();
        checkpoint.taken = checkpoint.bytes.len() - reader.rest().len();
        Ok(checkpoint)
    }

    /// How much each target keeps: as it was, or as `find` says.
    ///
    /// # Errors
    /// Those of `find`, and [`Error::File`] where it cannot be written.
    pub(super) fn keep(&mut self, find: impl FnOnce() -> Result<Keep>) -> Result<Keep> {
        if let Some(keep) = self.keep {
            return Ok(keep);
        }
        let keep = find()?;
        let mut head = MAGIC.to_vec();
        push(&mut head, self.key);
        push(&mut head, keep.most as u32);
        head.extend([keep.steps.bits, u8::from(keep.steps.signed)]);
        let sum = crc32(&head);
        push(&mut head, sum);
        self.taken = 0;
        self.append(&head)?;
        Ok(keep)
    }

    /// The next block, of so many targets: as it was, or as `fit` makes it.
    ///
    /// # Errors
    /// Those of `fit`, and [`Error::File`] where it cannot be written.
    pub(super) fn block(
        &mut self,
        targets: usize,
        fit: impl FnOnce() -> Result<Vec<Fitted>>,
    ) -> Result<Vec<Fitted>> {
        let mut reader = Reader::new(&self.bytes[self.taken..]);
        if let Ok(block) = read_block(&mut reader, targets) {
            self.taken = self.bytes.len() - reader.rest().len();
            return Ok(block);
        }
        let block = fit()?;
        if self.file.is_some() {
            self.append(&written(&block))?;
        }
        Ok(block)
    }

    /// Writes after what was taken; what was there is given up.
    fn append(&mut self, more: &[u8]) -> Result<()> {
        self.bytes.truncate(self.taken);
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let at = self.taken as u64;
        let mut write = || {
            file.set_len(at)?;
            file.seek(SeekFrom::Start(at))?;
            file.write_all(more)?;
            file.sync_data()
        };
        write().map_err(|error| file_error(path, &error))?;
        self.bytes.extend_from_slice(more);
        self.taken = self.bytes.len();
        Ok(())
    }
}

/// Removes what trainings have kept in a folder, and the folder where nothing else is in it.
///
/// # Errors
/// [`Error::File`] where it cannot be removed.
pub fn remove_checkpoint(folder: &Path) -> Result<()> {
    for path in PARTS.map(|part| folder.join(part)) {
        match remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(file_error(&path, &error));
            }
            _ => {}
        }
    }
    // Others may keep something there, too.
    let _ = remove_dir(folder);
    Ok(())
}

fn file_error(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::WouldBlock => Error::file(path, "another training writes it"),
        _ => Error::file(path, error),
    }
}

fn read_head(reader: &mut Reader, key: u64) -> Result<Keep, Malformed> {
    const LENGTH: usize = MAGIC.len() + 8 + 4 + 2;
    let mut all = *reader;
    let bytes = all.take(LENGTH)?;
    let mut head = Reader::new(bytes);
    let of = (head.take(MAGIC.len())?, head.number::<u64>()?, all.number::<u32>()?);
    if of != (&MAGIC[..], key, crc32(bytes)) {
        return Err(Malformed("it is of something else"));
    }
    let (most, bits, signed) = (head.number::<u32>()?, head.number()?, head.number::<u8>()?);
    *reader = all;
    Ok(Keep { most: most as usize, steps: Steps { bits, signed: signed == 1 } })
}

fn read_block(reader: &mut Reader, targets: usize) -> Result<Vec<Fitted>, Malformed> {
    let (length, sum) = (reader.number::<u32>()?, reader.number::<u32>()?);
    let bytes = reader.take(length as usize)?;
    if crc32(bytes) != sum {
        return Err(Malformed("it is damaged"));
    }
    let mut block = Reader::new(bytes);
    let fitted = (0..targets).map(|_| {
        let (scale, weight) = (block.number()?, block.number()?);
        let count = block.number::<u32>()? as usize;
        let items = block.numbers(count)?.into_iter();
        let neighbours = items.zip(block.numbers(count)?).map(|(item, weight)| Neighbour { item, weight });
        Ok(Fitted { neighbours: neighbours.collect(), scale, weight })
    });
    let fitted = fitted.collect::<Result<_, _>>()?;
    block.end().map(|()| fitted)
}

fn written(block: &[Fitted]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Fitted { neighbours, scale, weight } in block {
        push(&mut bytes, *scale);
        push(&mut bytes, *weight);
        push(&mut bytes, neighbours.len() as u32);
        neighbours.iter().for_each(|neighbour| push(&mut bytes, neighbour.item));
        neighbours.iter().for_each(|neighbour| push(&mut bytes, neighbour.weight));
    }
    let mut all = Vec::new();
    push(&mut all, bytes.len() as u32);
    push(&mut all, crc32(&bytes));
    all.extend(bytes);
    all
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;
    use crate::train::folder::Folder;
    use crate::train::{ColumnNames, Interactions, Room, Shape, train};

    fn options(folder: &Path) -> TrainOptions {
        TrainOptions {
            checkpoint: Some(folder.to_owned()),
            ..TrainOptions::new(Shape::of_sources(0, 4, 6, 0))
        }
    }

    fn keep() -> Keep {
        Keep { most: 4, steps: Steps { bits: 6, signed: true } }
    }

    fn block(number: u32) -> Vec<Fitted> {
        let neighbours = |target| {
            (0..target).map(|item| Neighbour { item: item * number, weight: -(item as i8) }).collect()
        };
        let target =
            |target: u32| Fitted { neighbours: neighbours(target), scale: 0.5, weight: number as f32 };
        (0..3).map(target).collect()
    }

    /// What comes of three blocks, and how many had to be fitted; after the first `until` of those it is interrupted.
    fn run(options: &TrainOptions, data: u64, until: usize) -> (Vec<u8>, usize) {
        let fitted = Cell::new(0);
        let mut all = Vec::new();
        let mut checkpoint =
            Checkpoint::open(options, Checkpoint::NEXT, |hasher| data.hash(hasher)).expect("opens");
        assert_eq!(checkpoint.keep(|| Ok(keep())), Ok(keep()));
        for number in 1..=3 {
            let made = checkpoint.block(3, || {
                if fitted.get() == until {
                    return Err(Error::Internal { reason: "interrupted".into() });
                }
                fitted.set(fitted.get() + 1);
                Ok(block(number))
            });
            match made {
                Ok(block) => all.extend(written(&block)),
                Err(_) => break,
            }
        }
        (all, fitted.get())
    }

    #[test]
    fn a_training_goes_on_where_it_was_interrupted() {
        let outer = Folder::new("checkpoint-interrupted");
        let folder = outer.path("parts");
        let options = options(&folder);
        let whole: Vec<u8> = (1..=3).flat_map(|number| written(&block(number))).collect();
        assert_eq!(run(&options, 7, 2).1, 2);
        assert_eq!(run(&options, 7, 9), (whole.clone(), 1), "two were there");
        assert_eq!(run(&options, 7, 9), (whole.clone(), 0), "all were there");
        assert_eq!(run(&options, 8, 9), (whole.clone(), 3), "of other data");
        let other = TrainOptions { shape: Shape::of_sources(0, 5, 6, 0), ..options.clone() };
        assert_eq!(run(&other, 8, 9), (whole, 3), "with other options");
        remove_checkpoint(&folder).expect("is removed");
        assert!(!folder.exists());
        remove_checkpoint(&folder).expect("is removed already");
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_made_anew() {
        let folder = Folder::new("checkpoint-damaged");
        let options = options(&folder.path(""));
        let path = folder.path(Checkpoint::NEXT);
        let (whole, _) = run(&options, 7, 9);
        let bytes = fs::read(&path).expect("is there");
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).expect("writes");
            let (all, fitted) = run(&options, 7, 9);
            assert!(all == whole && fitted > 0, "cut off at {length}");
            assert_eq!(fs::read(&path).expect("is there"), bytes);
            let mut damaged = bytes.clone();
            damaged[length] ^= 0x10;
            fs::write(&path, &damaged).expect("writes");
            assert_eq!(run(&options, 7, 9).0, whole, "damaged at {length}");
        }
    }

    #[test]
    fn only_one_training_writes() {
        let folder = Folder::new("checkpoint-locked");
        let options = options(&folder.path(""));
        let open = || Checkpoint::open(&options, Checkpoint::NEXT, |_| {});
        let first = open();
        let error = open().map(|_| ()).expect_err("is refused");
        assert!(error.to_string().contains("another training"), "{error}");
        drop(first);
        assert!(open().is_ok());
    }

    #[test]
    fn a_model_is_the_same_with_one() {
        let folder = Folder::new("checkpoint-model");
        let text: String = (0..90_u32)
            .flat_map(|viewer| {
                (0..6).map(move |step| format!("{viewer},i{},5,{step}\n", (viewer * 7 + step * step) % 30))
            })
            .collect();
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let plain = TrainOptions {
            max_dense_items: 0,
            ..TrainOptions::new(Shape { next: Room::Bytes(200), ..Shape::of_sources(4, 8, 6, 0) })
        };
        let kept = TrainOptions { checkpoint: Some(folder.path("")), ..plain.clone() };
        let model = train(&interactions, None, &plain, &|_, _| {}).expect("trains");
        for _ in 0..2 {
            assert_eq!(train(&interactions, None, &kept, &|_, _| {}).as_ref(), Ok(&model));
            assert!(PARTS.iter().all(|part| folder.path(part).exists()));
        }
    }
}
