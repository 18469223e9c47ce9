//! A frame: one immutable picture with its presentation time.

use std::path::PathBuf;
use std::time::Duration;

use image::RgbImage;

use crate::geometry::Size;

/// One picture of a source, shared between stages as `Arc<Frame>` and never mutated.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Number of the picture within its source, from 0; pictures that were dropped leave holes.
    pub index: u64,
    /// Presentation time, measured from the start of the source (of the container, so that audio stays in step).
    pub pts: Duration,
    /// 8-bit sRGB pixels, upright (rotation metadata and EXIF orientation already applied).
    pub pixels: RgbImage,
    /// The file this picture was read from, for stills.
    pub file: Option<PathBuf>,
}

impl Frame {
    /// A picture that stands alone and comes from nowhere.
    pub fn still(pixels: RgbImage) -> Frame {
        Frame { index: 0, pts: Duration::ZERO, pixels, file: None }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.pixels.dimensions().into()
    }
}
