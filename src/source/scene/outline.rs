//! The outline of an arm or a hand, and how deep a point lies inside it.

use rand::{Rng, RngExt};

use crate::geometry::Point;
use crate::pixels::paint::noise::rotation;

/// A closed outline with a field of signed distances to it.
pub(super) struct Outline {
    /// Corners, px of the world.
    pub(super) corners: Vec<Point>,
    /// Depth at which the limb's surface is level, px: half the width of an arm, half a finger of a hand.
    pub(super) roundness: f32,
    /// Signed distances on a grid of `STEP` px, positive inside.
    field: Vec<f32>,
    columns: usize,
    rows: usize,
}

/// Distance between grid points of the field, px.
const STEP: f32 = 8.0;

/// Points of the right half of the back of a hand with its fingers up, from the wrist round to the thumb, in units of a
/// fifth of its height: x to the right, y up.
const HAND: [(f32, f32); 36] = [
    (-0.78, -3.6),
    (-0.76, -2.2),
    (-0.80, -1.5),
    (-1.18, -0.9),
    (-1.72, -0.35),
    (-2.08, 0.35),
    (-2.16, 0.78),
    (-1.93, 0.95),
    (-1.68, 0.72),
    (-1.30, 0.12),
    (-1.02, 0.02),
    (-1.00, 0.6),
    (-1.06, 1.5),
    (-1.04, 2.25),
    (-0.83, 2.48),
    (-0.60, 2.28),
    (-0.53, 1.5),
    (-0.45, 0.78),
    (-0.38, 1.6),
    (-0.34, 2.5),
    (-0.12, 2.74),
    (0.10, 2.52),
    (0.09, 1.6),
    (0.12, 0.76),
    (0.24, 1.5),
    (0.36, 2.25),
    (0.58, 2.44),
    (0.78, 2.2),
    (0.68, 1.4),
    (0.62, 0.58),
    (0.86, 1.0),
    (1.12, 1.52),
    (1.36, 1.62),
    (1.48, 1.38),
    (1.20, 0.5),
    (1.02, -0.5),
];

impl Outline {
    /// A forearm across a world of `width` x `height` px, slightly bent and tapering, beyond both edges of it.
    pub(super) fn arm(rng: &mut impl Rng, width: f32, height: f32) -> Outline {
        let (half, taper) = (height * rng.random_range(0.17..0.23), rng.random_range(-0.28f32..0.28));
        let (slope, bow) = (rng.random_range(-0.14f32..0.14), height * rng.random_range(-0.11f32..0.11));
        let middle = height * rng.random_range(0.46..0.54);
        let points = 40;
        let edge = |side: f32| {
            (0..=points).map(move |n| {
                let t = -1.3 + 2.6 * n as f32 / points as f32;
                let x = width * (0.5 + 0.5 * t);
                let swell = 1.0 + taper * t + 0.08 * (1.0 - 3.0 * t * t / 1.7);
                let y = middle + slope * (x - 0.5 * width) + bow * (1.0 - t * t) + side * half * swell.max(0.55);
                Point { x, y }
            })
        };
        let mut corners: Vec<_> = edge(-1.0).collect();
        corners.extend(edge(1.0).collect::<Vec<_>>().into_iter().rev());
        Outline::around(corners, half, width, height)
    }

    /// The back of a hand with the wrist beyond an edge of a world of `width` x `height` px.
    pub(super) fn hand(rng: &mut impl Rng, width: f32, height: f32) -> Outline {
        let unit = height * rng.random_range(0.155..0.18);
        let mirror = if rng.random_bool(0.5) { -1.0 } else { 1.0 };
        // Fingers to the right or to the left, so that the wrist leaves the picture over its short side.
        let turn = if rng.random_bool(0.5) { 0.25 } else { -0.25 } + rng.random_range(-0.04f32..0.04);
        let (c, s) = rotation(turn);
        let away = if turn > 0.0 { -0.6 } else { 0.6 };
        let (cx, cy) = (0.5 * width + away * unit, height * rng.random_range(0.46..0.54));
        let tail = [(0.78, -2.2), (0.80, -3.6), (0.86, -12.0), (-0.86, -12.0)];
        let place = |(x, y): (f32, f32)| {
            let (x, y) = (mirror * x * unit, -y * unit);
            Point { x: cx + c * x - s * y, y: cy + s * x + c * y }
        };
        let keys: Vec<_> = HAND.iter().chain(&tail).copied().map(place).collect();
        Outline::around(smooth(&keys), 0.55 * unit, width, height)
    }

    fn around(corners: Vec<Point>, roundness: f32, width: f32, height: f32) -> Outline {
        let (columns, rows) = ((width / STEP) as usize + 2, (height / STEP) as usize + 2);
        let field = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| Point { x: column as f32 * STEP, y: row as f32 * STEP }))
            .map(|point| signed_distance(&corners, point))
            .collect();
        Outline { corners, roundness, field, columns, rows }
    }

    /// Signed distance to the outline, px, positive inside; to within 1 px but for sharp corners.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
        let (u, v) =
            ((x / STEP).clamp(0.0, self.columns as f32 - 1.001), (y / STEP).clamp(0.0, self.rows as f32 - 1.001));
        let (i, j) = (u as usize, v as usize);
        let (s, t) = (u - i as f32, v - j as f32);
        let at = |i: usize, j: usize| self.field.get(j * self.columns + i).copied().unwrap_or(-1e3);
        let top = at(i, j) + (at(i + 1, j) - at(i, j)) * s;
        let bottom = at(i, j + 1) + (at(i + 1, j + 1) - at(i, j + 1)) * s;
        top + (bottom - top) * t
    }
}

/// Distance from a point to a polygon, positive inside (even-odd rule).
fn signed_distance(corners: &[Point], Point { x, y }: Point) -> f32 {
    let mut nearest = f32::MAX;
    let mut inside = false;
    let mut previous = corners.last().copied().unwrap_or_default();
    for &corner in corners {
        let Point { x: ax, y: ay } = previous;
        let (bx, by) = (corner.x - ax, corner.y - ay);
        let along = (((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by).max(1e-9)).clamp(0.0, 1.0);
        let (dx, dy) = (x - ax - along * bx, y - ay - along * by);
        nearest = nearest.min(dx * dx + dy * dy);
        if (ay > y) != (corner.y > y) && x < ax + (y - ay) / (corner.y - ay) * bx {
            inside = !inside;
        }
        previous = corner;
    }
    if inside { nearest.sqrt() } else { -nearest.sqrt() }
}

/// A closed Catmull-Rom spline through the points, four pieces between two.
fn smooth(keys: &[Point]) -> Vec<Point> {
    let at = |n: usize| keys.get(n % keys.len().max(1)).copied().unwrap_or_default();
    let blend = |a: f32, b: f32, c: f32, d: f32, t: f32| {
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    };
    let count = keys.len();
    (0..4 * count)
        .map(|n| {
            let (k, t) = (n / 4 + count, (n % 4) as f32 / 4.0);
            let (a, b, c, d) = (at(k - 1), at(k), at(k + 1), at(k + 2));
            Point { x: blend(a.x, b.x, c.x, d.x, t), y: blend(a.y, b.y, c.y, d.y, t) }
        })
        .collect()
}
