use crate::error::{Error, Result};

pub(super) fn push_u16(bytes: &mut Vec<u8>, value: u16) {
    bytes.extend(value.to_le_bytes());
}

pub(super) fn push_u32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend(value.to_le_bytes());
}

pub(super) fn push_u64(bytes: &mut Vec<u8>, value: u64) {
    bytes.extend(value.to_le_bytes());
}

/// Reads little-endian numbers; asking for more than there is is an error, and allocates nothing.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.short(count))?;
        self.rest = rest;
        Ok(taken)
    }

    /// `count` groups of `N` bytes.
    pub(super) fn array<const N: usize>(&mut self, count: usize) -> Result<&'a [[u8; N]]> {
        let length = count.checked_mul(N).ok_or_else(|| self.short(usize::MAX))?;
        Ok(self.take(length)?.as_chunks().0)
    }

    pub(super) fn tag(&mut self) -> Result<[u8; 4]> {
        Ok(self.array(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array(1)?[0]))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(1)?[0]))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(1)?[0]))
    }

    /// Refuses bytes that nobody asked for.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Error::ModelFormat { reason: format!("{} bytes too many in one of its parts", self.rest.len()) })
    }

    fn short(&self, expected: usize) -> Error {
        Error::ModelTruncated { expected: expected as u64, actual: self.rest.len() as u64 }
    }
}
