//! Folders and files: what a command writes, what it reads, and that the one is never the other.

pub(crate) mod earlier;
pub(crate) mod error;
pub(crate) mod folder;
pub(crate) mod inputs;
pub(crate) mod outputs;
