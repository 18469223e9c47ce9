//! Step 2, map skin: what the whole frame shows, place by place, carried along with the camera and computed anew where that no longer holds.

use std::sync::Arc;

use super::frame_model::FrameModel;
use super::memory::Memory;
use super::origin::{AnswerOrigin, cover};
use super::setup::Setup;
use crate::cache::STILL;
use crate::geometry::{Circle, Region, Similarity};
use crate::model::ModelError;
use crate::model::skin_map::SkinMap;
use crate::skin::SkinSettings;

/// Part of the frame's shorter side by which the camera moved when a map is computed anew: about as much of the frame is new.
const FAR: f32 = 0.05;
/// Squares by which the frame is watched for changes, along its shorter side.
const SQUARES: f64 = 3.0;
/// It changed when more cells of them than this did otherwise than by the camera's motion: some may be noise, an eye that goes elsewhere
/// changes more.
const CHANGED: usize = 8;

/// A skin map, and the frame that it was made of.
pub(super) struct KeptSkinMap {
    map: Arc<SkinMap>,
    origin: AnswerOrigin,
}

/// The last skin map as it lies to the present frame; where there is none, nothing is said.
#[derive(Clone)]
pub(super) struct FrameSkin {
    map: Option<Arc<SkinMap>>,
    /// From points of the present frame to those of the map's.
    to_map: Similarity,
}

/// The skin map, computed anew every few frames where the frame shows something else by then, and at once where the camera was lost.
pub(super) fn map_skin(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    camera_lost: bool,
) -> Result<FrameSkin, ModelError> {
    let due = setup.settings.scan.exhaustive || camera_lost || is_old(setup, memory);
    if setup.skin_map && due {
        let (width, height) = (f64::from(setup.plan.frame.width), f64::from(setup.plan.frame.height));
        let squares = cover(Region { left: 0.0, top: 0.0, width, height }, width.min(height) / SQUARES);
        let map = Arc::new(model.skin_map()?);
        memory.skin = Some(KeptSkinMap { map, origin: AnswerOrigin::present(&memory.present, squares) });
    }
    Ok(FrameSkin::of(memory))
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
    age >= u64::from(setup.settings.skin.every_frames.min(limits.moved)) && !holds()
}

impl FrameSkin {
    /// Of the present frame, after [`map_skin`].
    pub(super) fn of(memory: &Memory) -> FrameSkin {
        let kept = memory.skin.as_ref();
        FrameSkin {
            map: kept.map(|kept| kept.map.clone()),
            to_map: kept.map_or(Similarity::IDENTITY, |kept| memory.present.to_first().then(&kept.origin.from_first)),
        }
    }

    /// Whether what is circled is clearly a part of a body that is no lesion.
    pub(super) fn is_part(&self, settings: &SkinSettings, circle: Circle) -> bool {
        self.map.as_ref().is_some_and(|map| settings.is_part(map.within(self.on_map(circle))))
    }

    /// The probability of skin around a circle, `0..=1`, given that the networks that looked at windows said `said`.
    pub(super) fn context(&self, settings: &SkinSettings, circle: Circle, said: f32) -> f32 {
        let Some(map) = &self.map else { return said };
        let circle = self.on_map(circle);
        settings.context(said, map.within(circle), map.around(circle))
    }

    fn on_map(&self, circle: Circle) -> Circle {
        let centre = self.to_map.apply(circle.centre());
        Circle { x: centre.x, y: centre.y, r: circle.r * self.to_map.scale() as f32 }
    }
}
