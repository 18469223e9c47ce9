//! Transparent pictures: laid over white, and their colours as they were before they were multiplied.

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage, Rgba};

/// The picture as it looks on white paper.
pub(super) fn on_white(picture: DynamicImage) -> RgbImage {
    match picture {
        DynamicImage::ImageLumaA8(_) => on_white(DynamicImage::ImageRgba8(picture.into_rgba8())),
        DynamicImage::ImageRgba8(picture) => {
            let over = |colour: u8, alpha: u8| {
                ((u32::from(colour) * u32::from(alpha) + 255 * u32::from(255 - alpha) + 127) / 255) as u8
            };
            each(&picture, |&Rgba([r, g, b, a])| Rgb([over(r, a), over(g, a), over(b, a)]))
        }
        DynamicImage::ImageLumaA16(_) | DynamicImage::ImageRgba32F(_) => {
            on_white(DynamicImage::ImageRgba16(picture.into_rgba16()))
        }
        DynamicImage::ImageRgba16(picture) => {
            let over = |colour: u16, alpha: u16| {
                let light = u64::from(colour) * u64::from(alpha) + 65_535 * u64::from(65_535 - alpha);
                ((light * 255 + 65_535 * 65_535 / 2) / (65_535 * 65_535)) as u8
            };
            each(&picture, |&Rgba([r, g, b, a])| Rgb([over(r, a), over(g, a), over(b, a)]))
        }
        opaque => opaque.into_rgb8(),
    }
}

fn each<P: image::Pixel>(picture: &ImageBuffer<P, Vec<P::Subpixel>>, make: impl Fn(&P) -> Rgb<u8>) -> RgbImage {
    let mut made = RgbImage::new(picture.width(), picture.height());
    made.pixels_mut().zip(picture.pixels()).for_each(|(to, from)| *to = make(from));
    made
}

/// Colours that were multiplied by their opacity as they were before.
pub(super) fn undo_opacity(picture: DynamicImage) -> DynamicImage {
    let mut picture = picture.into_rgba16();
    for Rgba([r, g, b, alpha]) in picture.pixels_mut() {
        let before = |colour: u16| (u32::from(colour) * 65_535 / u32::from(*alpha).max(1)).min(65_535) as u16;
        (*r, *g, *b) = (before(*r), before(*g), before(*b));
    }
    picture.into()
}
