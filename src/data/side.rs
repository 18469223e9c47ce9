//! The three sides: what is learnt from, what choices are made on, and what is reported.

use serde::Serialize;

/// The side that an image or a clip stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Learnt from.
    Train,
    /// Never learnt from: networks, settings and thresholds are chosen here.
    Development,
    /// Never learnt from nor chosen by: looked at once a choice is made, and quoted.
    Report,
}

impl Side {
    /// All three.
    pub const ALL: [Side; 3] = [Side::Train, Side::Development, Side::Report];

    /// Its name, as manifests and flags write it.
    pub fn name(self) -> &'static str {
        match self {
            Side::Train => "train",
            Side::Development => "development",
            Side::Report => "report",
        }
    }

    /// The side of this name.
    pub fn named(name: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|side| side.name() == name)
    }
}
