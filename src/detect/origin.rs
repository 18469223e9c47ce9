//! What an answer about a part of the frame was given about, and how the present frame differs from that.

use crate::cache::{CacheSettings, Fingerprint, PresentFrame};
use crate::geometry::{Point, Region, Similarity, Size, Square};

/// The frame that an answer was given about, and what it showed there.
pub(super) struct AnswerOrigin {
    /// From points of the first frame to those of the answer's.
    pub(super) from_first: Similarity,
    /// The way back.
    pub(super) to_first: Similarity,
    /// Number of the answer's frame.
    pub(super) computed: u64,
    fingerprints: Vec<SeenSquare>,
}

/// A square of a frame, and what it showed.
struct SeenSquare {
    square: Square,
    fingerprint: Fingerprint,
}

impl AnswerOrigin {
    /// The present frame, as these squares of it show.
    pub(super) fn present(present: &PresentFrame, squares: Vec<Square>) -> AnswerOrigin {
        let seen = |square: Square| {
            let fingerprint = present.fingerprint(square, &Similarity::IDENTITY)?;
            Some(SeenSquare { square, fingerprint })
        };
        let fingerprints = squares.into_iter().filter_map(seen).collect();
        let (from_first, to_first, computed) = (present.from_first(), present.to_first(), present.now());
        AnswerOrigin { from_first, to_first, computed, fingerprints }
    }

    /// From points of the answer's frame to those of the present one.
    pub(super) fn motion(&self, present: &PresentFrame) -> Similarity {
        self.to_first.then(&present.from_first())
    }

    /// How far the camera's motion took a corner of the frame at most, px.
    pub(super) fn moved_px(&self, frame: Size, present: &PresentFrame) -> f32 {
        let (width, height) = (frame.width as f32, frame.height as f32);
        let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)].map(Point::from);
        let motion = self.motion(present);
        corners.iter().map(|corner| motion.apply(*corner).distance(*corner)).fold(0.0, f32::max)
    }

    /// How many cells of the squares changed otherwise than by the camera's motion.
    pub(super) fn changed(&self, settings: &CacheSettings, present: &PresentFrame) -> usize {
        let motion = self.motion(present);
        let compare = |before: &SeenSquare| {
            Some(present.fingerprint(before.square, &motion)?.changed(&before.fingerprint, settings))
        };
        self.fingerprints.iter().filter_map(compare).sum()
    }
}

/// Squares of at most this side, px, that cover a part of a frame.
pub(super) fn cover(part: Region, side: f64) -> Vec<Square> {
    let Region { left, top, width, height } = part;
    let along = |start: f64, length: f64| {
        let count = (length / side).ceil().max(1.0) as u32;
        let step = if count > 1 { (length - side) / f64::from(count - 1) } else { 0.0 };
        (0..count).map(move |index| (start + f64::from(index) * step) as f32)
    };
    let row = |y: f32| along(left, width).map(move |x| Square { x, y, side: side as f32 });
    along(top, height).flat_map(row).collect()
}
