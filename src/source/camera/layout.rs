//! How a camera lays out the bytes of its pictures.

use super::settings::PixelFormat;

/// How the bytes of one picture are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelLayout {
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
