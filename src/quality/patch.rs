//! What a small copy of a circle's surroundings says of the light and of the detail in it.

use image::RgbImage;

use crate::geometry::{Circle, Square};
use crate::pixels::resize::Cutter;

/// Side of the copy, px: a lesion is 33 px across in it whatever its size in the frame, so that detail compares between near and far.
const SIDE: u32 = 40;
/// Side of what is copied, radii of the circle.
const RADII: f32 = 2.4;
/// A pixel below this luma shows nothing.
const DARK: f32 = 12.0;
/// A pixel with a channel from here on is clipped, or nearly.
const BRIGHT: u8 = 250;
/// A pixel is white when all its channels are from here on, and close to each other.
const WHITE: u8 = 232;
/// See [`WHITE`].
const COLOURLESS: u8 = 18;
/// Detail is relative to the light, but not to less than this: what is dark is noise.
const LEAST_LUMA: f32 = 16.0;

/// What a circle's surroundings show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PatchLook {
    /// Standard deviation of the Laplacian (Pech-Pacheco et al. 2000) over the mean luma.
    pub(super) detail: f32,
    /// Mean luma, grey levels.
    pub(super) luma_levels: f32,
    /// Shares of the pixels, `0..=1`.
    pub(super) dark: f32,
    pub(super) bright: f32,
    /// Share of the pixels within the circle, `0..=1`.
    pub(super) glare: f32,
}

impl PatchLook {
    /// Looks at a circle of a picture; `None` where nothing of it lies within.
    pub(super) fn of(picture: &RgbImage, circle: Circle, cutter: &mut Cutter) -> Option<PatchLook> {
        let side = RADII * circle.r;
        let square = Square { x: circle.x - side / 2.0, y: circle.y - side / 2.0, side };
        let patch = cutter.square(picture, square, SIDE).ok()?;
        let luma: Vec<f32> = patch.pixels().map(|pixel| luma(pixel.0)).collect();
        let share = |count: usize| count as f32 / luma.len() as f32;
        let mean = luma.iter().sum::<f32>() / luma.len() as f32;
        let inside = |x: u32, y: u32| {
            let from_middle = |at: u32| (at as f32 + 0.5) - SIDE as f32 / 2.0;
            from_middle(x).hypot(from_middle(y)) <= SIDE as f32 / RADII
        };
        let within = || patch.enumerate_pixels().filter(|(x, y, _)| inside(*x, *y));
        let white = within().filter(|(_, _, pixel)| is_white(pixel.0)).count();
        Some(PatchLook {
            detail: laplacian_deviation(&luma) / mean.max(LEAST_LUMA),
            luma_levels: mean,
            dark: share(luma.iter().filter(|luma| **luma < DARK).count()),
            bright: share(patch.pixels().filter(|pixel| pixel.0.iter().any(|value| *value >= BRIGHT)).count()),
            glare: white as f32 / within().count().max(1) as f32,
        })
    }
}

fn luma([r, g, b]: [u8; 3]) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

fn is_white([r, g, b]: [u8; 3]) -> bool {
    let (low, high) = (r.min(g).min(b), r.max(g).max(b));
    low >= WHITE && high - low <= COLOURLESS
}

/// Standard deviation of the differences between pixels and the mean of their four neighbours, times four; `SIDE` pixels a row.
fn laplacian_deviation(luma: &[f32]) -> f32 {
    let side = SIDE as usize;
    let rows = luma.windows(2 * side + 1);
    let inner = rows.enumerate().filter(|(at, _)| (1..side - 1).contains(&(at % side)));
    let values: Vec<f32> =
        inner.map(|(_, of)| of[0] + of[side - 1] + of[side + 1] + of[2 * side] - 4.0 * of[side]).collect();
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    const CIRCLE: Circle = Circle { x: 60.0, y: 60.0, r: 20.0 };

    fn look(picture: &RgbImage) -> PatchLook {
        PatchLook::of(picture, CIRCLE, &mut Cutter::new()).unwrap()
    }

    /// A spotted lesion on skin, in a light of so much.
    fn lesion(light: f32) -> RgbImage {
        RgbImage::from_fn(120, 120, |x, y| {
            let inside = (x as f32 - 60.0).hypot(y as f32 - 60.0) < 20.0;
            let spot = (x / 3 + y / 3) % 2 == 0;
            let value = if inside { if spot { 60.0 } else { 110.0 } } else { 180.0 };
            Rgb([value * light, 0.8 * value * light, 0.7 * value * light].map(|v| v as u8))
        })
    }

    #[test]
    fn the_deviation_is_that_of_a_naive_one() {
        let side = SIDE as usize;
        let luma: Vec<f32> = (0..side * side).map(|at| ((at * 7919) % 251) as f32).collect();
        let mut values = Vec::new();
        for y in 1..side - 1 {
            for x in 1..side - 1 {
                let at = |x: usize, y: usize| luma[y * side + x];
                values.push(at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y));
            }
        }
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let wanted = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt();
        assert!((laplacian_deviation(&luma) - wanted).abs() < 1e-2 * wanted);
    }

    #[test]
    fn blur_takes_detail_and_light_does_not() {
        let sharp = look(&lesion(1.0));
        let blurred = look(&image::imageops::blur(&lesion(1.0), 3.0));
        assert!(blurred.detail < 0.4 * sharp.detail, "{blurred:?} {sharp:?}");
        let dim = look(&lesion(0.6));
        assert!((dim.detail / sharp.detail - 1.0).abs() < 0.1, "{dim:?} {sharp:?}");
        assert!(dim.luma_levels < 0.7 * sharp.luma_levels);
    }

    #[test]
    fn a_lamp_on_the_lesion_is_glare_and_white_all_over_is_bright() {
        let mut lamp = lesion(1.0);
        for (x, y, pixel) in lamp.enumerate_pixels_mut() {
            if (x as f32 - 55.0).hypot(y as f32 - 55.0) < 7.0 {
                *pixel = Rgb([252, 250, 248]);
            }
        }
        let seen = look(&lamp);
        assert!(seen.glare > 0.08 && seen.bright < 0.15, "{seen:?}");
        let white = look(&RgbImage::from_pixel(120, 120, Rgb([255; 3])));
        assert_eq!((white.bright, white.glare, white.dark), (1.0, 1.0, 0.0));
        let black = look(&RgbImage::new(120, 120));
        assert_eq!((black.dark, black.detail, black.luma_levels), (1.0, 0.0, 0.0));
    }

    #[test]
    fn what_lies_outside_of_the_picture_is_not_looked_at() {
        let picture = lesion(1.0);
        assert!(PatchLook::of(&picture, Circle { x: -90.0, ..CIRCLE }, &mut Cutter::new()).is_none());
        assert!(PatchLook::of(&picture, Circle { x: f32::NAN, ..CIRCLE }, &mut Cutter::new()).is_none());
        assert!(PatchLook::of(&picture, Circle { x: 0.0, ..CIRCLE }, &mut Cutter::new()).is_some());
    }
}
