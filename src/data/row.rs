//! One image as data describes it.

use std::path::PathBuf;

/// The source of pictures of which nobody says where they are from.
pub(super) const UNNAMED: &str = "unnamed";

/// The side of the split an image stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Learnt from.
    Train,
    /// Measured on, never learnt from.
    Validation,
}

/// One image as the data describes it, whatever its class is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The image file.
    pub path: PathBuf,
    /// Its mask (white: lesion or skin), when there is one.
    pub mask: Option<PathBuf>,
    /// The class as the data names it; empty when it does not say.
    pub class: String,
    /// Patient or lesion; where the data does not say, the image's path relative to the data.
    pub group: String,
    /// Whether the data says what the group is.
    pub grouped: bool,
    /// Clinic, camera or collection.
    pub source: String,
    /// Licence.
    pub licence: String,
    /// Side of the split, when the data says.
    pub side: Option<Side>,
    /// Fitzpatrick skin type, `1..=6`, when the data says.
    pub skin_type: Option<u8>,
}

impl Row {
    /// Name of its group among those of all sources.
    pub fn key(&self) -> String {
        format!("{}/{}", self.source, self.group)
    }
}
