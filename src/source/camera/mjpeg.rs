//! One frame of motion JPEG: find its end, give it the Huffman tables that webcams leave out, decode it.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder, RgbImage};

use super::error::DecodeError;
use super::huffman::STANDARD_TABLES;
use crate::geometry::Size;

const START: [u8; 2] = [0xff, 0xd8];
const END: u8 = 0xd9;
const TABLES: u8 = 0xc4;
const SCAN: u8 = 0xda;

/// Decodes one JPEG. Its size may differ from the `agreed` one, within reason: a camera may round, but a broken
/// header must not ask for gigabytes.
pub(super) fn decode_mjpeg(data: &[u8], agreed: Size) -> Result<RgbImage, DecodeError> {
    let jpeg = complete(data)?;
    let decoder = JpegDecoder::new(Cursor::new(jpeg.as_ref()))?;
    let (width, height) = decoder.dimensions();
    let limit = 4 * (u64::from(agreed.width) * u64::from(agreed.height)).max(1 << 16);
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > limit {
        return Err(DecodeError::Size { width, height });
    }
    Ok(DynamicImage::from_decoder(decoder)?.into_rgb8())
}

/// The one whole JPEG at the start of `data`, with the standard Huffman tables put in when it has none (ITU-T T.81,
/// annex B, and the AVI convention). What follows its end is cut off: the buffer of a camera is larger than the frame,
/// and full of old ones. A JPEG without an end is refused, for its lower part would be made up by the decoder.
pub(super) fn complete(data: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    if !data.starts_with(&START) {
        return Err(DecodeError::Structure("does not start like one"));
    }
    let mut at = START.len();
    let mut has_tables = false;
    loop {
        let marker = loop {
            match (data.get(at), data.get(at + 1)) {
                // Any number of fill bytes may precede a marker.
                (Some(0xff), Some(0xff)) => at += 1,
                (Some(0xff), Some(&marker)) => break marker,
                (Some(_), Some(_)) => return Err(DecodeError::Structure("has a broken header")),
                _ => return Err(DecodeError::Structure("breaks off in its header")),
            }
        };
        if marker == SCAN {
            break;
        }
        has_tables |= marker == TABLES;
        let length = match data.get(at + 2..at + 4) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err(DecodeError::Structure("breaks off in its header")),
        };
        at += 2 + length.max(2);
    }
    // Within a scan 0xff is followed by 0 or a restart marker, so that the first end marker is the end.
    let scan = data.get(at..).unwrap_or_default();
    let Some(end) = scan.windows(2).position(|pair| pair == [0xff, END]) else {
        return Err(DecodeError::Structure("breaks off: it has no end"));
    };
    let whole = &data[..at + end + 2];
    if has_tables {
        return Ok(Cow::Borrowed(whole));
    }
    Ok(Cow::Owned([&whole[..at], STANDARD_TABLES.as_slice(), &whole[at..]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use proptest::prelude::*;

    fn gradient() -> RgbImage {
        RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, (x * y / 12) as u8]))
    }

    /// The encoder uses the typical tables, so that its files lose nothing without them.
    fn encoded() -> Vec<u8> {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&gradient()).unwrap();
        jpeg
    }

    /// The JPEG without its `DHT` segments, as webcams send it.
    fn stripped(jpeg: &[u8]) -> Vec<u8> {
        let (mut out, mut at) = (jpeg[..2].to_vec(), 2);
        while jpeg[at + 1] != SCAN {
            let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            if jpeg[at + 1] != TABLES {
                out.extend(&jpeg[at..end]);
            }
            at = end;
        }
        out.extend(&jpeg[at..]);
        out
    }

    const AGREED: Size = Size { width: 64, height: 48 };

    #[test]
    fn a_jpeg_without_tables_decodes_to_the_same_picture() {
        let whole = encoded();
        let bare = stripped(&whole);
        assert!(bare.len() + 300 < whole.len(), "nothing was stripped");
        assert_eq!(decode_mjpeg(&bare, AGREED).unwrap(), decode_mjpeg(&whole, AGREED).unwrap());
    }

    #[test]
    fn the_picture_is_the_one_that_was_encoded() {
        let picture = decode_mjpeg(&encoded(), AGREED).unwrap();
        let off = picture.iter().zip(gradient().iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        assert!(off < 4 * 64 * 48 * 3, "mean error {}", off as f64 / (64.0 * 48.0 * 3.0));
    }

    #[test]
    fn old_bytes_after_the_end_do_not_matter() {
        let whole = encoded();
        let padded = [whole.as_slice(), &[0x5a; 999], &whole].concat();
        assert_eq!(complete(&padded).unwrap().as_ref(), whole.as_slice());
        let filled = [&whole[..2], &[0xff, 0xff], &whole[2..]].concat();
        assert_eq!(decode_mjpeg(&filled, AGREED).unwrap(), decode_mjpeg(&whole, AGREED).unwrap());
    }

    #[test]
    fn a_huge_claim_is_refused_before_it_is_believed() {
        let mut jpeg = encoded();
        let frame_header = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        jpeg[frame_header + 5..frame_header + 9].copy_from_slice(&[0xff; 4]);
        let refused = decode_mjpeg(&jpeg, AGREED);
        assert!(matches!(refused, Err(DecodeError::Size { width: 65535, height: 65535 })), "{refused:?}");
    }

    proptest! {
        #[test]
        fn a_jpeg_that_breaks_off_is_an_error(keep in 0.0f64..1.0) {
            let whole = encoded();
            let cut = &whole[..(whole.len() as f64 * keep) as usize];
            prop_assert!(decode_mjpeg(cut, AGREED).is_err());
        }

        #[test]
        fn broken_bytes_never_panic(at in 0.0f64..1.0, byte: u8) {
            let mut jpeg = encoded();
            let at = (jpeg.len() as f64 * at) as usize;
            jpeg[at] = byte;
            if let Ok(picture) = decode_mjpeg(&jpeg, AGREED) {
                prop_assert!(picture.width() > 0);
            }
        }

        #[test]
        fn noise_is_an_error(noise in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(decode_mjpeg(&noise, AGREED).is_err());
            let started = [&START[..], &noise].concat();
            prop_assert!(decode_mjpeg(&started, AGREED).is_err());
        }
    }
}
