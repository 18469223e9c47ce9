//! What can go wrong with a training.

use std::path::Path;

use crate::data::DataError;

/// Errors of training; the sentence names the file, what is wrong and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The data or the settings cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// A file of the run could not be written or the loss stopped being a number.
    #[error("{0}")]
    Failed(String),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The tensor library failed.
    #[error("training failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl TrainError {
    pub(super) fn data(path: &Path, what: impl std::fmt::Display) -> TrainError {
        TrainError::Unusable(format!("{}: {what}", path.display()))
    }
}
