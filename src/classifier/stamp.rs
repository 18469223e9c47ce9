//! What is written about the classifier of a run.

use serde::Serialize;

/// Which classifier was used.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelStamp {
    /// Its name.
    pub name: String,
    /// SHA-256 of its weights, hexadecimal.
    pub checksum: String,
    /// The larger model that was asked about what this one found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Box<ModelStamp>>,
    /// The network of the skin map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skin: Option<Box<ModelStamp>>,
}

impl ModelStamp {
    /// Of one network by itself.
    pub(super) fn new(name: &str, checksum: &str) -> ModelStamp {
        ModelStamp { name: name.to_owned(), checksum: checksum.to_owned(), ..ModelStamp::default() }
    }

    /// The names: of the model and of the one that is asked for a second opinion.
    pub fn label(&self) -> String {
        self.opinion.as_ref().map_or_else(|| self.name.clone(), |other| format!("{} with {}", self.name, other.name))
    }
}
