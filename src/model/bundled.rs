//! The model built into the program, so that one file is enough to start.

use super::ModelError;
use super::network::Network;

/// Loads the bundled model.
pub fn bundled() -> Result<Network, ModelError> {
    let toml = include_str!("../../models/small/model.toml");
    Network::from_parts(toml, include_bytes!("../../models/small/weights.safetensors"), "the bundled model")
}
