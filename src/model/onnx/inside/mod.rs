//! The inside of an ONNX classifier: its operators as steps that can be gone through forward and back, checked against tract before
//! they are believed; where some operator is not known, what lies behind the last feature map at least.

mod attributes;
mod conv;
mod convert;
mod curve;
mod cuts;
mod dense;
mod layers;
mod moving;
mod opening;
mod placed;
mod places;
mod pool;
mod program;
mod seen;
mod step;

use candle_core::{Result, Tensor, bail};

pub use self::opening::{logits, open};
use self::program::Program;
use self::seen::Seen;
use super::card::Picture;
use super::graph::Layout;
use super::runner::Runner;
use crate::model::frozen::{DEVIATION, MEAN};
use crate::model::inside::{Depth, Inside, Traced};
use crate::model::lattice::Lattice;

/// An ONNX classifier that can be looked into.
pub struct Looked {
    picture: Picture,
    classes: usize,
    /// What makes the last feature map of the picture, where the steps begin there only.
    body: Option<Runner>,
    program: Program,
    /// Slot of the last feature map.
    features: usize,
    /// Slot of the last feature map with more places.
    finer: usize,
    /// Whether the channels of either come last.
    turned: [bool; 2],
    averages: bool,
    depth: Depth,
    /// Why no deeper.
    why: String,
}

impl Inside for Looked {
    fn trace(&self, batch: &Tensor) -> Result<Box<dyn Traced + '_>> {
        Ok(Box::new(Seen::new(self, batch)?))
    }

    fn averages(&self) -> bool {
        self.averages
    }

    fn depth(&self) -> (Depth, &str) {
        (self.depth, &self.why)
    }

    fn lattices(&self) -> [Option<Lattice>; 2] {
        // Where the steps begin at the last feature map, nothing is known of the kernels before it.
        let of = |slot| self.program.lattice(slot, self.picture.layout).filter(|_| self.body.is_none());
        [of(self.features), of(self.finer)]
    }
}

impl Looked {
    /// The result of every step for a picture `(1, h, w, 3)` as the bundled networks see it.
    fn run(&self, x: &Tensor) -> Result<Vec<Tensor>> {
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

/// A picture `(1, h, w, 3)` as the bundled networks see it, as the input of a classifier wants it.
fn taken(picture: &Picture, x: &Tensor) -> Result<Tensor> {
    let line = picture.scaling.line();
    let order: Vec<u32> = line.source.iter().map(|at| *at as u32).collect();
    let x = x.index_select(&Tensor::new(order, x.device())?, 3)?;
    // Pixels 0..=255 first, then the classifier's own scaling.
    let slope = Tensor::new(&line.slope.map(|slope| slope * 255.0 * DEVIATION), x.device())?;
    let offsets: [f32; 3] = std::array::from_fn(|c| line.slope[c] * 255.0 * MEAN + line.offset[c]);
    let values = x.broadcast_mul(&slope)?.broadcast_add(&Tensor::new(&offsets, x.device())?)?;
    match picture.layout {
        Layout::Nhwc => values.contiguous(),
        Layout::Nchw => values.permute((0, 3, 1, 2))?.contiguous(),
    }
}

/// A signal at the input of a classifier at the picture; a slope is taken through the scaling, what is shared out is not.
fn given(picture: &Picture, signal: &Tensor, slope: bool) -> Result<Tensor> {
    let line = picture.scaling.line();
    let signal = match picture.layout {
        Layout::Nhwc => signal.clone(),
        Layout::Nchw => signal.permute((0, 2, 3, 1))?,
    };
    let times = line.slope.map(|times| if slope { times * 255.0 * DEVIATION } else { 1.0 });
    let signal = signal.broadcast_mul(&Tensor::new(&times, signal.device())?)?;
    let mut back = [0u32; 3];
    line.source.iter().enumerate().for_each(|(to, from)| back[*from] = to as u32);
    signal.contiguous()?.index_select(&Tensor::new(&back, signal.device())?, 3)
}
