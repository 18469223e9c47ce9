//! What is written about the classifier of a run.

use serde::Serialize;

/// Which classifier was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelStamp {
    /// Its name.
    pub name: String,
    /// SHA-256 of its weights, hexadecimal.
    pub checksum: String,
    /// The larger model that was asked about what this one found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Box<ModelStamp>>,
}

impl ModelStamp {
    /// The names: of the model and of the one that is asked for a second opinion.
    pub fn label(&self) -> String {
        self.opinion.as_ref().map_or_else(|| self.name.clone(), |other| format!("{} with {}", self.name, other.name))
    }
}
