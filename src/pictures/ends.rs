//! What of damage a file's structure tells where its decoder says nothing: data that end in zeros, as those of a download that was not
//! finished, and the JPEGs within a TIFF.

use super::jpeg;
use super::more::{self, le32};

/// So many zero bytes end no coded picture, but for flat ones of VP8.
const ZEROS: usize = 64;

/// Of the data of a flat picture of VP8 a twentieth is such zeros; from this part on something is missing.
const FLAT: usize = 8;

/// What is said of files that are damaged, whatever their kind.
pub(super) fn damaged() -> String {
    "it is cut off or damaged; copy it again from where it is whole".to_owned()
}

/// Number of zero bytes at the end of coded data; 0 where there are not more than chance makes.
pub(super) fn zeros(data: &[u8]) -> usize {
    let count = data.iter().rev().take_while(|byte| **byte == 0).count();
    if count < ZEROS { 0 } else { count }
}

/// Looks at the coded data of a WebP: an error where a part is missing, a sentence where that may be so.
pub(super) fn of_webp(bytes: &[u8]) -> Result<Option<String>, String> {
    let mut at = 12_usize;
    while let Some(head) = bytes.get(at..at.saturating_add(8)) {
        let length = head.get(4..).map_or(0, le32);
        let data = bytes.get(at + 8..).map(|rest| rest.get(..length).unwrap_or(rest)).unwrap_or_default();
        let count = zeros(data);
        match &head[..4] {
            b"VP8L" if count > 0 => return Err(damaged()),
            b"VP8 " if count * FLAT >= data.len() && count > 0 => return Err(damaged()),
            b"VP8 " if count > 0 => {
                return Ok(Some(format!(
                    "its data end in {count} zeros, as those of flat pictures and of unfinished downloads do: its lower part may be wrong"
                )));
            }
            _ => at = at.saturating_add(8 + length + length % 2),
        }
    }
    Ok(None)
}

/// Looks at the JPEGs of which the first picture of a TIFF is made: an error where a part is missing, a sentence where that may be so.
pub(super) fn of_tiff(bytes: &[u8]) -> Result<Option<String>, String> {
    let parts = more::jpegs_of_tiff(bytes);
    let flaws = parts.iter().map(|part| jpeg::whole(part)).collect::<Result<Vec<_>, _>>();
    // How much of one part is there says nothing of the whole.
    Ok(flaws.map_err(|_| damaged())?.into_iter().flatten().next())
}
