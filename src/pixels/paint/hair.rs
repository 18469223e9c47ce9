//! Hairs: thin bent lines on skin.

use image::RgbImage;
use rand::{Rng, RngExt};

use super::stamp::dab;
use super::{Colour, noise};

/// How hairs grow on a piece of skin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hairs {
    /// Hairs per 100x100 px; 0 for none.
    pub density: f32,
    /// Mean length, px.
    pub length: f32,
    /// Opacity at the root, `0..=1`.
    pub opacity: f32,
    /// Colour.
    pub colour: Colour,
    /// Direction that they lie in, turns.
    pub direction: f32,
}

impl Hairs {
    /// Hair as it may grow on skin of the given colour: from none to dense, darker than the skin or blond.
    pub fn draw(rng: &mut impl Rng, skin: Colour) -> Hairs {
        let density = if rng.random_bool(0.35) { 0.0 } else { rng.random_range(0.1f32..2.2) };
        let blond = skin[0] > 190.0 && rng.random_bool(0.4);
        let colour = if blond { [214.0, 186.0, 140.0] } else { [52.0, 38.0, 32.0] };
        let opacity = rng.random_range(0.15..0.5);
        Hairs { density, length: rng.random_range(18.0..46.0), opacity, colour, direction: rng.random_range(0.0..1.0) }
    }

    /// Draws the hairs with their roots where `rooted` says so.
    pub fn paint(&self, canvas: &mut RgbImage, rng: &mut impl Rng, rooted: impl Fn(f32, f32) -> bool) {
        let (width, height) = (canvas.width() as f32, canvas.height() as f32);
        let count = (self.density * width * height / 10_000.0) as u32;
        for _ in 0..count {
            let (x, y) = (rng.random_range(0.0..1.0f32) * width, rng.random_range(0.0..1.0f32) * height);
            let turn = self.direction + rng.random_range(-0.09f32..0.09);
            let bend = rng.random_range(-0.12f32..0.12);
            let length = self.length * rng.random_range(0.5f32..1.4);
            if rooted(x, y) {
                self.strand(canvas, (x, y), turn, (bend, length));
            }
        }
    }

    /// One hair from its root: steps of half a pixel, spread over the four pixels around each.
    fn strand(&self, canvas: &mut RgbImage, (mut x, mut y): (f32, f32), turn: f32, (bend, length): (f32, f32)) {
        let steps = (length * 2.0) as u32;
        for step in 0..steps {
            let along = step as f32 / steps as f32;
            let (c, s) = noise::rotation(turn + bend * along);
            x += 0.5 * c;
            y += 0.5 * s;
            let opacity = self.opacity * (1.0 - 0.7 * along);
            let (ix, iy) = (noise::floor(x), noise::floor(y));
            let (tx, ty) = (x - ix as f32, y - iy as f32);
            let corners =
                [(0, 0, (1.0 - tx) * (1.0 - ty)), (1, 0, tx * (1.0 - ty)), (0, 1, (1.0 - tx) * ty), (1, 1, tx * ty)];
            for (dx, dy, share) in corners {
                dab(canvas, (ix + dx, iy + dy), self.colour, opacity * share);
            }
        }
    }
}
