//! Parts of frames as JPEGs inside of the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::geometry::{Circle, Region, Size, Square};
use crate::pixels::resize::Cutter;

/// Side of the picture of a place, px.
pub(super) const PLACE_PX: u32 = 256;

/// Side of what that picture shows, in radii of the circle: the lesion fills half of it.
const PLACE_RADII: f32 = 4.0;

/// Longest side of the picture of a whole frame, px.
const FRAME_PX: u32 = 1280;

/// Longest side of the picture of a frame among many, px.
const THUMBNAIL_PX: u32 = 360;

/// How well JPEGs are kept, 1 to 100: small spots must not drown in blocks.
const QUALITY: u8 = 84;

/// Which part of a frame is shown, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FramePart {
    /// All of it, for one figure.
    Whole,
    /// All of it, for one of many.
    Thumbnail,
    /// The surroundings of a circle.
    Around(Circle),
}

/// A part of a frame inside of the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InlinePicture {
    /// A `data:` address with the JPEG.
    pub(super) jpeg: String,
    /// The part that it shows, px of the frame.
    pub(super) region: Region,
    /// Whether circles are drawn in its pixels already.
    pub(super) annotated: bool,
}

/// Cuts a part out of a frame; `None` where it lies outside of it.
pub(super) fn inline(frame: &RgbImage, part: FramePart, annotated: bool) -> Option<InlinePicture> {
    let size = Size::from(frame.dimensions());
    let whole = Region { left: 0.0, top: 0.0, width: f64::from(size.width), height: f64::from(size.height) };
    let (region, shown) = match part {
        FramePart::Whole => (whole, shrunk(size, FRAME_PX)),
        FramePart::Thumbnail => (whole, shrunk(size, THUMBNAIL_PX)),
        FramePart::Around(circle) => {
            let side = (circle.r * PLACE_RADII).max(16.0);
            let Square { x, y, side } = Square::around(circle.centre(), side, size);
            let [left, top, side] = [x, y, side].map(f64::from);
            (Region { left, top, width: side, height: side }, Size::square(PLACE_PX))
        }
    };
    let picture = Cutter::new().cut(frame, region, shown).ok()?;
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&picture).ok()?;
    Some(InlinePicture { jpeg: format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes)), region, annotated })
}

/// A size with the same ratio of sides whose longer side is at most `longest`.
fn shrunk(size: Size, longest: u32) -> Size {
    let ratio = (f64::from(longest) / f64::from(size.width.max(size.height).max(1))).min(1.0);
    let side = |side: u32| ((f64::from(side) * ratio).round() as u32).max(1);
    Size { width: side(size.width), height: side(size.height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_fills_half_of_its_picture_and_stays_inside_the_frame() {
        let frame = RgbImage::new(200, 100);
        let at = |x, y, r| inline(&frame, FramePart::Around(Circle { x, y, r }), false).unwrap().region;
        assert_eq!(at(100.0, 50.0, 10.0), Region { left: 80.0, top: 30.0, width: 40.0, height: 40.0 });
        for corner in [at(2.0, 1.0, 10.0), at(199.0, 99.0, 10.0), at(100.0, 50.0, 500.0)] {
            assert!(corner.left >= 0.0 && corner.left + corner.width <= 200.0, "{corner:?}");
            assert!(corner.top >= 0.0 && corner.top + corner.height <= 100.0, "{corner:?}");
        }
    }

    #[test]
    fn large_frames_are_shrunk_and_small_ones_stay() {
        assert_eq!(shrunk(Size { width: 3840, height: 2160 }, 1280), Size { width: 1280, height: 720 });
        assert_eq!(shrunk(Size { width: 90, height: 3000 }, 300), Size { width: 9, height: 300 });
        assert_eq!(shrunk(Size { width: 40, height: 30 }, 1280), Size { width: 40, height: 30 });
    }

    #[test]
    fn a_picture_is_a_jpeg_inside_of_the_page() {
        let picture = inline(&RgbImage::new(64, 48), FramePart::Thumbnail, true).unwrap();
        let bytes = STANDARD.decode(picture.jpeg.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8().dimensions(), (64, 48));
    }
}
