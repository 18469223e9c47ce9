//! Classifiers: what a window is asked, and the bundled candle network that answers.

pub mod architecture;
pub mod attention;
pub mod bundled;
pub mod card;
pub mod classes;
mod described;
pub mod finite;
pub mod frozen;
pub mod guided;
pub mod inside;
pub mod lattice;
pub mod layer;
pub mod names;
pub mod network;
pub mod onnx;
pub mod opened;
pub mod ops;
pub mod paired;
pub mod pooling;
pub mod tape;
pub mod trainable;
pub mod zoo;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use self::network::Network;
use self::onnx::Foreign;

/// What a class stands for in the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Name as printed and written, such as `melanoma`.
    pub name: String,
    /// What it stands for in the scan.
    pub kind: ClassKind,
    /// Whether a finding of this class is reported as suspicious.
    #[serde(default)]
    pub suspicious: bool,
}

/// How the probabilities of the classes of a window belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exclusivity {
    /// A window is of exactly one class: they sum to 1.
    #[default]
    Exclusive,
    /// Each class is a question of its own, yes or no (multi-label): several may be likely, or none.
    Independent,
}

impl Exclusivity {
    /// Probability, `0..=1`, that a window is of one at least of the classes with these probabilities.
    ///
    /// Of exclusive classes the sum. Of independent ones the highest: whatever they have to do with each other, that one of them holds is no less
    /// likely than the likeliest. `1 - product (1 - p)` would make a yes of seven faint noes, and lesions of different kinds are not the
    /// independent events that it takes them for.
    pub fn any(self, probabilities: impl Iterator<Item = f32>) -> f32 {
        match self {
            Exclusivity::Exclusive => probabilities.sum::<f32>().clamp(0.0, 1.0),
            Exclusivity::Independent => probabilities.fold(0.0, f32::max).clamp(0.0, 1.0),
        }
    }
}

/// The classifier's answer for one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// One probability a class in the order of [`Model::classes`], summing to 1 where [`Model::exclusivity`] says so.
    pub classes: Vec<f32>,
    /// Probability, `0..=1`, that what surrounds the centre of the window is skin.
    pub context: f32,
    /// How familiar the window is to a classifier that knows what it was taught, `0..=1`; 1 of one that does not.
    pub familiar: f32,
}

/// The classifier that names what a model finds, and so the one that is asked why.
#[derive(Clone, Copy)]
pub enum Namer<'a> {
    /// One of lesionscope's own networks, with the classes of the model.
    Own(&'a Network),
    /// A classifier of the user's own, with the place among the model's classes of each of its classes; `None`: they are the same.
    Foreign(&'a Foreign, Option<&'a [usize]>),
}

impl Namer<'_> {
    /// Side of the windows that it takes, px.
    pub fn input_side(&self) -> u32 {
        match self {
            Namer::Own(network) => network.input_side(),
            Namer::Foreign(foreign, _) => foreign.card().picture.side as u32,
        }
    }

    /// Its classes.
    pub fn classes(&self) -> &[Class] {
        match self {
            Namer::Own(network) => network.classes(),
            Namer::Foreign(foreign, _) => foreign.classes(),
        }
    }
}

/// Geometry of the coarse level: a fully convolutional network whose answers lie on a regular grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateGeometry {
    /// Side of a window at the coarse level, px of the level image.
    pub side: u32,
    /// Distance between neighbouring windows, px of the level image.
    pub stride: u32,
}

/// Errors of loading or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model folder or a file in it cannot be used; the sentence names the file, what is wrong and what would be right.
    #[error("{0}")]
    Unusable(String),
    /// The tensor library failed.
    #[error("the network could not be evaluated: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The model answers with what is no number.
    #[error("the model answers with {0}, which is no score: its weights are damaged or far too large")]
    NoNumber(f32),
    /// The run is to end, so the rest of the windows was not looked at.
    #[error("the run was stopped")]
    Stopped,
    /// The classifier panicked: an error in this program.
    #[error("the classifier panicked, which is an error in lesionscope: {0}")]
    Panicked(String),
}

/// A classifier with a coarse level, as the scan uses it. One instance a worker; instances share weights.
pub trait Model: Send {
    /// The classes, in the order of [`Scores::classes`].
    fn classes(&self) -> &[Class];

    /// How the probabilities of its classes belong together.
    fn exclusivity(&self) -> Exclusivity {
        Exclusivity::Exclusive
    }

    /// Side of the square input of the classifier, px.
    fn input_side(&self) -> u32;

    /// Geometry of the coarse level.
    fn gate_geometry(&self) -> GateGeometry;

    /// Coarse answers for a level image of `side + stride * (cols - 1)` x `side + stride * (rows - 1)` px:
    /// row-major `rows * cols` probabilities that the window holds something lesion-like.
    fn gate(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError>;

    /// Answers for windows already resized to `input_side` x `input_side` px.
    /// The answer of a window does not depend on the others beyond rounding (1e-5).
    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError>;

    /// Side of the windows of the second opinion, px; `None` for a model without one.
    fn opinion_side(&self) -> Option<u32> {
        None
    }

    /// Second opinions on windows already resized to [`Model::opinion_side`]: answers like those of [`Model::classify`], of a
    /// network too slow to search with. Empty for a model without one.
    fn opinions(&mut self, _windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        Ok(Vec::new())
    }

    /// The classifier that names what is found, for explanations; `None` for a model that cannot be asked.
    fn namer(&self) -> Option<Namer<'_>> {
        None
    }

    /// Another instance for another worker, sharing the weights.
    fn fork(&self) -> Box<dyn Model>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probability_of_any_is_a_sum_or_the_highest_and_never_above_one() {
        let any = |exclusivity: Exclusivity, of: &[f32]| exclusivity.any(of.iter().copied());
        assert!((any(Exclusivity::Exclusive, &[0.1, 0.2, 0.3]) - 0.6).abs() < 1e-6);
        assert_eq!(any(Exclusivity::Exclusive, &[0.7, 0.4]), 1.0);
        assert_eq!(any(Exclusivity::Independent, &[0.1; 7]), 0.1, "seven faint noes are no yes");
        assert_eq!(any(Exclusivity::Independent, &[0.9, 0.8]), 0.9);
        assert_eq!((any(Exclusivity::Exclusive, &[]), any(Exclusivity::Independent, &[])), (0.0, 0.0));
    }
}
