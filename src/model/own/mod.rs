//! lesionscope's own networks: described by a `model.toml`, run by the kernels of `crates/kernels`.

pub mod architecture;
pub mod attention;
pub mod bundled;
pub mod card;
pub mod frozen;
pub mod network;
pub mod pair;
pub mod pooling;
pub mod skin_network;
pub mod with_skin;
pub mod zoo;
