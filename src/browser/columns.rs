//! Columns outside of this instance's memory: as scorer workers get them.

use std::sync::Arc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::arrays::{Sink, Source};
use crate::bytes::Malformed;
use crate::score::{BuiltIn, Column, Columns};

#[wasm_bindgen]
extern "C" {
    /// An `ArrayBuffer`, with what browsers have had since 2023 and 2024.
    type Buffer;

    #[wasm_bindgen(method, catch)]
    fn transfer(this: &Buffer, length: u32) -> Result<JsValue, JsValue>;
}

/// Gives back the memory of bytes that nobody looks at any more. A worker that has nothing to do would keep it: its browser clears away what is left when
/// more is wanted. So does one that cannot do this.
pub(super) fn free(bytes: &Uint8Array) {
    let _ = bytes.buffer().unchecked_ref::<Buffer>().transfer(0);
}

/// The columns of what was loaded, and their bytes while workers start.
pub(super) struct Kept {
    here: Arc<Columns>,
    outside: Vec<(Column, Uint8Array)>,
}

impl Kept {
    pub(super) fn new(columns: Columns) -> Self {
        Kept { here: columns.into(), outside: Vec::new() }
    }

    pub(super) fn items(&self) -> u32 {
        self.here.items
    }

    /// What a scorer in a worker reads, in its order, to be transferred.
    pub(super) fn outside(&mut self, kind: &BuiltIn) -> Array {
        // The bytes of a copy are moved to the worker; a message with the bytes themselves would have a copy of them, too, and keep it.
        kind.columns.iter().map(|&column| self.bytes(column).slice(0, u32::MAX)).collect()
    }

    fn bytes(&mut self, column: Column) -> Uint8Array {
        if let Some((_, bytes)) = self.outside.iter().find(|(own, _)| *own == column) {
            return bytes.clone();
        }
        let mut length = 0;
        self.here.send(column, &mut length);
        let mut writing = Writing { bytes: Uint8Array::new_with_length(length as u32), at: 0 };
        self.here.send(column, &mut writing);
        self.outside.push((column, writing.bytes.clone()));
        writing.bytes
    }

    /// What a scorer reads that runs here.
    pub(super) fn here(&self) -> Arc<Columns> {
        self.here.clone()
    }

    /// All workers have what they need: for one that is started later the bytes are made again. The columns stay, since the memory they are in never gets
    /// smaller.
    pub(super) fn leave(&mut self) {
        self.outside.drain(..).for_each(|(_, bytes)| free(&bytes));
    }
}

/// The bytes in all of these pieces.
pub(super) fn together(pieces: &[Uint8Array]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pieces.iter().map(|piece| piece.length() as usize).sum());
    for piece in pieces {
        let start = bytes.len();
        bytes.resize(start + piece.length() as usize, 0);
        piece.copy_to(&mut bytes[start..]);
    }
    bytes
}

/// The columns that a scorer reads, from their bytes.
pub(super) fn received(kind: &BuiltIn, items: u32, bytes: &Array) -> Result<Columns, Malformed> {
    let mut columns = Columns { items, ..Columns::default() };
    for (place, &column) in kind.columns.iter().enumerate() {
        let mut source = Reading { bytes: Uint8Array::new(&bytes.get(place as u32)), at: 0 };
        columns.receive(column, &mut source)?;
    }
    Ok(columns)
}

struct Writing {
    bytes: Uint8Array,
    at: u32,
}

impl Sink for Writing {
    fn take(&mut self, piece: &[u8]) {
        let end = self.at + piece.len() as u32;
        self.bytes.subarray(self.at, end).copy_from(piece);
        self.at = end;
    }
}

struct Reading {
    bytes: Uint8Array,
    at: u32,
}

impl Source for Reading {
    fn fill(&mut self, piece: &mut [u8]) -> Result<(), Malformed> {
        if self.left() < piece.len() {
            return Err(Malformed("it is cut off"));
        }
        let end = self.at + piece.len() as u32;
        self.bytes.subarray(self.at, end).copy_to(piece);
        self.at = end;
        Ok(())
    }

    fn left(&self) -> usize {
        (self.bytes.length() - self.at) as usize
    }
}
