//! Truth of scenes: which lesions are where on every frame.

use serde::{Deserialize, Serialize};

use crate::geometry::{Circle, Size};

/// Truth of one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthFrame {
    /// Number of the frame, from 0.
    pub frame: u64,
    /// Presentation time, s.
    pub time_s: f64,
    /// Lesions whose circle reaches into the frame; the centre may lie outside of it.
    pub lesions: Vec<TruthLesion>,
    /// Outline of the skin, px of the frame; its corners may lie outside of the frame. Everything else is cloth.
    pub skin: Vec<[f32; 2]>,
}

/// One lesion of a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthLesion {
    /// Number of the lesion within its clip.
    pub id: u32,
    /// Class, as data sets name it (see `model::classes`).
    pub class: String,
    /// Horizontal centre, px.
    pub x: f32,
    /// Vertical centre, px.
    pub y: f32,
    /// Radius, px.
    pub r: f32,
}

impl TruthLesion {
    /// Its circle.
    pub fn circle(&self) -> Circle {
        Circle { x: self.x, y: self.y, r: self.r }
    }

    /// Whether its centre lies within a frame of this size, px; where that is not known, it does.
    pub fn is_within(&self, frame: Option<Size>) -> bool {
        let Some(Size { width, height }) = frame else { return true };
        (0.0..width as f32).contains(&self.x) && (0.0..height as f32).contains(&self.y)
    }
}

impl TruthFrame {
    /// Whether a point lies inside the outline of the skin (even-odd rule).
    pub fn on_skin(&self, x: f32, y: f32) -> bool {
        let mut inside = false;
        let mut previous = self.skin.last().copied().unwrap_or_default();
        for &[bx, by] in &self.skin {
            let [ax, ay] = previous;
            if (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax) {
                inside = !inside;
            }
            previous = [bx, by];
        }
        inside
    }
}
