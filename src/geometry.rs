//! Points, sizes, circles and squares in continuous frame coordinates: pixel (i, j) covers `[i, i+1) x [j, j+1)`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A point of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left edge, px.
    pub x: f32,
    /// From the top edge, px.
    pub y: f32,
}

impl Point {
    /// Distance to another point, px.
    pub fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

impl From<(f32, f32)> for Point {
    fn from((x, y): (f32, f32)) -> Point {
        Point { x, y }
    }
}

/// Size of a picture; written as `640x480`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
}

impl Size {
    /// Of a square picture, its side in px.
    pub fn square(side: u32) -> Size {
        Size { width: side, height: side }
    }

    /// The shorter side, px.
    pub fn short(self) -> u32 {
        self.width.min(self.height)
    }

    /// The middle of a picture of this size.
    pub fn centre(self) -> Point {
        Point { x: self.width as f32 / 2.0, y: self.height as f32 / 2.0 }
    }
}

impl From<(u32, u32)> for Size {
    fn from((width, height): (u32, u32)) -> Size {
        Size { width, height }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

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
    /// The centre.
    pub fn centre(&self) -> Point {
        Point { x: self.x, y: self.y }
    }

    /// Distance between the centres, px.
    pub fn distance(&self, other: &Circle) -> f32 {
        self.centre().distance(other.centre())
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

    /// Whether this circle FINDS a lesion: its centre lies within the lesion's circle grown by half (the border included) and the
    /// ratio of the radii is between 1/3 and 3 (both included).
    pub fn finds(&self, lesion: &Circle) -> bool {
        let (dx, dy) = (f64::from(self.x) - f64::from(lesion.x), f64::from(self.y) - f64::from(lesion.y));
        let (r, size) = (f64::from(lesion.r), f64::from(self.r));
        let reach = 1.5 * r;
        dx * dx + dy * dy <= reach * reach && size <= 3.0 * r && 3.0 * size >= r
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

/// A rectangle of a frame, in double precision: pieces of one picture that are cut out one by one have to meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Left edge, px.
    pub left: f64,
    /// Top edge, px.
    pub top: f64,
    /// Width, px.
    pub width: f64,
    /// Height, px.
    pub height: f64,
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
    /// The centre.
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.side / 2.0, y: self.y + self.side / 2.0 }
    }

    /// The square of the given side, px, around a centre, moved (and if need be shrunk) to lie within a frame.
    pub fn around(centre: Point, side: f32, frame: Size) -> Square {
        let (w, h) = (frame.width as f32, frame.height as f32);
        let side = side.min(w).min(h);
        let x = (centre.x - side / 2.0).clamp(0.0, w - side);
        let y = (centre.y - side / 2.0).clamp(0.0, h - side);
        Square { x, y, side }
    }
}

/// A motion of the picture plane: turned, scaled and shifted, `(x, y) -> (a x - b y + dx, b x + a y + dy)` in px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// Scale times the cosine of the angle.
    pub a: f64,
    /// Scale times the sine of the angle.
    pub b: f64,
    /// Shift to the right, px.
    pub dx: f64,
    /// Shift down, px.
    pub dy: f64,
}

impl Similarity {
    /// No motion.
    pub const IDENTITY: Similarity = Similarity { a: 1.0, b: 0.0, dx: 0.0, dy: 0.0 };

    /// Where a point goes.
    pub fn apply(&self, point: Point) -> Point {
        let (x, y) = (f64::from(point.x), f64::from(point.y));
        Point { x: (self.a * x - self.b * y + self.dx) as f32, y: (self.b * x + self.a * y + self.dy) as f32 }
    }

    /// Factor by which lengths grow, positive unless the motion is degenerate.
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// This motion, then the other.
    pub fn then(&self, other: &Similarity) -> Similarity {
        Similarity {
            a: other.a * self.a - other.b * self.b,
            b: other.b * self.a + other.a * self.b,
            dx: other.a * self.dx - other.b * self.dy + other.dx,
            dy: other.b * self.dx + other.a * self.dy + other.dy,
        }
    }

    /// The motion that undoes this one; that of a degenerate one (scale 0) is [`Similarity::IDENTITY`].
    pub fn inverse(&self) -> Similarity {
        let square = self.a * self.a + self.b * self.b;
        if square <= 0.0 {
            return Similarity::IDENTITY;
        }
        let (a, b) = (self.a / square, -self.b / square);
        Similarity { a, b, dx: -(a * self.dx - b * self.dy), dy: -(b * self.dx + a * self.dy) }
    }

    /// The axis-parallel square around the place where a square goes: its centre moved, its side scaled. How far it is turned is
    /// left out: a window of a few degrees more or less shows the same.
    pub fn square(&self, square: Square) -> Square {
        let Point { x, y } = self.apply(square.centre());
        let side = square.side * self.scale() as f32;
        Square { x: x - side / 2.0, y: y - side / 2.0, side }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn motions() -> impl Strategy<Value = Similarity> {
        (0.5_f64..2.0, -1.0_f64..1.0, -50.0_f64..50.0, -50.0_f64..50.0).prop_map(|(scale, angle, dx, dy)| Similarity {
            a: scale * angle.cos(),
            b: scale * angle.sin(),
            dx,
            dy,
        })
    }

    proptest! {
        #[test]
        fn motions_chain_and_are_undone(first in motions(), second in motions(), x in -500.0_f32..500.0, y in -500.0_f32..500.0) {
            let near = |p: Point, q: Point| (p.x - q.x).abs() < 0.01 && (p.y - q.y).abs() < 0.01;
            let point = Point { x, y };
            prop_assert!(near(first.then(&second).apply(point), second.apply(first.apply(point))));
            prop_assert!(near(first.then(&first.inverse()).apply(point), point));
            let square = Square { x, y, side: 40.0 };
            let moved = first.square(square);
            prop_assert!(near(moved.centre(), first.apply(square.centre())));
            prop_assert!((f64::from(moved.side) - 40.0 * first.scale()).abs() < 1e-3);
        }
    }

    #[test]
    fn a_degenerate_motion_is_undone_by_none() {
        assert_eq!(Similarity { a: 0.0, b: 0.0, dx: 3.0, dy: 4.0 }.inverse(), Similarity::IDENTITY);
    }
}
