//! From the bytes that a camera delivers to a picture.

use image::RgbImage;

use super::error::DecodeError;
use super::layout::PixelLayout;
use super::mjpeg::decode_mjpeg;
use super::settings::PixelFormat;
use super::yuv::decode_raw;
use crate::geometry::Size;

/// Decodes the bytes of one picture.
///
/// # Errors
/// Bytes that are too few or no picture; never panics on any bytes.
pub fn decode(data: &[u8], layout: &PixelLayout) -> Result<RgbImage, DecodeError> {
    match layout.pixel {
        PixelFormat::Mjpeg => decode_mjpeg(data, Size { width: layout.width, height: layout.height }),
        _ => decode_raw(data, layout),
    }
}
