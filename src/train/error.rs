//! What can go wrong with a training.

use std::path::{Path, PathBuf};

use crate::data::DataError;
use crate::model::ModelError;

/// Errors of training; the sentence names the file, what is wrong and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A picture, a file of weights or a folder cannot be used.
    #[error("{}: {what}", file.display())]
    File {
        /// Its path.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// There is no checkpoint to resume.
    #[error("{}: no checkpoint to resume ({why})", file.display())]
    NoCheckpoint {
        /// Where it would be.
        file: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The checkpoint to resume was made with other settings.
    #[error(
        "{}: was made with other settings ({differences}); resume with the same ones or choose another --out", file.display()
    )]
    OtherSettings {
        /// The file of the checkpoint.
        file: PathBuf,
        /// Which settings differ, and how.
        differences: String,
    },
    /// A setting, or how two of them go together, makes no training.
    #[error("{0}")]
    Settings(String),
    /// Pictures cannot be read, and the training is strict; the text lists them.
    #[error("{0}\nwithout --strict they are left out")]
    UnreadablePictures(String),
    /// Listed pictures are missing, and the training is strict.
    #[error("{0} listed pictures are missing; without --strict they are left out")]
    MissingPictures(usize),
    /// No picture of a lesion is left to train on.
    #[error("none of the lesion images to train on can be read")]
    NoLesions,
    /// No picture of a class is left.
    #[error("{class}: none of its {pictures} pictures is left; they cannot be read, or --without leaves them out")]
    LostClass {
        /// Name of the class.
        class: String,
        /// Pictures that it had.
        pictures: usize,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The loss stopped being a number.
    #[error("the loss stopped being a number in epoch {epoch}; go on from the last checkpoint with a lower rate")]
    Diverged {
        /// The epoch, from 1.
        epoch: u32,
    },
    /// A file of the run could not be made or written.
    #[error("{0}")]
    Unwritten(String),
    /// A model could not be run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The tensor library failed.
    #[error("training failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl TrainError {
    pub(super) fn file(path: &Path, what: impl std::fmt::Display) -> TrainError {
        TrainError::File { file: path.to_owned(), what: what.to_string() }
    }

    pub(super) fn unwritten(error: impl std::fmt::Display) -> TrainError {
        TrainError::Unwritten(error.to_string())
    }

    /// Whether files or settings are to blame, rather than what happened on the way.
    pub fn is_unusable(&self) -> bool {
        match self {
            TrainError::File { .. }
            | TrainError::NoCheckpoint { .. }
            | TrainError::OtherSettings { .. }
            | TrainError::Settings(_)
            | TrainError::UnreadablePictures(_)
            | TrainError::MissingPictures(_)
            | TrainError::NoLesions
            | TrainError::LostClass { .. }
            | TrainError::Data(_) => true,
            TrainError::Diverged { .. } | TrainError::Unwritten(_) | TrainError::Model(_) | TrainError::Tensor(_) => {
                false
            }
        }
    }
}
