//! Little-endian numbers: what messages and columns are made of.

use std::fmt::{self, Display};

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// A number that is stored with its lowest byte first.
pub trait Little: Copy {
    /// Appends the numbers' bytes.
    fn push_all(values: &[Self], bytes: &mut Vec<u8>);

    /// What all of the bytes say.
    ///
    /// # Errors
    /// Where they are not a whole number of numbers.
    fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Malformed>;
}

macro_rules! little {
    ($($number:ty)*) => {$(
        impl Little for $number {
            fn push_all(values: &[Self], bytes: &mut Vec<u8>) {
                let start = bytes.len();
                bytes.resize(start + size_of_val(values), 0);
                let places = bytes[start..].as_chunks_mut().0;
                places.iter_mut().zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
            }

            fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Malformed> {
                match bytes.as_chunks() {
                    (whole, []) => Ok(whole.iter().map(|&bytes| Self::from_le_bytes(bytes)).collect()),
                    _ => Err(Malformed("an array is cut off")),
                }
            }
        }
    )*};
}

little! { i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 }

/// Appends a number.
pub fn push<T: Little>(bytes: &mut Vec<u8>, value: T) {
    T::push_all(&[value], bytes);
}

/// Reads what was appended, in order. Nothing is allocated that the bytes there are do not justify.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// From the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    /// So many bytes.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed("it is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number.
    ///
    /// # Errors
    /// Where there are too few bytes.
    pub fn number<T: Little + Default>(&mut self) -> Result<T, Malformed> {
        Ok(self.numbers(1)?.first().copied().unwrap_or_default())
    }

    /// So many numbers.
    ///
    /// # Errors
    /// Where there are too few bytes.
    pub fn numbers<T: Little>(&mut self, count: usize) -> Result<Vec<T>, Malformed> {
        let length = count.checked_mul(size_of::<T>()).ok_or(Malformed("an array is too long"))?;
        T::read_all(self.take(length)?)
    }

    /// What is left.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// That nothing is left.
    ///
    /// # Errors
    /// Where something is.
    pub fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed("it is too long")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_appended_is_read(a in any::<f64>(), b in prop::collection::vec(any::<i32>(), 0..40), cut in any::<prop::sample::Index>()) {
            let mut bytes = Vec::new();
            push(&mut bytes, a);
            b.iter().for_each(|&b| push(&mut bytes, b));
            let read = |bytes: &[u8]| {
                let mut reader = Reader::new(bytes);
                let read = (reader.number::<f64>()?, reader.numbers::<i32>(b.len())?);
                reader.end().map(|()| read)
            };
            let (first, second) = read(&bytes).expect("all is there");
            prop_assert_eq!((first.to_bits(), &second), (a.to_bits(), &b));
            prop_assert!(read(&bytes[..cut.index(bytes.len())]).is_err());
            bytes.push(0);
            prop_assert!(read(&bytes).is_err());
        }
    }
}
