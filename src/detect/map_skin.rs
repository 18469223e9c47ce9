//! Step 2, map skin: what the whole frame shows, place by place, carried along with the camera and computed anew where that no longer holds.

use std::sync::Arc;

use super::frame_model::FrameModel;
use super::frame_skin::{FrameSkin, KeptSkinMap};
use super::memory::Memory;
use super::origin::{AnswerOrigin, cover};
use super::setup::Setup;
use crate::cache::STILL;
use crate::geometry::Region;
use crate::model::ModelError;

/// Part of the frame's shorter side by which the camera moved when a map is computed anew: about as much of the frame is new.
const FAR: f32 = 0.05;
/// Squares by which the frame is watched for changes, along its shorter side.
const SQUARES: f64 = 3.0;
/// It changed when more cells of them than this did otherwise than by the camera's motion: some may be noise, an eye that goes elsewhere
/// changes more.
const CHANGED: usize = 8;

/// Where faces are to be covered, a map is computed anew after so many frames, whatever the frame shows.
const COVERING_FRAMES: u32 = 3;

/// The skin map, computed anew every few frames where the frame shows something else by then, and at once where the camera was lost.
pub(super) fn map_skin(setup: &Setup, memory: &mut Memory, model: &mut FrameModel) -> Result<FrameSkin, ModelError> {
    let due = setup.settings.scan.exhaustive || memory.camera_lost || is_old(setup, memory);
    if setup.skin_map && due {
        let (width, height) = (f64::from(setup.plan.frame.width), f64::from(setup.plan.frame.height));
        let squares = cover(Region { left: 0.0, top: 0.0, width, height }, width.min(height) / SQUARES);
        let map = Arc::new(model.skin_map()?);
        memory.skin = Some(KeptSkinMap { map, origin: AnswerOrigin::present(&memory.present, squares) });
    }
    Ok(memory.frame_skin())
}

/// Whether there is no map that holds for the present frame.
fn is_old(setup: &Setup, memory: &Memory) -> bool {
    let (Some(KeptSkinMap { origin, .. }), present, cache) = (&memory.skin, &memory.present, &setup.settings.cache)
    else {
        return true;
    };
    let (age, limits) = (present.now() - origin.computed, cache.coarse_limits());
    let holds = || {
        let moved = origin.moved_px(setup.plan.frame, present);
        moved <= FAR * setup.plan.frame.short() as f32
            && age < u64::from(limits.when(moved > STILL))
            && origin.changed(cache, present) <= CHANGED
    };
    let every = setup.settings.skin.every_frames.min(limits.moved);
    // A face that moves by itself is not carried along.
    let covering = setup.settings.cover_faces && age >= u64::from(every.min(COVERING_FRAMES));
    covering || age >= u64::from(every) && !holds()
}
