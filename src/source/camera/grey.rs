//! Reads grey cameras (infrared ones, for instance) through the V4L2 bindings: their layout is called `GREY` by V4L2, a name that the camera
//! library does not know, so that it opens none of them.

use std::time::Instant;

use nokhwa::Buffer;
use nokhwa::utils::{FrameFormat, Resolution};
use v4l::Device;
use v4l::buffer::Type;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;

use super::formats::CameraFormat;
use super::reader::Shutter;
use super::trouble::Trouble;

/// A grey camera that is open.
pub(super) struct GreyCamera {
    stream: Stream<'static>,
    size: Resolution,
}

impl GreyCamera {
    /// Opens a camera that has been set to `format` before.
    pub(super) fn open(index: u32, format: CameraFormat) -> Result<GreyCamera, Trouble> {
        let stream = Stream::new(&Device::new(index as usize)?, Type::VideoCapture)?;
        Ok(GreyCamera { stream, size: Resolution::new(format.width, format.height) })
    }
}

impl Shutter for GreyCamera {
    fn picture(&mut self) -> Result<(Buffer, Instant), Trouble> {
        let (bytes, meta) = self.stream.next()?;
        let used = bytes.get(..meta.bytesused as usize).unwrap_or(bytes);
        Ok((Buffer::new(self.size, used, FrameFormat::GRAY), Instant::now()))
    }
}
