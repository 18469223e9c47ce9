//! Anti-aliased rings of any width, with a dark halo so that they show on any ground. Only pixels near the line are visited.

use std::f64::consts::{SQRT_2, TAU};

use image::{Rgb, RgbImage};

use super::area::mix;
use super::look::{CircleStyle, Pattern};
use crate::geometry::Circle;

const HALO: Rgb<u8> = Rgb([0, 0, 0]);
const HALO_ALPHA: f64 = 0.55;
/// Beyond this many px, centres and radii are not drawn: rounding would smear the line over the picture.
const FARTHEST: f64 = 1e7;

/// Paints one circle. Parts outside the picture are left out; so is a circle with a radius that is not positive.
pub(super) fn paint(image: &mut RgbImage, circle: &Circle, look: &CircleStyle) {
    let (cx, cy, r) = (f64::from(circle.x), f64::from(circle.y), f64::from(circle.r));
    if !(cx.abs() < FARTHEST && cy.abs() < FARTHEST && r > 0.0 && r < FARTHEST) {
        return;
    }
    let pen = Pen::new(r, look);
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let outer = r + pen.reach;
    let inner = (r - pen.reach).max(0.0);
    let top = (cy - outer).floor().clamp(0.0, height) as u32;
    let bottom = (cy + outer).ceil().clamp(0.0, height) as u32;
    for y in top..bottom {
        let dy = f64::from(y) + 0.5 - cy;
        // Half the chord that this row cuts out of the outer and of the inner disc: the line lies between the two.
        let far = (outer * outer - dy * dy).max(0.0).sqrt();
        let near = (inner * inner - dy * dy).max(0.0).sqrt();
        let column = |x: f64| x.clamp(0.0, width) as u32;
        let left_end = column((cx - near).ceil());
        let left = column((cx - far).floor())..left_end;
        let right = column((cx + near).floor()).max(left_end)..column((cx + far).ceil());
        for x in left.chain(right) {
            let (halo, ink) = pen.cover(f64::from(x) + 0.5 - cx, dy);
            if halo > 0.0 {
                let pixel = image.get_pixel_mut(x, y);
                mix(pixel, HALO, (halo * HALO_ALPHA) as f32);
                mix(pixel, look.colour, ink as f32);
            }
        }
    }
}

/// The cross-section and the pattern of one ring.
struct Pen {
    r: f64,
    half: f64,
    halo: f64,
    /// Distance from the line's middle beyond which nothing is painted, px.
    reach: f64,
    /// Lines thinner than a pixel are paler instead.
    strength: f64,
    pattern: Pattern,
    /// Half the length of a notch, or the length of a dash or dot with its gap, px along the line.
    length: f64,
}

impl Pen {
    fn new(r: f64, look: &CircleStyle) -> Pen {
        let width = f64::from(look.width);
        let halo = (width * 0.45).clamp(0.8, 6.0);
        // On a circle of a few px a pattern would leave nothing to see.
        let pattern = if r < 2.5 * width { Pattern::Solid } else { look.pattern };
        let length = match pattern {
            Pattern::Solid => 0.0,
            Pattern::Notched => (width * 1.3).clamp(1.0, (r * 0.2).max(1.0)),
            Pattern::Dashed => {
                let period = (width * 6.0).max(8.0);
                TAU * r / (TAU * r / period).round().max(6.0)
            }
            Pattern::Dotted => {
                let period = (width * 3.2).max(6.0);
                TAU * r / (TAU * r / period).round().max(8.0)
            }
        };
        let half = width.max(1.0) / 2.0;
        Pen { r, half, halo, reach: half + halo + 1.0, strength: width.min(1.0), pattern, length }
    }

    /// How much halo and ink a pixel gets whose centre is (dx, dy) from the circle's, each `0..=1`.
    fn cover(&self, dx: f64, dy: f64) -> (f64, f64) {
        // Not `hypot`, whose care for overflow costs more than the rest: distances here stay below 1e8.
        let off = ((dx * dx + dy * dy).sqrt() - self.r).abs();
        let halo = (self.half + self.halo + 0.5 - off).clamp(0.0, 1.0);
        if halo == 0.0 {
            return (0.0, 0.0);
        }
        let along = self.along(dx, dy);
        let ink = (self.half + 0.5 - off).clamp(0.0, 1.0) * self.strength;
        (halo * along * self.strength, ink * along)
    }

    /// How much of the line is there at this angle, `0..=1`: 0 in a gap.
    fn along(&self, dx: f64, dy: f64) -> f64 {
        match self.pattern {
            Pattern::Solid => 1.0,
            Pattern::Notched => {
                let from_diagonal = (dx.abs() - dy.abs()).abs() / SQRT_2;
                (from_diagonal - self.length + 0.5).clamp(0.0, 1.0)
            }
            Pattern::Dashed => self.piece(dx, dy, 0.29),
            Pattern::Dotted => self.piece(dx, dy, 0.19),
        }
    }

    /// How much of a line of pieces is there; `half`: half a piece as a part of its length with the gap.
    fn piece(&self, dx: f64, dy: f64, half: f64) -> f64 {
        let place = (dy.atan2(dx) * self.r).rem_euclid(self.length);
        let from_middle = (place - self.length / 2.0).abs();
        (self.length * half - from_middle + 0.5).clamp(0.0, 1.0)
    }
}
