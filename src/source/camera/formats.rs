//! What a camera can deliver, and which of it comes nearest to what is wished for.

use std::fmt;

use super::rate::FrameRate;
use super::settings::{CameraWish, PixelFormat, PixelWish};
use super::trouble::CameraTrouble;

/// One thing a camera can deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CameraFormat {
    /// Layout of the pixels.
    pub pixel: PixelFormat,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// How often pictures come, when the driver says so.
    pub rate: Option<FrameRate>,
}

impl fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} {}", self.width, self.height, self.pixel)?;
        self.rate.map_or(Ok(()), |rate| write!(f, " at {rate} fps"))
    }
}

/// What a camera delivers.
#[derive(Default)]
pub(super) struct Offers {
    /// What can be read.
    pub(super) readable: Vec<CameraFormat>,
    /// Four-character codes of the rest.
    pub(super) unreadable: Vec<String>,
}

impl Offers {
    /// The format nearest to the wish.
    pub(super) fn choose(self, wish: CameraWish) -> Result<CameraFormat, CameraTrouble> {
        let Offers { readable, unreadable } = self;
        pick(&readable, wish).ok_or_else(|| {
            let mut offered: Vec<PixelFormat> = readable.iter().map(|format| format.pixel).collect();
            offered.dedup();
            match wish.pixel {
                PixelWish::Only(wished) if !offered.is_empty() => CameraTrouble::NotOffered { wished, offered },
                _ => CameraTrouble::Unreadable { layouts: unreadable },
            }
        })
    }
}

/// The format nearest to the wish: the size counts most, then the rate (too slow is worse than too fast), then the cost
/// of decoding. `None` when nothing is offered, or nothing in the one layout that was asked for.
pub fn pick(offered: &[CameraFormat], wish: CameraWish) -> Option<CameraFormat> {
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
            let (wished, rate) = (FrameRate::whole(wish.fps), format.rate);
            let off = |rate: Option<FrameRate>, other: Option<FrameRate>| milli(rate).saturating_sub(milli(other));
            (gray, size, off(wished, rate), off(rate, wished), cost(format.pixel))
        })
}

/// Pictures in 1000 s, whole; 0 for a rate that is not known.
fn milli(rate: Option<FrameRate>) -> u64 {
    rate.map_or(0, |rate| (1000.0 * rate.per_second()).round() as u64)
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
        CameraFormat { pixel, width, height, rate: FrameRate::whole(fps) }
    }

    const HD30: CameraWish = CameraWish { width: 1280, height: 720, fps: 30, pixel: PixelWish::Auto };

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
        assert_eq!(pick(&webcam(), CameraWish { fps: 10, ..HD30 }), Some(format(PixelFormat::Yuyv, 1280, 720, 10)));
        let vga = CameraWish { width: 640, height: 480, ..HD30 };
        assert_eq!(pick(&webcam(), vga), Some(format(PixelFormat::Yuyv, 640, 480, 30)));
        let mjpeg = PixelWish::Only(PixelFormat::Mjpeg);
        assert_eq!(pick(&webcam(), CameraWish { pixel: mjpeg, ..vga }), Some(format(PixelFormat::Mjpeg, 640, 480, 30)));
    }

    #[test]
    fn a_rate_that_is_no_whole_number_is_taken_and_told_as_it_is() {
        let ntsc = CameraFormat { rate: FrameRate::new(30000, 1001), ..format(PixelFormat::Yuyv, 1280, 720, 0) };
        let offered = [format(PixelFormat::Yuyv, 1280, 720, 25), ntsc];
        assert_eq!(pick(&offered, HD30), Some(ntsc));
        assert_eq!(ntsc.to_string(), "1280x720 YUYV at 29.97 fps");
    }

    #[test]
    fn only_what_is_offered_is_picked() {
        assert_eq!(pick(&[], HD30), None);
        assert_eq!(pick(&webcam(), CameraWish { pixel: PixelWish::Only(PixelFormat::Nv12), ..HD30 }), None);
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
