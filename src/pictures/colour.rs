//! From the colours that a file describes to sRGB.

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, TransformOptions,
};

use crate::pixels::colour::{Colours, Gamut, ToSrgb, TransferCurve, srgb_value};

/// What is said of a profile that cannot be read.
pub(super) const BROKEN: &str = "its colour profile is broken: it is taken as sRGB";

/// What is said of colours that nobody here knows.
pub(super) const UNKNOWN: &str = "it names colours that are not known here: it is taken as sRGB";

/// What is said of pictures of high dynamic range.
const HDR: &str = "it is an HDR picture: highlights are compressed to what sRGB can show";

/// What a file says of its colours.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum ColourTag {
    /// Nothing, or that they are sRGB.
    #[default]
    Srgb,
    /// An ICC profile.
    Icc(Vec<u8>),
    /// Code points of ITU-T H.273: primaries and transfer.
    Codes(u8, u8),
    /// The exponent of stored values, and white, red, green and blue as x and y where they are given.
    Gamma(f32, Option<[f32; 8]>),
}

impl ColourTag {
    /// The profile; `None` for sRGB. What cannot be understood is noted and taken as sRGB.
    fn profile(&self, notes: &mut Vec<String>) -> Option<ColorProfile> {
        match self {
            ColourTag::Srgb => None,
            ColourTag::Icc(bytes) => {
                let profile = ColorProfile::new_from_slice(bytes);
                profile.map_err(|_| notes.push(BROKEN.to_owned())).ok().filter(|profile| !is_srgb(profile))
            }
            ColourTag::Codes(primaries, transfer) => {
                let profile = of_codes(*primaries, *transfer);
                if profile.is_none() {
                    notes.push(UNKNOWN.to_owned());
                }
                profile
            }
            ColourTag::Gamma(gamma, corners) => Some(of_gamma(*gamma, *corners)).filter(|profile| !is_srgb(profile)),
        }
    }

    /// The colours of an HDR picture, by the code points of the file or else of its profile; `None` for any other picture.
    fn hdr(&self, profile: &ColorProfile) -> Option<Colours> {
        let (primaries, transfer) = match (self, profile.cicp) {
            (ColourTag::Codes(primaries, transfer), _) => (*primaries, *transfer),
            (_, Some(codes)) => (codes.color_primaries as u8, codes.transfer_characteristics as u8),
            _ => return None,
        };
        Some(Colours { gamut: Gamut::of_code(primaries)?, curve: hdr_curve(transfer)? })
    }
}

/// The curve of an HDR picture with this code point of ITU-T H.273; `None` where it is not one of high dynamic range.
fn hdr_curve(transfer: u8) -> Option<TransferCurve> {
    match transfer {
        16 => Some(TransferCurve::Pq),
        18 => Some(TransferCurve::Hlg),
        _ => None,
    }
}

/// The picture in sRGB, with its transparency where it has some.
pub(super) fn to_srgb(picture: DynamicImage, colour: &ColourTag, notes: &mut Vec<String>) -> DynamicImage {
    let Some(profile) = colour.profile(notes) else { return picture };
    if let Some(colours) = colour.hdr(&profile) {
        notes.push(HDR.to_owned());
        return shown(&picture, colours);
    }
    let has_colour = picture.color().has_color();
    match (profile.color_space, has_colour) {
        (DataColorSpace::Rgb, _) => {}
        (DataColorSpace::Gray, false) => {}
        _ => {
            notes.push("its colour profile is none for pixels of its kind: it is taken as sRGB".to_owned());
            return picture;
        }
    }
    let converted = if picture.color().bytes_per_pixel() / picture.color().channel_count() == 1 {
        eight(&picture, &profile)
    } else {
        sixteen(&picture, &profile)
    };
    converted.unwrap_or_else(|| {
        notes.push(BROKEN.to_owned());
        picture
    })
}

/// An HDR picture in sRGB.
fn shown(picture: &DynamicImage, colours: Colours) -> DynamicImage {
    let convert = ToSrgb::new(colours);
    let mut made = RgbaImage::new(picture.width(), picture.height());
    for (to, &Rgba([red, green, blue, alpha])) in made.pixels_mut().zip(picture.to_rgba16().pixels()) {
        let [red, green, blue] = convert.pixel([red, green, blue]);
        *to = Rgba([red, green, blue, (alpha >> 8) as u8]);
    }
    made.into()
}

/// sRGB samples of a picture given as shares of four inks, 255 for all of it.
pub(super) fn from_inks(inks: &[u8], colour: &ColourTag, notes: &mut Vec<String>) -> Vec<u8> {
    let profile = colour.profile(notes).filter(|profile| profile.color_space == DataColorSpace::Cmyk);
    let made = profile.and_then(|profile| {
        let transform = profile.create_transform_8bit(Layout::Rgba, &ColorProfile::new_srgb(), Layout::Rgb, options());
        let mut made = vec![0; inks.len() / 4 * 3];
        transform.and_then(|transform| transform.transform(inks, &mut made)).ok().map(|()| made)
    });
    if made.is_none() && *colour != ColourTag::Srgb && notes.is_empty() {
        notes.push(BROKEN.to_owned());
    }
    // Without a profile inks take away light, each of its own.
    made.unwrap_or_else(|| {
        let light = |ink: u8, black: u8| ((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255) as u8;
        inks.chunks_exact(4).flat_map(|ink| [0, 1, 2].map(|i| light(ink[i], ink[3]))).collect()
    })
}

/// Whether a profile is that of sRGB, as most are under some name: then nothing is to be done.
fn is_srgb(profile: &ColorProfile) -> bool {
    let srgb = ColorProfile::new_srgb();
    let corners = |profile: &ColorProfile| {
        [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
            .map(|corner| [corner.x, corner.y, corner.z])
    };
    let (is, wanted) = (corners(profile), corners(&srgb));
    let same_corners = is.iter().flatten().zip(wanted.iter().flatten()).all(|(a, b)| (a - b).abs() < 0.002);
    let tables = [&profile.lut_a_to_b_perceptual, &profile.lut_a_to_b_colorimetric, &profile.lut_a_to_b_saturation];
    let curves = [&profile.red_trc, &profile.green_trc, &profile.blue_trc];
    profile.color_space == DataColorSpace::Rgb
        && profile.cicp.is_none_or(|codes| hdr_curve(codes.transfer_characteristics as u8).is_none())
        && tables.iter().all(|table| table.is_none())
        && same_corners
        && curves.iter().all(|curve| curve.as_ref().is_some_and(is_srgb_curve))
}

fn is_srgb_curve(curve: &ToneReprCurve) -> bool {
    let light = |value: f32| match curve {
        ToneReprCurve::Lut(table) if table.len() > 2 => {
            let at = value * (table.len() - 1) as f32;
            let entry =
                |at: usize| table.get(at.min(table.len() - 1)).map_or(0.0, |&light| f32::from(light) / 65_535.0);
            let (low, part) = (at.floor(), at.fract());
            Some(entry(low as usize) * (1.0 - part) + entry(low as usize + 1) * part)
        }
        ToneReprCurve::Parametric(all) => match all.as_slice() {
            &[gamma, a, b, c, d] => Some(if value >= d { (a * value + b).powf(gamma) } else { c * value }),
            _ => None,
        },
        ToneReprCurve::Lut(_) => None,
    };
    // Compared as stored values, in which a level is a level.
    (0..=64)
        .map(|step| step as f32 / 64.0)
        .all(|value| light(value).is_some_and(|light| (srgb_value(light.clamp(0.0, 1.0)) - value).abs() < 0.5 / 255.0))
}

/// How samples lie in a picture, by whether its profile is one for grey and whether it may be transparent: before and after.
fn layouts(profile: &ColorProfile, picture: &DynamicImage) -> (Layout, Layout) {
    match (profile.color_space == DataColorSpace::Gray, picture.color().has_alpha()) {
        (true, true) => (Layout::GrayAlpha, Layout::Rgba),
        (true, false) => (Layout::Gray, Layout::Rgb),
        (false, true) => (Layout::Rgba, Layout::Rgba),
        (false, false) => (Layout::Rgb, Layout::Rgb),
    }
}

/// A picture with samples of 8 bits.
fn eight(picture: &DynamicImage, profile: &ColorProfile) -> Option<DynamicImage> {
    let (from, to) = layouts(profile, picture);
    let transform = profile.create_transform_8bit(from, &ColorProfile::new_srgb(), to, options()).ok()?;
    let (width, height) = (picture.width(), picture.height());
    let mut made = vec![0; width as usize * height as usize * if to == Layout::Rgba { 4 } else { 3 }];
    match (from, picture) {
        (Layout::Rgb, DynamicImage::ImageRgb8(samples)) => transform.transform(samples, &mut made),
        (Layout::Rgb, _) => transform.transform(&picture.to_rgb8(), &mut made),
        (Layout::Gray, _) => transform.transform(&picture.to_luma8(), &mut made),
        (Layout::GrayAlpha, _) => transform.transform(&picture.to_luma_alpha8(), &mut made),
        _ => transform.transform(&picture.to_rgba8(), &mut made),
    }
    .ok()?;
    if to == Layout::Rgba {
        RgbaImage::from_raw(width, height, made).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, made).map(DynamicImage::from)
    }
}

/// A picture with samples of more than 8 bits.
fn sixteen(picture: &DynamicImage, profile: &ColorProfile) -> Option<DynamicImage> {
    let (from, to) = layouts(profile, picture);
    let transform = profile.create_transform_16bit(from, &ColorProfile::new_srgb(), to, options()).ok()?;
    let (width, height) = (picture.width(), picture.height());
    let mut made = vec![0; width as usize * height as usize * if to == Layout::Rgba { 4 } else { 3 }];
    match from {
        Layout::Rgb => transform.transform(&picture.to_rgb16(), &mut made),
        Layout::Gray => transform.transform(&picture.to_luma16(), &mut made),
        Layout::GrayAlpha => transform.transform(&picture.to_luma_alpha16(), &mut made),
        _ => transform.transform(&picture.to_rgba16(), &mut made),
    }
    .ok()?;
    if to == Layout::Rgba {
        ImageBuffer::<Rgba<u16>, _>::from_raw(width, height, made).map(DynamicImage::from)
    } else {
        ImageBuffer::<Rgb<u16>, _>::from_raw(width, height, made).map(DynamicImage::from)
    }
}

fn options() -> TransformOptions {
    TransformOptions::default()
}

/// The profile of code points. Curves of film and television are taken as sRGB's, as screens show them.
fn of_codes(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    let mut profile = ColorProfile::new_srgb();
    let curve = profile.red_trc.clone();
    profile.cicp = None;
    let primaries = if primaries == 2 { 1 } else { primaries };
    profile.update_rgb_colorimetry_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::Srgb,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    profile.cicp.take()?;
    let gamma = |exponent: f32| Some(ToneReprCurve::Parametric(vec![exponent]));
    let curve = match transfer {
        1 | 2 | 6 | 7 | 11..=16 | 18 => curve,
        4 => gamma(2.2),
        5 => gamma(2.8),
        8 => gamma(1.0),
        _ => return None,
    };
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    Some(profile)
}

fn of_gamma(gamma: f32, corners: Option<[f32; 8]>) -> ColorProfile {
    let mut profile = ColorProfile::new_srgb();
    if let Some([wx, wy, rx, ry, gx, gy, bx, by]) = corners {
        let primaries = ColorPrimaries {
            red: Chromaticity::new(rx, ry),
            green: Chromaticity::new(gx, gy),
            blue: Chromaticity::new(bx, by),
        };
        profile.update_rgb_colorimetry(Chromaticity::new(wx, wy).to_xyyb(), primaries);
    }
    profile.cicp = None;
    // What most programs write for sRGB is only near its curve.
    if (gamma - 1.0 / 2.2).abs() > 0.01 {
        let curve = Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    }
    profile
}
