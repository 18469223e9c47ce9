//! Why a command may not or cannot write where it is told to. Exit code 2: nothing was written yet.

use std::io;
use std::path::PathBuf;

use crate::files::LockError;

/// Why a command may not or cannot write where it is told to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathError {
    /// The folder is there.
    #[error("{} exists; name another folder, or say --exist-ok to write over what is there", .0.display())]
    FolderExists(PathBuf),
    /// It is something else.
    #[error("{} is no folder; name another one", .0.display())]
    NotAFolder(PathBuf),
    /// The system does not make it.
    #[error("cannot create the folder {}: {error}", folder.display())]
    Uncreatable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Somebody else writes into it, or nobody can.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// The name of a run folder leads elsewhere.
    #[error(
        "--name {0:?}: the name of a run folder is a single word without /; --project says which folder it lies in, --out names it whole"
    )]
    Name(String),
    /// What an earlier run left there stays.
    #[error("{}, from an earlier run, cannot be removed: {error}", file.display())]
    Unremovable {
        /// One of its files.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file that a flag names cannot be written.
    #[error("{flag} {}: {fault}", file.display())]
    File {
        /// The flag.
        flag: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        fault: FileFault,
    },
    /// A file that is to be written is read.
    #[error("{} would be written over{}; name another place for what is written", written.display(), while_read(written, read))]
    IsRead {
        /// The file.
        written: PathBuf,
        /// Its name among those that are read.
        read: PathBuf,
    },
}

/// Why a file that a flag names cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    /// It holds something.
    #[error("exists; name another file, or say --exist-ok to write over it")]
    Exists,
    /// It is a folder.
    #[error("is a folder; name a file in it")]
    IsFolder,
    /// Its folder is not there.
    #[error("there is no folder {}; make it first", .0.display())]
    NoFolder(PathBuf),
    /// Another flag names it.
    #[error("is written by another flag already; name another file")]
    Twice,
}

fn while_read(written: &PathBuf, read: &PathBuf) -> String {
    match written == read {
        true => " while it is read".to_owned(),
        false => format!(", and is the same file as {}, which is read", read.display()),
    }
}
