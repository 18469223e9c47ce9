//! What the scan asks of a classifier, whoever made it.

use image::RgbImage;

use super::class::Class;
use super::error::ModelError;
use super::namer::Namer;
use super::scores::{Exclusivity, Scores};
use super::skin_map::SkinMap;
use crate::geometry::Size;

/// Geometry of the coarse level: a fully convolutional network whose answers lie on a regular grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoarseGeometry {
    /// Side of a window at the coarse level, px of the level image.
    pub side: u32,
    /// Distance between neighbouring windows, px of the level image.
    pub stride: u32,
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
    fn coarse_geometry(&self) -> CoarseGeometry;

    /// Coarse answers for a level image of `side + stride * (cols - 1)` x `side + stride * (rows - 1)` px:
    /// row-major `rows * cols` probabilities that the window holds something lesion-like.
    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError>;

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

    /// Size at which a picture of this size is shown to the skin map, px; `None` for a model without one.
    fn skin_map_size(&self, _picture: Size) -> Option<Size> {
        None
    }

    /// What a whole picture shows, resized to [`Model::skin_map_size`] before; `None` for a model without a skin map.
    fn skin_map(&mut self, _picture: &RgbImage) -> Result<Option<SkinMap>, ModelError> {
        Ok(None)
    }

    /// The classifier that names what is found, for explanations; `None` for a model that cannot be asked.
    fn namer(&self) -> Option<&dyn Namer> {
        None
    }

    /// Index among the model's classes of each class of [`Model::namer`]; `None`: they are the same.
    fn namer_classes(&self) -> Option<&[usize]> {
        None
    }

    /// Another instance for another worker, sharing the weights.
    fn fork(&self) -> Box<dyn Model>;
}
