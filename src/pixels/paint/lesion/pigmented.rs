//! Painters of pigmented lesions: nevus, melanoma, seborrheic keratosis.

use rand::{Rng, RngExt};

use super::touch::Touch;
use crate::pixels::paint::noise::{cells, fbm, smoothstep, value};
use crate::pixels::paint::{BLOOD, Colour, MELANIN, luma, mix, scale, tint};

/// Even brown of any depth with a soft border; some raised and fleshy with a highlight.
pub(super) fn nevus(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let fleshy = rng.random_bool(0.25);
    let density = if fleshy { rng.random_range(0.15..0.5f32) } else { rng.random_range(0.55..2.4f32) };
    let redness = if fleshy { rng.random_range(0.2..0.7f32) } else { rng.random_range(0.05..0.35) };
    let soft = rng.random_range(0.06..0.24f32);
    let (darker_middle, mottle) = (rng.random_range(0.0..0.5f32), rng.random_range(0.15..0.5f32));
    move |x, y, depth| {
        let coarse = fbm(seed, 2.2 * x, 2.2 * y, 2) + 0.8 * fbm(seed ^ 0x11, 7.0 * x, 7.0 * y, 3);
        let pattern = 1.0 + mottle * coarse + darker_middle * (depth - 0.4);
        let mut colour = tint(tint(skin, BLOOD, redness), MELANIN, density * pattern);
        if fleshy {
            colour = scale(colour, dome(x, y, depth, 0.35));
            let (hx, hy) = (x + 0.28, y + 0.3);
            colour = mix(colour, [255.0, 246.0, 238.0], 0.45 * smoothstep(0.22, 0.0, (hx * hx + hy * hy).sqrt()));
        }
        (colour, smoothstep(-soft, soft, depth))
    }
}

/// Regions of brown, black, blue-grey, red and tan with a border that is sharp here and washed out there.
pub(super) fn melanoma(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let density = rng.random_range(1.3..3.6f32);
    let light = (luma(skin) / 165.0).clamp(0.45, 1.15);
    let (blue, red, tan) =
        (rng.random_range(0.0..0.8f32), rng.random_range(0.0..0.8f32), rng.random_range(0.2..0.9f32));
    move |x, y, depth| {
        let region = |n: u32, zoom: f32| fbm(seed ^ n, zoom * x, zoom * y, 3);
        let speckle = 1.0 + 0.3 * region(0x21, 8.0) + 0.8 * region(0x22, 1.8);
        let mut colour = tint(tint(skin, BLOOD, 0.3), MELANIN, density * speckle.max(0.25));
        colour = mix(colour, scale([112.0, 70.0, 46.0], light), tan * smoothstep(-0.15, 0.5, region(0x23, 1.5)));
        colour = mix(colour, scale([136.0, 70.0, 62.0], light), red * smoothstep(0.0, 0.55, region(0x24, 1.6)));
        colour = mix(colour, scale([76.0, 80.0, 92.0], light), blue * smoothstep(-0.05, 0.5, region(0x25, 1.9)));
        colour = mix(colour, scale([30.0, 24.0, 24.0], light), 0.9 * smoothstep(-0.1, 0.5, region(0x26, 2.3)));
        let soft = 0.06 + 0.16 * (0.5 + 0.5 * value(seed ^ 0x27, 2.0 * x, 2.0 * y));
        (colour, smoothstep(-soft, soft, depth) * (0.93 + 0.07 * speckle).min(1.0))
    }
}

/// Waxy brown to grey with warts, fissures and plugs, a sharp border and a rim that throws a small shadow.
pub(super) fn seborrheic_keratosis(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let density = rng.random_range(0.5..2.6f32);
    let greyness = rng.random_range(0.0..0.55f32);
    let (warts, coarse) = (rng.random_range(0.12..0.42f32), rng.random_range(3.5..8.0f32));
    let plugs = rng.random_range(0.0..0.6f32);
    move |x, y, depth| {
        let bend = 0.35 * fbm(seed ^ 0x33, 6.0 * x, 6.0 * y, 2);
        let (near, next) = cells(seed, coarse * x + bend, coarse * y - bend);
        let fissure = (1.0 - smoothstep(0.0, 0.4, next - near)) * (0.5 + 0.9 * bend.abs());
        let patchy = 1.0 + 0.35 * fbm(seed ^ 0x31, 2.5 * x, 2.5 * y, 3);
        let brown = tint(skin, MELANIN, density * patchy);
        let mut colour = mix(brown, [luma(brown) * 1.04, luma(brown), luma(brown) * 0.96], greyness);
        colour = scale(colour, 1.0 + warts * (0.55 - near) - warts * fissure);
        let (hole, _) = cells(seed ^ 0x32, 2.6 * x, 2.6 * y);
        colour = mix(colour, [34.0, 24.0, 20.0], plugs * smoothstep(0.16, 0.06, hole));
        colour = scale(colour, dome(x, y, depth.min(0.3) / 0.3, 0.2));
        let shadow = 0.28 * smoothstep(-0.12, -0.01, depth) * smoothstep(-0.3, 0.6, x + y);
        let alpha = smoothstep(-0.03, 0.04, depth);
        if depth < -0.03 {
            (scale(skin, 0.45), shadow)
        } else {
            (mix(scale(skin, 0.6), colour, alpha), alpha.max(shadow))
        }
    }
}

/// Brightness of a dome lit from above left: `strength` more on that side, less on the other, most at the border.
pub(super) fn dome(x: f32, y: f32, depth: f32, strength: f32) -> f32 {
    let steep = (1.0 - depth).clamp(0.0, 1.0);
    1.0 - strength * steep * (0.7 * (x + y)).clamp(-1.0, 1.0)
}
