//! The boxes of AVIF, HEIC and JPEG 2000: what they say of a picture that decoders do not pass on.

use image::metadata::Orientation;

use super::colour::ColourTag;
use crate::geometry::Size;

/// A box: its kind and what it holds; `None` where one reaches beyond the end.
fn next<'a>(bytes: &'a [u8], at: &mut usize) -> Option<(&'a [u8], &'a [u8])> {
    let number = |at: usize, count: usize| {
        bytes.get(at..at + count).map(|digits| digits.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    };
    let kind = bytes.get(*at + 4..*at + 8)?;
    let (head, length) = match number(*at, 4)? {
        0 => (8, bytes.len() - *at),
        1 => (16, number(*at + 8, 8)?),
        length => (8, length),
    };
    let body = bytes.get(*at + head..at.checked_add(length)?)?;
    *at += length.max(8);
    Some((kind, body))
}

/// The coded data of a JPEG 2000 file; `None` when they are not all there.
pub(super) fn codestream(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(&[0xff, 0x4f]) {
        return Some(bytes);
    }
    let mut at = 0;
    loop {
        let (kind, body) = next(bytes, &mut at)?;
        if kind == b"jp2c" {
            return Some(body);
        }
    }
}

/// What each box of a kind holds, of those before the coded data.
fn all<'a>(bytes: &'a [u8], kind: &'a [u8; 4]) -> impl Iterator<Item = &'a [u8]> {
    // `mdat` may come first; then its random bytes are not looked at.
    let mut at = 0;
    let mut heads = Vec::new();
    while let Some((name, body)) = next(bytes, &mut at) {
        if name == b"meta" || name == b"jp2h" {
            heads.push(body);
        }
    }
    heads.into_iter().flat_map(move |head| {
        let named = head.windows(4).enumerate().filter(move |(at, name)| *at >= 4 && name == kind);
        named.filter_map(move |(at, _)| next(head, &mut (at - 4)).map(|(_, body)| body))
    })
}

/// The colours that the container names.
pub(super) fn colour(bytes: &[u8]) -> Option<ColourTag> {
    let colours: Vec<ColourTag> = all(bytes, b"colr").filter_map(one_colour).collect();
    colours.iter().find(|colour| matches!(colour, ColourTag::Icc(_))).or(colours.first()).cloned()
}

fn one_colour(body: &[u8]) -> Option<ColourTag> {
    match body.get(..4)? {
        b"prof" | b"rICC" => Some(ColourTag::Icc(body.get(4..)?.to_vec())),
        b"nclx" => {
            let (primaries, transfer) = (*body.get(5)?, *body.get(7)?);
            let is_srgb = matches!(primaries, 1 | 2) && matches!(transfer, 1 | 2 | 6 | 13);
            Some(if is_srgb { ColourTag::Srgb } else { ColourTag::Codes(primaries, transfer) })
        }
        // JPEG 2000: a method, a precedence, an approximation, then the profile.
        [2, ..] => Some(ColourTag::Icc(body.get(3..)?.to_vec())),
        _ => None,
    }
}

/// Size of the largest picture of which the container speaks.
pub(super) fn size(bytes: &[u8]) -> Option<Size> {
    let side =
        |four: Option<&[u8]>| four.map(|four| four.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)));
    let sizes = all(bytes, b"ispe")
        .filter_map(|body| Some(Size { width: side(body.get(4..8))?, height: side(body.get(8..12))? }));
    sizes.max_by_key(|size| u64::from(size.width) * u64::from(size.height))
}

/// Whether there is a second picture that tells what is transparent.
pub(super) fn has_alpha(bytes: &[u8]) -> bool {
    all(bytes, b"auxC").any(|body| body.windows(5).any(|name| name == b"alpha"))
}

/// How the picture is to be turned and then mirrored.
pub(super) fn turns(bytes: &[u8]) -> Vec<Orientation> {
    let turned = all(bytes, b"irot").filter_map(|body| match body.first()? & 3 {
        // Angles are counted against the clock.
        1 => Some(Orientation::Rotate270),
        2 => Some(Orientation::Rotate180),
        3 => Some(Orientation::Rotate90),
        _ => None,
    });
    let mirrored = all(bytes, b"imir").filter_map(|body| {
        Some(if body.first()? & 1 == 0 { Orientation::FlipVertical } else { Orientation::FlipHorizontal })
    });
    turned.take(1).chain(mirrored.take(1)).collect()
}
