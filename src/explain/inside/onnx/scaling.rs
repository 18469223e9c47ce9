//! Between pictures as the bundled networks see them and the input of a classifier.

use candle_core::{Result, Tensor};

use crate::model::onnx::card::PictureInput;
use crate::model::onnx::graph::AxisOrder;
use crate::model::own::frozen::{DEVIATION, MEAN};

/// A picture `(1, h, w, 3)` as the bundled networks see it, as the input of a classifier wants it.
pub(super) fn taken(picture: &PictureInput, x: &Tensor) -> Result<Tensor> {
    let line = picture.scaling.line();
    let order: Vec<u32> = line.source.iter().map(|at| *at as u32).collect();
    let x = x.index_select(&Tensor::new(order, x.device())?, 3)?;
    // Pixels 0..=255 first, then the classifier's own scaling.
    let slope = Tensor::new(&line.slope.map(|slope| slope * 255.0 * DEVIATION), x.device())?;
    let offsets: [f32; 3] = std::array::from_fn(|c| line.slope[c] * 255.0 * MEAN + line.offset[c]);
    let values = x.broadcast_mul(&slope)?.broadcast_add(&Tensor::new(&offsets, x.device())?)?;
    match picture.layout {
        AxisOrder::Nhwc => values.contiguous(),
        AxisOrder::Nchw => values.permute((0, 3, 1, 2))?.contiguous(),
    }
}

/// A signal at the input of a classifier, propagated back to the picture: a gradient goes through the scaling, relevance does not.
pub(super) fn given(picture: &PictureInput, signal: &Tensor, slope: bool) -> Result<Tensor> {
    let line = picture.scaling.line();
    let signal = match picture.layout {
        AxisOrder::Nhwc => signal.clone(),
        AxisOrder::Nchw => signal.permute((0, 2, 3, 1))?,
    };
    let times = line.slope.map(|times| if slope { times * 255.0 * DEVIATION } else { 1.0 });
    let signal = signal.broadcast_mul(&Tensor::new(&times, signal.device())?)?;
    let mut back = [0u32; 3];
    line.source.iter().enumerate().for_each(|(to, from)| back[*from] = to as u32);
    signal.contiguous()?.index_select(&Tensor::new(&back, signal.device())?, 3)
}
