//! Cuts a part out of a picture and resizes it, without a copy of the part.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::geometry::{Region, Size, Square};

/// A picture or a part of it has a shape that cannot be resized.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the picture cannot be resized: {0}")]
pub struct ResizeError(String);

/// Cuts and resizes with scratch memory of its own: one a worker.
///
/// The filter is a triangle whose half width is one output pixel when shrinking and one input pixel when enlarging
/// (antialiased bilinear). It reads the picture, not the part, beyond the edges of the part, so that neighbouring
/// parts of one level agree up to rounding.
#[derive(Debug, Default)]
pub struct Cutter {
    resizer: Resizer,
}

impl Cutter {
    /// A cutter with empty scratch memory.
    pub fn new() -> Cutter {
        Cutter::default()
    }

    /// The part of `picture` resized to `size`. What of the part lies outside the picture is left out.
    ///
    /// # Errors
    /// When nothing is left or `size` is empty.
    pub fn cut(&mut self, picture: &RgbImage, part: Region, size: Size) -> Result<RgbImage, ResizeError> {
        let (width, height) = picture.dimensions();
        let (left, wide) = clip(part.left, part.width, f64::from(width));
        let (top, high) = clip(part.top, part.height, f64::from(height));
        if !(wide > 0.0 && high > 0.0) || size.short() == 0 {
            return Err(ResizeError(format!("{part:?} of a {width}x{height} picture to {size} px")));
        }
        let mut out = RgbImage::new(size.width, size.height);
        let source = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3).map_err(failed)?;
        let mut target = Image::from_slice_u8(size.width, size.height, &mut out, PixelType::U8x3).map_err(failed)?;
        let options =
            ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(left, top, wide, high);
        self.resizer.resize(&source, &mut target, &options).map_err(failed)?;
        Ok(out)
    }

    /// A square of `picture` resized to `side` x `side` px; errors as [`Cutter::cut`].
    pub fn square(&mut self, picture: &RgbImage, square: Square, side: u32) -> Result<RgbImage, ResizeError> {
        let [left, top, length] = [square.x, square.y, square.side].map(f64::from);
        self.cut(picture, Region { left, top, width: length, height: length }, Size::square(side))
    }

    /// All of `picture` resized to `size`; errors as [`Cutter::cut`].
    pub fn whole(&mut self, picture: &RgbImage, size: Size) -> Result<RgbImage, ResizeError> {
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        self.cut(picture, Region { left: 0.0, top: 0.0, width, height }, size)
    }
}

/// The stretch from `start` of length `length`, clipped to `0..=limit`: start and length, 0 when they are not numbers.
fn clip(start: f64, length: f64, limit: f64) -> (f64, f64) {
    if !(start.is_finite() && length.is_finite()) {
        return (0.0, 0.0);
    }
    let from = start.clamp(0.0, limit);
    let length = (start + length).clamp(from, limit) - from;
    // The resizer refuses a part that ends beyond the picture by as little as a rounding error.
    if from + length > limit { (from, length - f64::EPSILON * limit) } else { (from, length) }
}

fn failed(error: impl std::fmt::Display) -> ResizeError {
    ResizeError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn ramp(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7 % 256) as u8, (y * 5 % 256) as u8, ((x + y) % 256) as u8]))
    }

    fn region(left: f64, top: f64, width: f64, height: f64) -> Region {
        Region { left, top, width, height }
    }

    #[test]
    fn a_part_of_the_same_size_is_copied() {
        let picture = ramp(40, 30);
        let cut = Cutter::new().cut(&picture, region(5.0, 6.0, 10.0, 9.0), Size { width: 10, height: 9 }).unwrap();
        for (x, y, pixel) in cut.enumerate_pixels() {
            assert_eq!(pixel, picture.get_pixel(x + 5, y + 6));
        }
    }

    #[test]
    fn bands_agree_with_the_whole_level() {
        let picture = RgbImage::from_fn(201, 143, |x, y| {
            let v = |k: f64| (128.0 + 100.0 * (f64::from(x) / 9.0 + k).sin() * (f64::from(y) / 7.0).cos()) as u8;
            Rgb([v(0.0), v(1.0), v(2.0)])
        });
        let mut cutter = Cutter::new();
        for level_height in [64_u32, 104, 200] {
            let scale = 143.0 / f64::from(level_height);
            let whole = cutter.whole(&picture, Size { width: 96, height: level_height }).unwrap();
            for (first, rows) in [(0_u32, 24_u32), (16, 32), (level_height - 24, 24)] {
                let part = region(0.0, f64::from(first) * scale, 201.0, f64::from(rows) * scale);
                let band = cutter.cut(&picture, part, Size { width: 96, height: rows }).unwrap();
                for (x, y, pixel) in band.enumerate_pixels() {
                    let other = whole.get_pixel(x, y + first);
                    for channel in 0..3 {
                        assert!(pixel[channel].abs_diff(other[channel]) <= 2, "{x} {y}: {pixel:?} and {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn parts_beyond_the_border_are_clipped_and_empty_ones_refused() {
        let picture = ramp(10, 10);
        let (mut cutter, four) = (Cutter::new(), Size::square(4));
        assert!(cutter.cut(&picture, region(5.0, 5.0, 50.0, 50.0), four).is_ok());
        assert!(cutter.cut(&picture, region(9.999_999_9, 0.0, 0.1, 10.0), four).is_ok());
        assert!(cutter.cut(&picture, region(10.0, 0.0, 5.0, 5.0), four).is_err());
        assert!(cutter.cut(&picture, region(0.0, 0.0, 5.0, 5.0), Size { width: 0, ..four }).is_err());
        assert!(cutter.cut(&picture, region(f64::NAN, 0.0, 5.0, 5.0), four).is_err());
    }
}
