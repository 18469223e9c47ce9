//! Direct convolution, NHWC, with bias, an optional shortcut and ReLU in the same pass.
//!
//! A tile of output pixels times a block of output channels stays in registers while the receptive field streams by.
//! Every output is summed in the same order whatever the batch, so a window's answer is the same bit for bit alone,
//! in a batch, or as part of a larger picture. Vectors come from `pulp`, which picks AVX-512, AVX2, NEON or plain
//! arithmetic at run time without unsafe code of ours.

use std::borrow::Cow;

use candle_core::{CpuStorage, Result, Shape, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::geometry::ConvGeometry;

/// Widest block of output channels.
const WIDEST: usize = 32;

/// Output channels that the kernel of this machine computes together: a whole number of vectors, and few enough that a
/// tile of pixels times the block fits the registers (32 of them with AVX-512, 16 elsewhere).
fn block_of(outputs: usize) -> usize {
    match Arch::new().dispatch(Lanes) {
        16 if outputs.is_multiple_of(WIDEST) => WIDEST,
        8 if outputs % 16 == 8 && outputs.is_multiple_of(24) => 24,
        _ => 16,
    }
}

/// Asks for the number of lanes of a vector.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

/// A convolution with its weights laid out for the kernel: `y = act(conv(x) + bias)`, or with a shortcut
/// `y = act(conv(x) + bias + shortcut)`. Activations are `(n, h, w, c)`; pictures of a batch are spread over
/// the threads of the current rayon pool.
pub struct Convolution {
    /// Blocks of output channels, in each the receptive field by kernel row, kernel column, input channel.
    weights: Vec<f32>,
    /// Padded with zeros to whole blocks.
    bias: Vec<f32>,
    block: usize,
    inputs: usize,
    outputs: usize,
    geometry: ConvGeometry,
    activation: Activation,
}

impl Convolution {
    /// From a row-major matrix `(kernel * kernel * inputs, outputs)` and one bias an output.
    pub fn new(weights: &[f32], bias: &[f32], geometry: ConvGeometry, activation: Activation) -> Convolution {
        let outputs = bias.len();
        let rows = weights.len() / outputs.max(1);
        let block = block_of(outputs);
        let blocks = outputs.div_ceil(block);
        let mut packed = vec![0f32; blocks * rows * block];
        for (row, line) in weights.chunks_exact(outputs.max(1)).enumerate() {
            for (o, &weight) in line.iter().enumerate() {
                packed[(o / block * rows + row) * block + o % block] = weight;
            }
        }
        let mut padded = bias.to_vec();
        padded.resize(blocks * block, 0.0);
        let inputs = rows / (geometry.kernel * geometry.kernel).max(1);
        Convolution { weights: packed, bias: padded, block, inputs, outputs, geometry, activation }
    }

    /// Without bias or activation, as training needs it. From a row-major matrix `(kernel * kernel * inputs, outputs)`.
    pub fn linear(weights: &[f32], outputs: usize, geometry: ConvGeometry) -> Convolution {
        Convolution::new(weights, &vec![0.0; outputs], geometry, Activation::Linear)
    }

    /// The result for a batch `(n, h, w, c)`, with its shape; an error when the shapes do not fit.
    pub fn forward(&self, x: &[f32], shape: &Shape, shortcut: Option<&[f32]>) -> Result<(CpuStorage, Shape)> {
        let (n, h, w, c) = shape.dims4()?;
        let (oh, ow) = (self.geometry.output(h), self.geometry.output(w));
        let size = oh * ow * self.outputs;
        if c != self.inputs || size == 0 || shortcut.is_some_and(|s| s.len() != n * size) {
            bail!("convolution: input {shape:?} does not fit {} channels and {:?}", self.inputs, self.geometry)
        }
        let arch = Arch::new();
        let mut out = vec![0f32; n * size];
        let pictures = x.par_chunks_exact(h * w * c).zip(out.par_chunks_exact_mut(size)).enumerate();
        pictures.for_each(|(i, (picture, out))| {
            let pixels = padded(picture, (h, w, c), self.geometry.padding);
            arch.dispatch(Picture {
                convolution: self,
                pixels: &pixels,
                width: w + 2 * self.geometry.padding,
                output: (oh, ow),
                shortcut: shortcut.map(|s| &s[i * size..(i + 1) * size]),
                out,
            });
        });
        Ok((CpuStorage::F32(out), Shape::from((n, oh, ow, self.outputs))))
    }

    /// The matrix product of rows `(m, inputs)` with the weights of a 1x1 convolution, on this thread; a row's sums do not
    /// depend on the others.
    pub(super) fn multiply(&self, rows: &[f32], out: &mut [f32]) {
        let count = rows.len() / self.inputs;
        let picture =
            Picture { convolution: self, pixels: rows, width: count, output: (1, count), shortcut: None, out };
        Arch::new().dispatch(picture);
    }
}

/// The picture `(h, w, c)` with `padding` zeros at every border.
pub fn padded(picture: &[f32], (h, w, c): (usize, usize, usize), padding: usize) -> Cow<'_, [f32]> {
    if padding == 0 {
        return Cow::Borrowed(picture);
    }
    let width = w + 2 * padding;
    let mut out = vec![0f32; (h + 2 * padding) * width * c];
    for (y, line) in picture.chunks_exact(w * c).enumerate() {
        let at = ((y + padding) * width + padding) * c;
        out[at..at + w * c].copy_from_slice(line);
    }
    Cow::Owned(out)
}

/// One padded picture to be convolved.
struct Picture<'a> {
    convolution: &'a Convolution,
    pixels: &'a [f32],
    width: usize,
    output: (usize, usize),
    shortcut: Option<&'a [f32]>,
    out: &'a mut [f32],
}

impl WithSimd for Picture<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Vectors a block x pixels a tile: the sums, one row of weights and one input fill the registers.
        match (S::F32_LANES, self.convolution.block) {
            (16, 32) => self.convolve::<S, 2, 10>(simd),
            (16, _) => self.convolve::<S, 1, 16>(simd),
            (8, 24) => self.convolve::<S, 3, 3>(simd),
            (8, _) => self.convolve::<S, 2, 6>(simd),
            (4, _) => self.convolve::<S, 4, 6>(simd),
            _ => self.convolve::<S, 16, 1>(simd),
        }
    }
}

impl Picture<'_> {
    #[inline(always)]
    fn convolve<S: Simd, const V: usize, const T: usize>(mut self, simd: S) {
        let Convolution { bias, outputs, .. } = self.convolution;
        let channels = V * S::F32_LANES;
        let pixels = self.output.0 * self.output.1;
        for first in (0..pixels).step_by(T) {
            let count = (pixels - first).min(T);
            // A tile at the end repeats its last pixel rather than branch inside.
            let starts: [usize; T] = std::array::from_fn(|t| self.start(first + t.min(count - 1)));
            for group in 0..bias.len() / channels {
                let sums = self.sums::<S, V, T>(simd, &starts, group);
                for (t, sums) in sums.iter().enumerate().take(count) {
                    let at = (first + t) * outputs + group * channels;
                    self.put(simd, sums, at..(at + channels).min((first + t + 1) * outputs));
                }
            }
        }
    }

    /// Finishes the sums of one pixel and writes them to a range of the output.
    #[inline(always)]
    fn put<S: Simd, const V: usize>(&mut self, simd: S, sums: &[S::f32s; V], range: std::ops::Range<usize>) {
        let (low, high) = self.convolution.activation.bounds();
        let whole = range.len() == V * S::F32_LANES;
        let shortcut = self.shortcut.map(|s| &s[range.clone()]);
        let out = &mut self.out[range];
        if whole {
            let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
            let (out, _) = S::as_mut_simd_f32s(out);
            let extra = shortcut.map(|s| S::as_simd_f32s(s).0);
            for (v, (out, &sum)) in out.iter_mut().zip(sums).enumerate() {
                let sum = extra.map_or(sum, |extra| simd.add_f32s(sum, extra[v]));
                *out = simd.min_f32s(simd.max_f32s(sum, low), high);
            }
        } else {
            let mut values = [0f32; WIDEST];
            S::as_mut_simd_f32s(&mut values).0[..V].copy_from_slice(sums);
            for (i, (out, value)) in out.iter_mut().zip(values).enumerate() {
                *out = (value + shortcut.map_or(0.0, |s| s[i])).clamp(low, high);
            }
        }
    }

    /// Index of the first input under an output pixel.
    #[inline(always)]
    fn start(&self, pixel: usize) -> usize {
        let ConvGeometry { stride, .. } = self.convolution.geometry;
        let (y, x) = (pixel / self.output.1, pixel % self.output.1);
        (y * stride * self.width + x * stride) * self.convolution.inputs
    }

    /// Bias plus receptive field times weights, for `T` pixels and the `V` vectors of a block of channels.
    #[inline(always)]
    fn sums<S: Simd, const V: usize, const T: usize>(
        &self,
        simd: S,
        starts: &[usize; T],
        group: usize,
    ) -> [[S::f32s; V]; T] {
        let Convolution { weights, bias, inputs, geometry, .. } = self.convolution;
        let (channels, run) = (V * S::F32_LANES, geometry.kernel * inputs);
        let (bias, _) = S::as_simd_f32s(&bias[group * channels..(group + 1) * channels]);
        let mut sums: [[S::f32s; V]; T] = [std::array::from_fn(|v| bias[v]); T];
        let field = geometry.kernel * run * channels;
        let (weights, _) = S::as_simd_f32s(&weights[group * field..(group + 1) * field]);
        for (row, weights) in weights.chunks_exact(run * V).enumerate() {
            let x: [&[f32]; T] = std::array::from_fn(|t| &self.pixels[starts[t] + row * self.width * inputs..][..run]);
            for (k, weights) in weights.as_chunks::<V>().0.iter().enumerate().take(run) {
                for (sums, x) in sums.iter_mut().zip(&x) {
                    let x = simd.splat_f32s(x[k]);
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = simd.mul_add_f32s(x, *weight, *sum);
                    }
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ops::kernel::Kernel;
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn agrees_with_candle(
            n in 1usize..4, h in 4usize..12, w in 4usize..12, c in 1usize..6, outputs in 1usize..70,
            kernel in 1usize..5, stride in 1usize..3, padding in 0usize..2, seed in 0usize..99, shortcut: bool,
        ) {
            let geometry = ConvGeometry { kernel, stride, padding };
            let (oh, ow) = (geometry.output(h), geometry.output(w));
            let (weights, bias) = (values(kernel * kernel * c * outputs, seed), values(outputs, seed + 1));
            let x = Tensor::from_vec(values(n * h * w * c, seed + 2), (n, h, w, c), &Device::Cpu).unwrap();
            let extra = Tensor::from_vec(values(n * oh * ow * outputs, seed + 3), (n, oh, ow, outputs), &Device::Cpu).unwrap();
            let convolution = Kernel::Direct(Convolution::new(&weights, &bias, geometry, Activation::Relu6));
            let ours = convolution.apply(&x, shortcut.then_some(&extra)).unwrap();
            let filters = Tensor::from_vec(weights, (kernel, kernel, c, outputs), &Device::Cpu).unwrap();
            let filters = filters.permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
            let nchw = x.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap();
            let theirs = nchw.conv2d(&filters, padding, stride, 1, 1).unwrap().permute((0, 2, 3, 1)).unwrap();
            let theirs = theirs.broadcast_add(&Tensor::new(bias.as_slice(), &Device::Cpu).unwrap()).unwrap();
            let theirs = if shortcut { (theirs + extra).unwrap() } else { theirs }.clamp(0f32, 6f32).unwrap();
            let gap = (&ours - &theirs).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
            prop_assert!(gap < 1e-4, "gap {gap}");
        }
    }

    #[test]
    fn a_picture_answers_the_same_alone_and_in_a_batch() {
        let geometry = ConvGeometry { kernel: 3, stride: 1, padding: 1 };
        let convolution = Convolution::new(&values(27 * 32, 1), &values(32, 2), geometry, Activation::Relu);
        let convolution = Kernel::Direct(convolution);
        let batch = Tensor::from_vec(values(5 * 7 * 9 * 3, 3), (5, 7, 9, 3), &Device::Cpu).unwrap();
        let together: Vec<f32> =
            convolution.apply(&batch, None).unwrap().get(3).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let alone = batch.narrow(0, 3, 1).unwrap().contiguous().unwrap();
        let alone: Vec<f32> = convolution.apply(&alone, None).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(together, alone);
    }
}
