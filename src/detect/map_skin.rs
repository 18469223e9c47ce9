//! Step 2, map skin: what the whole frame shows, place by place, carried along with the camera and computed anew every few frames.

use std::sync::Arc;

use super::frame_model::FrameModel;
use super::memory::Memory;
use super::setup::Setup;
use crate::cache::PresentFrame;
use crate::geometry::{Circle, Similarity};
use crate::model::ModelError;
use crate::model::skin_map::SkinMap;
use crate::skin::SkinSettings;

/// A skin map, and the frame that it was made of.
pub(super) struct KeptSkinMap {
    map: Arc<SkinMap>,
    from_first: Similarity,
    computed: u64,
}

/// The last skin map as it lies to the present frame; where there is none, nothing is said.
#[derive(Clone)]
pub(super) struct FrameSkin {
    map: Option<Arc<SkinMap>>,
    /// From points of the present frame to those of the map's.
    to_map: Similarity,
}

/// Sees to it that the skin map is no older than the settings allow. One of an exhaustive scan, or from before the camera was lost, is not used.
pub(super) fn map_skin(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    camera_lost: bool,
) -> Result<FrameSkin, ModelError> {
    let (Memory { present, skin, .. }, settings) = (&mut *memory, &setup.settings);
    // Where the cache is off, each frame has its own.
    let every = u64::from(settings.skin.every_frames.min(settings.cache.limits().moved.max(1)));
    let old = skin.as_ref().is_none_or(|kept| present.now() >= kept.computed + every);
    if setup.skin_map && (old || camera_lost || settings.scan.exhaustive) {
        let map = Arc::new(model.skin_map()?);
        *skin = Some(KeptSkinMap { map, from_first: present.from_first(), computed: present.now() });
    }
    Ok(FrameSkin::of(memory))
}

impl KeptSkinMap {
    fn to_map(&self, present: &PresentFrame) -> Similarity {
        present.to_first().then(&self.from_first)
    }
}

impl FrameSkin {
    /// Of the present frame, after [`map_skin`].
    pub(super) fn of(memory: &Memory) -> FrameSkin {
        let kept = memory.skin.as_ref();
        FrameSkin {
            map: kept.map(|kept| kept.map.clone()),
            to_map: kept.map_or(Similarity::IDENTITY, |kept| kept.to_map(&memory.present)),
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
