//! Any classifier together with the network that says what the whole picture shows.

use image::RgbImage;

use super::skin_network::SkinNetwork;
use crate::geometry::Size;
use crate::model::skin_map::SkinMap;
use crate::model::{Class, CoarseGeometry, Exclusivity, Model, ModelError, Namer, Scores};

/// A model that has a skin map; all else it leaves to the model within.
pub struct WithSkinMap {
    model: Box<dyn Model>,
    skin: SkinNetwork,
}

impl WithSkinMap {
    /// A model and the network of its skin map.
    pub fn new(model: Box<dyn Model>, skin: SkinNetwork) -> WithSkinMap {
        WithSkinMap { model, skin }
    }
}

impl Model for WithSkinMap {
    fn classes(&self) -> &[Class] {
        self.model.classes()
    }

    fn exclusivity(&self) -> Exclusivity {
        self.model.exclusivity()
    }

    fn input_side(&self) -> u32 {
        self.model.input_side()
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        self.model.coarse_geometry()
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        self.model.coarse(level)
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        self.model.classify(windows)
    }

    fn opinion_side(&self) -> Option<u32> {
        self.model.opinion_side()
    }

    fn opinions(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        self.model.opinions(windows)
    }

    fn skin_map_size(&self, picture: Size) -> Option<Size> {
        Some(self.skin.shown_size(picture))
    }

    fn skin_map(&mut self, picture: &RgbImage) -> Result<Option<SkinMap>, ModelError> {
        self.skin.map(picture).map(Some)
    }

    fn namer(&self) -> Option<&dyn Namer> {
        self.model.namer()
    }

    fn namer_classes(&self) -> Option<&[usize]> {
        self.model.namer_classes()
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(WithSkinMap { model: self.model.fork(), skin: self.skin.clone() })
    }
}
