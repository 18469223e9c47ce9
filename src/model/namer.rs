//! What explanations ask of a classifier, whoever made it.

use std::any::Any;
use std::sync::Arc;

use image::RgbImage;

use super::class::Class;
use super::error::ModelError;

/// The classifier that names what a model finds, and so the one whose answers are explained.
pub trait Namer: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// SHA-256 of its weights, hexadecimal.
    fn checksum(&self) -> &str;

    /// Side of the windows that it takes, px.
    fn window_side(&self) -> u32;

    /// Its classes, in the order of [`Namer::probabilities`].
    fn named_classes(&self) -> &[Class];

    /// One probability a class for each window, which have the classifier's own side.
    ///
    /// # Errors
    /// When the classifier cannot be run, or answers with what is no number.
    fn probabilities(&self, windows: &[RgbImage]) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Another instance that shares the weights.
    fn share(&self) -> Arc<dyn Namer>;

    /// Itself, for whoever looks inside the kinds of classifiers that it knows.
    fn as_any(&self) -> &dyn Any;
}
