use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// How far back a zstd stream may refer, as a power of two: more memory is not given to whatever a file asks for. `zstd --ultra`
/// without `--long` asks for no more.
const ZSTD_WINDOW: u32 = 27;

/// What is in a stream that may be packed with gzip or zstd, which is seen from its first bytes.
pub(in crate::train) fn unpack(bytes: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let mut reader = BufReader::with_capacity(1 << 17, bytes);
    let start = reader.fill_buf()?;
    if start.starts_with(GZIP) {
        Ok(Box::new(MultiGzDecoder::new(reader)))
    } else if start.starts_with(ZSTD) {
        let mut decoder = Decoder::with_buffer(reader)?;
        decoder.window_log_max(ZSTD_WINDOW)?;
        Ok(Box::new(decoder))
    } else {
        Ok(Box::new(reader))
    }
}
