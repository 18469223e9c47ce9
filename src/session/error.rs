//! What can be wrong with a recorded session.

use std::io;
use std::path::{Path, PathBuf};

/// A session that cannot be used; the sentence names the file, what is wrong and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A file cannot be read.
    #[error("{}: cannot be read", .path.display())]
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
    /// A line of a list is not what it should be.
    #[error("{}, line {line}: {problem}", .path.display())]
    Line {
        /// The list.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl SessionError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> SessionError {
        SessionError::Unreadable { path: path.to_owned(), source }
    }

    pub(super) fn content(path: &Path, problem: impl std::fmt::Display) -> SessionError {
        SessionError::Content { path: path.to_owned(), problem: problem.to_string() }
    }

    pub(super) fn line(path: &Path, line: u64, problem: impl std::fmt::Display) -> SessionError {
        SessionError::Line { path: path.to_owned(), line, problem: problem.to_string() }
    }
}
