//! Where a track is and where it goes: an alpha-beta filter.

use crate::geometry::Circle;

/// Position and velocity of a track.
///
/// The alpha-beta filter: with the prediction p = x + v and the surprise e = z - p, x = p + alpha e and v = v + beta e.
/// At constant velocity its lag goes to zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct CircleMotion {
    circle: Circle,
    /// Velocity to the right, px a frame.
    dx: f32,
    /// Velocity down, px a frame.
    dy: f32,
    updates: u32,
}

impl CircleMotion {
    /// At rest.
    pub(super) fn new(circle: Circle) -> CircleMotion {
        CircleMotion { circle, dx: 0.0, dy: 0.0, updates: 0 }
    }

    /// The smoothed circle.
    pub(super) fn circle(&self) -> Circle {
        self.circle
    }

    /// The circle in the next frame.
    pub(super) fn predicted(&self) -> Circle {
        Circle { x: self.circle.x + self.dx, y: self.circle.y + self.dy, r: self.circle.r }
    }

    /// Takes in where it was found in the next frame.
    pub(super) fn update(&mut self, found: Circle, alpha: f32, beta: f32) {
        // The first two positions give the velocity outright: a filter would lag behind a panning camera.
        let first = self.updates == 0;
        let (alpha, beta) = if first { (1.0, 1.0) } else { (alpha.clamp(0.01, 1.0), beta.clamp(0.0, 1.0)) };
        let guess = self.predicted();
        let (ex, ey) = (found.x - guess.x, found.y - guess.y);
        // A step of less than a tenth of the radius is as likely jitter of the position as motion.
        let still = first && ex.hypot(ey) < 0.1 * guess.r;
        self.circle = Circle {
            x: guess.x + alpha * ex,
            y: guess.y + alpha * ey,
            r: (guess.r + alpha.min(0.5) * (found.r - guess.r)).max(0.5),
        };
        if !still {
            self.dx += beta * ex;
            self.dy += beta * ey;
        }
        self.updates = self.updates.saturating_add(1);
    }

    /// Moves on unseen, slowing down: an old velocity says less and less.
    pub(super) fn coast(&mut self) {
        self.circle = self.predicted();
        self.dx *= 0.8;
        self.dy *= 0.8;
    }
}
