//! A picture before it is turned upright and made sRGB.

use image::DynamicImage;
use image::metadata::Orientation;

use super::colour::Colour;

/// A picture as its file stores it.
pub(super) struct Decoded {
    pub(super) picture: DynamicImage,
    pub(super) colour: Colour,
    pub(super) orientation: Orientation,
    pub(super) notes: Vec<String>,
}
