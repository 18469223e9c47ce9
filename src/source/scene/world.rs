//! The world of a scene, painted once: cloth, limb, lesions, hairs, light and shadow.

use image::{Rgb, RgbImage};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::outline::Outline;
use crate::geometry::{Circle, Point};
use crate::pixels::paint::cloth::{ClothKind, HARMLESS, cloth_of};
use crate::pixels::paint::hair::Hairs;
use crate::pixels::paint::lesion::{KINDS, LesionKind, lesion};
use crate::pixels::paint::noise::{rotation, smoothstep};
use crate::pixels::paint::skin::Skin;
use crate::pixels::paint::stamp::{Grain, stamp};
use crate::pixels::paint::{bytes, mix, scale};

/// What the camera looks at.
pub(super) struct World {
    /// The painted picture.
    pub(super) picture: RgbImage,
    /// Lesions with their circles, px of the picture.
    pub(super) lesions: Vec<(LesionKind, Circle)>,
    /// Outline of the limb, px of the picture.
    pub(super) outline: Vec<Point>,
}

/// The part of the world (as a share of its width and height around its middle) that lesions are put into: where every
/// path of the camera looks.
const SEEN: (f32, f32) = (0.56, 0.5);

impl World {
    /// Paints a world for frames of `width` x `height` px: 1.5 times as wide and 1.6 times as high, for the camera to move in.
    pub(super) fn paint(rng: &mut ChaCha8Rng, width: u32, height: u32, printed: bool) -> World {
        let (w, h) = (width * 3 / 2, height * 8 / 5);
        let kind = if printed {
            ClothKind::LesionPrint
        } else {
            HARMLESS.get(rng.random_range(0..HARMLESS.len())).copied().unwrap_or(ClothKind::Plain)
        };
        let mut picture = cloth_of(rng, kind, w, h);
        let hand = rng.random_bool(0.25);
        let outline = if hand { Outline::hand(rng, w as f32, h as f32) } else { Outline::arm(rng, w as f32, h as f32) };
        let skin = Skin::draw(rng);
        cover(&mut picture, &outline, &skin);
        let lesions = place(rng, &mut picture, &outline, &skin, height as f32 / 720.0);
        Hairs::draw(rng, skin.tone).paint(&mut picture, rng, |x, y| outline.depth(x, y) > 6.0);
        light(rng, &mut picture, &outline);
        World { picture, lesions, outline: outline.corners }
    }
}

/// Lays skin over the cloth inside the outline, with an edge two pixels soft.
fn cover(picture: &mut RgbImage, outline: &Outline, skin: &Skin) {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let depth = outline.depth(x as f32 + 0.5, y as f32 + 0.5);
        if depth > -1.0 {
            let share = ((depth + 1.0) / 2.0).min(1.0);
            *pixel = Rgb(bytes(mix(pixel.0.map(f32::from), skin.at(x as f32, y as f32), share)));
        }
    }
}

/// Puts three to five lesions on the skin: one melanoma or carcinoma and one nevus at least, none touching another or the
/// outline, radii about 12 to 80 px times `unit`, which is 1 where the frame is 720 px high.
fn place(
    rng: &mut ChaCha8Rng,
    picture: &mut RgbImage,
    outline: &Outline,
    skin: &Skin,
    unit: f32,
) -> Vec<(LesionKind, Circle)> {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let suspicious =
        [LesionKind::Melanoma, LesionKind::Melanoma, LesionKind::Bcc, LesionKind::Scc, LesionKind::ActinicKeratosis];
    let wanted = rng.random_range(3..6);
    let mut lesions: Vec<(LesionKind, Circle)> = Vec::new();
    for n in 0..wanted {
        let kind = match n {
            0 => suspicious[rng.random_range(0..suspicious.len())],
            1 => LesionKind::Nevus,
            _ => KINDS[rng.random_range(0..KINDS.len())],
        };
        let largest = if kind == LesionKind::Nevus { 42.0 } else { 78.0 };
        let spread = rng.random_range(0.0..1.0f32);
        let smallest = if kind == LesionKind::Melanoma { 24.0 } else { 14.0 };
        let radius = unit * (smallest + (largest - smallest) * spread * spread);
        for _ in 0..60 {
            let x = w * (0.5 + SEEN.0 * (rng.random_range(0.0..1.0f32) - 0.5));
            let y = h * (0.5 + SEEN.1 * (rng.random_range(0.0..1.0f32) - 0.5));
            let free = lesions.iter().all(|(_, c)| {
                let apart = 1.7 * (c.r + radius) + 12.0 * unit;
                (c.x - x) * (c.x - x) + (c.y - y) * (c.y - y) > apart * apart
            });
            if !free || outline.depth(x, y) < 1.35 * radius + 8.0 * unit {
                continue;
            }
            let painted = lesion(rng, kind, radius, skin.tone);
            let (left, top) = ((x - painted.circle.x).round(), (y - painted.circle.y).round());
            let grain = Grain { ground: skin.tone, strength: painted.grain };
            stamp(picture, &painted.image, (left as i32, top as i32), Some(grain));
            let circle = Circle { x: left + painted.circle.x, y: top + painted.circle.y, r: painted.circle.r };
            lesions.push((kind, circle));
            break;
        }
    }
    lesions
}

/// Lights the limb as a rounded body and throws its soft shadow on the cloth.
fn light(rng: &mut ChaCha8Rng, picture: &mut RgbImage, outline: &Outline) {
    let (lx, ly) = rotation(rng.random_range(0.55..0.95));
    let (side, rim) = (rng.random_range(0.08..0.24f32), rng.random_range(0.2..0.42f32));
    let (shadow, reach) = (rng.random_range(0.25..0.5f32), rng.random_range(20.0..50.0f32));
    let warmth = rng.random_range(-0.04f32..0.1);
    let tint = [1.0 + warmth, 1.0, 1.0 - 1.3 * warmth];
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
        let depth = outline.depth(px, py);
        let brightness = if depth > 0.0 {
            let rise = (depth / outline.roundness).min(1.0);
            // On a half cylinder the normal leans outward by `lean` at this depth.
            let lean = 1.0 - rise;
            let (gx, gy) = (
                outline.depth(px + 4.0, py) - outline.depth(px - 4.0, py),
                outline.depth(px, py + 4.0) - outline.depth(px, py - 4.0),
            );
            let facing = -(gx * lx + gy * ly) / 8.0;
            1.0 + side * lean * facing - rim * lean * lean * lean
        } else {
            1.0 - shadow * smoothstep(-reach, 4.0, outline.depth(px + 0.6 * reach * lx, py + 0.6 * reach * ly))
        };
        let colour = scale(pixel.0.map(f32::from), brightness);
        *pixel = Rgb(bytes([colour[0] * tint[0], colour[1] * tint[1], colour[2] * tint[2]]));
    }
}
