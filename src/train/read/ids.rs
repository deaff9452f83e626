use std::hash::BuildHasher;

use hashbrown::hash_map::{Entry, HashMap};
use hashbrown::hash_table::{self, HashTable};
use rustc_hash::FxBuildHasher;

use crate::columns::Strings;

/// Ids are numbered in the order in which they come. What [`Interner`](crate::columns::Interner) does, for millions of rows a
/// second, which is a matter of how much memory a look-up touches: ids that are numbers are places in a list, other short ones are
/// compared as one number. The hash has no key: here whoever writes the ids waits for the training, too.
#[derive(Default)]
pub(super) struct Ids {
    strings: Strings,
    bytes: usize,
    /// By the number that an id is: what it has been given and one more, 0 where it has not come yet.
    numeric: Vec<u32>,
    short: HashMap<u64, u32, FxBuildHasher>,
    long: HashTable<u32>,
}

/// There can be no more ids, or bytes of them, than a `u32` counts.
#[derive(Debug)]
pub(super) struct Full;

impl Ids {
    pub(super) fn number_of(&mut self, id: &[u8]) -> Result<u32, Full> {
        let Ids { strings, bytes, numeric, short, .. } = self;
        if let Some(place) = numeric_place(id) {
            if place >= numeric.len() {
                numeric.resize((place + 1).next_power_of_two(), 0);
            }
            if numeric[place] == 0 {
                numeric[place] = push(strings, bytes, id)? + 1;
            }
            return Ok(numeric[place] - 1);
        }
        let Some(key) = short_key(id) else { return self.number_of_long(id) };
        match short.entry(key) {
            Entry::Occupied(entry) => Ok(*entry.get()),
            Entry::Vacant(entry) => Ok(*entry.insert(push(strings, bytes, id)?)),
        }
    }

    fn number_of_long(&mut self, id: &[u8]) -> Result<u32, Full> {
        let Ids { strings, bytes, long, .. } = self;
        let text = text_of(id);
        let hash = |text: &str| FxBuildHasher.hash_one(text);
        let entry = long.entry(
            hash(&text),
            |&number| strings.get(number as usize) == text,
            |&number| hash(strings.get(number as usize)),
        );
        match entry {
            hash_table::Entry::Occupied(entry) => Ok(*entry.get()),
            hash_table::Entry::Vacant(entry) => Ok(*entry.insert(push(strings, bytes, id)?).get()),
        }
    }

    pub(super) fn into_strings(self) -> Strings {
        self.strings
    }

    pub(super) fn len(&self) -> usize {
        self.strings.len()
    }
}

/// The number that an id is: of at most seven digits, for their list not to be long, without a 0 before them.
fn numeric_place(id: &[u8]) -> Option<usize> {
    const DIGITS: usize = 7;
    if !(1..=DIGITS).contains(&id.len()) || (id[0] == b'0' && id.len() > 1) {
        return None;
    }
    id.iter()
        .try_fold(0, |number, &digit| digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0')))
}

/// The bytes and the length of an id in one number, if they have room.
fn short_key(id: &[u8]) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes.get_mut(..id.len()).filter(|place| place.len() < 8)?.copy_from_slice(id);
    bytes[7] = id.len() as u8;
    Some(u64::from_le_bytes(bytes))
}

fn push(strings: &mut Strings, bytes: &mut usize, id: &[u8]) -> Result<u32, Full> {
    let text = text_of(id);
    *bytes += text.len();
    u32::try_from(*bytes).map_err(|_| Full)?;
    // One less than what fits, for what is one more to fit, too.
    let number = u32::try_from(strings.len() + 1).map_err(|_| Full)? - 1;
    strings.push(&text);
    Ok(number)
}

/// Text that is not UTF-8 is taken as Latin-1.
pub(super) fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::columns::Interner;

    proptest! {
        #[test]
        fn they_are_the_interners(texts in prop::collection::vec("[ab0\0é]{0,9}|[012]{0,8}", 0..60)) {
            let (mut ids, mut interner) = (Ids::default(), Interner::default());
            for text in &texts {
                prop_assert_eq!(ids.number_of(text.as_bytes()).ok(), Some(interner.intern(text)));
            }
            prop_assert_eq!(ids.len(), interner.len());
            prop_assert_eq!(ids.into_strings(), interner.into_strings());
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_latin_1() {
        let mut ids = Ids::default();
        let number = |ids: &mut Ids, id: &[u8]| ids.number_of(id).expect("has room");
        assert_eq!([number(&mut ids, b"caf\xe9"), number(&mut ids, "a longer café".as_bytes())], [0, 1]);
        assert_eq!(number(&mut ids, b"a longer caf\xe9"), 1);
        assert_eq!(ids.into_strings().iter().collect::<Vec<_>>(), ["café", "a longer café"]);
    }
}
