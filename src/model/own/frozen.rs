//! A trained network that classifies: normalisation is folded into the convolutions, and no gradients are kept.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use image::RgbImage;

use super::architecture::{self, Block};
use crate::model::ops::activation::Activation;
use crate::model::ops::contiguous;
use crate::model::ops::conv::DirectConvolution;
use crate::model::ops::convolve::{Convolve, Dims};
use crate::model::ops::depthwise::Depthwise;
use crate::model::ops::geometry::ConvGeometry;
use crate::model::ops::kernel::Kernel;
use crate::model::ops::moments::EPSILON;
use crate::model::ops::winograd::Winograd;

/// Input pixels become `(value / 255 - MEAN) / DEVIATION` in every channel.
pub const MEAN: f32 = 0.5;
/// See [`MEAN`].
pub const DEVIATION: f32 = 0.25;
/// The lowest and the highest value of a normalised pixel.
pub const PIXELS: (f32, f32) = (-MEAN / DEVIATION, (1.0 - MEAN) / DEVIATION);

enum FoldedBlock {
    Plain(Kernel),
    Shortcut(Vec<Kernel>),
}

/// A chain of folded convolutions. Clones share the weights.
#[derive(Clone)]
pub struct FrozenNetwork {
    steps: Arc<Vec<FoldedBlock>>,
}

/// A linear head. Clones share the weights.
#[derive(Clone)]
pub struct LinearHead {
    outputs: usize,
    /// A 1x1 convolution, because candle's matrix product reads /proc/cpuinfo at every call.
    kernel: Arc<Kernel>,
}

impl FrozenNetwork {
    /// Folds the normalisation of every convolution: `w' = w * gamma / sigma`, `b' = beta - mean * gamma / sigma`.
    pub fn fold(steps: &[Block], tensors: &BTreeMap<String, Tensor>) -> Result<FrozenNetwork> {
        let folded = steps.iter().map(|step| {
            Ok(match step {
                Block::Plain(conv) => FoldedBlock::Plain(fold(conv, tensors)?),
                Block::Shortcut(convolutions) => {
                    FoldedBlock::Shortcut(convolutions.iter().map(|conv| fold(conv, tensors)).collect::<Result<_>>()?)
                }
            })
        });
        Ok(FrozenNetwork { steps: Arc::new(folded.collect::<Result<_>>()?) })
    }

    /// The last feature map `(n, h, w, c)` for a batch `(n, h, w, 3)`.
    pub fn forward(&self, batch: &Tensor) -> Result<Tensor> {
        batch.apply_op1_no_bwd(&self)
    }
}

impl CustomOp1 for &FrozenNetwork {
    fn name(&self) -> &'static str {
        "frozen network"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut held = ACTIVATIONS.take();
        held.start(contiguous(self.name(), storage, layout)?, layout.shape().dims4()?);
        for step in self.steps.iter() {
            match step {
                FoldedBlock::Plain(kernel) => held.apply(kernel, None, false)?,
                FoldedBlock::Shortcut(kernels) => {
                    let shortcut = Some((held.at, held.dims));
                    for (i, kernel) in kernels.iter().enumerate() {
                        held.apply(kernel, shortcut, i + 1 == kernels.len())?;
                    }
                }
            }
        }
        let last = (CpuStorage::F32(held.last().to_vec()), Shape::from(held.dims));
        ACTIVATIONS.set(held);
        Ok(last)
    }
}

thread_local! {
    /// Scratch buffers of this thread: memory that is used again is in the processor's cache and need not be cleared.
    static ACTIVATIONS: Cell<Activations> = const { Cell::new(Activations::none()) };
}

/// Three scratch buffers: for the current feature map, the previous one and a pending shortcut, in any order.
#[derive(Default)]
struct Activations {
    maps: [Vec<f32>; 3],
    /// Index of the buffer with the current map.
    at: usize,
    /// Shape of the current map.
    dims: Dims,
}

impl Activations {
    const fn none() -> Activations {
        Activations { maps: [const { Vec::new() }; 3], at: 0, dims: (0, 0, 0, 0) }
    }

    fn start(&mut self, batch: &[f32], dims: Dims) {
        self.dims = dims;
        room(&mut self.maps[self.at], dims).copy_from_slice(batch);
    }

    /// Computes the next feature map. `kept` is the index and shape of a pending shortcut, whose buffer is left alone; `add` adds it.
    fn apply(&mut self, kernel: &Kernel, kept: Option<(usize, Dims)>, add: bool) -> Result<()> {
        let dims = kernel.output(self.dims)?;
        if add && kept.is_some_and(|(_, kept)| kept != dims || !kernel.takes_shortcut()) {
            bail!("a shortcut of {kept:?} cannot be added to {dims:?}")
        }
        let kept = kept.map(|(map, _)| map);
        // Maps are large and small by turns. With the buffer that fits best not all of them grow to the largest size.
        let size = |map: &usize| self.maps[*map].len();
        let misfit = |map: &usize| (size(map) < length(dims), size(map).abs_diff(length(dims)));
        let free = (0..self.maps.len()).filter(|map| *map != self.at && Some(*map) != kept);
        let to = free.min_by_key(misfit).unwrap_or_default();
        let mut next = std::mem::take(&mut self.maps[to]);
        let out = room(&mut next, dims);
        let shortcut = kept.filter(|_| add).map(|kept| &self.maps[kept][..out.len()]);
        kernel.write(self.last(), self.dims, shortcut, out);
        self.maps[to] = next;
        (self.at, self.dims) = (to, dims);
        Ok(())
    }

    fn last(&self) -> &[f32] {
        &self.maps[self.at][..length(self.dims)]
    }
}

fn length((n, h, w, c): Dims) -> usize {
    n * h * w * c
}

/// The first values of a buffer, as many as a shape has; the buffer grows only where it is too short.
fn room(map: &mut Vec<f32>, dims: Dims) -> &mut [f32] {
    if map.len() < length(dims) {
        map.resize(length(dims), 0.0);
    }
    &mut map[..length(dims)]
}

impl LinearHead {
    /// The head of that name.
    pub fn named(name: &str, tensors: &BTreeMap<String, Tensor>) -> Result<LinearHead> {
        let numbers = |part: &str| get(tensors, name, part)?.flatten_all()?.to_vec1::<f32>();
        let (weights, bias) = (numbers("weight")?, numbers("bias")?);
        let geometry = ConvGeometry { kernel: 1, stride: 1, padding: 0 };
        let kernel = Kernel::Direct(DirectConvolution::new(&weights, &bias, geometry, Activation::Linear));
        Ok(LinearHead { outputs: bias.len(), kernel: Arc::new(kernel) })
    }

    /// Logits `(m, outputs)` of rows `(m, inputs)`.
    pub fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let (m, inputs) = rows.dims2()?;
        self.kernel.apply(&rows.reshape((1, 1, m, inputs))?, None)?.reshape((m, self.outputs))
    }
}

/// Global average pooling: `(n, h, w, c)` to `(n, c)`. Candle's own mean over two dimensions takes a slow path.
pub fn pooled(features: &Tensor) -> Result<Tensor> {
    let (n, h, w, c) = features.dims4()?;
    let values = features.flatten_all()?.to_vec1::<f32>()?;
    let mut sums = vec![0f32; n * c];
    for (sums, picture) in sums.chunks_exact_mut(c).zip(values.chunks_exact(h * w * c)) {
        for cell in picture.chunks_exact(c) {
            sums.iter_mut().zip(cell).for_each(|(sum, value)| *sum += value);
        }
        sums.iter_mut().for_each(|sum| *sum /= (h * w) as f32);
    }
    Tensor::from_vec(sums, (n, c), features.device())
}

/// Pictures of one size as a normalised batch `(n, h, w, 3)`.
///
/// # Errors
/// When there is no picture, or their sizes differ.
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
pub(crate) fn folded(
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
        Kernel::Direct(DirectConvolution::new(&weights, &bias, conv.geometry, conv.activation))
    })
}

pub(crate) fn get<'a>(tensors: &'a BTreeMap<String, Tensor>, name: &str, part: &str) -> Result<&'a Tensor> {
    match tensors.get(&format!("{name}.{part}")) {
        Some(tensor) => Ok(tensor),
        None => bail!("no tensor named {name}.{part}"),
    }
}
