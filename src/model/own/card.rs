//! `model.toml`: what a model is, how it was made and what may be expected of it.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Block};
use super::pooling::Pooling;
use crate::model::described::described;
use crate::model::weights::Weights;
use crate::model::{Class, ClassKind, FileProblem, ModelError, names};
use crate::printable;

/// The only schema this version reads.
pub const SCHEMA: &str = "lesionscope-model/1";

/// The contents of `model.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Name of the model.
    pub name: String,
    /// How the classifier's last feature map is pooled for its heads.
    #[serde(default, skip_serializing_if = "Pooling::is_average")]
    pub head: Pooling,
    /// The weights beside it, in `weights.safetensors`.
    pub weights: Weights,
    /// Operating points chosen on validation data.
    pub thresholds: Thresholds,
    /// The classifier: 3 convolution stages or so, pooling, a linear head a class, a context head.
    pub classifier: Architecture,
    /// The coarse level: fully convolutional without padding, a linear head over background, skin, lesion.
    pub gate: Architecture,
    /// Corrections fitted after training.
    #[serde(default)]
    pub calibration: Calibration,
    /// How it was trained.
    pub training: Training,
    /// The classes in the order of the head's outputs.
    pub classes: Vec<Class>,
}

/// Operating points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Evidence from which a window counts as a lesion, `0..=1`.
    pub conf: f32,
    /// Coarse probability from which the classifier looks at a window, `0..=1`.
    pub gate: f32,
}

/// Corrections fitted on validation data after training, by `lesionscope calibrate`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What the logits of the classes are divided by (temperature scaling, Guo et al. 2017), above 0.
    pub temperature: f32,
    /// Share of the suspicious classes in the lesion classes from which a lesion is called suspicious, `0..=1`;
    /// 0: the class with the highest score decides.
    pub suspicious: f32,
}

impl Default for Calibration {
    fn default() -> Calibration {
        Calibration { temperature: 1.0, suspicious: 0.0 }
    }
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The command that trained it.
    pub command: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Passes over the epoch's draws.
    pub epochs: u32,
    /// Sources of the training data with their numbers of images and licences.
    pub data: Vec<String>,
}

impl Card {
    /// The blocks of the classifier.
    pub fn classifier_blocks(&self) -> Vec<Block> {
        self.classifier.steps("classifier")
    }

    /// The steps of the coarse level.
    pub fn gate_blocks(&self) -> Vec<Block> {
        self.gate.steps("gate")
    }

    /// Reads and checks the text of a `model.toml` found at `place`.
    pub fn parse(text: &str, place: &str) -> Result<Card, ModelError> {
        let unusable = |what: String| ModelError::of_file(place, FileProblem::InvalidDescription(what));
        let card: Card = described(text, place)?;
        if card.schema != SCHEMA {
            let schema = printable(&card.schema);
            return Err(unusable(format!("schema is \"{schema}\", this version reads \"{SCHEMA}\"")));
        }
        if !card.weights.is_checksum() {
            return Err(unusable("weights.sha256 is no SHA-256 checksum; 64 hexadecimal digits would be".into()));
        }
        if let Some(what) = names::one(&card.name) {
            return Err(unusable(format!("the model {what}")));
        }
        for (name, architecture) in [("classifier", &card.classifier), ("gate", &card.gate)] {
            if let Some(problem) = architecture.problem() {
                return Err(unusable(format!("[{name}] {problem}")));
            }
        }
        if card.gate.output(card.gate.side) != 1 {
            return Err(unusable(format!("[gate] must reduce {0}x{0} px to a single answer", card.gate.side)));
        }
        let Calibration { temperature, suspicious } = card.calibration;
        let shares = [
            ("thresholds.conf", card.thresholds.conf),
            ("thresholds.gate", card.thresholds.gate),
            ("calibration.suspicious", suspicious),
        ];
        for (name, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(unusable(format!("{name} is {value}, allowed: 0 to 1")));
            }
        }
        if !(0.01..=100.0).contains(&temperature) {
            return Err(unusable(format!("calibration.temperature is {temperature}, allowed: 0.01 to 100")));
        }
        if let Some(problem) = names::problem(&card.classes) {
            return Err(unusable(problem));
        }
        if !card.classes.iter().any(|class| class.kind == ClassKind::Lesion) {
            return Err(unusable("no class of kind \"lesion\"; at least one is searched for".into()));
        }
        Ok(card)
    }
}
