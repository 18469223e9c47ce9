//! Settings of a training run.

use serde::{Deserialize, Serialize};

use crate::model::own::pooling::Pooling;

/// Settings of a training run; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSettings {
    /// Name of the network: one of [`crate::model::own::zoo::NAMES`].
    pub network: String,
    /// How the last feature map becomes what the heads see.
    pub head: Pooling,
    /// Side of its windows, px; `None`: what the network is made for.
    pub side_px: Option<usize>,
    /// Side of the windows of the first six tenths of the epochs, px; `None`: the same throughout.
    pub early_side_px: Option<usize>,
    /// Files with weights that it starts from, one laid over the other; empty for random ones.
    pub init: Vec<String>,
    /// Model whose false circles in lesion-free photographs are learnt from: a folder, or "bundled".
    pub mine: Option<String>,
    /// Sources whose images are left out of the training side.
    pub without: Vec<String>,
    /// Share of the draws that show a lesion.
    pub lesions: f32,
    /// Share of the lesions that are seen by a good camera in good light.
    pub mild: f32,
    /// Share of the lesions, and of the skin without any, that carry painted marks.
    pub marks: f32,
    /// How far draws lean from "every image alike" (0) to "every source alike" (1).
    pub source_balance: f32,
    /// Epochs, each of `draws` windows.
    pub epochs: u32,
    /// Windows drawn an epoch.
    pub draws: usize,
    /// Windows a step.
    pub batch: usize,
    /// Peak learning rate.
    pub rate: f64,
    /// Weight decay relative to the learning rate.
    pub weight_decay: f64,
    /// Seed of every random choice.
    pub seed: u64,
    /// Evidence from which a window counts as a lesion: written into the model's description.
    pub conf: f32,
}
