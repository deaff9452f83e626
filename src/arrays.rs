//! Arrays of numbers on their way to another worker or process, in pieces: what is sent is never there a second time.
//!
//! An array is its length, how many bytes a number has (both u32), the numbers, and zeros up to a multiple of 8 bytes: so that a typed array
//! can be laid over each.

use crate::bytes::{Little, Malformed};

/// So many bytes are in one piece, about.
const PIECE: usize = 1 << 16;
/// Where an array begins: at a multiple of so many bytes.
const ALIGN: usize = 8;

/// Where bytes go.
pub trait Sink {
    /// Takes the next.
    fn take(&mut self, piece: &[u8]);
}

impl Sink for Vec<u8> {
    fn take(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }
}

/// How many bytes there would be.
impl Sink for usize {
    fn take(&mut self, piece: &[u8]) {
        *self += piece.len();
    }
}

/// Where bytes come from.
pub trait Source {
    /// The next so many of them.
    ///
    /// # Errors
    /// Where there are fewer.
    fn fill(&mut self, piece: &mut [u8]) -> Result<(), Malformed>;

    /// How many are left.
    fn left(&self) -> usize;
}

impl Source for &[u8] {
    fn fill(&mut self, piece: &mut [u8]) -> Result<(), Malformed> {
        let (taken, rest) = self.split_at_checked(piece.len()).ok_or(CUT_OFF)?;
        piece.copy_from_slice(taken);
        *self = rest;
        Ok(())
    }

    fn left(&self) -> usize {
        self.len()
    }
}

const CUT_OFF: Malformed = Malformed("it is cut off");

/// Sends an array.
pub fn send<T: Little>(sink: &mut dyn Sink, values: &[T]) {
    let mut piece = Vec::with_capacity(PIECE.min(size_of_val(values)) + 2 * ALIGN);
    u32::push_all(&[values.len() as u32, size_of::<T>() as u32], &mut piece);
    for values in values.chunks(PIECE / size_of::<T>()) {
        T::push_all(values, &mut piece);
        sink.take(&piece);
        piece.clear();
    }
    piece.resize(piece.len() + size_of_val(values).wrapping_neg() % ALIGN, 0);
    sink.take(&piece);
}

/// Receives what was [sent](send). Nothing is allocated that the bytes there are do not justify.
///
/// # Errors
/// For an array of something else, and where bytes are missing.
pub fn receive<T: Little>(source: &mut dyn Source) -> Result<Vec<T>, Malformed> {
    let mut values = Vec::new();
    receive_bytes(source, size_of::<T>(), &mut |length, piece| {
        values.reserve_exact(length / size_of::<T>() - values.len());
        values.append(&mut T::read_all(piece)?);
        Ok(())
    })?;
    Ok(values)
}

/// Hears how many bytes there are of an array, and gets the next.
type Take<'a> = dyn FnMut(usize, &[u8]) -> Result<(), Malformed> + 'a;

/// The same, of an array whose numbers have so many bytes.
fn receive_bytes(source: &mut dyn Source, width: usize, take: &mut Take) -> Result<(), Malformed> {
    let mut head = [0; 8];
    source.fill(&mut head)?;
    let [count, announced] = u32::read_all(&head)?[..] else { return Err(CUT_OFF) };
    if announced as usize != width {
        return Err(Malformed("an array of other numbers"));
    }
    let length =
        (count as usize).checked_mul(width).filter(|&length| length <= source.left()).ok_or(CUT_OFF)?;
    let mut piece = vec![0; length.min(PIECE)];
    let mut left = length;
    while left > 0 {
        piece.truncate(left);
        source.fill(&mut piece)?;
        take(length, &piece)?;
        left -= piece.len();
    }
    source.fill(&mut [0; ALIGN][..length.wrapping_neg() % ALIGN])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(longs: &[f64], bytes: &[i8], words: &[u16]) -> Vec<u8> {
        let mut sent = Vec::new();
        send(&mut sent, longs);
        send(&mut sent, bytes);
        assert_eq!(sent.len() % ALIGN, 0);
        send(&mut sent, words);
        sent
    }

    proptest! {
        #[test]
        fn what_was_sent_is_received(
            longs in prop::collection::vec(any::<f64>(), 0..9),
            bytes in prop::collection::vec(any::<i8>(), 0..40),
            words in prop::collection::vec(any::<u16>(), 0..9),
            cut in any::<prop::sample::Index>(),
        ) {
            let all = sent(&longs, &bytes, &words);
            let received = |mut all: &[u8]| {
                let longs: Vec<f64> = receive(&mut all)?;
                Ok((longs.into_iter().map(f64::to_bits).collect(), receive(&mut all)?, receive(&mut all)?))
            };
            let bits: Vec<u64> = longs.iter().map(|long| long.to_bits()).collect();
            prop_assert_eq!(received(&all), Ok((bits, bytes, words)));
            prop_assert_eq!(received(&all[..cut.index(all.len())]), Err(CUT_OFF));
            prop_assert!(receive::<u32>(&mut &all[..]).is_err());
        }
    }

    #[test]
    fn long_arrays_go_in_pieces() {
        let values: Vec<u32> = (0..100_001).collect();
        let (mut sent, mut length) = (Vec::new(), 0_usize);
        send(&mut sent, &values);
        send(&mut length, &values);
        assert_eq!((sent.len(), length), (400_016, 400_016));
        assert_eq!(receive::<u32>(&mut &sent[..]), Ok(values));
    }

    #[test]
    fn a_length_is_not_trusted() {
        let long = [0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0, 1];
        assert_eq!(receive::<f64>(&mut &long[..]), Err(CUT_OFF));
    }
}
