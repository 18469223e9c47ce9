//! What the scan saw of a picture: its score map, and the skin map.

use image::RgbImage;

use crate::draw::{DrawSettings, Scene, View, annotate, tinted};
use crate::finding::{Detection, HeatGrid};
use crate::frame::Frame;
use crate::model::skin_map::SkinMap;

/// Opacity of the skin map, which covers all of a picture.
const SKIN_OPACITY: f32 = 0.45;

/// The scan's own map over a picture: what the circles come from.
pub(crate) struct ScanMap {
    /// The picture with the map as heat, and the outline of what is above the threshold.
    pub(crate) picture: RgbImage,
    pub(crate) grid: HeatGrid,
    /// The picture in the colours of the skin map, where the model has one.
    pub(crate) skin: Option<RgbImage>,
}

impl ScanMap {
    /// Of a picture, what was found in it, and its skin map.
    pub(crate) fn new(
        frame: &Frame,
        detection: &Detection,
        skin: Option<&SkinMap>,
        settings: &DrawSettings,
    ) -> ScanMap {
        let draw = DrawSettings { circles: false, heat: true, mask: true, ..settings.clone() };
        let view = View { draw, contour: None, help: false, notice: None };
        let found = Detection { not_assessable: None, ..detection.clone() };
        let scene = Scene { frame, detection: &found, classes: &[], status: None };
        let skin = skin.map(|map| tinted(&frame.pixels, map, SKIN_OPACITY));
        ScanMap { picture: annotate(&scene, &view, None), grid: found.heat, skin }
    }
}
