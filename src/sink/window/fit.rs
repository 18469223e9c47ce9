//! Letterboxing: a picture of any size into the window's buffer, its shape kept.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::geometry::Size;

/// Fits pictures into windows; its buffers are used again for the next picture.
#[derive(Default)]
pub(super) struct Fitter {
    resizer: Resizer,
    scaled: Vec<u8>,
    buffer: Vec<u32>,
}

impl Fitter {
    /// The window's pixels, `0x00RRGGBB`, row-major: the picture as large as fits, in the middle, black around it.
    pub(super) fn fit(&mut self, picture: &RgbImage, window: (usize, usize)) -> &[u32] {
        let (width, height) = (window.0.max(1), window.1.max(1));
        self.buffer.clear();
        self.buffer.resize(width * height, 0);
        let full = Size::from(picture.dimensions());
        let size = inside(full, Size { width: width as u32, height: height as u32 });
        let pixels = if size == full {
            picture.as_raw()
        } else {
            resize(&mut self.resizer, picture, size, &mut self.scaled);
            &self.scaled
        };
        let (inner_width, inner_height) = (size.width as usize, size.height as usize);
        let (left, top) = ((width - inner_width) / 2, (height - inner_height) / 2);
        let rows = self.buffer.chunks_exact_mut(width).skip(top).zip(pixels.chunks_exact(inner_width * 3));
        for (to, from) in rows {
            for (to, [red, green, blue]) in to.iter_mut().skip(left).zip(from.as_chunks::<3>().0) {
                *to = u32::from_be_bytes([0, *red, *green, *blue]);
            }
        }
        &self.buffer
    }
}

/// Makes pictures no larger than the window shows them.
#[derive(Default)]
pub(super) struct Shrinker {
    resizer: Resizer,
    scaled: RgbImage,
}

impl Shrinker {
    /// The picture, or a smaller one if the window is smaller.
    pub(super) fn shrink<'a>(&'a mut self, picture: &'a RgbImage, window: Size) -> &'a RgbImage {
        let size = inside(picture.dimensions().into(), window);
        if size.width >= picture.width() && size.height >= picture.height() {
            return picture;
        }
        let mut pixels = std::mem::take(&mut self.scaled).into_raw();
        resize(&mut self.resizer, picture, size, &mut pixels);
        self.scaled = RgbImage::from_raw(size.width, size.height, pixels).unwrap_or_default();
        &self.scaled
    }
}

/// The largest size with the shape of `size` that lies within `room`; at least 1 x 1.
pub(super) fn inside(size: Size, room: Size) -> Size {
    let sides = |size: Size| (u64::from(size.width.max(1)), u64::from(size.height.max(1)));
    let ((w, h), (room_w, room_h)) = (sides(size), sides(room));
    let (fit_w, fit_h) = if room_w * h <= room_h * w { (room_w, room_w * h / w) } else { (room_h * w / h, room_h) };
    Size { width: fit_w.max(1) as u32, height: fit_h.max(1) as u32 }
}

/// Resizes bilinearly (antialiased when smaller) into `to`; black if the picture has no pixels.
fn resize(resizer: &mut Resizer, picture: &RgbImage, size: Size, to: &mut Vec<u8>) {
    to.clear();
    to.resize(size.width as usize * size.height as usize * 3, 0);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3);
    let target = Image::from_slice_u8(size.width, size.height, to, PixelType::U8x3);
    if let (Ok(source), Ok(mut target)) = (source, target)
        && resizer.resize(&source, &mut target, &options).is_err()
    {
        // Only an unsupported processor feature or an empty picture can fail here: the letterbox stays black.
        target.buffer_mut().fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fitted_pictures_touch_two_sides_of_the_room_and_keep_their_shape(
            size in (1u32..9000, 1u32..9000),
            room in (1u32..3000, 1u32..3000),
        ) {
            let Size { width: w, height: h } = inside(size.into(), room.into());
            prop_assert!(w <= room.0 && h <= room.1 && (w == room.0 || h == room.1));
            let (true_w, true_h) = (f64::from(h) * f64::from(size.0) / f64::from(size.1), f64::from(w) * f64::from(size.1) / f64::from(size.0));
            prop_assert!((true_w - f64::from(w)).abs() <= 1.0 || (true_h - f64::from(h)).abs() <= 1.0);
        }
    }

    #[test]
    fn the_same_size_is_copied_exactly() {
        let picture = RgbImage::from_fn(5, 3, |x, y| Rgb([x as u8, y as u8, 200]));
        let mut fitter = Fitter::default();
        let buffer = fitter.fit(&picture, (5, 3));
        assert_eq!(buffer[0], 0x0000_00c8);
        assert_eq!(buffer[14], 0x0004_02c8);
    }

    #[test]
    fn a_wide_picture_has_black_bars_above_and_below() {
        let picture = RgbImage::from_pixel(8, 2, Rgb([10, 20, 30]));
        let mut fitter = Fitter::default();
        let buffer = fitter.fit(&picture, (40, 40)).to_vec();
        let row = |y: usize| buffer[y * 40 + 20];
        assert_eq!((row(0), row(14), row(15), row(24), row(25)), (0, 0, 0x000a_141e, 0x000a_141e, 0));
    }

    #[test]
    fn pictures_are_made_smaller_but_never_larger() {
        let picture = RgbImage::from_pixel(80, 20, Rgb([10, 20, 30]));
        let mut shrinker = Shrinker::default();
        assert_eq!(shrinker.shrink(&picture, Size { width: 400, height: 400 }), &picture);
        assert_eq!(
            shrinker.shrink(&picture, Size { width: 40, height: 40 }),
            &RgbImage::from_pixel(40, 10, Rgb([10, 20, 30]))
        );
    }

    #[test]
    fn a_window_shrunk_to_nothing_is_no_error() {
        let picture = RgbImage::from_pixel(80, 20, Rgb([10, 20, 30]));
        assert_eq!(Fitter::default().fit(&picture, (0, 0)).len(), 1);
    }
}
