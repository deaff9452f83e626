use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

thread_local! {
    static KEY: Cell<(u64, u64)> = Cell::new((RandomState::new().hash_one(0), RandomState::new().hash_one(1)));
}

/// SipHash-1-3 with a key: for strings that come from outside. Who does not know the key cannot write strings that all have one
/// hash, over which a table becomes a list. Nothing that is told may depend on hashes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyedHash(u64, u64);

/// The key of this thread's tables from now on. The standard library draws a key where it can; a browser's WebAssembly cannot, and
/// draws it in `src/browser`.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn set_key(key: (u64, u64)) {
    KEY.set(key);
}

impl Default for KeyedHash {
    fn default() -> Self {
        let (first, second) = KEY.get();
        KeyedHash(first, second)
    }
}

impl KeyedHash {
    /// Of a text.
    pub(crate) fn of_text(self, text: &str) -> u64 {
        SipHasher13::new_with_keys(self.0, self.1).hash(text.as_bytes())
    }

    /// Of a number: SplitMix64's finalizer (Steele, Lea, Flood 2014) with a key before it and one within.
    fn of_number(self, number: u64) -> u64 {
        let mut mixed = number ^ self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ self.1;
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl BuildHasher for KeyedHash {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0, self.1)
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
        let hash = |(first, second): (u32, u32)| hash.of_number(u64::from(first) << 32 | u64::from(second));
        let pair = (first, second);
        let entry = entries.entry(hash(pair), |(known, _)| *known == pair, |(known, _)| hash(*known));
        &mut entry.or_insert((pair, u32::MAX)).into_mut().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Answer, Engine, LoadOptions, Loaded, LocalEngine};
    use crate::json::from_json;
    use crate::score::SCORERS;

    /// Everything that can be asked of a small catalog, under a key.
    fn answers(key: (u64, u64)) -> Vec<Answer> {
        set_key(key);
        let catalog = include_bytes!("../tests/golden/catalog.json").to_vec();
        let model = include_bytes!("../tests/golden/model.wnm");
        let options = LoadOptions::default();
        let loaded = Loaded::new(catalog, Some(model), &options, &mut |_, _| {}).expect("loads");
        let mut engine = LocalEngine::new(Engine::new(loaded, [1; SCORERS.len()], &options));
        let commands = [
            r#"{"record": [{"item": "1", "type": "watch", "time": 0}, {"item": "nowhere", "type": "like", "time": 0},
                {"item": "50", "type": "like", "time": 0}, {"item": "elsewhere", "type": "watch", "time": 0}]}"#,
            r#"{"recommend": {"limit": 100, "explain": true, "diversity": 0.3, "calibration": 0.3}}"#,
            r#"{"recommend": {"filter": {"genres": {"any": ["drama", "none such", "nor this"]}}}}"#,
            r#"{"similar": {"item": "1"}}"#,
            r#""profile""#,
        ];
        commands.map(|command| engine.call(from_json(command).expect("is one")).expect("an answer")).into()
    }

    #[test]
    fn nothing_that_is_told_depends_on_the_key() {
        let first = answers((1, 2));
        for key in [(3, 4), (u64::MAX, 0), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)] {
            assert_eq!(answers(key), first, "{key:?}");
        }
    }
}
