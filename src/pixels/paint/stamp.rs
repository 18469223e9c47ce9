//! Laying a patch with transparency on a picture.

use image::{Rgb, RgbImage, RgbaImage};

use super::{Colour, bytes, luma, mix, scale};

/// How a stamped patch takes on the texture that lies under it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grain {
    /// Colour of the ground without its texture.
    pub ground: Colour,
    /// How strongly the brightness of the texture shows on the patch: 0 not at all, 1 as on the ground.
    pub strength: f32,
}

/// Lays `patch` on `canvas` with the patch's pixel (0, 0) at (`left`, `top`); what lies outside of the canvas is cut off.
pub fn stamp(canvas: &mut RgbImage, patch: &RgbaImage, (left, top): (i32, i32), grain: Option<Grain>) {
    let (width, height) = (canvas.width() as i64, canvas.height() as i64);
    for (px, py, pixel) in patch.enumerate_pixels() {
        let (x, y) = (i64::from(left) + i64::from(px), i64::from(top) + i64::from(py));
        if pixel.0[3] == 0 || x < 0 || y < 0 || x >= width || y >= height {
            continue;
        }
        let under = canvas.get_pixel_mut(x as u32, y as u32);
        let ground = under.0.map(f32::from);
        let [r, g, b, a] = pixel.0;
        let mut over = [f32::from(r), f32::from(g), f32::from(b)];
        if let Some(grain) = grain {
            let ratio = luma(ground) / luma(grain.ground).max(1.0);
            over = scale(over, 1.0 + grain.strength * (ratio.clamp(0.4, 1.6) - 1.0));
        }
        *under = Rgb(bytes(mix(ground, over, f32::from(a) / 255.0)));
    }
}

/// Lays one colour on one pixel with the given opacity (`0..=1`); a pixel outside of the canvas is left out.
pub fn dab(canvas: &mut RgbImage, (x, y): (i32, i32), colour: Colour, opacity: f32) {
    if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
        && let Some(under) = canvas.get_pixel_mut_checked(x, y)
    {
        *under = Rgb(bytes(mix(under.0.map(f32::from), colour, opacity.clamp(0.0, 1.0))));
    }
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn patches_over_the_edge_are_cut_off() {
        let mut canvas = RgbImage::from_pixel(4, 3, Rgb([100, 100, 100]));
        let patch = RgbaImage::from_pixel(3, 3, Rgba([200, 0, 0, 255]));
        stamp(&mut canvas, &patch, (-2, 1), None);
        stamp(&mut canvas, &patch, (40, -900), None);
        assert_eq!(canvas.get_pixel(0, 0).0, [100, 100, 100]);
        assert_eq!(canvas.get_pixel(0, 1).0, [200, 0, 0]);
        assert_eq!(canvas.get_pixel(1, 1).0, [100, 100, 100]);
    }

    #[test]
    fn grain_carries_the_brightness_of_the_ground() {
        let mut canvas = RgbImage::from_pixel(2, 1, Rgb([100, 100, 100]));
        canvas.put_pixel(1, 0, Rgb([120, 120, 120]));
        let patch = RgbaImage::from_pixel(2, 1, Rgba([50, 50, 50, 255]));
        stamp(&mut canvas, &patch, (0, 0), Some(Grain { ground: [100.0; 3], strength: 1.0 }));
        assert_eq!(canvas.get_pixel(0, 0).0, [50, 50, 50]);
        assert_eq!(canvas.get_pixel(1, 0).0, [60, 60, 60]);
    }

    #[test]
    fn dabs_outside_are_left_out() {
        let mut canvas = RgbImage::from_pixel(2, 2, Rgb([0, 0, 0]));
        dab(&mut canvas, (-1, 0), [255.0; 3], 1.0);
        dab(&mut canvas, (2, 0), [255.0; 3], 1.0);
        dab(&mut canvas, (1, 1), [255.0; 3], 0.5);
        assert_eq!(canvas.get_pixel(1, 1).0, [128, 128, 128]);
        assert_eq!(canvas.pixels().filter(|p| p.0 != [0, 0, 0]).count(), 1);
    }
}
