//! Why a report cannot be made.

use std::io;

use crate::session::SessionError;

/// A report that cannot be made; the sentence says why.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The session cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The page cannot be made of it: a mistake of the template.
    #[error("the page of the report cannot be made")]
    Page(#[from] minijinja::Error),
    /// The page cannot be written.
    #[error("the report cannot be written")]
    Write(#[from] io::Error),
}
