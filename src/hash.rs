use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use hashbrown::HashTable;

thread_local! {
    static KEY: Cell<KeyedHash> =
        Cell::new(KeyedHash::new((RandomState::new().hash_one(0), RandomState::new().hash_one(1))));
}

/// Foldhash with a key: for strings that come from outside. Who does not know the key cannot write strings that all have one hash, over which a
/// table becomes a list. Nothing that is told may depend on hashes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyedHash(u64, &'static SharedSeed);

/// The key of this thread's tables from now on. The standard library draws a key where it can; a browser's WebAssembly cannot, and
/// draws it in `src/browser`.
#[cfg(any(all(target_arch = "wasm32", not(feature = "train")), test))]
pub(crate) fn set_key(key: (u64, u64)) {
    KEY.set(KeyedHash::new(key));
}

impl Default for KeyedHash {
    fn default() -> Self {
        KEY.get()
    }
}

impl KeyedHash {
    /// There is one for a thread, which is never given back.
    fn new((first, second): (u64, u64)) -> Self {
        KeyedHash(first, Box::leak(Box::new(SharedSeed::from_u64(second))))
    }

    /// Of a text.
    pub(crate) fn of_text(self, text: &str) -> u64 {
        let mut hasher = self.build_hasher();
        hasher.write(text.as_bytes());
        hasher.finish()
    }

    /// Of two numbers.
    fn of_numbers(self, first: u32, second: u32) -> u64 {
        let mut hasher = self.build_hasher();
        hasher.write_u64(u64::from(first) << 32 | u64::from(second));
        hasher.finish()
    }
}

impl BuildHasher for KeyedHash {
    type Hasher = FoldHasher<'static>;

    fn build_hasher(&self) -> FoldHasher<'static> {
        FoldHasher::with_seed(self.0, self.1)
    }
}

/// Where things are that are kept elsewhere, by their hashes. Of a hash half is kept: a table that grows, or looks at what is not wanted,
/// looks at no thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(HashTable<(u32, u32)>);

impl Places {
    /// The place of a thing with this hash, which `is_same` says of its place.
    pub(crate) fn find(&self, hash: u64, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        let half = hash as u32;
        let same = |&(other, place): &(u32, u32)| other == half && is_same(place);
        self.0.find(spread(half), same).map(|&(_, place)| place)
    }

    /// Puts a thing in that is not there.
    #[inline(never)]
    pub(crate) fn insert(&mut self, hash: u64, place: u32) {
        let half = hash as u32;
        self.0.insert_unique(spread(half), (half, place), |&(other, _)| spread(other));
    }
}

/// FNV-1a (Fowler, Noll, Vo) without a key, by numbers and not by bytes: tells things apart, here and elsewhere, that nobody wants to be taken for each other.
#[derive(Debug, Default)]
pub(crate) struct Mix(u64);

impl Mix {
    pub(crate) fn number(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }

    pub(crate) fn numbers(&mut self, numbers: impl Iterator<Item = u64>) {
        numbers.for_each(|number| self.number(number));
    }

    /// Also how long it is.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    /// Eight at a time.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.numbers(eights.iter().chain([&last]).map(|&eight| u64::from_le_bytes(eight)));
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0
    }
}

/// Half a hash as a whole one; a table looks at both its ends.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Numbers by pairs of numbers, which whoever writes a catalog can choose, too.
#[derive(Debug, Default)]
pub(crate) struct NumberMap {
    entries: Vec<((u32, u32), u32)>,
    places: Places,
    hash: KeyedHash,
}

impl NumberMap {
    /// The number of a pair; [`u32::MAX`] where it is new.
    pub(crate) fn entry(&mut self, first: u32, second: u32) -> &mut u32 {
        let (pair, hash) = ((first, second), self.hash.of_numbers(first, second));
        let known = self.places.find(hash, |place| self.entries[place as usize].0 == pair);
        let place = known.unwrap_or_else(|| {
            let place = self.entries.len() as u32;
            self.places.insert(hash, place);
            self.entries.push((pair, u32::MAX));
            place
        });
        &mut self.entries[place as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Answer, Command, LoadOptions};
    use crate::host::LocalHost;

    /// Everything that can be asked of a small catalog, under a key.
    fn answers(key: (u64, u64)) -> Vec<Answer> {
        set_key(key);
        let catalog = include_bytes!("../tests/golden/catalog.json").to_vec();
        let model = include_bytes!("../tests/golden/model.wnm");
        let options = LoadOptions::default();
        let mut engine = LocalHost::load(catalog, Some(model), &options).expect("loads");
        let commands = [
            r#"{"record": [{"item": "1", "type": "watch", "time": 0}, {"item": "nowhere", "type": "like", "time": 0},
                {"item": "50", "type": "like", "time": 0}, {"item": "elsewhere", "type": "watch", "time": 0}]}"#,
            r#"{"record": [{"item": "2", "type": "impression", "time": 0}, {"item": "50", "type": "impression", "time": 0}]}"#,
            r#"{"recommend": {"limit": 100, "seed": 5, "explain": true, "diversity": 0.3, "calibration": 0.3}}"#,
            r#"{"recommend": {"filter": {"genres": {"any": ["drama", "none such", "nor this"]}}}}"#,
            r#"{"similar": {"item": "1"}}"#,
            r#"{"why": {"item": "50"}}"#,
            r#""profile""#,
        ];
        commands
            .map(|command| engine.call(Command::from_json(command).expect("is one")).expect("an answer"))
            .into()
    }

    #[test]
    fn nothing_that_is_told_depends_on_the_key() {
        let first = answers((1, 2));
        for key in [(3, 4), (u64::MAX, 0), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)] {
            assert_eq!(answers(key), first, "{key:?}");
        }
    }
}
