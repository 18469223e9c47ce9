//! How large pictures and their files may be.

/// Largest side of a picture that is accepted, px: the largest of JPEG cameras and H.264 levels lie well below.
pub const MAX_SIDE_PX: u32 = 16_384;

/// Largest picture that is accepted, px: 400 MB as RGB, of which a run holds several.
pub const MAX_PIXELS: u64 = 1 << 27;

/// Largest picture file that is accepted: the largest picture with four channels of 16 bits.
pub(super) const MAX_BYTES: u64 = MAX_PIXELS * 8;

/// Whether a picture file of so many bytes is accepted.
///
/// # Errors
/// A sentence that goes on from the file's name.
pub fn within_bytes(bytes: u64) -> Result<(), String> {
    let most = MAX_BYTES / 1_000_000;
    if bytes > MAX_BYTES { Err(format!("it holds more than the {most} MB that a picture may")) } else { Ok(()) }
}

/// Whether a picture of this size is accepted.
pub(super) fn within_limits(width: u32, height: u32) -> Result<(), String> {
    if width.max(height) > MAX_SIDE_PX || u64::from(width) * u64::from(height) > MAX_PIXELS {
        let most = MAX_PIXELS / 1_000_000;
        return Err(format!(
            "it is {width}x{height} px; up to {MAX_SIDE_PX} px a side and {most} megapixels can be handled"
        ));
    }
    Ok(())
}
