//! Skin: tone, mottling, veins, the net of fine creases, pores and freckles, as seen from a hand's breadth away.

use image::{Rgb, RgbImage};
use rand::{Rng, RngExt};

use super::hair::Hairs;
use super::noise::{cells, fbm, floor, hash, rotation, smoothstep, value};
use super::{BLOOD, Colour, MELANIN, bytes, mix, scale, tint};

/// Skin tones from very light to very dark, as photographs show them under neutral light.
const TONES: [Colour; 8] = [
    [236.0, 205.0, 190.0],
    [228.0, 188.0, 164.0],
    [220.0, 174.0, 143.0],
    [204.0, 158.0, 122.0],
    [182.0, 134.0, 100.0],
    [150.0, 106.0, 78.0],
    [114.0, 79.0, 60.0],
    [84.0, 58.0, 46.0],
];

/// Everything that makes one person's skin: [`Skin::at`] is pure in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Skin {
    /// Mean colour, without any texture.
    pub tone: Colour,
    seed: u32,
    crease: Crease,
    mottling: f32,
    freckles: f32,
    veins: f32,
}

/// The net of creases.
#[derive(Clone, Debug, PartialEq)]
struct Crease {
    /// Width of a field between creases, px.
    field: f32,
    /// Length of a field over its width.
    stretch: f32,
    /// Direction of the fields as cosine and sine.
    direction: (f32, f32),
    /// Darkening in a crease, `0..=1`.
    depth: f32,
}

impl Skin {
    /// Somebody's skin.
    pub fn draw(rng: &mut impl Rng) -> Skin {
        let place = rng.random_range(0.0..(TONES.len() - 1) as f32);
        let (below, above) = (place as usize, place as usize + 1);
        let tone = match (TONES.get(below), TONES.get(above)) {
            (Some(&a), Some(&b)) => mix(a, b, place - below as f32),
            _ => TONES[0],
        };
        // People of one lightness differ in redness and yellowness.
        let tone = [tone[0], tone[1] * rng.random_range(0.95..1.04), tone[2] * rng.random_range(0.86..1.0)];
        let crease = Crease {
            field: rng.random_range(3.5..9.0),
            stretch: rng.random_range(1.0..2.6),
            direction: rotation(rng.random_range(0.0..1.0)),
            depth: rng.random_range(0.02..0.1),
        };
        Skin {
            tone,
            seed: rng.random(),
            crease,
            mottling: rng.random_range(0.06..0.22),
            freckles: if rng.random_bool(0.5) { rng.random_range(0.0..0.3) } else { 0.02 },
            veins: if rng.random_bool(0.6) { rng.random_range(0.0..0.12) } else { 0.0 },
        }
    }

    /// The colour at a point, px; the texture has no end in any direction.
    pub fn at(&self, x: f32, y: f32) -> Colour {
        let red = fbm(self.seed, x / 110.0, y / 110.0, 4);
        let mut colour = tint(self.tone, BLOOD, 0.06 + self.mottling * red);
        colour = scale(colour, 1.02 + 0.05 * value(self.seed ^ 0x51, x / 190.0, y / 190.0));
        if self.veins > 0.0 {
            let ridge = 1.0 - fbm(self.seed ^ 0x77, x / 260.0, y / 200.0, 2).abs() * 14.0;
            colour =
                mix(colour, scale([120.0, 140.0, 150.0], self.tone[1] / 190.0), self.veins * ridge.clamp(0.0, 1.0));
        }
        colour = tint(colour, MELANIN, self.freckle(x, y));
        scale(colour, self.relief(x, y))
    }

    /// Brightness of the relief around 1: creases and pores dark, the fields between slightly domed and lit from above left.
    fn relief(&self, x: f32, y: f32) -> f32 {
        let (c, s) = self.crease.direction;
        let warp = 0.7 * value(self.seed ^ 0x13, x / 17.0, y / 17.0);
        let u = (c * x + s * y) / (self.crease.field * self.crease.stretch) + warp;
        let v = (c * y - s * x) / self.crease.field - warp;
        let (near, next) = cells(self.seed ^ 0x29, u, v);
        // The creases run deeper in some parts than in others, and each fades out here and there.
        let broken = 0.5 + 0.5 * value(self.seed ^ 0x33, x / 7.0, y / 7.0);
        let strength = self.crease.depth * (1.0 + 0.6 * value(self.seed ^ 0x31, x / 75.0, y / 75.0));
        let furrow = broken * (1.0 - smoothstep(0.0, 0.42, next - near));
        let dome = 0.8 * strength * (0.5 - near);
        let grain =
            0.022 * value(self.seed ^ 0x43, x / 1.7, y / 1.7) + 0.02 * value(self.seed ^ 0x45, x / 4.1, y / 3.7);
        1.0 + dome + grain - strength * furrow - self.pore(x, y)
    }

    /// Darkening by pores: at most one in a field of 17 px.
    fn pore(&self, x: f32, y: f32) -> f32 {
        let (ix, iy) = (floor(x / 17.0), floor(y / 17.0));
        let h = hash(self.seed ^ 0x61, ix, iy);
        if h & 3 != 0 {
            return 0.0;
        }
        let px = (ix as f32 + 0.2 + 0.6 * ((h >> 4) & 255) as f32 / 255.0) * 17.0;
        let py = (iy as f32 + 0.2 + 0.6 * ((h >> 12) & 255) as f32 / 255.0) * 17.0;
        let d = (x - px) * (x - px) + (y - py) * (y - py);
        0.12 * smoothstep(5.0, 0.5, d)
    }

    /// Melanin density of freckles: at most one in a field of 44 px, none wider than 5 px, so that none is a lesion.
    fn freckle(&self, x: f32, y: f32) -> f32 {
        let (ix, iy) = (floor(x / 44.0), floor(y / 44.0));
        let h = hash(self.seed ^ 0x83, ix, iy);
        if (h & 1023) as f32 >= self.freckles * 1024.0 {
            return 0.0;
        }
        let px = (ix as f32 + 0.15 + 0.7 * ((h >> 10) & 127) as f32 / 127.0) * 44.0;
        let py = (iy as f32 + 0.15 + 0.7 * ((h >> 17) & 127) as f32 / 127.0) * 44.0;
        let radius = 1.2 + 2.4 * ((h >> 24) & 15) as f32 / 15.0;
        let wobble = 1.0 + 0.3 * value(self.seed ^ 0x97, x / 3.0, y / 3.0);
        let d = ((x - px) * (x - px) + (y - py) * (y - py)).sqrt() * wobble / radius;
        (0.08 + 0.2 * (h >> 28) as f32 / 15.0) * smoothstep(1.25, 0.5, d)
    }
}

/// A picture of bare skin of `width` x `height` px, evenly lit, with hairs on some.
pub fn skin(rng: &mut impl Rng, width: u32, height: u32) -> RgbImage {
    let skin = Skin::draw(rng);
    let mut picture = RgbImage::from_fn(width, height, |x, y| Rgb(bytes(skin.at(x as f32, y as f32))));
    Hairs::draw(rng, skin.tone).paint(&mut picture, rng, |_, _| true);
    picture
}
