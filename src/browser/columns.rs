//! Columns outside of this instance's memory: as scorer workers get them, and for those that are started later.

use std::sync::Arc;

use js_sys::{Array, Uint8Array};

use crate::arrays::{Sink, Source};
use crate::bytes::Malformed;
use crate::score::{BuiltIn, Column, Columns};

/// The columns of what was loaded, each as it was made and, once a worker wanted it, as its bytes.
pub(super) struct Kept {
    /// Until nobody is to run here any more.
    here: Option<Arc<Columns>>,
    items: u32,
    outside: Vec<(Column, Uint8Array)>,
}

impl Kept {
    pub(super) fn new(columns: Columns) -> Self {
        Kept { items: columns.items, here: Some(columns.into()), outside: Vec::new() }
    }

    pub(super) fn items(&self) -> u32 {
        self.items
    }

    /// What a scorer in a worker reads, in its order.
    pub(super) fn outside(&mut self, kind: &BuiltIn) -> Array {
        kind.columns.iter().map(|&column| self.bytes(column)).collect()
    }

    fn bytes(&mut self, column: Column) -> Uint8Array {
        if let Some((_, bytes)) = self.outside.iter().find(|(own, _)| *own == column) {
            return bytes.clone();
        }
        let mut length = 0;
        let mut writing = Writing { bytes: Uint8Array::new_with_length(0), at: 0 };
        if let Some(columns) = &self.here {
            columns.send(column, &mut length);
            writing.bytes = Uint8Array::new_with_length(length as u32);
            columns.send(column, &mut writing);
        }
        self.outside.push((column, writing.bytes.clone()));
        writing.bytes
    }

    /// What a scorer reads that runs here.
    pub(super) fn here(&mut self, kind: &BuiltIn) -> Result<Arc<Columns>, Malformed> {
        match &self.here {
            Some(columns) => Ok(columns.clone()),
            None => received(kind, self.items, &self.outside(kind)).map(Arc::new),
        }
    }

    /// Nobody runs here, and all workers have what they need: whoever is started later gets it from outside.
    pub(super) fn leave(&mut self) {
        self.here = None;
    }
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
