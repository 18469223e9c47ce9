//! Reads a camera through the V4L2 bindings alone: one in a layout or at a rate that the camera library does not know.

use std::time::Instant;

use nokhwa::Buffer;
use nokhwa::utils::{FrameFormat, Resolution};
use v4l::Device;
use v4l::buffer::Type;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;

use super::super::formats::CameraFormat;
use super::super::library::library_format;
use super::super::reader::Shutter;
use super::super::trouble::CameraTrouble;

/// A camera that is open.
pub(super) struct V4lStream {
    stream: Stream<'static>,
    size: Resolution,
    /// In the library's words.
    format: FrameFormat,
}

impl V4lStream {
    /// Opens a camera that has been set to `format` before.
    pub(super) fn open(index: u32, format: CameraFormat) -> Result<V4lStream, CameraTrouble> {
        let stream = Stream::new(&Device::new(index as usize)?, Type::VideoCapture)?;
        let size = Resolution::new(format.width, format.height);
        Ok(V4lStream { stream, size, format: library_format(format.pixel) })
    }
}

impl Shutter for V4lStream {
    fn picture(&mut self) -> Result<(Buffer, Instant), CameraTrouble> {
        let (bytes, meta) = self.stream.next()?;
        let used = bytes.get(..meta.bytesused as usize).unwrap_or(bytes);
        Ok((Buffer::new(self.size, used, self.format), Instant::now()))
    }
}
