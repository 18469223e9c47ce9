//! Reads a still picture, upright.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use super::{MAX_PIXELS, MAX_SIDE_PX};

/// Decodes a picture, upright. Sizes are checked before memory is taken.
pub fn read(file: &Path) -> Result<RgbImage, String> {
    let mut decoder = decoder(file)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE_PX || u64::from(width) * u64::from(height) > MAX_PIXELS {
        let most = MAX_PIXELS / 1_000_000;
        return Err(format!(
            "it is {width}x{height} px; up to {MAX_SIDE_PX} px a side and {most} megapixels can be handled"
        ));
    }
    let mut limits = Limits::default();
    // The largest picture with four channels of 16 bits, and as much again for the decoder.
    limits.max_alloc = Some(MAX_PIXELS * 16);
    decoder.set_limits(limits).map_err(|error| error.to_string())?;
    let orientation = decoder.orientation().map_err(|error| error.to_string())?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// The decoder for what the file holds, whatever its name says.
fn decoder(file: &Path) -> Result<impl ImageDecoder, String> {
    let bytes = BufReader::new(File::open(file).map_err(|error| error.to_string())?);
    let reader = ImageReader::new(bytes).with_guessed_format().map_err(|error| error.to_string())?;
    if reader.format().is_none() {
        return Err("it is not a picture (JPEG, PNG, TIFF, WebP, BMP, GIF and PNM are)".to_owned());
    }
    reader.into_decoder().map_err(|error| error.to_string())
}

/// Size of a picture as it will be delivered, without decoding it.
pub fn upright_size(file: &Path) -> Option<(u32, u32)> {
    use image::metadata::Orientation as O;
    let mut decoder = decoder(file).ok()?;
    let (width, height) = decoder.dimensions();
    Some(match decoder.orientation().ok()? {
        O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH => (height, width),
        _ => (width, height),
    })
}
