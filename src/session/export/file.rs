//! A file of an export.

use std::path::PathBuf;

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its place in the folder of the export; empty where the export is this one file. Never made of what stands in the session, but for
    /// the names of stills, as names that lead nowhere.
    pub place: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl ExportedFile {
    /// An export that is one file.
    pub(super) fn alone(bytes: impl Into<Vec<u8>>) -> Vec<ExportedFile> {
        vec![ExportedFile::within("", bytes)]
    }

    /// A file of a folder.
    pub(super) fn within(place: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> ExportedFile {
        ExportedFile { place: place.into(), bytes: bytes.into() }
    }
}
