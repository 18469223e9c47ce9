//! Reads the files of models, each with a bound.

use std::path::Path;

use crate::files;
use crate::model::ModelError;
use crate::model::weights::LARGEST_WEIGHTS;

/// Largest `model.toml` that is read, bytes: those of a thousand classes are smaller.
const LARGEST_CARD: u64 = 1 << 20;

/// The bytes of a file with weights.
pub(super) fn weights_of(path: &Path) -> Result<Vec<u8>, ModelError> {
    bounded(path, LARGEST_WEIGHTS)
}

/// The bytes of a `model.toml`.
pub(super) fn card_of(path: &Path) -> Result<Vec<u8>, ModelError> {
    bounded(path, LARGEST_CARD)
}

/// The bytes of a file of a model, refused when it holds more than `most`.
fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, ModelError> {
    let unreadable =
        |error: std::io::Error| ModelError::Unreadable { file: path.display().to_string(), why: error.to_string() };
    files::bytes(path, most).map_err(unreadable)
}
