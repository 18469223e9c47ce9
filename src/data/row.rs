//! One image as data describes it.

use std::path::PathBuf;

use super::half::half;
use super::side::Side;

/// The source of pictures of which nobody says where they are from.
pub(super) const UNNAMED: &str = "unnamed";

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
    /// Its side among those that are not learnt from: what the data says, else what the hash of its group says.
    pub fn held_out_side(&self) -> Side {
        self.side.filter(|side| *side != Side::Train).unwrap_or_else(|| half(&self.group))
    }

    /// Name of its group among those of all sources.
    pub fn key(&self) -> String {
        format!("{}/{}", self.source, self.group)
    }
}
