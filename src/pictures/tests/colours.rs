//! What files say of their colours and transparency.

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, ImageEncoder, Luma, LumaA, Rgba, RgbaImage};
use moxcms::ColorProfile;

use super::flat::Flat;
use super::*;

/// Light of red, green and blue of sRGB in those of other primaries with the same white, by their matrices.
const TO_P3: [[f64; 3]; 3] =
    [[0.822_462, 0.177_538, 0.0], [0.033_194, 0.966_806, 0.0], [0.017_083, 0.072_397, 0.910_520]];
const TO_BT2020: [[f64; 3]; 3] =
    [[0.627_404, 0.329_283, 0.043_313], [0.069_097, 0.919_540, 0.011_362], [0.016_391, 0.088_013, 0.895_595]];
const TO_ADOBE: [[f64; 3]; 3] = [[0.715_126, 0.284_874, 0.0], [0.0, 1.0, 0.0], [0.0, 0.041_161, 0.958_839]];

fn light(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn curve(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// The card as it is stored with other primaries and another curve.
fn stored(matrix: [[f64; 3]; 3], curve: impl Fn(f64) -> f64) -> [[u8; 3]; 4] {
    CARD.map(|colour| {
        let rgb = colour.map(light);
        matrix.map(|row| {
            let light: f64 = row.iter().zip(rgb).map(|(part, light)| part * light).sum();
            (curve(light) * 255.0).round() as u8
        })
    })
}

const SAME: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn with_profile(mut encoder: impl ImageEncoder, picture: &DynamicImage, profile: Vec<u8>) {
    encoder.set_icc_profile(profile).unwrap();
    picture.write_with_encoder(encoder).unwrap();
}

fn jpeg(picture: &RgbImage, profile: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    with_profile(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 100), &picture.clone().into(), profile);
    bytes
}

fn png(picture: &DynamicImage, profile: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    with_profile(image::codecs::png::PngEncoder::new(&mut bytes), picture, profile);
    bytes
}

/// The file with chunks put before its pixels.
fn with_chunks(png: &[u8], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        })
    };
    let mut made = png[..33].to_vec();
    for (kind, body) in chunks {
        let named = [&kind[..], body].concat();
        made.extend((body.len() as u32).to_be_bytes());
        made.extend(&named);
        made.extend(crc(&named).to_be_bytes());
    }
    made.extend(&png[33..]);
    made
}

#[test]
fn profiles_are_applied() {
    let (p3, adobe) =
        (ColorProfile::new_display_p3().encode().unwrap(), ColorProfile::new_adobe_rgb().encode().unwrap());
    let in_p3 = card(stored(TO_P3, curve));
    let in_adobe = card(stored(TO_ADOBE, |light| light.powf(256.0 / 563.0)));
    let mut webp = Vec::new();
    with_profile(image::codecs::webp::WebPEncoder::new_lossless(&mut webp), &in_p3.clone().into(), p3.clone());
    let deep = DynamicImage::from(DynamicImage::from(in_p3.clone()).into_rgb16());
    for (name, bytes) in [
        ("p3.jpg", jpeg(&in_p3, p3.clone())),
        ("p3.png", png(&in_p3.clone().into(), p3.clone())),
        ("p3.webp", webp),
        ("deep.png", png(&deep, p3)),
        ("adobe.png", png(&in_adobe.into(), adobe)),
    ] {
        let still = opened(name, &bytes).unwrap();
        assert!(apart(fields(&still.pixels), CARD) <= 3, "{name}: {:?}", fields(&still.pixels));
        assert!(still.notes.is_empty(), "{name}: {:?}", still.notes);
    }
}

#[test]
fn the_profile_of_srgb_changes_nothing_and_a_broken_one_is_said() {
    let plain = opened("plain.jpg", &jpeg(&busy(64, 48), Vec::new())).unwrap();
    let srgb = opened("srgb.jpg", &jpeg(&busy(64, 48), ColorProfile::new_srgb().encode().unwrap())).unwrap();
    assert_eq!(plain.pixels, srgb.pixels);
    assert!(srgb.notes.is_empty(), "{:?}", srgb.notes);
    let broken = opened("broken.jpg", &jpeg(&busy(64, 48), vec![7; 200])).unwrap();
    assert_eq!(plain.pixels, broken.pixels);
    assert!(broken.notes[0].contains("profile is broken"), "{:?}", broken.notes);
}

#[test]
fn grey_profiles_are_applied() {
    let profile = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let grey = DynamicImage::from(GrayImage::from_pixel(16, 16, Luma([100])));
    let wanted = (curve((100.0_f64 / 255.0).powf(1.8)) * 255.0).round() as u8;
    let still = opened("grey.png", &png(&grey, profile)).unwrap();
    assert!(still.pixels.get_pixel(8, 8)[0].abs_diff(wanted) <= 2, "{:?} {wanted}", still.pixels.get_pixel(8, 8));
}

#[test]
fn code_points_and_gamma_of_png_are_honoured() {
    let of = |colours| coded(&card(colours).into(), "card.png");
    let bt2020 = with_chunks(&of(stored(TO_BT2020, curve)), &[(b"cICP", &[9, 13, 0, 1])]);
    let p3 = with_chunks(&of(stored(TO_P3, curve)), &[(b"cICP", &[12, 13, 0, 1])]);
    let gamma = with_chunks(&of(stored(SAME, |light| light.powf(1.0 / 1.8))), &[(b"gAMA", &55_556_u32.to_be_bytes())]);
    let usual = with_chunks(&of(CARD), &[(b"gAMA", &45_455_u32.to_be_bytes())]);
    for (name, bytes, most) in [("bt2020", bt2020, 3), ("p3", p3, 3), ("gamma", gamma, 3), ("usual", usual, 0)] {
        let still = opened("card.png", &bytes).unwrap();
        assert!(apart(fields(&still.pixels), CARD) <= most, "{name}: {:?}", fields(&still.pixels));
        assert!(still.notes.is_empty(), "{name}: {:?}", still.notes);
    }
}

/// By ITU-R BT.2408 white paper is at 203 cd/m², where HLG has three quarters of its range.
#[test]
fn hdr_becomes_srgb_and_is_said() {
    let pq = |light: f64| {
        let power = (light * 203.0 / 10_000.0).powf(1305.0 / 8192.0);
        ((107.0 / 128.0 + 2413.0 / 128.0 * power) / (1.0 + 2392.0 / 128.0 * power)).powf(2523.0 / 32.0)
    };
    let skin = [224, 172, 144];
    let rgb = skin.map(light);
    let row = |row: [f64; 3]| row.iter().zip(rgb).map(|(part, light)| part * light).sum::<f64>();
    let samples = TO_BT2020.map(|parts| (pq(row(parts)) * 65_535.0).round() as u16);
    let picture: ImageBuffer<image::Rgb<u16>, Vec<u16>> = ImageBuffer::from_pixel(16, 16, image::Rgb(samples));
    let bytes = with_chunks(&coded(&picture.into(), "hdr.png"), &[(b"cICP", &[9, 16, 0, 1])]);
    let still = opened("hdr.png", &bytes).unwrap();
    assert!(still.notes[0].contains("HDR"), "{:?}", still.notes);
    let made = still.pixels.get_pixel(8, 8).0;
    // The brightest of the three is at the knee.
    assert!(made.iter().zip(skin).all(|(a, b)| a.abs_diff(b) <= 6), "{made:?}");
}

#[test]
fn what_is_transparent_lies_over_white() {
    let mut clear = RgbaImage::from_pixel(16, 16, Rgba([10, 20, 30, 0]));
    clear.put_pixel(1, 1, Rgba([10, 20, 30, 255]));
    clear.put_pixel(2, 2, Rgba([0, 100, 200, 51]));
    let clear = DynamicImage::from(clear);
    for (name, picture) in [
        ("rgba.png", clear.clone()),
        ("deep.png", DynamicImage::from(clear.to_rgba16())),
        ("rgba.tif", clear.clone()),
        ("deep.tif", DynamicImage::from(clear.to_rgba16())),
        ("rgba.tga", clear.clone()),
        ("rgba.webp", clear),
    ] {
        let pixels = opened(name, &coded(&picture, name)).unwrap().pixels;
        assert_eq!(pixels.get_pixel(8, 8).0, [255, 255, 255], "{name}");
        assert_eq!(pixels.get_pixel(1, 1).0, [10, 20, 30], "{name}");
        assert_eq!(pixels.get_pixel(2, 2).0, [204, 224, 244], "{name}");
    }
    let grey = DynamicImage::from(GrayAlphaImage::from_pixel(4, 4, LumaA([0, 102])));
    assert_eq!(opened("grey.png", &coded(&grey, "grey.png")).unwrap().pixels.get_pixel(0, 0).0, [153, 153, 153]);
    let gif = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 0])));
    assert_eq!(opened("clear.gif", &coded(&gif, "clear.gif")).unwrap().pixels.get_pixel(0, 0).0, [255; 3]);
}

#[test]
fn every_colour_model_of_jpeg_is_read() {
    let read = |samples: &[u8], adobe| {
        let bytes = Flat { samples, adobe, blocks: 2, restart: 0 }.baseline();
        opened("flat.jpg", &bytes).unwrap().pixels.get_pixel(9, 3).0
    };
    let near = |made: [u8; 3], wanted: [u8; 3]| {
        assert!(made.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 2), "{made:?} {wanted:?}");
    };
    near(read(&[77], None), [77; 3]);
    near(read(&[100, 128, 128], None), [100; 3]);
    // Adobe's mark: no transform, red, green and blue.
    near(read(&[200, 90, 30], Some(0)), [200, 90, 30]);
    // Inks are stored the other way round: light that is left, times that which black leaves.
    near(read(&[200, 100, 50, 255], Some(0)), [200, 100, 50]);
    near(read(&[200, 100, 50, 128], Some(0)), [100, 50, 25]);
    // Luma and differences of the inks: grey of 200 leaves light of 55.
    near(read(&[200, 128, 128, 255], Some(2)), [55; 3]);
}
