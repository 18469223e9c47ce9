//! Text that people make: labels, manifests, boxes, settings.

use std::io;
use std::path::Path;

/// Largest text that is read, bytes: manifests of a million pictures are smaller.
const LARGEST: u64 = 1 << 28;

/// Reads a text file of at most 256 MiB.
///
/// # Errors
/// When it cannot be read, is larger, or is not text; the error says which.
pub fn text(path: &Path) -> io::Result<String> {
    let bytes = super::bytes(path, LARGEST)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
