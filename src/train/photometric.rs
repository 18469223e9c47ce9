//! What a webcam does to a picture: light, white balance, gamma, shading, blur, noise, JPEG.

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use rand::{Rng, RngExt};

/// A patch of linear 0..255 colours, row-major.
#[derive(Clone)]
pub struct Patch {
    /// Side, px.
    pub side: usize,
    /// `side * side` colours.
    pub pixels: Vec<[f32; 3]>,
}

impl Patch {
    /// Clamped to 8 bits.
    pub fn to_rgb8(&self) -> RgbImage {
        let bytes = self.pixels.iter().flatten().map(|&v| v.round().clamp(0.0, 255.0) as u8).collect();
        RgbImage::from_vec(self.side as u32, self.side as u32, bytes).unwrap_or_default()
    }

    /// From 8 bits.
    pub fn from_rgb8(image: &RgbImage) -> Patch {
        Patch { side: image.width() as usize, pixels: image.pixels().map(|p| p.0.map(f32::from)).collect() }
    }
}

/// A webcam's view of the patch.
pub fn webcam(mut patch: Patch, rng: &mut dyn Rng) -> RgbImage {
    light(&mut patch, 1.0, rng);
    match rng.random_range(0.0..1.0f32) {
        ..0.35 => blur(&mut patch, rng),
        0.65.. => sharpen(&mut patch, rng),
        _ => {}
    }
    noise(&mut patch, rng);
    let image = patch.to_rgb8();
    if rng.random_bool(0.4) { jpeg(&image, rng.random_range(35..92)) } else { image }
}

/// A good camera's view of the patch: other light and white balance, now and then a little blur.
pub fn good_camera(mut patch: Patch, rng: &mut dyn Rng) -> RgbImage {
    light(&mut patch, 0.5, rng);
    if rng.random_bool(0.2) {
        blur(&mut patch, rng);
    }
    patch.to_rgb8()
}

/// Another light; `strength` 1 stands for anything a webcam meets.
fn light(patch: &mut Patch, strength: f32, rng: &mut dyn Rng) {
    let mut power = |low: f32, high: f32| 2f32.powf(strength * rng.random_range(low..high));
    contrast(patch, power(-0.5, 0.7));
    let (exposure, gamma, saturation) = (power(-0.8, 0.6), power(-0.4, 0.4), power(-0.62, 0.38));
    let balance: [f32; 3] = std::array::from_fn(|i| exposure * if i == 1 { 1.0 } else { power(-0.29, 0.26) });
    let mut slope = || strength * rng.random_range(-0.25..0.25f32);
    let slope = (slope(), slope());
    let side = patch.side as f32;
    for (i, pixel) in patch.pixels.iter_mut().enumerate() {
        let (x, y) = ((i % patch.side) as f32 / side - 0.5, (i / patch.side) as f32 / side - 0.5);
        let shade = 1.0 + slope.0 * x + slope.1 * y;
        let grey = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
        for c in 0..3 {
            let value = (grey + (pixel[c] - grey) * saturation) * balance[c] * shade / 255.0;
            pixel[c] = 255.0 * value.max(0.0).powf(gamma);
        }
    }
}

/// Stretches or flattens the patch about its mean: harsh light on creases, or haze.
fn contrast(patch: &mut Patch, factor: f32) {
    let count = patch.pixels.len().max(1) as f32;
    let mean: [f32; 3] = std::array::from_fn(|c| patch.pixels.iter().map(|p| p[c]).sum::<f32>() / count);
    for pixel in &mut patch.pixels {
        *pixel = std::array::from_fn(|c| mean[c] + (pixel[c] - mean[c]) * factor);
    }
}

/// Unsharp masking, as nearly every webcam does.
fn sharpen(patch: &mut Patch, rng: &mut dyn Rng) {
    let amount = rng.random_range(0.5..3.0f32);
    let (from, side) = (patch.pixels.clone(), patch.side);
    for y in 1..side - 1 {
        for x in 1..side - 1 {
            let i = y * side + x;
            patch.pixels[i] = std::array::from_fn(|c| {
                let around = from[i - 1][c] + from[i + 1][c] + from[i - side][c] + from[i + side][c];
                from[i][c] + amount * (from[i][c] - around / 4.0)
            });
        }
    }
}

/// A 3-tap blur along rows, columns or both, some times: defocus or motion.
fn blur(patch: &mut Patch, rng: &mut dyn Rng) {
    let (along_x, along_y) = (rng.random_range(0..4), rng.random_range(0..4));
    for (times, step) in [(along_x, 1), (along_y, patch.side)] {
        for _ in 0..times {
            let from = patch.pixels.clone();
            for i in step..from.len() - step {
                patch.pixels[i] =
                    std::array::from_fn(|c| (from[i - step][c] + 2.0 * from[i][c] + from[i + step][c]) / 4.0);
            }
        }
    }
}

fn noise(patch: &mut Patch, rng: &mut dyn Rng) {
    let strength = rng.random_range(0.0..7.0f32);
    for pixel in &mut patch.pixels {
        // The sum of four uniforms stands in for a Gaussian; two fifths of it is common to the channels, as luma noise is.
        let bits = rng.next_u64().to_le_bytes();
        let common = (f32::from(bits[0]) + f32::from(bits[1]) - 255.0) / 104.0;
        for c in 0..3 {
            let own = (f32::from(bits[2 + 2 * c]) + f32::from(bits[3 + 2 * c % 6]) - 255.0) / 104.0;
            pixel[c] += strength * (0.6 * common + 0.6 * own);
        }
    }
}

fn jpeg(image: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    let coded = JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image);
    let decoded = coded.and_then(|()| image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg));
    decoded.map_or_else(|_| image.clone(), |image| image.to_rgb8())
}
