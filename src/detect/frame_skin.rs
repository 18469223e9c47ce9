//! The skin map as it lies to the present frame, and what it says of circles.

use std::sync::Arc;

use super::origin::AnswerOrigin;
use crate::cache::PresentFrame;
use crate::geometry::{Circle, Similarity};
use crate::model::skin_map::SkinMap;
use crate::skin::{SkinSettings, WELL_SHOWN_CELLS};

/// Share of a body around a circle from which it is on bare skin where the map shows no lesion; prints on cloth are circled all the same.
const ON_BODY: f32 = 0.5;
/// A circle is about a lesion where neither's radius is less than this part of the other's.
const SMALLEST_PART: f32 = 0.4;

/// A skin map, and the frame that it was made of.
pub(super) struct KeptSkinMap {
    pub(super) map: Arc<SkinMap>,
    pub(super) origin: AnswerOrigin,
}

/// The last skin map, carried to the present frame by the camera's motion. Without a map it drops nothing and changes no probability.
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

    /// Whether what is circled is clearly no lesion, but a part of a body or bare skin.
    pub(super) fn denies(&self, settings: &SkinSettings, circle: Circle) -> bool {
        let circle = self.on_map(circle);
        self.map.as_ref().is_some_and(|map| {
            let bare = || map.around(circle).on_body() >= ON_BODY;
            settings.is_part(map.within(circle))
                || settings.shows_too_little(map.most_lesion(circle), circle.r / map.cell_px()) && bare()
        })
    }

    /// The probability of skin around a circle, `0..=1`, given that the networks that looked at windows said `said`.
    pub(super) fn context(&self, settings: &SkinSettings, circle: Circle, said: f32) -> f32 {
        let Some(map) = &self.map else { return said };
        let circle = self.on_map(circle);
        settings.context(said, map.within(circle), map.around(circle))
    }

    /// Circles about the lesions that the map shows, px of the present frame.
    pub(super) fn lesions(&self, settings: &SkinSettings) -> Vec<Circle> {
        let (Some(map), Some(from)) = (&self.map, settings.lesion_from) else { return Vec::new() };
        let from_map = self.to_map.inverse();
        let moved = |circle: Circle| {
            let centre = from_map.apply(circle.centre());
            Circle { x: centre.x, y: centre.y, r: circle.r * from_map.scale() as f32 }
        };
        map.lesions(from).into_iter().map(moved).collect()
    }

    /// The extent of the lesion that a circle is about, from the map where that shows it well enough: windows see parts of a large lesion as
    /// well as all of it.
    pub(super) fn extent(&self, settings: &SkinSettings, circle: Circle) -> Option<Circle> {
        let cell = self.map.as_ref()?.cell_px() / self.to_map.scale() as f32;
        let about = |lesion: &Circle| {
            let alike = (SMALLEST_PART..=1.0 / SMALLEST_PART).contains(&(circle.r / lesion.r));
            lesion.r >= WELL_SHOWN_CELLS * cell && alike && lesion.centre().distance(circle.centre()) < lesion.r
        };
        self.lesions(settings).into_iter().find(about)
    }

    fn on_map(&self, circle: Circle) -> Circle {
        let centre = self.to_map.apply(circle.centre());
        Circle { x: centre.x, y: centre.y, r: circle.r * self.to_map.scale() as f32 }
    }
}
