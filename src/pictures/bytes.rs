//! The bytes of a picture file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::limits::MAX_BYTES;

/// What a file holds. Only files have an end: pipes and devices are refused.
pub(super) fn bytes_of(file: &Path) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| error.to_string();
    let data = std::fs::metadata(file).map_err(words)?;
    if !data.is_file() {
        return Err("it is no file".to_owned());
    }
    let too_large = format!("it holds more than the {} MB that a picture may", MAX_BYTES / 1_000_000);
    if data.len() > MAX_BYTES {
        return Err(too_large);
    }
    let mut bytes = Vec::with_capacity(data.len() as usize);
    File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(words)?;
    if bytes.len() as u64 > MAX_BYTES { Err(too_large) } else { Ok(bytes) }
}
