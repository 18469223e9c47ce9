//! Circles and squares in continuous frame coordinates: pixel (i, j) covers `[i, i+1) x [j, j+1)`.

use serde::{Deserialize, Serialize};

/// A circle in pixels of the source frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    /// Horizontal centre, px.
    pub x: f32,
    /// Vertical centre, px.
    pub y: f32,
    /// Radius, px, positive.
    pub r: f32,
}

impl Circle {
    /// Distance between the centres, px.
    pub fn distance(&self, other: &Circle) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// Intersection over union of the two discs, in `0..=1`.
    pub fn iou(&self, other: &Circle) -> f32 {
        let inter = self.intersection(other);
        let union = self.area() + other.area() - inter;
        if union > 0.0 { (inter / union).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Intersection over the smaller disc, in `0..=1`: 1 when one lies within the other.
    pub fn ios(&self, other: &Circle) -> f32 {
        let smaller = self.area().min(other.area());
        if smaller > 0.0 { (self.intersection(other) / smaller).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Area, px².
    pub fn area(&self) -> f32 {
        std::f32::consts::PI * self.r * self.r
    }

    /// Area shared by the two discs, px² (the lens formula).
    pub fn intersection(&self, other: &Circle) -> f32 {
        let d = f64::from(self.distance(other));
        let (a, b) = (f64::from(self.r), f64::from(other.r));
        if d >= a + b {
            return 0.0;
        }
        if d <= (a - b).abs() {
            return self.area().min(other.area());
        }
        let alpha = ((d * d + a * a - b * b) / (2.0 * d * a)).clamp(-1.0, 1.0).acos();
        let beta = ((d * d + b * b - a * a) / (2.0 * d * b)).clamp(-1.0, 1.0).acos();
        let lens = a * a * (alpha - alpha.sin() * alpha.cos()) + b * b * (beta - beta.sin() * beta.cos());
        lens as f32
    }
}

/// An axis-parallel square in pixels of the source frame: the place of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Left edge, px.
    pub x: f32,
    /// Top edge, px.
    pub y: f32,
    /// Side, px, positive.
    pub side: f32,
}

impl Square {
    /// The centre, px.
    pub fn centre(&self) -> (f32, f32) {
        (self.x + self.side / 2.0, self.y + self.side / 2.0)
    }

    /// The square of the given side around a centre, moved (and if need be shrunk) to lie within a `width` x `height` frame.
    pub fn around(centre: (f32, f32), side: f32, width: u32, height: u32) -> Square {
        let (w, h) = (width as f32, height as f32);
        let side = side.min(w).min(h);
        let x = (centre.0 - side / 2.0).clamp(0.0, w - side);
        let y = (centre.1 - side / 2.0).clamp(0.0, h - side);
        Square { x, y, side }
    }
}
