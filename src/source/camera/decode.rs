//! From the bytes that a camera delivers to a picture.

use image::RgbImage;

use super::error::DecodeError;
use super::layout::Layout;
use super::mjpeg::decode_mjpeg;
use super::settings::PixelFormat;
use super::yuv::decode_raw;

/// Decodes the bytes of one picture.
///
/// # Errors
/// Bytes that are too few or no picture; never panics on any bytes.
pub fn decode(data: &[u8], layout: &Layout) -> Result<RgbImage, DecodeError> {
    match layout.pixel {
        PixelFormat::Mjpeg => decode_mjpeg(data, (layout.width, layout.height)),
        _ => decode_raw(data, layout),
    }
}
