//! Training the bundled kind of network from close-ups: windows, loop, checkpoints.

pub mod alarms;
pub mod checkpoint;
pub mod epoch;
pub mod folder;
pub mod history;
pub mod init;
mod lesion_free;
pub mod mining;
pub mod optimiser;
pub mod photo;
pub mod photometric;
pub mod pool;
mod reading;
pub mod readme;
pub mod run;
pub mod step;
pub mod validate;
pub mod view;
pub mod windows;

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
    fn data(path: &Path, what: impl std::fmt::Display) -> TrainError {
        TrainError::Unusable(format!("{}: {what}", path.display()))
    }
}
