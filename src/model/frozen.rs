//! A trained network at work: normalisation folded into the convolutions, no gradients.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor, bail};
use image::RgbImage;

use super::architecture::{self, Step};
use super::ops::batch_norm::EPSILON;
use super::ops::conv::Convolution;
use super::ops::depthwise::Depthwise;
use super::ops::kernel::Kernel;
use super::ops::winograd::Winograd;

/// Input pixels become `(value / 255 - MEAN) / DEVIATION` in every channel.
pub const MEAN: f32 = 0.5;
/// See [`MEAN`].
pub const DEVIATION: f32 = 0.25;
/// The lowest and the highest value that a pixel can have as the network sees it.
pub const PIXELS: (f32, f32) = (-MEAN / DEVIATION, (1.0 - MEAN) / DEVIATION);

enum FoldedStep {
    Plain(Kernel),
    Shortcut(Vec<Kernel>),
}

/// A chain of folded convolutions. Clones share the weights.
#[derive(Clone)]
pub struct Frozen {
    steps: Arc<Vec<FoldedStep>>,
}

/// A linear head. Clones share the weights.
#[derive(Clone)]
pub struct Head {
    weight: Tensor,
    bias: Tensor,
}

impl Frozen {
    /// Folds the normalisation of every convolution: `w' = w * gamma / sigma`, `b' = beta - mean * gamma / sigma`.
    pub fn fold(steps: &[Step], tensors: &BTreeMap<String, Tensor>) -> Result<Frozen> {
        let folded = steps.iter().map(|step| {
            Ok(match step {
                Step::Plain(conv) => FoldedStep::Plain(fold(conv, tensors)?),
                Step::Shortcut(convolutions) => {
                    FoldedStep::Shortcut(convolutions.iter().map(|conv| fold(conv, tensors)).collect::<Result<_>>()?)
                }
            })
        });
        Ok(Frozen { steps: Arc::new(folded.collect::<Result<_>>()?) })
    }

    /// The last feature map `(n, h, w, c)` for a batch `(n, h, w, 3)`.
    pub fn forward(&self, batch: &Tensor) -> Result<Tensor> {
        let mut x = batch.clone();
        for step in self.steps.iter() {
            x = match step {
                FoldedStep::Plain(kernel) => kernel.apply(&x, None)?,
                FoldedStep::Shortcut(kernels) => {
                    let mut inner = x.clone();
                    for (i, kernel) in kernels.iter().enumerate() {
                        inner = kernel.apply(&inner, (i + 1 == kernels.len()).then_some(&x))?;
                    }
                    inner
                }
            };
        }
        Ok(x)
    }
}

impl Head {
    /// The head of that name.
    pub fn named(name: &str, tensors: &BTreeMap<String, Tensor>) -> Result<Head> {
        Ok(Head { weight: get(tensors, name, "weight")?.clone(), bias: get(tensors, name, "bias")?.clone() })
    }

    /// Logits `(m, outputs)` of rows `(m, inputs)`.
    pub fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        rows.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

/// Global average pooling: `(n, h, w, c)` to `(n, c)`. Candle's own mean over two dimensions takes a slow path.
pub fn pooled(features: &Tensor) -> Result<Tensor> {
    let (n, h, w, c) = features.dims4()?;
    let values = features.flatten_all()?.to_vec1::<f32>()?;
    let mut sums = vec![0f32; n * c];
    for (sums, picture) in sums.chunks_exact_mut(c).zip(values.chunks_exact(h * w * c)) {
        for place in picture.chunks_exact(c) {
            sums.iter_mut().zip(place).for_each(|(sum, value)| *sum += value);
        }
        sums.iter_mut().for_each(|sum| *sum /= (h * w) as f32);
    }
    Tensor::from_vec(sums, (n, c), features.device())
}

/// Pictures of one size as a batch `(n, h, w, 3)`, normalised.
pub fn batch(pictures: &[&RgbImage]) -> Result<Tensor> {
    let Some(first) = pictures.first() else { bail!("an empty batch") };
    let (w, h) = first.dimensions();
    let mut values = Vec::with_capacity(pictures.len() * first.as_raw().len());
    for picture in pictures {
        if picture.dimensions() != (w, h) {
            bail!("a batch of pictures of different sizes: {:?} and {:?}", picture.dimensions(), (w, h))
        }
        // One multiplication and one addition a value, no division.
        let (scale, offset) = (1.0 / (255.0 * DEVIATION), -MEAN / DEVIATION);
        values.extend(picture.as_raw().iter().map(|&v| f32::from(v) * scale + offset));
    }
    Tensor::from_vec(values, (pictures.len(), h as usize, w as usize, 3), &Device::Cpu)
}

/// Weights `(rows, outputs)` and bias of a convolution with its normalisation folded in.
pub(super) fn folded(
    conv: &architecture::Convolution,
    tensors: &BTreeMap<String, Tensor>,
) -> Result<(Tensor, Vec<f32>)> {
    let part = |part: &str| get(tensors, &conv.name, part);
    let sigma = (part("variance")? + f64::from(EPSILON))?.sqrt()?;
    let scale = (part("gamma")? / sigma)?;
    let bias = (part("beta")? - (part("mean")? * &scale)?)?.to_vec1()?;
    Ok((part("weight")?.broadcast_mul(&scale)?, bias))
}

fn fold(conv: &architecture::Convolution, tensors: &BTreeMap<String, Tensor>) -> Result<Kernel> {
    let (weights, bias) = folded(conv, tensors)?;
    let weights: Vec<f32> = weights.flatten_all()?.to_vec1()?;
    Ok(if conv.depthwise {
        Kernel::Depthwise(Depthwise::new(&weights, &bias, conv.geometry, conv.activation))
    } else if Winograd::fits(conv.geometry, conv.input, conv.output) {
        Kernel::Winograd(Winograd::new(&weights, &bias, conv.activation))
    } else {
        Kernel::Direct(Convolution::new(&weights, &bias, conv.geometry, conv.activation))
    })
}

pub(super) fn get<'a>(tensors: &'a BTreeMap<String, Tensor>, name: &str, part: &str) -> Result<&'a Tensor> {
    match tensors.get(&format!("{name}.{part}")) {
        Some(tensor) => Ok(tensor),
        None => bail!("no tensor named {name}.{part}"),
    }
}
