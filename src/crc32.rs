//! CRC-32 as of IEEE 802.3, eight bytes at a time. Its tables are made when they are needed: in the binary they would be a tenth of what a
//! page downloads, since they do not compress.

/// Reflected: the lowest bit is the highest power.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// The checksum of bytes that come in parts.
pub(crate) struct Crc32 {
    /// What a byte does to the checksum that is followed by so many others of its eight.
    tables: Box<[[u32; 256]; 8]>,
    state: u32,
}

impl Crc32 {
    pub(crate) fn new() -> Self {
        let mut tables = Box::new([[0; 256]; 8]);
        for byte in 0..256 {
            let shift = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
            tables[0][byte] = (0..8).fold(byte as u32, |sum, _| shift(sum));
        }
        for followed_by in 1..8 {
            for byte in 0..256 {
                let before = tables[followed_by - 1][byte];
                tables[followed_by][byte] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            }
        }
        Crc32 { tables, state: u32::MAX }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let (tables, mut state) = (&self.tables, self.state);
        let (eights, rest) = bytes.as_chunks::<8>();
        for &eight in eights {
            let mixed = (u64::from_le_bytes(eight) ^ u64::from(state)).to_le_bytes();
            state = mixed
                .iter()
                .zip(tables.iter().rev())
                .fold(0, |sum, (&byte, table)| sum ^ table[usize::from(byte)]);
        }
        for &byte in rest {
            state = state >> 8 ^ tables[0][usize::from(state as u8 ^ byte)];
        }
        self.state = state;
    }

    pub(crate) fn finish(&self) -> u32 {
        !self.state
    }
}

/// Of all bytes at once.
#[cfg(any(test, feature = "train"))]
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = Crc32::new();
    sum.update(bytes);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_value_is_that_of_the_catalogue() {
        // Of "CRC-32/ISO-HDLC" in the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    proptest! {
        #[test]
        fn it_is_the_remainder_bit_by_bit_however_the_bytes_are_cut(bytes: Vec<u8>, cut: prop::sample::Index) {
            let by_bit = bytes.iter().fold(u32::MAX, |sum, &byte| {
                (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (POLYNOMIAL * (sum & 1)))
            });
            let (first, second) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut sum = Crc32::new();
            sum.update(first);
            sum.update(second);
            prop_assert_eq!(sum.finish(), !by_bit);
        }
    }
}
