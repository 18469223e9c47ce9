//! A picture before it is turned upright and made sRGB.

use image::DynamicImage;
use image::metadata::Orientation;

use super::colour::ColourTag;

/// A picture as its file stores it.
pub(super) struct StoredPicture {
    pub(super) picture: DynamicImage,
    pub(super) colour: ColourTag,
    pub(super) orientation: Orientation,
    pub(super) notes: Vec<String>,
}
