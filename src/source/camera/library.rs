//! Reading a camera through the camera library (nokhwa).

use std::time::{Duration, Instant, SystemTime};

use nokhwa::utils::FrameFormat;
use nokhwa::{Buffer, Camera};

use super::reader::Shutter;
use super::settings::PixelFormat;
use super::trouble::CameraTrouble;

/// A driver's time stamp that is older than this is not one of the clock that it should be of.
const OLDEST: Duration = Duration::from_secs(10);

/// The library's word for a layout.
pub(super) fn library_format(pixel: PixelFormat) -> FrameFormat {
    match pixel {
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Rgb => FrameFormat::RAWRGB,
        PixelFormat::Bgr => FrameFormat::RAWBGR,
        PixelFormat::Gray => FrameFormat::GRAY,
        PixelFormat::Mjpeg => FrameFormat::MJPEG,
    }
}

/// The layout that the library's word stands for.
#[cfg(any(test, not(target_os = "linux")))]
pub(super) fn pixel_format(format: FrameFormat) -> PixelFormat {
    match format {
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::RAWRGB => PixelFormat::Rgb,
        FrameFormat::RAWBGR => PixelFormat::Bgr,
        FrameFormat::GRAY => PixelFormat::Gray,
        FrameFormat::MJPEG => PixelFormat::Mjpeg,
    }
}

impl Shutter for Camera {
    fn picture(&mut self) -> Result<(Buffer, Instant), CameraTrouble> {
        let buffer = self.frame()?;
        let taken = taken(&buffer);
        Ok((buffer, taken))
    }
}

/// When the picture was taken. The library gives wall-clock time, which may be set while the camera runs; the age of
/// the picture is all that is taken from it.
fn taken(buffer: &Buffer) -> Instant {
    let now = Instant::now();
    let age = buffer.capture_timestamp().and_then(|stamp| {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
        wall.checked_sub(stamp)
    });
    age.filter(|age| *age < OLDEST).and_then(|age| now.checked_sub(age)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use nokhwa::utils::Resolution;

    use super::*;

    #[test]
    fn layouts_have_the_same_names_both_ways() {
        for pixel in PixelFormat::ALL {
            assert_eq!(pixel_format(library_format(pixel)), pixel);
        }
    }

    #[test]
    fn a_time_stamp_counts_unless_it_is_of_another_clock() {
        let stamped = |stamp| Buffer::with_timestamp(Resolution::new(1, 1), &[0], FrameFormat::GRAY, stamp);
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let age = |stamp| Instant::now().saturating_duration_since(taken(&stamped(stamp)));
        let true_age = age(Some(wall - Duration::from_millis(1500)));
        assert!((1500..2500).contains(&true_age.as_millis()), "{true_age:?}");
        for other_clock in [None, Some(Duration::from_secs(77)), Some(wall + Duration::from_secs(3600))] {
            assert!(age(other_clock) < Duration::from_secs(1));
        }
    }
}
