//! From a decoded picture to upright sRGB pixels: colour matrix and range, non-square pixels, orientation.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::color::{Range, Space};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use image::RgbImage;

use super::orientation::Orientation;
use super::{Matrix, direct};
use crate::pixels::chain::Chain;

/// What the chain was built for; it is built anew when a picture differs.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    format: Pixel,
    size: (u32, u32),
    space: Space,
    range: Range,
    aspect: (i32, i32),
    orientation: Orientation,
}

/// Converts decoded pictures; keeps its filter chain as long as the pictures stay of one kind.
pub(super) struct Converter {
    untagged: Matrix,
    chain: Option<(Kind, Chain)>,
}

impl Converter {
    /// A converter that takes pictures without a colour matrix to be in `untagged`.
    pub(super) fn new(untagged: Matrix) -> Converter {
        Converter { untagged, chain: None }
    }

    /// Upright 8-bit RGB, square pixels. HDR transfer curves are not mapped to sRGB.
    pub(super) fn convert(&mut self, picture: &mut Video, orientation: Orientation) -> Result<RgbImage, ffmpeg::Error> {
        let ratio = picture.aspect_ratio();
        let (size, aspect) = ((picture.width(), picture.height()), (ratio.numerator(), ratio.denominator()));
        let as_stored = orientation == Orientation::UPRIGHT && square_pixels(size, aspect) == size;
        if let Some(made) = as_stored.then(|| direct::rgb_image(picture, self.untagged)).flatten() {
            return Ok(made);
        }
        let (format, space, range) = (picture.format(), picture.color_space(), picture.color_range());
        let kind = Kind { format, size, space, range, aspect, orientation };
        let mut chain = match self.chain.take() {
            Some((old, chain)) if old == kind => chain,
            _ => Chain::new(kind.format, kind.size, &spec(&kind, self.untagged))?,
        };
        let made = chain.run(picture)?;
        self.chain = Some((kind, chain));
        rgb_image(&made)
    }
}

/// The filters for pictures of a kind.
fn spec(kind: &Kind, untagged: Matrix) -> String {
    let matrix = match kind.space {
        Space::BT709 => "bt709",
        Space::BT470BG | Space::SMPTE170M => "bt601",
        Space::BT2020NCL | Space::BT2020CL => "bt2020",
        Space::SMPTE240M => "smpte240m",
        Space::FCC => "fcc",
        _ => untagged.name(),
    };
    // `auto` knows that the old `yuvj` formats and grey are full range.
    let range = match kind.range {
        Range::MPEG => "limited",
        Range::JPEG => "full",
        Range::Unspecified => "auto",
    };
    let (before, after) = kind.orientation.filters();
    let (width, height) = square_pixels(kind.size, kind.aspect);
    // Exact rounding (`accurate_rnd`) takes 4 ms instead of 0.3 for 1280x720 and gains less than one grey level.
    format!(
        "{before}scale={width}:{height}:in_color_matrix={matrix}:in_range={range}:flags=bicubic,format=rgb24{after}"
    )
}

/// The size with square pixels: the width is stretched or shrunk when the container says that pixels are not square.
fn square_pixels((width, height): (u32, u32), aspect: (i32, i32)) -> (u32, u32) {
    let ratio = f64::from(aspect.0) / f64::from(aspect.1);
    // Ratios beyond these are broken metadata, not cameras.
    if !ratio.is_finite() || !(0.25..=4.0).contains(&ratio) || (ratio - 1.0).abs() < 1e-3 {
        return (width, height);
    }
    let stretched = (f64::from(width) * ratio).round().clamp(1.0, f64::from(crate::source::MAX_SIDE_PX));
    (stretched as u32, height)
}

/// Copies the picture out of libav's padded rows.
fn rgb_image(picture: &Video) -> Result<RgbImage, ffmpeg::Error> {
    let (width, height) = (picture.width(), picture.height());
    let row = width as usize * 3;
    let stride = picture.stride(0);
    let data = picture.data(0);
    let bytes = if stride == row {
        data.to_vec()
    } else {
        let mut bytes = Vec::with_capacity(row * height as usize);
        data.chunks(stride).for_each(|line| bytes.extend_from_slice(line.get(..row).unwrap_or_default()));
        bytes
    };
    RgbImage::from_raw(width, height, bytes).ok_or(ffmpeg::Error::Bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_square_and_broken_ratios_are_ignored() {
        assert_eq!(square_pixels((720, 576), (16, 15)), (768, 576));
        for broken in [(0, 1), (1, 0), (0, 0), (-1, 1), (900, 1), (1, 1)] {
            assert_eq!(square_pixels((720, 576), broken), (720, 576), "{broken:?}");
        }
    }
}
