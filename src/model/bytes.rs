use crate::error::{Error, Result};

/// Bytes that are no model, or not a whole one.
pub(super) fn damaged(reason: impl Into<String>) -> Error {
    Error::ModelFormat { reason: reason.into() }
}

pub(super) fn push_u16(bytes: &mut Vec<u8>, value: u16) {
    bytes.extend(value.to_le_bytes());
}

pub(super) fn push_u32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend(value.to_le_bytes());
}

pub(super) fn push_u64(bytes: &mut Vec<u8>, value: u64) {
    bytes.extend(value.to_le_bytes());
}

/// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
pub(super) fn push_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The upper half of the bits of a number that [`super::bfloat16`] has made.
pub(super) fn push_bfloat16(bytes: &mut Vec<u8>, value: f32) {
    push_u16(bytes, (value.to_bits() >> 16) as u16);
}

/// Numbers of a few bits each, the lowest bits first.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the lowest `bits` of `value`, at most 32.
    pub(super) fn push(&mut self, value: u32, bits: u32) {
        self.pending |= (u64::from(value) & ((1 << bits) - 1)) << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Appends a number by Golomb and Rice: what is above its lowest `parameter` bits as so many ones and a zero, then those bits.
    pub(super) fn push_rice(&mut self, value: u32, parameter: u32) {
        let mut ones = value >> parameter;
        while ones >= 16 {
            self.push(0xffff, 16);
            ones -= 16;
        }
        self.push((1 << ones) - 1, ones + 1);
        self.push(value, parameter);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// How many bits [`BitWriter::push_rice`] takes.
pub(super) fn rice_bits(value: u32, parameter: u32) -> u64 {
    u64::from(value >> parameter) + 1 + u64::from(parameter)
}

/// Reads what [`BitWriter`] wrote; more than there is is an error.
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    /// What was read of them and not taken, and how many bits that is: fewer than 64.
    pending: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        BitReader { rest: bytes, pending: 0, count: 0 }
    }

    /// The next `bits`, at most 32. A model has millions of them.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> Result<u32> {
        if self.count < bits {
            self.fill(bits)?;
        }
        let value = self.pending & ((1 << bits) - 1);
        self.skip(bits);
        Ok(value as u32)
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.pending >>= bits;
        self.count -= bits;
    }

    /// Reads bytes, where fewer than so many bits are left, at most 32: four where there are as many.
    #[inline(never)]
    fn fill(&mut self, bits: u32) -> Result<()> {
        if let Some((&four, rest)) = self.rest.split_first_chunk() {
            self.pending |= u64::from(u32::from_le_bytes(four)) << self.count;
            self.count += 32;
            self.rest = rest;
            return Ok(());
        }
        while self.count < bits {
            let (&byte, rest) =
                self.rest.split_first().ok_or(Error::ModelTruncated { expected: 1, actual: 0 })?;
            self.pending |= u64::from(byte) << self.count;
            self.count += 8;
            self.rest = rest;
        }
        Ok(())
    }

    /// A number of [`BitWriter::push_rice`], at most `most`.
    pub(super) fn take_rice(&mut self, parameter: u32, most: u32) -> Result<u32> {
        let mut ones = 0;
        // As many as there are at once; behind them, where something is left, is a zero.
        loop {
            let run = self.pending.trailing_ones();
            self.skip(run);
            ones += run;
            if ones > most >> parameter {
                return Err(too_large());
            }
            if self.count > 0 {
                break self.skip(1);
            }
            self.fill(1)?;
        }
        let value = ones << parameter | self.take(parameter)?;
        if value > most { Err(too_large()) } else { Ok(value) }
    }

    /// Refuses bytes that nobody asked for.
    pub(super) fn end(&self) -> Result<()> {
        match self.rest.len() + self.count as usize / 8 {
            0 => Ok(()),
            more => Err(damaged(format!("{more} bytes too many in one of its parts"))),
        }
    }
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

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>(1)?[0][0])
    }

    pub(super) fn varint(&mut self) -> Result<u32> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| too_large());
            }
        }
        Err(too_large())
    }

    /// `count` numbers of [`push_bfloat16`].
    pub(super) fn bfloat16s(&mut self, count: usize) -> Result<Vec<f32>> {
        let widened = |&bytes: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16);
        Ok(self.array(count)?.iter().map(widened).collect())
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

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Refuses bytes that nobody asked for.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(damaged(format!("{} bytes too many in one of its parts", self.rest.len())))
    }

    fn short(&self, expected: usize) -> Error {
        Error::ModelTruncated { expected: expected as u64, actual: self.rest.len() as u64 }
    }
}

fn too_large() -> Error {
    damaged("a number is larger than it may be")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(numbers in prop::collection::vec((any::<u32>(), 1..=32_u32), 0..40)) {
            let (mut bytes, mut bits) = (Vec::new(), BitWriter::default());
            for &(number, width) in &numbers {
                push_varint(&mut bytes, number);
                bits.push(number, width);
            }
            let (mut reader, packed) = (Reader::new(&bytes), bits.finish());
            prop_assert_eq!(packed.len(), numbers.iter().map(|number| number.1 as usize).sum::<usize>().div_ceil(8));
            let mut bits = BitReader::new(&packed);
            for &(number, width) in &numbers {
                prop_assert_eq!(reader.varint(), Ok(number));
                prop_assert_eq!(bits.take(width).map(u64::from), Ok(u64::from(number) & ((1_u64 << width) - 1)));
            }
            prop_assert!(reader.end().is_ok() && bits.end().is_ok());
        }

        #[test]
        fn numbers_by_golomb_and_rice_come_back(numbers in prop::collection::vec((0..5000_u32, 0..=31_u32), 0..40)) {
            let mut bits = BitWriter::default();
            numbers.iter().for_each(|&(number, parameter)| bits.push_rice(number, parameter));
            let packed = bits.finish();
            let length: u64 = numbers.iter().map(|&(number, parameter)| rice_bits(number, parameter)).sum();
            prop_assert_eq!(packed.len() as u64, length.div_ceil(8));
            let mut bits = BitReader::new(&packed);
            for (number, parameter) in numbers {
                prop_assert_eq!(bits.take_rice(parameter, 5000), Ok(number));
            }
            prop_assert!(bits.end().is_ok());
        }
    }
}
