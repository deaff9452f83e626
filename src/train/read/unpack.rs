use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// What is in a stream that may be packed with gzip or zstd, which is seen from its first bytes.
pub(in crate::train) fn unpack(bytes: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let mut reader = BufReader::with_capacity(1 << 17, bytes);
    let start = reader.fill_buf()?;
    if start.starts_with(GZIP) {
        Ok(Box::new(MultiGzDecoder::new(reader)))
    } else if start.starts_with(ZSTD) {
        unpack_zstd(reader)
    } else {
        Ok(Box::new(reader))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn unpack_zstd(reader: impl BufRead + 'static) -> io::Result<Box<dyn Read>> {
    /// How far back a zstd stream may refer, as a power of two: more memory is not given to whatever a file asks for. `zstd --ultra`
    /// without `--long` asks for no more.
    const WINDOW: u32 = 27;
    let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
    decoder.window_log_max(WINDOW)?;
    Ok(Box::new(decoder))
}

/// The C library's binding would need a C compiler for WebAssembly.
#[cfg(target_arch = "wasm32")]
fn unpack_zstd(_: impl BufRead) -> io::Result<Box<dyn Read>> {
    let reason =
        "it is packed with zstd, which only the native program unpacks: unpack it, or pack it with gzip";
    Err(io::Error::new(io::ErrorKind::Unsupported, reason))
}
