//! Squares of photographs, and their pixels.

use rand::{Rng, RngExt};

use super::photo::TrainingPhoto;
use super::photometric::Patch;
use crate::geometry::Point;

/// A square of a photograph, turned and perhaps mirrored.
#[derive(Clone, Copy, Debug)]
pub struct PhotoView {
    /// Centre, px of the photograph.
    pub centre: Point,
    /// Side, px of the photograph.
    pub side: f32,
    /// Turn, radians.
    pub angle: f32,
    /// Mirrored left to right.
    pub mirrored: bool,
}

impl PhotoView {
    /// Position in the photograph of `(u, v)` in `-0.5..=0.5` of the window.
    pub fn place(&self, u: f32, v: f32) -> Point {
        let u = if self.mirrored { -u } else { u } * self.side;
        let (sin, cos) = self.angle.sin_cos();
        Point { x: self.centre.x + u * cos - v * self.side * sin, y: self.centre.y + u * sin + v * self.side * cos }
    }

    /// A window of a centre and a side, turned and mirrored at random.
    pub fn random(centre: Point, side: f32, rng: &mut dyn Rng) -> PhotoView {
        PhotoView { centre, side, angle: rng.random_range(0.0..std::f32::consts::TAU), mirrored: rng.random_bool(0.5) }
    }
}

/// The pixels of a view at `n` x `n`.
pub fn cut(photo: &TrainingPhoto, view: &PhotoView, n: usize) -> Patch {
    let pixels = grid(n).map(|(u, v)| {
        let Point { x, y } = view.place(u, v);
        photo.sample(x, y, view.side / n as f32)
    });
    Patch { side: n, pixels: pixels.collect() }
}

/// Positions of the pixels of a patch of `n` x `n`, row by row, `-0.5..=0.5`.
pub(super) fn grid(n: usize) -> impl Iterator<Item = (f32, f32)> {
    (0..n * n).map(move |i| (((i % n) as f32 + 0.5) / n as f32 - 0.5, ((i / n) as f32 + 0.5) / n as f32 - 0.5))
}
