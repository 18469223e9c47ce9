//! What files of different systems differ in.

pub use differences::is_pipe;
pub(super) use differences::numbers;

#[cfg(unix)]
mod differences {
    use std::fs::Metadata;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    /// Whether it is a pipe, which gives its bytes once.
    pub fn is_pipe(meta: &Metadata) -> bool {
        meta.file_type().is_fifo()
    }

    /// The number of the device and that of the file on it, which no other file has.
    pub(crate) fn numbers(meta: &Metadata) -> Option<(u64, u64)> {
        Some((meta.dev(), meta.ino()))
    }
}

#[cfg(not(unix))]
mod differences {
    use std::fs::Metadata;

    /// There are no pipes among the files.
    pub fn is_pipe(_: &Metadata) -> bool {
        false
    }

    /// Nobody tells the numbers of a file.
    pub(crate) fn numbers(_: &Metadata) -> Option<(u64, u64)> {
        None
    }
}
