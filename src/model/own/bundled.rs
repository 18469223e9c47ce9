//! The models built into the program, so that one file is enough to start.

use super::network::Network;
use super::skin_network::SkinNetwork;
use crate::model::ModelError;

/// Loads the bundled model that searches.
pub fn bundled() -> Result<Network, ModelError> {
    let toml = include_str!("../../../models/small/model.toml");
    Network::from_parts(toml, include_bytes!("../../../models/small/weights.safetensors"), "the bundled model")
}

/// Loads the bundled model that is asked for a second opinion.
pub fn opinion() -> Result<Network, ModelError> {
    let toml = include_str!("../../../models/opinion/model.toml");
    let weights = include_bytes!("../../../models/opinion/weights.safetensors");
    Network::from_parts(toml, weights, "the bundled second opinion")
}

/// Loads the bundled skin map.
pub fn skin() -> Result<SkinNetwork, ModelError> {
    let toml = include_str!("../../../models/skin/model.toml");
    let weights = include_bytes!("../../../models/skin/weights.safetensors");
    SkinNetwork::from_parts(toml, weights, "the bundled skin map")
}
