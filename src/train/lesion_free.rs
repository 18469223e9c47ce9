//! Patches without a lesion: skin, what is no skin, and where skin ends.

use rand::{Rng, RngExt};

use super::classes::{BACKGROUND, SKIN};
use super::photo::TrainingPhoto;
use super::photometric::Patch;
use super::pool::{PhotoPool, SkinOf};
use super::view::{PhotoView, cut, grid};
use crate::data::Content;
use crate::geometry::{Point, Size};

/// A window counts as bare when no mask reaches into a square so many times as wide.
const RIM: f32 = 1.5;

/// Skin without a lesion in the middle.
pub(super) fn skin(pool: &PhotoPool, n: usize, of: SkinOf, rng: &mut dyn Rng) -> Patch {
    for _ in 0..12 {
        let (photo, content) = pool.skin(of, rng);
        let Size { width: w, height: h } = photo.size();
        let (w, h) = (w as f32, h as f32);
        let side = w.min(h) * 2f32.powf(rng.random_range(-3.2..-0.4));
        let half = side * 0.5;
        if 2.0 * half >= w.min(h) {
            continue;
        }
        let centre = Point { x: rng.random_range(half..w - half), y: rng.random_range(half..h - half) };
        let fits = match content {
            Content::SkinScene => photo.coverage(centre, side) > 0.85,
            Content::Skin => true,
            // Masks are rough, and the rim of a lesion is no bare skin. Corners of dermoscopic pictures are black: not skin.
            _ => photo.coverage(centre, RIM * side) < 0.01 && brightness(photo, centre, side) > 60.0,
        };
        if fits {
            return cut(photo, &PhotoView::random(centre, side, rng), n);
        }
    }
    // No photograph had room: skin without any texture.
    let tone = rng.random_range(70.0..230.0f32);
    Patch { side: n, pixels: vec![[tone, 0.76 * tone, 0.62 * tone]; n * n] }
}

fn brightness(photo: &TrainingPhoto, Point { x, y }: Point, side: f32) -> f32 {
    let probe = |u: f32, v: f32| photo.sample(x + u * side, y + v * side, side / 4.0).iter().sum::<f32>() / 3.0;
    probe(0.0, 0.0).min(probe(-0.45, -0.45)).min(probe(0.45, -0.45)).min(probe(-0.45, 0.45)).min(probe(0.45, 0.45))
}

/// Something that is not skin: cloth, rooms, what surrounds people.
pub(super) fn ground(pool: &PhotoPool, n: usize, rng: &mut dyn Rng) -> Patch {
    for _ in 0..12 {
        let (photo, content) = pool.background(rng);
        let Size { width: w, height: h } = photo.size();
        let (w, h) = (w as f32, h as f32);
        let side = w.min(h) * 2f32.powf(rng.random_range(-3.2..0.0));
        let half = side * 0.5;
        let centre = Point { x: rng.random_range(half..=w - half), y: rng.random_range(half..=h - half) };
        if *content == Content::Background || photo.coverage(centre, side) < 0.05 {
            return cut(photo, &PhotoView::random(centre, side, rng), n);
        }
    }
    // Crowds that fill every probe are rare enough to give up on: a uniform grey is no skin either.
    Patch { side: n, pixels: vec![[rng.random_range(20.0..250.0); 3]; n * n] }
}

/// A window of a person that is neither all skin nor none of it: eyes, nostrils, lips, hair, fingers, clothes.
pub(super) fn person(pool: &PhotoPool, n: usize, of: SkinOf, rng: &mut dyn Rng) -> (Patch, usize, f32) {
    for _ in 0..12 {
        let Some(photo) = pool.person(rng) else { break };
        let Size { width: w, height: h } = photo.size();
        let (w, h) = (w as f32, h as f32);
        let side = w.min(h) * 2f32.powf(rng.random_range(-4.2..-0.6));
        let centre = Point { x: rng.random_range(0.0..w), y: rng.random_range(0.0..h) };
        let covered = photo.coverage(centre, side);
        if (0.08..0.97).contains(&covered) {
            let class = if covered > 0.5 { SKIN } else { BACKGROUND };
            return (cut(photo, &PhotoView::random(centre, side, rng), n), class, covered);
        }
    }
    edge(pool, n, of, rng)
}

/// Where skin ends: a straight or slightly bent border with a shadow, skin on one side, ground on the other.
pub(super) fn edge(pool: &PhotoPool, n: usize, of: SkinOf, rng: &mut dyn Rng) -> (Patch, usize, f32) {
    let (skin, mut patch) = (skin(pool, n, of, rng), ground(pool, n, rng));
    let angle = rng.random_range(0.0..std::f32::consts::TAU);
    let offset = rng.random_range(-0.45..0.45f32);
    let bend = rng.random_range(-0.6..0.6f32);
    let shadow = rng.random_range(0.0..0.5f32);
    let (sin, cos) = angle.sin_cos();
    let mut covered = 0.0;
    for (i, (u, v)) in grid(n).enumerate() {
        let across = u * cos + v * sin + bend * (v * cos - u * sin).powi(2) - offset;
        let inside = (across * n as f32 / 1.5 + 0.5).clamp(0.0, 1.0);
        covered += inside;
        // Limbs darken towards their edge, and cast a shadow on what they lie on.
        let rounding = 1.0 - 0.45 * (1.0 - across.max(0.0) * 4.0).clamp(0.0, 1.0) * shadow * 2.0;
        let cast = 1.0 - shadow * (1.0 + across.min(0.0) * 6.0).clamp(0.0, 1.0);
        for c in 0..3 {
            let ground = patch.pixels[i][c] * cast;
            patch.pixels[i][c] = ground + (skin.pixels[i][c] * rounding - ground) * inside;
        }
    }
    let covered = covered / (n * n) as f32;
    (patch, if covered > 0.5 { SKIN } else { BACKGROUND }, covered)
}
