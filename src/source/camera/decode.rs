//! From the bytes that a camera delivers to a picture.

use image::RgbImage;

use super::formats::PixelFormat;
use super::mjpeg::decode_mjpeg;
use super::yuv::decode_raw;

/// How the bytes of one picture are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Layout of the pixels.
    pub pixel: PixelFormat,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// Bytes from one row to the next; 0 (or less than a row needs) when rows follow each other without padding.
    pub stride: u32,
    /// Whether Y, U and V use all of 0..=255 instead of the limited 16..=235 and 16..=240. JPEG says so itself.
    pub full_range: bool,
}

/// Why the bytes are not a picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Fewer bytes than the picture has.
    #[error("the picture needs {needed} bytes, the camera delivered {got}")]
    Short {
        /// Bytes needed.
        needed: usize,
        /// Bytes delivered.
        got: usize,
    },
    /// A compressed layout was taken for an uncompressed one.
    #[error("the picture is compressed")]
    NotRaw,
    /// The JPEG breaks off or its structure is broken.
    #[error("the JPEG {0}")]
    Structure(&'static str),
    /// The JPEG has far more pixels than the camera agreed on.
    #[error("the JPEG claims to be {width}x{height}")]
    Size {
        /// Width claimed, px.
        width: u32,
        /// Height claimed, px.
        height: u32,
    },
    /// The JPEG cannot be decoded.
    #[error("the JPEG cannot be decoded: {0}")]
    Jpeg(#[from] image::ImageError),
}

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
