//! One camera of the machine, opened for reading by the camera library (nokhwa).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use nokhwa::utils::{
    CameraFormat as LibraryFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};
use nokhwa::{Buffer, Camera};

use super::formats::CameraFormat;
use super::grey::GreyCamera;
use super::list::{camera_name, list_cameras, prepare};
use super::reader::{Opened, Shutter};
use super::settings::{PixelFormat, Wish};
use super::trouble::Trouble;

/// A driver's time stamp that is older than this is not one of the clock that it should be of.
const OLDEST: Duration = Duration::from_secs(10);

/// A camera to be opened, and opened again.
pub(super) struct Device {
    /// The N of `/dev/videoN`.
    pub(super) index: u32,
    /// The name that the driver gave it.
    pub(super) name: Option<String>,
    /// What is wished of it.
    pub(super) wish: Wish,
}

impl Device {
    /// Opens the camera in the format nearest to the wish.
    pub(super) fn open(&self) -> Result<Opened, Trouble> {
        let index = self.find();
        let (format, layout) = prepare(index, self.wish)?;
        // The library calls into bindings that panic on answers of the driver that they do not know.
        match catch_unwind(AssertUnwindSafe(|| open_stream(index, format))) {
            Ok(shutter) => Ok(Opened { shutter: shutter?, format, layout }),
            Err(_) => Err(Trouble::Other("its driver gave an answer that is not understood".to_string())),
        }
    }

    /// The number of the camera now. One that comes back may get another, but keeps its name.
    fn find(&self) -> u32 {
        if self.name.is_none() || camera_name(self.index) == self.name {
            return self.index;
        }
        let cameras = list_cameras((self.wish.width, self.wish.height));
        let same_name = cameras.iter().find(|camera| camera.usable() && Some(&camera.name) == self.name.as_ref());
        same_name.map_or(self.index, |camera| camera.index)
    }
}

fn open_stream(index: u32, format: CameraFormat) -> Result<Box<dyn Shutter>, Trouble> {
    let library = match format.pixel {
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Rgb => FrameFormat::RAWRGB,
        PixelFormat::Bgr => FrameFormat::RAWBGR,
        PixelFormat::Gray => return Ok(Box::new(GreyCamera::open(index, format)?)),
        PixelFormat::Mjpeg => FrameFormat::MJPEG,
    };
    let size = Resolution::new(format.width, format.height);
    let exact = RequestedFormatType::Exact(LibraryFormat::new(size, library, format.fps));
    let mut camera = Camera::new(CameraIndex::Index(index), RequestedFormat::with_formats(exact, &[library]))?;
    camera.open_stream()?;
    Ok(Box::new(camera))
}

impl Shutter for Camera {
    fn picture(&mut self) -> Result<(Buffer, Instant), Trouble> {
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
    use super::*;

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
