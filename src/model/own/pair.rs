//! Two networks as one model: a quick one that searches, and a larger one that is asked about what was found.

use image::RgbImage;

use super::network::Network;
use crate::model::{Class, CoarseGeometry, Model, ModelError, Namer, Scores};

/// A model that has a second opinion.
#[derive(Clone)]
pub struct NetworkPair {
    search: Network,
    opinion: Network,
}

impl NetworkPair {
    /// The two networks as one model; an error when they do not answer with the same classes.
    pub fn new(search: Network, opinion: Network) -> Result<NetworkPair, ModelError> {
        let names =
            |network: &Network| -> Vec<String> { network.card().classes.iter().map(|c| c.name.clone()).collect() };
        if search.card().classes != opinion.card().classes {
            return Err(ModelError::DifferentClasses {
                opinion: opinion.card().name.clone(),
                opinion_classes: names(&opinion),
                search: search.card().name.clone(),
                search_classes: names(&search),
            });
        }
        Ok(NetworkPair { search, opinion })
    }
}

impl Model for NetworkPair {
    fn classes(&self) -> &[Class] {
        self.search.classes()
    }

    fn input_side(&self) -> u32 {
        self.search.input_side()
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        self.search.coarse_geometry()
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        self.search.coarse(level)
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        self.search.classify(windows)
    }

    fn opinion_side(&self) -> Option<u32> {
        Some(self.opinion.input_side())
    }

    fn opinions(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        self.opinion.classify(windows)
    }

    fn namer(&self) -> Option<&dyn Namer> {
        Some(&self.opinion)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
