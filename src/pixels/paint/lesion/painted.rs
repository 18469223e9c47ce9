//! A lesion of any kind: its outline filled by the painter of its kind.

use image::{Rgba, RgbaImage};
use rand::{Rng, RngExt};

use super::kind::LesionKind;
use super::shape::LesionShape;
use super::touch::Touch;
use super::{pigmented, red};
use crate::geometry::Circle;
use crate::pixels::paint::{Colour, bytes};

/// A painted lesion.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesion {
    /// The patch.
    pub image: RgbaImage,
    /// The circle around what is visible of it, px of the patch.
    pub circle: Circle,
    /// How strongly the texture of the skin shows on it (see [`crate::pixels::paint::stamp::Grain::strength`]).
    pub grain: f32,
}

/// Paints a lesion of about `radius` px (at least 3) on skin of the given colour.
pub fn lesion(rng: &mut impl Rng, kind: LesionKind, radius: f32, skin: Colour) -> Lesion {
    let radius = radius.max(3.0);
    let shape = LesionShape::draw(rng, kind);
    let grain = match kind {
        LesionKind::Nevus | LesionKind::Vascular => rng.random_range(0.3..0.9),
        LesionKind::ActinicKeratosis => 0.8,
        _ => rng.random_range(0.2..0.5),
    };
    let image = match kind {
        LesionKind::Nevus => fill(&shape, radius, pigmented::nevus(rng, skin)),
        LesionKind::Melanoma => fill(&shape, radius, pigmented::melanoma(rng, skin)),
        LesionKind::SeborrheicKeratosis => fill(&shape, radius, pigmented::seborrheic_keratosis(rng, skin)),
        LesionKind::ActinicKeratosis => fill(&shape, radius, red::actinic_keratosis(rng, skin)),
        LesionKind::Bcc => fill(&shape, radius, red::bcc(rng, skin)),
        LesionKind::Scc => fill(&shape, radius, red::scc(rng, skin)),
        LesionKind::Vascular => fill(&shape, radius, red::vascular(rng, skin)),
    };
    let circle = extent(&image, radius);
    Lesion { image, circle, grain }
}

/// Asks `touch` for every pixel of the patch: it gets the place in radii from the centre and the depth inside the shape.
fn fill(shape: &LesionShape, radius: f32, touch: impl Fn(f32, f32, f32) -> Touch) -> RgbaImage {
    let side = 2 * (1.5 * radius).ceil() as u32 + 1;
    let centre = side as f32 / 2.0;
    RgbaImage::from_fn(side, side, |px, py| {
        let (x, y) = ((px as f32 + 0.5 - centre) / radius, (py as f32 + 0.5 - centre) / radius);
        let (colour, alpha) = touch(x, y, shape.depth(x, y));
        let [r, g, b] = bytes(colour);
        // Fades out towards the edge of the patch, so that no shape is ever cut off square.
        let edge = ((1.5 - x.abs().max(y.abs())) * 8.0).clamp(0.0, 1.0);
        Rgba([r, g, b, (alpha * edge * 255.0).clamp(0.0, 255.0) as u8])
    })
}

/// The circle around what is visible: its centroid, and the distance that 98 % of it lie within. `radius` if nothing is.
fn extent(image: &RgbaImage, radius: f32) -> Circle {
    let strongest = image.pixels().map(|p| p.0[3]).max().unwrap_or(0);
    let visible = |a: u8| a > 0 && a >= strongest / 2;
    let places: Vec<(f32, f32)> = image
        .enumerate_pixels()
        .filter(|(_, _, p)| visible(p.0[3]))
        .map(|(x, y, _)| (x as f32 + 0.5, y as f32 + 0.5))
        .collect();
    let count = places.len().max(1) as f32;
    let x = places.iter().map(|p| p.0).sum::<f32>() / count;
    let y = places.iter().map(|p| p.1).sum::<f32>() / count;
    let mut squares: Vec<f32> = places.iter().map(|p| (p.0 - x) * (p.0 - x) + (p.1 - y) * (p.1 - y)).collect();
    squares.sort_by(f32::total_cmp);
    match squares.get(squares.len().saturating_sub(1) * 98 / 100) {
        Some(square) => Circle { x, y, r: square.sqrt() + 0.5 },
        None => Circle { x: image.width() as f32 / 2.0, y: image.height() as f32 / 2.0, r: radius },
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::kind::KINDS;
    use super::*;

    #[test]
    fn every_kind_is_near_the_size_asked_for_and_stands_out() {
        for kind in KINDS {
            for seed in 0..12 {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let skin = [204.0, 158.0, 122.0];
                let painted = lesion(&mut rng, kind, 30.0, skin);
                let Circle { x, y, r } = painted.circle;
                assert!((16.0..42.0).contains(&r), "{kind:?} {seed}: r {r}");
                let middle = painted.image.width() as f32 / 2.0;
                assert!((x - middle).hypot(y - middle) < 12.0, "{kind:?} {seed}: {x} {y}");
                let corner = painted.image.get_pixel(0, 0).0[3];
                assert_eq!(corner, 0, "{kind:?} {seed}");
                let strength: f32 = painted.image.pixels().map(|p| distance(p.0, skin)).sum();
                let area = std::f32::consts::PI * r * r;
                assert!(strength / area > 8.0, "{kind:?} {seed}: mean difference {}", strength / area);
            }
        }
    }

    fn distance([r, g, b, a]: [u8; 4], skin: Colour) -> f32 {
        let d = (f32::from(r) - skin[0]).abs() + (f32::from(g) - skin[1]).abs() + (f32::from(b) - skin[2]).abs();
        d / 3.0 * f32::from(a) / 255.0
    }
}
