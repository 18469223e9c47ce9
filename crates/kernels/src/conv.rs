//! Direct convolution, NHWC, with bias, an optional shortcut and ReLU in the same pass.
//!
//! A tile of output pixels times a block of output channels stays in registers while the receptive field streams by.
//! Every output is summed in the same order whatever the batch, so a window's answer is the same bit for bit alone,
//! in a batch, or as part of a larger picture. Vectors come from `pulp`, which picks AVX-512, AVX2, NEON or plain
//! arithmetic at run time without unsafe code of ours.

use candle_core::{Result, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::convolve::{Convolve, Dims};
use super::geometry::ConvGeometry;
use super::padded::with_padded;

/// With AVX-512: vectors of a block, and the time a channel that blocks of so many take (measured, in twentieths of the least): the
/// more vectors, the less often an input is read and the less goes by around the sums.
const TIMES: [(usize, usize); 3] = [(1, 34), (2, 23), (3, 20)];

/// Output channels that the kernel of this machine computes together: a whole number of vectors, and few enough that a
/// tile of pixels times the block fits the registers (32 of them with AVX-512, 16 elsewhere).
fn block_of(outputs: usize) -> usize {
    match Arch::new().dispatch(Lanes) {
        16 => {
            let time = |&(vectors, time): &(usize, usize)| outputs.div_ceil(16 * vectors) * vectors * time;
            TIMES.into_iter().min_by_key(time).map_or(16, |(vectors, _)| 16 * vectors)
        }
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
pub struct DirectConvolution {
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

impl DirectConvolution {
    /// From a row-major matrix `(kernel * kernel * inputs, outputs)` and one bias an output.
    pub fn new(weights: &[f32], bias: &[f32], geometry: ConvGeometry, activation: Activation) -> DirectConvolution {
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
        DirectConvolution { weights: packed, bias: padded, block, inputs, outputs, geometry, activation }
    }

    /// Without bias or activation, as training needs it. From a row-major matrix `(kernel * kernel * inputs, outputs)`.
    pub fn linear(weights: &[f32], outputs: usize, geometry: ConvGeometry) -> DirectConvolution {
        DirectConvolution::new(weights, &vec![0.0; outputs], geometry, Activation::Linear)
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

impl Convolve for DirectConvolution {
    fn output(&self, (n, h, w, c): Dims) -> Result<Dims> {
        let (oh, ow) = (self.geometry.output(h), self.geometry.output(w));
        if c != self.inputs || oh * ow * self.outputs == 0 {
            bail!("convolution: {:?} does not fit {} channels and {:?}", (n, h, w, c), self.inputs, self.geometry)
        }
        Ok((n, oh, ow, self.outputs))
    }

    fn write(&self, x: &[f32], (n, h, w, c): Dims, shortcut: Option<&[f32]>, out: &mut [f32]) {
        let output = (self.geometry.output(h), self.geometry.output(w));
        let size = out.len() / n.max(1);
        let arch = Arch::new();
        let pictures = x.par_chunks_exact(h * w * c).zip(out.par_chunks_exact_mut(size)).enumerate();
        pictures.for_each(|(i, (picture, out))| {
            let shortcut = shortcut.map(|s| &s[i * size..(i + 1) * size]);
            let width = w + 2 * self.geometry.padding;
            with_padded(picture, (h, w, c), self.geometry.padding, |pixels| {
                arch.dispatch(Picture { convolution: self, pixels, width, output, shortcut, out });
            });
        });
    }
}

/// One padded picture to be convolved.
struct Picture<'a> {
    convolution: &'a DirectConvolution,
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
            (16, 48) => self.convolve::<S, 3, 8>(simd),
            (16, 32) => self.convolve::<S, 2, 10>(simd),
            (16, _) => self.convolve::<S, 1, 12>(simd),
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
        let groups = self.convolution.bias.len() / (V * S::F32_LANES);
        let pixels = self.output.0 * self.output.1;
        // What is larger, weights or picture, is gone through once; the other comes again and again from a nearer cache.
        if self.convolution.weights.len() > self.pixels.len() {
            for group in 0..groups {
                for first in (0..pixels).step_by(T) {
                    let starts = self.starts(first);
                    self.tile::<S, V, T>(simd, (first, &starts), group);
                }
            }
        } else {
            for first in (0..pixels).step_by(T) {
                let starts = self.starts(first);
                for group in 0..groups {
                    self.tile::<S, V, T>(simd, (first, &starts), group);
                }
            }
        }
    }

    /// `T` output pixels, the first of which is `first`, for one block of channels.
    #[inline(always)]
    fn tile<S: Simd, const V: usize, const T: usize>(
        &mut self,
        simd: S,
        (first, starts): (usize, &[usize; T]),
        group: usize,
    ) {
        let (channels, outputs) = (V * S::F32_LANES, self.convolution.outputs);
        let sums = self.sums::<S, V, T>(simd, starts, group);
        let part = group * channels..outputs.min((group + 1) * channels);
        let shortcut = self.shortcut.map(|shortcut| &shortcut[first * outputs..]);
        let (low, high) = self.convolution.activation.bounds();
        let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
        let pixels = self.out[first * outputs..].chunks_exact_mut(outputs).zip(&sums);
        if part.len() == channels && shortcut.is_none() {
            for (pixel, sums) in pixels {
                for (out, &sum) in S::as_mut_simd_f32s(&mut pixel[part.clone()]).0.iter_mut().zip(sums) {
                    *out = simd.min_f32s(simd.max_f32s(sum, low), high);
                }
            }
            return;
        }
        for (t, (pixel, sums)) in pixels.enumerate() {
            let shortcut = shortcut.map(|shortcut| &shortcut[t * outputs..][part.clone()]);
            for (v, (out, &sum)) in pixel[part.clone()].chunks_mut(S::F32_LANES).zip(sums).enumerate() {
                let extra = shortcut.map(|extra| simd.partial_load_f32s(&extra[v * S::F32_LANES..][..out.len()]));
                let sum = extra.map_or(sum, |extra| simd.add_f32s(sum, extra));
                simd.partial_store_f32s(out, simd.min_f32s(simd.max_f32s(sum, low), high));
            }
        }
    }

    /// Indices of the first input under each of `T` output pixels; a tile at the end repeats its last pixel rather than branch inside.
    #[inline(always)]
    fn starts<const T: usize>(&self, first: usize) -> [usize; T] {
        let (stride, inputs) = (self.convolution.geometry.stride, self.convolution.inputs);
        let (rows, columns) = self.output;
        let (mut y, mut x) = (first / columns, first % columns);
        let mut starts = [0; T];
        for (t, start) in starts.iter_mut().enumerate() {
            if t > 0 && first + t < rows * columns {
                x += 1;
                if x == columns {
                    (y, x) = (y + 1, 0);
                }
            }
            *start = (y * self.width + x) * stride * inputs;
        }
        starts
    }

    /// Bias plus receptive field times weights, for `T` pixels and the `V` vectors of a block of channels.
    #[inline(always)]
    fn sums<S: Simd, const V: usize, const T: usize>(
        &self,
        simd: S,
        starts: &[usize; T],
        group: usize,
    ) -> [[S::f32s; V]; T] {
        let DirectConvolution { weights, bias, inputs, geometry, .. } = self.convolution;
        let (channels, run) = (V * S::F32_LANES, geometry.kernel * inputs);
        let (bias, _) = S::as_simd_f32s(&bias[group * channels..(group + 1) * channels]);
        let mut sums: [[S::f32s; V]; T] = [std::array::from_fn(|v| bias[v]); T];
        let field = geometry.kernel * run * channels;
        let (weights, _) = S::as_simd_f32s(&weights[group * field..(group + 1) * field]);
        for (row, weights) in weights.chunks_exact(run * V).enumerate() {
            // A loop, not `from_fn`: with the lengths in sight nothing is checked inside.
            let mut x: [&[f32]; T] = [&[]; T];
            for (x, start) in x.iter_mut().zip(starts) {
                *x = &self.pixels[start + row * self.width * inputs..][..run];
            }
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
    use crate::kernel::Kernel;
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
            let convolution = Kernel::Direct(DirectConvolution::new(&weights, &bias, geometry, Activation::Relu6));
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
        let convolution = DirectConvolution::new(&values(27 * 32, 1), &values(32, 2), geometry, Activation::Relu);
        let convolution = Kernel::Direct(convolution);
        let batch = Tensor::from_vec(values(5 * 7 * 9 * 3, 3), (5, 7, 9, 3), &Device::Cpu).unwrap();
        let together: Vec<f32> =
            convolution.apply(&batch, None).unwrap().get(3).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let alone = batch.narrow(0, 3, 1).unwrap().contiguous().unwrap();
        let alone: Vec<f32> = convolution.apply(&alone, None).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(together, alone);
    }
}
