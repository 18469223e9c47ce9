//! Which cameras there are, and what they deliver.

use super::formats::CameraFormat;
use super::trouble::CameraTrouble;

/// A camera and what it delivers.
#[derive(Clone, Debug)]
pub struct CameraListing {
    /// Its number, as `--source N` takes it.
    pub index: u32,
    /// The name that the driver gives it.
    pub name: String,
    /// What it delivers that can be read.
    pub formats: Vec<CameraFormat>,
    /// Four-character codes of what it delivers that cannot be read.
    pub unreadable: Vec<String>,
    /// Why it could not be asked.
    pub trouble: Option<CameraTrouble>,
}

impl CameraListing {
    /// Of a camera that has not been asked yet what it delivers.
    pub(super) fn named(index: u32, name: String) -> CameraListing {
        CameraListing { index, name, formats: Vec::new(), unreadable: Vec::new(), trouble: None }
    }

    /// Whether pictures can be had from it, as far as listing tells (it may still be in use).
    pub fn usable(&self) -> bool {
        self.trouble.is_none() && !self.formats.is_empty()
    }

    /// `camera 10 (clip)`
    pub fn short(&self) -> String {
        format!("camera {} ({})", self.index, self.name)
    }
}
