//! An ONNX classifier as steps, from the picture on or from the last feature map on.

use candle_core::{Result, Tensor, bail};

use super::program::Program;
use super::scaling::taken;
use crate::explain::inside::{Depth, OpeningError};
use crate::model::onnx::card::PictureInput;
use crate::model::onnx::runner::Runner;

/// An ONNX classifier that can be looked into.
pub(super) struct OnnxInternals {
    pub(super) picture: PictureInput,
    pub(super) classes: usize,
    /// Runs the graph up to the last feature map, where only what follows it is converted.
    pub(super) body: Option<Runner>,
    pub(super) program: Program,
    /// Slot of the last feature map.
    pub(super) features: usize,
    /// Slot of the last feature map that has more cells.
    pub(super) finer: usize,
    /// Whether the channels of either come last.
    pub(super) turned: [bool; 2],
    pub(super) averages: bool,
    pub(super) depth: Depth,
    /// Why no deeper; `None` where it can be looked into all the way.
    pub(super) obstacle: Option<OpeningError>,
}

impl OnnxInternals {
    /// The result of every step for a picture `(1, h, w, 3)` as the bundled networks see it.
    pub(super) fn run(&self, x: &Tensor) -> Result<Vec<Tensor>> {
        let values = taken(&self.picture, x)?;
        match &self.body {
            None => self.program.run(values),
            Some(body) => {
                let values: Vec<f32> = values.flatten_all()?.to_vec1()?;
                let features = body.run_shaped(&values).map_err(candle_core::Error::msg)?;
                match features.into_iter().next() {
                    Some(features) => self.program.run(features),
                    None => bail!("the network shows no feature map"),
                }
            }
        }
    }
}
