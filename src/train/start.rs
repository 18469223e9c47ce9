//! How a training run is started.

use super::alarms::Miner;
use crate::data::Naming;

/// How a run is started.
#[derive(Default)]
pub struct Start<'a> {
    /// Whether it goes on from the checkpoint in its folder.
    pub resume: bool,
    /// The command, for the model's description.
    pub command: &'a str,
    /// The model whose false circles are mined.
    pub miner: Option<Miner>,
    /// What the classes of the data are.
    pub naming: Naming,
    /// Whether a picture that is missing or cannot be read stops the run; otherwise it is left out and named.
    pub strict: bool,
}
