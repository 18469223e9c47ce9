//! What cloth is printed with: dots, rings, flowers, leaves, scribbled shapes.

use image::{Rgba, RgbaImage};
use rand::{Rng, RngExt};

use super::noise::{fbm, rotation, smoothstep};
use super::{Colour, bytes, mix};

/// The shape of a motif.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motif {
    /// A filled disc.
    Dot,
    /// A ring.
    Ring,
    /// Petals around a heart.
    Flower,
    /// A pointed leaf with a rib.
    Leaf,
    /// An irregular blob.
    Blob,
}

/// All shapes.
pub const MOTIFS: [Motif; 5] = [Motif::Dot, Motif::Ring, Motif::Flower, Motif::Leaf, Motif::Blob];

/// A motif of about `radius` px in two colours, on a transparent patch.
pub fn motif(rng: &mut impl Rng, shape: Motif, radius: f32, main: Colour, second: Colour) -> RgbaImage {
    let side = (2.0 * radius * 1.15).ceil().max(3.0) as u32;
    let (seed, petals) = (rng.random::<u32>(), rng.random_range(4..8u32));
    let (c, s) = rotation(rng.random_range(0.0..1.0));
    RgbaImage::from_fn(side, side, |px, py| {
        let (dx, dy) = (px as f32 + 0.5 - side as f32 / 2.0, py as f32 + 0.5 - side as f32 / 2.0);
        let (x, y) = ((c * dx + s * dy) / radius, (c * dy - s * dx) / radius);
        let (inside, other) = match shape {
            Motif::Dot => (1.0 - (x * x + y * y).sqrt(), 0.0),
            Motif::Ring => (0.22 - ((x * x + y * y).sqrt() - 0.75).abs(), 0.0),
            Motif::Flower => flower(x, y, petals),
            Motif::Leaf => leaf(x, y),
            Motif::Blob => (1.0 - (x * x + y * y).sqrt() * (1.15 + 0.5 * fbm(seed, x * 1.4, y * 1.4, 3)), 0.0),
        };
        let alpha = smoothstep(-0.7, 0.7, inside * radius);
        let [r, g, b] = bytes(mix(main, second, other));
        Rgba([r, g, b, (alpha * 255.0) as u8])
    })
}

/// Depth inside a flower and the share of the second colour (its heart), in units of its radius.
fn flower(x: f32, y: f32, petals: u32) -> (f32, f32) {
    let mut inside = f32::MIN;
    for petal in 0..petals {
        let (c, s) = rotation(petal as f32 / petals as f32);
        let (u, v) = (x - 0.6 * c, y - 0.6 * s);
        inside = inside.max(0.36 - (u * u + v * v).sqrt());
    }
    let heart = 0.28 - (x * x + y * y).sqrt();
    (inside.max(heart), smoothstep(-0.03, 0.03, heart))
}

/// Depth inside a leaf (the lens between two circles) and the share of the second colour (its rib).
fn leaf(x: f32, y: f32) -> (f32, f32) {
    let side = |offset: f32| 1.25 - (x * x + (y - offset) * (y - offset)).sqrt();
    (side(0.8).min(side(-0.8)), smoothstep(0.06, 0.02, y.abs()))
}
