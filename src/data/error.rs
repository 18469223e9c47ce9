//! What can be wrong with data.

use std::io;
use std::path::{Path, PathBuf};

/// Data that cannot be used; the sentence names the file, what is wrong and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or folder is not what it should be.
    #[error("{}: {problem}", .path.display())]
    Content {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Pictures are of classes that nobody knows.
    #[error("{}: {problem}", .path.display())]
    UnknownClasses {
        /// The data.
        path: PathBuf,
        /// Which classes, and what would help.
        problem: String,
    },
    /// A class of the data is said to be one that nobody knows.
    #[error("class {name:?} is said to be {meant:?}, which is not known here{guess}; there are: {known}")]
    UnknownMeaning {
        /// The class of the data.
        name: String,
        /// What it is said to be.
        meant: String,
        /// What may have been meant, as part of the sentence; may be empty.
        guess: String,
        /// The classes that are known.
        known: String,
    },
    /// A patient or lesion stands on two sides.
    #[error("{}: group {group} stands on two sides of the split; a patient or lesion belongs to one", .path.display())]
    GroupOnTwoSides {
        /// The data.
        path: PathBuf,
        /// The group, with its source.
        group: String,
    },
}

impl DataError {
    pub(super) fn content(path: &Path, problem: impl std::fmt::Display) -> DataError {
        DataError::Content { path: path.to_owned(), problem: problem.to_string() }
    }

    pub(super) fn unreadable(path: &Path, source: io::Error) -> DataError {
        DataError::Unreadable { path: path.to_owned(), source }
    }
}
