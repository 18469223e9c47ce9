//! The classes of a classifier.

use serde::{Deserialize, Serialize};

/// What a class is in the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClassKind {
    /// Neither skin nor lesion.
    Background,
    /// Skin without a lesion.
    Skin,
    /// A lesion: searched for and circled.
    Lesion,
}

/// One class of a classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Name as printed and written, such as `melanoma`.
    pub name: String,
    /// What it is in the scan.
    pub kind: ClassKind,
    /// Whether a finding of this class is reported as suspicious.
    #[serde(default)]
    pub suspicious: bool,
}
