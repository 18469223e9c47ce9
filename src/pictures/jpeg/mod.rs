//! Reads JPEG pictures: whole ones only, of any colour model.

mod bits;
mod frame;
mod walk;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use self::walk::{Flaw, Walk};
use super::colour::{self, ColourTag};
use super::limits::within_limits;
use super::stored::StoredPicture;
use crate::geometry::Size;

/// Size of the picture as it is stored, and how it is turned.
pub(super) fn size(bytes: &[u8]) -> Option<(Size, Orientation)> {
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options());
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    Some((Size { width: width as u32, height: height as u32 }, orientation(&decoder)))
}

/// Decodes a picture. One of which a part is missing is refused: decoders fill that with grey.
pub(super) fn decode(bytes: &[u8]) -> Result<StoredPicture, String> {
    let adobe = adobe_transform(bytes);
    // The decoder takes three components of which Adobe's mark says that they are no YCbCr for four.
    let patched = adobe.filter(|(_, transform)| *transform != 1 && components(bytes) == Some(3));
    let unmarked = patched
        .map(|(at, _)| [bytes.get(..at), Some(b"-"), bytes.get(at + 1..)].map(Option::unwrap_or_default).concat());
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(unmarked.as_deref().unwrap_or(bytes)), options());
    decoder.decode_headers().map_err(|error| sentence(&error.to_string()))?;
    let (width, height) = decoder.dimensions().map(|(width, height)| (width as u32, height as u32)).unwrap_or_default();
    within_limits(width, height)?;
    let is_rgb = patched.is_some_and(|(_, transform)| transform == 0);
    let model = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let out = match (model, is_rgb) {
        (_, true) => ColorSpace::YCbCr,
        (ColorSpace::Luma | ColorSpace::CMYK | ColorSpace::YCCK, _) => model,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options().jpeg_set_out_colorspace(out));
    let mut samples = vec![0; out.num_components() * width as usize * height as usize];
    // Side by side, as going through the codes takes a third of the time of decoding.
    let (decoded, walked) = rayon::join(|| decoder.decode_into(&mut samples), || whole(bytes));
    let mut notes: Vec<String> = walked?.into_iter().collect();
    decoded.map_err(|error| sentence(&error.to_string()))?;
    let profile = decoder.icc_profile();
    if profile.is_none() && has_profile(bytes) {
        notes.push(colour::BROKEN.to_owned());
    }
    let mut colour = profile.map_or(ColourTag::Srgb, ColourTag::Icc);
    let picture = match out {
        ColorSpace::Luma => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        ColorSpace::CMYK | ColorSpace::YCCK => {
            let inks = inks(samples, out == ColorSpace::YCCK);
            let made = colour::from_inks(&inks, &std::mem::replace(&mut colour, ColourTag::Srgb), &mut notes);
            RgbImage::from_raw(width, height, made).map(DynamicImage::from)
        }
        _ => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
    };
    let picture = picture.ok_or("its size is not that of its samples")?;
    Ok(StoredPicture { picture, colour, orientation: orientation(&decoder), notes })
}

/// Whether all of the coded data are there: a sentence on what is left over, an error on what is missing.
pub(super) fn whole(bytes: &[u8]) -> Result<Option<String>, String> {
    match Walk::through(bytes) {
        Ok(()) => Ok(None),
        Err(Flaw::LeftOver(count)) => Ok(Some(left_over(count))),
        Err(flaw) => Err(words(&flaw)),
    }
}

fn options() -> DecoderOptions {
    // Limits are checked before anything of the picture's size is taken.
    DecoderOptions::default().set_strict_mode(false).set_max_width(usize::MAX).set_max_height(usize::MAX)
}

fn orientation(decoder: &JpegDecoder<ZCursor<&[u8]>>) -> Orientation {
    decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms)
}

/// Shares of the inks, 255 for all of it, from what Adobe's programs store: the opposite.
fn inks(mut samples: Vec<u8>, is_ycck: bool) -> Vec<u8> {
    for pixel in samples.chunks_exact_mut(4) {
        if is_ycck {
            let (y, cb, cr) = (f32::from(pixel[0]), f32::from(pixel[1]) - 128.0, f32::from(pixel[2]) - 128.0);
            let rgb = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
            // What the three stand for is stored the right way round, black the other.
            (0..3).for_each(|i| pixel[i] = rgb[i].round() as u8);
        } else {
            (0..3).for_each(|i| pixel[i] = 255 - pixel[i]);
        }
        pixel[3] = 255 - pixel[3];
    }
    samples
}

/// Where the mark of Adobe's programs is, and the colour model that it names.
fn adobe_transform(bytes: &[u8]) -> Option<(usize, u8)> {
    let at = header(bytes).windows(7).position(|seven| seven[0] == 0xee && &seven[3..] == b"Adob")? + 3;
    Some((at, *bytes.get(at + 11)?))
}

fn has_profile(bytes: &[u8]) -> bool {
    header(bytes).windows(12).any(|name| name == b"ICC_PROFILE\0")
}

/// Number of colour components.
fn components(bytes: &[u8]) -> Option<u8> {
    let mut at = 2;
    loop {
        match walk::segment(bytes, &mut at)? {
            (0xc0..=0xc2, body) => return body.get(5).copied(),
            (0xd9 | 0xda, _) => return None,
            _ => {}
        }
    }
}

/// What is before the coded data.
fn header(bytes: &[u8]) -> &[u8] {
    let mut at = 2;
    while let Some((marker, _)) = walk::segment(bytes, &mut at) {
        if matches!(marker, 0xd9 | 0xda) {
            break;
        }
    }
    bytes.get(..at).unwrap_or(bytes)
}

fn left_over(count: usize) -> String {
    format!(
        "{count} bytes are left over behind its last block, as in pictures that were damaged; it is taken as it stands"
    )
}

fn words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::CutOff(percent) => {
            format!("it is cut off: {percent} % of the picture are there; copy it again from where it is whole")
        }
        Flaw::Damaged(percent) if *percent < 100 => {
            format!(
                "it is damaged: what follows {percent} % of the picture cannot be read; copy it again from where it is whole"
            )
        }
        Flaw::Damaged(_) | Flaw::LeftOver(_) => {
            "it is damaged: its coded data do not end where the picture does; copy it again from where it is whole"
                .to_owned()
        }
    }
}

/// What the decoder says, without its own way of quoting.
fn sentence(error: &str) -> String {
    format!("its JPEG data cannot be decoded ({})", error.trim().trim_matches('"'))
}
