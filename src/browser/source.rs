use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use js_sys::Uint8Array;

use crate::catalog;

/// A catalog's bytes outside of this instance's memory, which never gets smaller: they are looked at again only for the items of a list.
#[derive(Default)]
pub(super) struct Outside {
    next: Next,
    pieces: Vec<Uint8Array>,
    /// Where each of them ends in the file.
    ends: Vec<usize>,
}

/// The piece that comes next, where it is outside already: it is kept as it is, and not copied.
pub(super) type Next = Rc<Cell<Option<Uint8Array>>>;

impl Outside {
    pub(super) fn with(next: Next) -> Self {
        Outside { next, ..Outside::default() }
    }
}

impl catalog::Source for Outside {
    fn push(&mut self, piece: &[u8]) {
        self.ends.push(self.ends.last().unwrap_or(&0) + piece.len());
        self.pieces.push(self.next.take().unwrap_or_else(|| Uint8Array::from(piece)));
    }

    fn bytes(&self, start: usize, end: usize) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(end.saturating_sub(start));
        let first = self.ends.partition_point(|&piece_end| piece_end <= start);
        for (piece, &piece_end) in self.pieces.iter().zip(&self.ends).skip(first) {
            let offset = piece_end - piece.length() as usize;
            if offset >= end {
                break;
            }
            let (from, to) = (start.saturating_sub(offset), end.min(piece_end) - offset);
            bytes.extend(piece.subarray(from as u32, to as u32).to_vec());
        }
        Cow::Owned(bytes)
    }
}
