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
#[cfg(any(target_arch = "wasm32", test))]
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

/// Numbers by pairs of numbers, which whoever writes a catalog can choose, too.
#[derive(Debug, Default)]
pub(crate) struct NumberMap {
    entries: HashTable<((u32, u32), u32)>,
    hash: KeyedHash,
}

impl NumberMap {
    /// The number of a pair; [`u32::MAX`] where it is new.
    pub(crate) fn entry(&mut self, first: u32, second: u32) -> &mut u32 {
        let NumberMap { entries, hash } = self;
        let hash = |(first, second): (u32, u32)| hash.of_numbers(first, second);
        let pair = (first, second);
        let entry = entries.entry(hash(pair), |(known, _)| *known == pair, |(known, _)| hash(*known));
        &mut entry.or_insert((pair, u32::MAX)).into_mut().1
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
