//! Outlines of lesions: an ellipse bent by noise, more or less irregular by kind.

use rand::{Rng, RngExt};

use super::kind::LesionKind;
use crate::pixels::paint::noise::{fbm, rotation};

/// An outline. Coordinates are in radii from the centre.
pub(super) struct LesionShape {
    seed: u32,
    /// Length of the short axis over the long one.
    aspect: f32,
    /// Direction of the long axis as cosine and sine.
    direction: (f32, f32),
    /// Strength of the coarse irregularity: lobes and bays.
    lobes: f32,
    /// Strength of the fine one: a ragged border.
    ragged: f32,
}

impl LesionShape {
    /// An outline as lesions of this kind have it.
    pub(super) fn draw(rng: &mut impl Rng, kind: LesionKind) -> LesionShape {
        let (aspect, lobes, ragged) = match kind {
            LesionKind::Nevus => (0.74..1.0, 0.05..0.2, 0.02..0.07),
            LesionKind::Melanoma => (0.62..0.95, 0.28..0.52, 0.06..0.14),
            LesionKind::SeborrheicKeratosis => (0.68..1.0, 0.1..0.28, 0.06..0.12),
            LesionKind::ActinicKeratosis => (0.65..1.0, 0.2..0.5, 0.12..0.3),
            LesionKind::Bcc => (0.75..1.0, 0.08..0.3, 0.03..0.08),
            LesionKind::Scc => (0.75..1.0, 0.1..0.3, 0.06..0.12),
            LesionKind::Vascular => (0.72..1.0, 0.04..0.15, 0.02..0.05),
        };
        LesionShape {
            seed: rng.random(),
            aspect: rng.random_range(aspect),
            direction: rotation(rng.random_range(0.0..1.0)),
            lobes: rng.random_range(lobes),
            ragged: rng.random_range(ragged),
        }
    }

    /// Depth inside the outline: 1 at its middle, 0 on it, negative outside.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
        let (c, s) = self.direction;
        let (u, v) = (c * x + s * y, (c * y - s * x) / self.aspect);
        let bend =
            self.lobes * fbm(self.seed, 1.3 * x, 1.3 * y, 2) + self.ragged * fbm(self.seed ^ 0x5A, 4.0 * x, 4.0 * y, 2);
        1.0 - (u * u + v * v).sqrt() * (1.04 + bend)
    }
}
