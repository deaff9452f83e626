/// Appends a row: an item's own count, and its counts with earlier items, ascending.
pub(super) fn pack(own: u32, entries: impl Iterator<Item = (u32, u32)>, row: &mut Vec<u8>) {
    push_varint(row, own);
    let mut next = 0;
    for (item, count) in entries {
        push_varint(row, item - next);
        push_varint(row, count);
        next = item + 1;
    }
}

/// A packed row: the own count, and the others one by one.
#[derive(Clone)]
pub(in crate::train) struct Entries<'a> {
    own: u32,
    rest: &'a [u8],
    next: u32,
}

impl<'a> Entries<'a> {
    /// Of bytes that [`check`] has found to be good; where they are not, the row is cut there.
    pub(super) fn new(mut row: &'a [u8]) -> Self {
        Entries { own: take_varint(&mut row).unwrap_or(0), rest: row, next: 0 }
    }

    /// How many viewers have the item.
    pub(in crate::train) fn own(&self) -> u32 {
        self.own
    }
}

impl Iterator for Entries<'_> {
    type Item = (u32, u32);

    #[inline]
    fn next(&mut self) -> Option<(u32, u32)> {
        let item = self.next.checked_add(take_varint(&mut self.rest)?)?;
        let count = take_varint(&mut self.rest)?;
        self.next = item.checked_add(1)?;
        Some((item, count))
    }
}

/// Whether these bytes are the row of item number `owns.len()`, whose count is no more than `viewers`; says that count. `owns` are
/// those of the items before it.
pub(super) fn check(mut row: &[u8], owns: &[u32], viewers: u64) -> Result<u32, String> {
    let cut = || "a row is cut off".to_owned();
    let own = take_varint(&mut row).ok_or_else(cut)?;
    if u64::from(own) > viewers {
        return Err(format!("an item has {own} of {viewers} viewers"));
    }
    let mut next = 0_u64;
    while !row.is_empty() {
        let item = next + u64::from(take_varint(&mut row).ok_or_else(cut)?);
        let count = take_varint(&mut row).ok_or_else(cut)?;
        let Some(&other) = usize::try_from(item).ok().and_then(|item| owns.get(item)) else {
            return Err("a row goes beyond its item".to_owned());
        };
        if count == 0 || count > own.min(other) {
            return Err(format!("{count} viewers have two items that {own} and {other} have"));
        }
        next = item + 1;
    }
    Ok(own)
}

/// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
fn push_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Takes a number off, as [`push_varint`] has written it.
#[inline]
fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for (place, &byte) in bytes.iter().enumerate().take(5) {
        let bits = u32::from(byte & 0x7f);
        if place == 4 && bits > 0xf {
            return None;
        }
        value |= bits << (7 * place);
        if byte < 0x80 {
            *bytes = &bytes[place + 1..];
            return Some(value);
        }
    }
    None
}
