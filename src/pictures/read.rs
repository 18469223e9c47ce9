//! Reads a still picture: upright, in sRGB, over white.

use std::io::Cursor;
use std::path::Path;

use image::error::UnsupportedErrorKind;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use super::bytes::bytes_of;
use super::colour::{self, ColourTag};
use super::ends::{self, damaged};
use super::kinds::FileKind;
#[cfg(feature = "video")]
use super::libav;
use super::limits::{MAX_PIXELS, within_bytes, within_limits};
use super::more::{self, FileStructure};
use super::stored::StoredPicture;
use super::{jpeg, opacity};
use crate::geometry::Size;

/// Letters of a decoder's own words that are passed on.
const LONGEST: usize = 80;

/// A picture as it is looked at.
#[derive(Clone, Debug)]
pub struct Still {
    /// Upright pixels in sRGB; what is transparent is white.
    pub pixels: RgbImage,
    /// Sentences on what the file holds and is not shown, or not shown as it says.
    pub notes: Vec<String>,
}

/// Decodes a picture. Sizes are checked before memory is taken.
///
/// # Errors
/// A sentence that goes on from the file's name: it is no picture, too large, damaged or cut off.
pub fn open(file: &Path) -> Result<Still, String> {
    decoded(file).map(shown)
}

/// Decodes a picture that did not come from a file.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: &[u8]) -> Result<Still, String> {
    within_bytes(bytes.len() as u64)?;
    decoded_of(bytes, None).map(shown)
}

/// Whether bytes begin as a picture does.
pub fn begins(bytes: &[u8]) -> bool {
    FileKind::of(bytes, Path::new("")).is_some()
}

fn shown(decoded: StoredPicture) -> Still {
    let StoredPicture { picture, colour, orientation, mut notes } = decoded;
    let mut picture = colour::to_srgb(picture, &colour, &mut notes);
    picture.apply_orientation(orientation);
    Still { pixels: opacity::on_white(picture), notes }
}

/// The pixels alone; what there is to say is logged.
///
/// # Errors
/// As [`open`].
pub fn read(file: &Path) -> Result<RgbImage, String> {
    let Still { pixels, notes } = open(file)?;
    notes.iter().for_each(|note| tracing::warn!("{}: {note}", file.display()));
    Ok(pixels)
}

/// Reads a mask, upright: numbers rather than colours, and 0 where it is transparent.
///
/// # Errors
/// As [`open`].
pub fn mask(file: &Path) -> Result<GrayImage, String> {
    let StoredPicture { mut picture, orientation, .. } = decoded(file)?;
    picture.apply_orientation(orientation);
    if !picture.color().has_alpha() {
        return Ok(picture.into_luma8());
    }
    let both = picture.into_luma_alpha8();
    let mut made = GrayImage::new(both.width(), both.height());
    for (to, image::LumaA([grey, alpha])) in made.pixels_mut().zip(both.pixels()) {
        to.0 = [((u32::from(*grey) * u32::from(*alpha) + 127) / 255) as u8];
    }
    Ok(made)
}

fn decoded(file: &Path) -> Result<StoredPicture, String> {
    decoded_of(&bytes_of(file)?, Some(file))
}

/// Decodes bytes, which are those of `file` if there is one.
fn decoded_of(bytes: &[u8], file: Option<&Path>) -> Result<StoredPicture, String> {
    match FileKind::of(bytes, file.unwrap_or(Path::new(""))) {
        Some(FileKind::Known(ImageFormat::Jpeg)) => jpeg::decode(bytes),
        Some(FileKind::Known(format)) => by_image(bytes, format),
        #[cfg(feature = "video")]
        Some(kind) => libav::decode(file, bytes, kind),
        #[cfg(not(feature = "video"))]
        Some(_) => {
            Err("pictures of its kind are read by libav, which this build goes without (feature \"video\")".to_owned())
        }
        None if bytes.is_empty() => Err("it is empty".to_owned()),
        None => {
            Err("it is not a picture (JPEG, PNG, TIFF, WebP, BMP, GIF, TGA, AVIF, JPEG 2000 and PNM are)".to_owned())
        }
    }
}

/// A sentence for what a decoder says; its own words, as far as they are short, in brackets.
fn words(error: image::ImageError) -> String {
    let said: String = error.to_string().chars().take(LONGEST).collect();
    match error {
        ImageError::Unsupported(what) if matches!(what.kind(), UnsupportedErrorKind::Color(_)) => {
            format!("its colours are of a kind that is not read; save it as RGB ({said})")
        }
        ImageError::Unsupported(_) => format!("it is of a kind that is not read; save it as PNG or JPEG ({said})"),
        ImageError::Limits(_) => format!("it takes more memory than a picture may ({said})"),
        _ => format!("{} ({said})", damaged()),
    }
}

fn by_image(bytes: &[u8], format: ImageFormat) -> Result<StoredPicture, String> {
    let readable = Some(bytes).filter(|_| format == ImageFormat::Png).and_then(more::without_wrong_codes);
    let wrong_codes = readable.is_some();
    let bytes = readable.as_deref().unwrap_or(bytes);
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(words)?;
    let (width, height) = decoder.dimensions();
    within_limits(width, height)?;
    let mut limits = Limits::default();
    // The largest picture with four channels of 16 bits, and as much again for the decoder.
    limits.max_alloc = Some(MAX_PIXELS * 16);
    decoder.set_limits(limits).map_err(words)?;
    let more = match format {
        ImageFormat::Png => more::of_png(bytes),
        ImageFormat::WebP => more::of_webp(bytes),
        ImageFormat::Tiff => more::of_tiff(bytes),
        ImageFormat::Gif => {
            FileStructure { frames: more::pictures_of_gif(bytes).saturating_sub(1), ..FileStructure::default() }
        }
        _ => FileStructure::default(),
    };
    let missing = match format {
        ImageFormat::WebP => ends::of_webp(bytes)?,
        ImageFormat::Tiff => ends::of_tiff(bytes)?,
        _ => None,
    };
    let mut notes: Vec<String> = more.note().into_iter().chain(missing).collect();
    if wrong_codes {
        notes.push(colour::UNKNOWN.to_owned());
    }
    let orientation = decoder.orientation().map_err(words)?;
    let profile = decoder.icc_profile().unwrap_or_else(|_| {
        notes.push(colour::BROKEN.to_owned());
        None
    });
    let colour = more.colour.or(profile.map(ColourTag::Icc)).unwrap_or_default();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(words)?;
    if picture.color().bytes_per_pixel() / picture.color().channel_count() == 4 {
        picture = whole_numbers(picture, &colour, &mut notes)?;
    }
    if more.premultiplied && picture.color().has_alpha() {
        picture = opacity::undo_opacity(picture);
    }
    Ok(StoredPicture { picture, colour, orientation, notes })
}

/// A picture of floating-point samples in 16 bits; one that goes beyond what these can show is refused.
fn whole_numbers(picture: DynamicImage, colour: &ColourTag, notes: &mut Vec<String>) -> Result<DynamicImage, String> {
    let picture = picture.into_rgba32f();
    if picture.iter().any(|sample| !(-0.01..=1.01).contains(sample)) {
        return Err("its floating-point samples go beyond 0 to 1; save it with 8 or 16 bits a channel".to_owned());
    }
    if *colour == ColourTag::Srgb {
        notes.push("its floating-point samples come without a colour profile: they are taken as sRGB".to_owned());
    }
    Ok(DynamicImage::from(DynamicImage::from(picture).into_rgba16()))
}

/// Size of a picture as it will be delivered, without decoding it; `None` where that is known only after.
pub fn upright_size(file: &Path) -> Option<Size> {
    use Orientation as O;
    let bytes = bytes_of(file).ok()?;
    let (Size { width, height }, orientation) = match FileKind::of(&bytes, file)? {
        FileKind::Known(ImageFormat::Jpeg) => jpeg::size(&bytes)?,
        FileKind::Known(format) => {
            let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().ok()?;
            (decoder.dimensions().into(), decoder.orientation().ok()?)
        }
        _ => return None,
    };
    Some(match orientation {
        O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH => Size { width: height, height: width },
        _ => Size { width, height },
    })
}
