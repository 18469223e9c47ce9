//! lesionscope's own network as the scan asks it.

use image::RgbImage;

use super::class::Class;
use super::error::ModelError;
use super::finite;
use super::interface::{GateGeometry, Model};
use super::namer::Namer;
use super::network::Network;
use super::scores::Scores;

impl Model for Network {
    fn classes(&self) -> &[Class] {
        &self.card().classes
    }

    fn input_side(&self) -> u32 {
        self.card().classifier.side as u32
    }

    fn gate_geometry(&self) -> GateGeometry {
        GateGeometry { side: self.card().gate.side as u32, stride: self.card().gate.stride() as u32 }
    }

    fn gate(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let answers = self.coarse(level)?;
        finite::answer(&answers)?;
        Ok(answers)
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        if windows.is_empty() { Ok(Vec::new()) } else { finite::scores(self.scores(windows)?) }
    }

    fn namer(&self) -> Option<Namer<'_>> {
        Some(Namer::Own(self))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
