//! What a camera can deliver, and which of it comes nearest to what is wished for.

use std::fmt;

use super::settings::{PixelFormat, PixelWish, Wish};

/// One thing a camera can deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CameraFormat {
    /// Layout of the pixels.
    pub pixel: PixelFormat,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// Pictures a second; 0 when the driver does not say.
    pub fps: u32,
}

impl fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} {}", self.width, self.height, self.pixel)?;
        if self.fps > 0 {
            write!(f, " at {} fps", self.fps)?;
        }
        Ok(())
    }
}

/// The format nearest to the wish: the size counts most, then the rate (too slow is worse than too fast), then the cost
/// of decoding. `None` when nothing is offered, or nothing in the one layout that was asked for.
pub fn pick(offered: &[CameraFormat], wish: Wish) -> Option<CameraFormat> {
    offered
        .iter()
        .copied()
        .filter(|format| match wish.pixel {
            PixelWish::Auto => true,
            PixelWish::Only(pixel) => format.pixel == pixel,
        })
        .min_by_key(|format| {
            let size = format.width.abs_diff(wish.width) as u64 + format.height.abs_diff(wish.height) as u64;
            // A luminance-only layout loses what the classifier looks at, so any colour comes first.
            let gray = format.pixel == PixelFormat::Gray;
            let slow = wish.fps.saturating_sub(format.fps);
            (gray, size, slow, format.fps.saturating_sub(wish.fps), cost(format.pixel))
        })
}

/// How hard the layout is to decode; among equals the cheapest wins.
fn cost(of: PixelFormat) -> usize {
    PixelFormat::ALL.iter().position(|&format| format == of).unwrap_or(usize::MAX)
}

/// The value of `min..=max` in steps of `step` nearest below `wish`; a step of 0 counts as 1.
pub(super) fn nearest_step(wish: u32, range: std::ops::RangeInclusive<u32>, step: u32) -> u32 {
    let (min, max) = (*range.start(), (*range.end()).max(*range.start()));
    let wish = wish.clamp(min, max);
    wish - (wish - min) % step.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn format(pixel: PixelFormat, width: u32, height: u32, fps: u32) -> CameraFormat {
        CameraFormat { pixel, width, height, fps }
    }

    const HD30: Wish = Wish { width: 1280, height: 720, fps: 30, pixel: PixelWish::Auto };

    /// A USB 2 webcam: uncompressed HD is slow, compressed HD is not.
    fn webcam() -> Vec<CameraFormat> {
        vec![
            format(PixelFormat::Yuyv, 640, 480, 30),
            format(PixelFormat::Yuyv, 1280, 720, 10),
            format(PixelFormat::Mjpeg, 640, 480, 30),
            format(PixelFormat::Mjpeg, 1280, 720, 30),
            format(PixelFormat::Mjpeg, 1920, 1080, 30),
        ]
    }

    #[test]
    fn size_then_rate_then_cost_decide() {
        assert_eq!(pick(&webcam(), HD30), Some(format(PixelFormat::Mjpeg, 1280, 720, 30)));
        assert_eq!(pick(&webcam(), Wish { fps: 10, ..HD30 }), Some(format(PixelFormat::Yuyv, 1280, 720, 10)));
        let vga = Wish { width: 640, height: 480, ..HD30 };
        assert_eq!(pick(&webcam(), vga), Some(format(PixelFormat::Yuyv, 640, 480, 30)));
        let mjpeg = PixelWish::Only(PixelFormat::Mjpeg);
        assert_eq!(pick(&webcam(), Wish { pixel: mjpeg, ..vga }), Some(format(PixelFormat::Mjpeg, 640, 480, 30)));
    }

    #[test]
    fn only_what_is_offered_is_picked() {
        assert_eq!(pick(&[], HD30), None);
        assert_eq!(pick(&webcam(), Wish { pixel: PixelWish::Only(PixelFormat::Nv12), ..HD30 }), None);
    }

    #[test]
    fn colour_comes_before_a_better_gray() {
        let offered = [format(PixelFormat::Gray, 1280, 720, 30), format(PixelFormat::Yuyv, 320, 240, 5)];
        assert_eq!(pick(&offered, HD30).map(|f| f.pixel), Some(PixelFormat::Yuyv));
    }

    proptest! {
        #[test]
        fn a_stepped_value_is_allowed_and_near(wish: u32, min in 0u32..5000, span in 0u32..5000, step in 0u32..64) {
            let value = nearest_step(wish, min..=min + span, step);
            prop_assert!((min..=min + span).contains(&value));
            prop_assert_eq!((value - min) % step.max(1), 0);
            prop_assert!(wish < min || value <= wish);
        }
    }
}
