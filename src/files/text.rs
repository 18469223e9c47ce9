//! Text that people make: labels, manifests, boxes, settings.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest text that is read, bytes: manifests of a million pictures are smaller.
const LARGEST: u64 = 1 << 28;

/// Reads a text file of at most 256 MiB.
///
/// # Errors
/// When it cannot be read, is larger, or is not text; the error says which.
pub fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is larger than 256 MiB, so it is no text that somebody made",
        ));
    }
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
