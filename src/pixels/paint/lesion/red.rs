//! Painters of red lesions: actinic keratosis, basal and squamous cell carcinoma, vascular.

use rand::{Rng, RngExt};

use super::pigmented::dome;
use super::touch::Touch;
use crate::pixels::paint::noise::{cells, fbm, smoothstep, value};
use crate::pixels::paint::{BLOOD, Colour, MELANIN, luma, mix, scale, tint};

/// A pink, ill-defined patch under whitish flakes.
pub(super) fn actinic_keratosis(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let redness = rng.random_range(0.3..0.85f32);
    let brown = rng.random_range(0.0..0.35f32);
    let flakes = rng.random_range(0.35..0.95f32);
    let white = scale([240.0, 226.0, 205.0], (luma(skin) / 185.0).clamp(0.5, 1.05));
    move |x, y, depth| {
        let patchy = 1.0 + 0.5 * fbm(seed, 3.5 * x, 3.5 * y, 3);
        let base = tint(tint(skin, BLOOD, redness * patchy), MELANIN, brown * patchy);
        let field = fbm(seed ^ 0x42, 2.7 * x, 2.7 * y, 4) + 0.3 * depth;
        let crumbs = smoothstep(-0.25, 0.4, fbm(seed ^ 0x41, 9.0 * x, 9.0 * y, 3));
        let flake = flakes * smoothstep(0.0, 0.35, field) * crumbs * smoothstep(0.0, 0.2, depth);
        let grain = 1.0 + 0.1 * value(seed ^ 0x43, 17.0 * x, 17.0 * y);
        (scale(mix(base, white, flake), grain), smoothstep(-0.2, 0.42, depth))
    }
}

/// A pearly dome with a bright rolled border and branching vessels; in some an ulcer with a crust.
pub(super) fn bcc(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let redness = rng.random_range(0.35..1.1f32);
    let ulcer = if rng.random_bool(0.55) { rng.random_range(0.3..0.62f32) } else { 0.0 };
    let (vessels, pigment) = (rng.random_range(0.15..0.6f32), rng.random_range(0.0..0.5f32));
    let pearl = scale([246.0, 214.0, 204.0], (luma(skin) / 180.0).clamp(0.5, 1.05));
    move |x, y, depth| {
        let mut colour = tint(skin, BLOOD, redness * (1.0 + 0.4 * fbm(seed, 3.0 * x, 3.0 * y, 2)));
        let rolled = smoothstep(0.0, 0.16, depth) * smoothstep(0.5, 0.16, depth);
        let uneven = (0.6 + 0.8 * fbm(seed ^ 0x55, 2.2 * x, 2.2 * y, 3)).clamp(0.0, 1.0);
        colour = mix(colour, pearl, 0.6 * rolled * uneven);
        let ridge = 1.0 - 9.0 * fbm(seed ^ 0x51, 3.2 * x, 3.2 * y, 2).abs();
        colour = mix(colour, tint(skin, BLOOD, 3.0), vessels * ridge.clamp(0.0, 1.0));
        let blot = smoothstep(0.15, 0.4, fbm(seed ^ 0x52, 4.0 * x, 4.0 * y, 2));
        colour = mix(colour, [64.0, 54.0, 58.0], pigment * blot);
        colour = scale(colour, dome(x, y, depth, 0.3));
        let inner = depth + 0.16 * fbm(seed ^ 0x53, 5.0 * x, 5.0 * y, 3) - (1.0 - ulcer);
        if ulcer > 0.0 {
            let raw = mix([118.0, 26.0, 24.0], [60.0, 24.0, 18.0], 0.5 + 0.5 * fbm(seed ^ 0x54, 7.0 * x, 7.0 * y, 3));
            colour = mix(colour, scale(raw, (luma(skin) / 170.0).clamp(0.6, 1.1)), smoothstep(-0.03, 0.06, inner));
        }
        (glint(colour, seed, (x, y), 0.5), smoothstep(-0.1, 0.1, depth))
    }
}

/// A red bump with a yellowish horny crust in its middle.
pub(super) fn scc(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let redness = rng.random_range(0.5..1.4f32);
    let crust = rng.random_range(0.4..0.8f32);
    let light = (luma(skin) / 180.0).clamp(0.5, 1.05);
    move |x, y, depth| {
        let base = tint(skin, BLOOD, redness * (1.0 + 0.4 * fbm(seed, 3.0 * x, 3.0 * y, 3)));
        let bend = 0.9 * fbm(seed ^ 0x64, 4.0 * x, 4.0 * y, 3);
        let (near, next) = cells(seed ^ 0x61, 5.0 * x + bend, 5.0 * y - bend);
        let crumb = 1.0 + 0.5 * (0.5 - near) - 0.2 * smoothstep(0.3, 0.0, next - near) + 0.3 * bend;
        let horn = mix([206.0, 176.0, 112.0], [120.0, 66.0, 40.0], 0.5 + 0.7 * fbm(seed ^ 0x62, 3.0 * x, 3.0 * y, 3));
        let inner = depth + 0.2 * fbm(seed ^ 0x63, 4.0 * x, 4.0 * y, 3) - (1.0 - crust);
        let colour = mix(base, scale(horn, crumb * light), smoothstep(-0.04, 0.08, inner));
        (glint(scale(colour, dome(x, y, depth, 0.3)), seed, (x, y), 0.3), smoothstep(-0.12, 0.1, depth))
    }
}

/// Cherry red to purple, sharply bordered, domed and shining.
pub(super) fn vascular(rng: &mut impl Rng, skin: Colour) -> impl Fn(f32, f32, f32) -> Touch {
    let seed: u32 = rng.random();
    let purple = rng.random_range(0.0..1.0f32);
    let density = rng.random_range(1.8..5.0f32);
    move |x, y, depth| {
        let lobes = 1.0 + 0.35 * fbm(seed, 4.0 * x, 4.0 * y, 2);
        let red = tint(skin, BLOOD, density * lobes);
        let colour = mix(red, [red[0] * 0.55, red[1] * 0.9, red[2] * 1.4], purple);
        (glint(scale(colour, dome(x, y, depth, 0.25)), seed, (x, y), 0.55), smoothstep(-0.05, 0.06, depth))
    }
}

/// A moist highlight up on the left, broken by the relief.
fn glint(colour: Colour, seed: u32, (x, y): (f32, f32), strength: f32) -> Colour {
    let (dx, dy) = (x + 0.3, y + 0.32);
    let spot = smoothstep(0.34, 0.0, (dx * dx + dy * dy).sqrt());
    let broken = smoothstep(-0.15, 0.45, value(seed ^ 0x71, 8.0 * x, 8.0 * y));
    mix(colour, [255.0, 248.0, 242.0], strength * spot * broken)
}
