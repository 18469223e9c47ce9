//! The skin map as it lies to the present frame, and what it says of circles.

use std::sync::Arc;

use super::origin::AnswerOrigin;
use crate::cache::PresentFrame;
use crate::geometry::{Circle, Similarity};
use crate::model::skin_map::SkinMap;
use crate::skin::SkinSettings;

/// A skin map, and the frame that it was made of.
pub(super) struct KeptSkinMap {
    pub(super) map: Arc<SkinMap>,
    pub(super) origin: AnswerOrigin,
}

/// The last skin map as it lies to the present frame; where there is none, nothing is said.
pub(super) struct FrameSkin {
    map: Option<Arc<SkinMap>>,
    /// From points of the present frame to those of the map's.
    to_map: Similarity,
}

impl FrameSkin {
    /// Of a map that was kept, if any was.
    pub(super) fn new(kept: Option<&KeptSkinMap>, present: &PresentFrame) -> FrameSkin {
        FrameSkin {
            map: kept.map(|kept| kept.map.clone()),
            to_map: kept.map_or(Similarity::IDENTITY, |kept| present.to_first().then(&kept.origin.from_first)),
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
