//! The bytes of a picture file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::limits::{MAX_BYTES, within_bytes};

/// What a file holds. Only files have an end: pipes and devices are refused.
pub(super) fn bytes_of(file: &Path) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| error.to_string();
    let data = std::fs::metadata(file).map_err(words)?;
    if !data.is_file() {
        return Err("it is no file".to_owned());
    }
    within_bytes(data.len())?;
    let mut bytes = Vec::with_capacity(data.len() as usize);
    File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(words)?;
    within_bytes(bytes.len() as u64)?;
    Ok(bytes)
}
