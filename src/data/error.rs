//! What can be wrong with data.

use std::path::Path;

/// Data that cannot be used; the sentence names the file, what is wrong and what would be right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);

impl DataError {
    pub(super) fn of(path: &Path, what: impl std::fmt::Display) -> DataError {
        DataError(format!("{}: {what}", path.display()))
    }
}
