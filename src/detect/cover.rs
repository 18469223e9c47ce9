//! Step 12, cover: where faces are, to be made unrecognisable in whatever is written and shown.

use std::sync::Arc;

use super::frame_skin::KeptSkinMap;
use super::memory::Memory;
use super::setup::Setup;
use crate::finding::FaceRegion;
use crate::geometry::{Similarity, Size, Square};
use crate::model::skin_map::SkinMap;
use crate::skin::faces;

/// A face stays covered for so many frames after a map has missed it: a second at 30 frames a second.
const HELD_FRAMES: u64 = 30;
/// While a map is carried along, what it covers grows by this part of the way that the camera went, and by this part of its cells a frame: what
/// moves by itself is not carried along.
const CAMERA: f32 = 0.25;
/// See [`CAMERA`].
const CELLS_A_FRAME: f32 = 0.2;
/// It grows by no more than so many cells.
const MOST_CELLS: f32 = 2.0;

/// Faces that were seen, as they lie in the first frame of all.
#[derive(Default)]
pub(super) struct Faces {
    seen: Vec<FacesOfMap>,
}

/// The faces of one map.
struct FacesOfMap {
    map: Arc<SkinMap>,
    /// Number of the map's frame.
    computed: u64,
    /// From points of the map's frame to those of the first.
    to_first: Similarity,
    regions: Vec<Vec<Square>>,
}

impl Faces {
    /// What is to be covered of the present frame.
    pub(super) fn cover(&mut self, setup: &Setup, memory: &Memory, assessed: bool) -> Vec<FaceRegion> {
        let (present, frame) = (&memory.present, setup.plan.frame);
        // Where there is no map, a face may be anywhere.
        let Some(KeptSkinMap { map, origin }) = memory.skin.as_ref().filter(|_| assessed) else {
            return vec![whole(frame)];
        };
        if self.seen.last().is_none_or(|last| !Arc::ptr_eq(&last.map, map)) {
            let (map, regions) = (map.clone(), faces(map));
            self.seen.push(FacesOfMap { map, computed: origin.computed, to_first: origin.to_first, regions });
        }
        let newest = self.seen.len().saturating_sub(1);
        let mut at = 0..;
        self.seen.retain(|seen| {
            let behind = at.next().map_or(0, |at: usize| newest - at) as u64;
            behind == 0 || behind < HELD_FRAMES && seen.computed + HELD_FRAMES > present.now()
        });
        let of = |seen: &FacesOfMap| -> Vec<FaceRegion> {
            let motion = seen.to_first.then(&present.from_first());
            let age = present.now().saturating_sub(seen.computed) as f32;
            let moved = |square: &Square| carried(*square, &motion, age);
            seen.regions.iter().map(|region| FaceRegion { squares: region.iter().map(moved).collect() }).collect()
        };
        self.seen.iter().flat_map(of).collect()
    }
}

/// Where a square is after a motion, grown by what is not known of that.
fn carried(square: Square, motion: &Similarity, age_frames: f32) -> Square {
    let moved = motion.square(square);
    let way = moved.centre().distance(square.centre());
    let margin = (CAMERA * way + CELLS_A_FRAME * age_frames * moved.side).min(MOST_CELLS * moved.side);
    Square { x: moved.x - margin, y: moved.y - margin, side: moved.side + 2.0 * margin }
}

/// All of a frame.
fn whole(frame: Size) -> FaceRegion {
    let side = frame.width.max(frame.height) as f32;
    FaceRegion { squares: vec![Square { x: 0.0, y: 0.0, side }] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_along_grows_with_its_age_and_its_way_up_to_a_limit() {
        let square = Square { x: 40.0, y: 20.0, side: 10.0 };
        let side = |motion: Similarity, age: f32| carried(square, &motion, age).side;
        let moved = |dx: f64| Similarity { dx, ..Similarity::IDENTITY };
        assert_eq!(carried(square, &Similarity::IDENTITY, 0.0), square);
        assert!((side(Similarity::IDENTITY, 3.0) - 22.0).abs() < 1e-4);
        assert!((side(moved(40.0), 0.0) - 30.0).abs() < 1e-4);
        assert!((side(moved(400.0), 300.0) - 50.0).abs() < 1e-4);
        assert!((carried(square, &moved(40.0), 0.0).centre().x - 85.0).abs() < 1e-4);
    }

    #[test]
    fn a_whole_frame_is_covered_to_its_corners() {
        let region = whole(Size { width: 640, height: 480 });
        assert_eq!(region.squares, [Square { x: 0.0, y: 0.0, side: 640.0 }]);
    }
}
