//! Depthwise convolution, NHWC: every channel has its own kernel (Howard et al. 2017), with bias and activation in the same
//! pass. Candle's grouped convolution runs channel by channel.

use candle_core::{CpuStorage, Result, Shape, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::conv::padded;
use super::geometry::ConvGeometry;

/// Neighbouring outputs that share a read of the weights.
const TILE: usize = 4;

/// A depthwise convolution: `y = act(conv(x) + bias)`. Activations are `(n, h, w, c)`; pictures of a batch are spread over
/// the threads of the current rayon pool, and a picture's answer does not depend on the others.
pub struct Depthwise {
    /// Row-major `(kernel * kernel, channels)`.
    weights: Vec<f32>,
    bias: Vec<f32>,
    geometry: ConvGeometry,
    activation: Activation,
}

impl Depthwise {
    /// From a row-major matrix `(kernel * kernel, channels)` and one bias a channel.
    pub fn new(weights: &[f32], bias: &[f32], geometry: ConvGeometry, activation: Activation) -> Depthwise {
        Depthwise { weights: weights.to_vec(), bias: bias.to_vec(), geometry, activation }
    }

    /// Without bias or activation, as training needs it.
    pub fn linear(weights: &[f32], channels: usize, geometry: ConvGeometry) -> Depthwise {
        Depthwise::new(weights, &vec![0.0; channels], geometry, Activation::Linear)
    }

    /// The result for a batch `(n, h, w, c)`, with its shape; an error when the shapes do not fit.
    pub fn forward(&self, x: &[f32], shape: &Shape, shortcut: Option<&[f32]>) -> Result<(CpuStorage, Shape)> {
        let (n, h, w, c) = shape.dims4()?;
        let (oh, ow) = (self.geometry.output(h), self.geometry.output(w));
        let size = oh * ow * c;
        let cells = self.geometry.kernel * self.geometry.kernel;
        if c != self.bias.len() || self.weights.len() != cells * c || size == 0 || shortcut.is_some() {
            bail!("depthwise: input {shape:?} does not fit {} channels and {:?}", self.bias.len(), self.geometry)
        }
        let arch = Arch::new();
        let mut out = vec![0f32; n * size];
        x.par_chunks_exact(h * w * c).zip(out.par_chunks_exact_mut(size)).for_each(|(picture, out)| {
            let pixels = padded(picture, (h, w, c), self.geometry.padding);
            let width = w + 2 * self.geometry.padding;
            arch.dispatch(Picture { depthwise: self, pixels: &pixels, width, columns: ow, out });
        });
        Ok((CpuStorage::F32(out), Shape::from((n, oh, ow, c))))
    }
}

/// One padded picture to be convolved.
struct Picture<'a> {
    depthwise: &'a Depthwise,
    pixels: &'a [f32],
    /// Pixels from one row of the picture to the next.
    width: usize,
    /// Outputs a row.
    columns: usize,
    out: &'a mut [f32],
}

impl WithSimd for Picture<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let channels = self.depthwise.bias.len();
        let vectors = channels / S::F32_LANES;
        if !channels.is_multiple_of(S::F32_LANES) {
            return self.plain();
        }
        let pixels = self.out.len() / channels;
        let mut first = 0;
        while first < pixels {
            // A tile does not go on into the next row.
            let count = if self.columns - first % self.columns >= TILE { TILE } else { 1 };
            for v in (0..vectors / 2 * 2).step_by(2) {
                match count {
                    TILE => self.tile::<S, TILE, 2>(simd, first, v),
                    _ => self.tile::<S, 1, 2>(simd, first, v),
                }
            }
            if !vectors.is_multiple_of(2) {
                match count {
                    TILE => self.tile::<S, TILE, 1>(simd, first, vectors - 1),
                    _ => self.tile::<S, 1, 1>(simd, first, vectors - 1),
                }
            }
            first += count;
        }
    }
}

impl Picture<'_> {
    /// Outputs `first..first + T` of a row, the channels of `V` vectors from vector `v` on.
    #[inline(always)]
    fn tile<S: Simd, const T: usize, const V: usize>(&mut self, simd: S, first: usize, v: usize) {
        let Depthwise { weights, bias, geometry: ConvGeometry { kernel, stride, .. }, activation } = self.depthwise;
        let (bias, _) = S::as_simd_f32s(bias);
        let (weights, _) = S::as_simd_f32s(weights);
        let (pixels, _) = S::as_simd_f32s(self.pixels);
        let vectors = bias.len();
        let (row, column) = (first / self.columns * stride, first % self.columns * stride);
        let mut sums = [[bias[v]; V]; T];
        for sums in &mut sums {
            sums.copy_from_slice(&bias[v..v + V]);
        }
        for ky in 0..*kernel {
            let line = ((row + ky) * self.width + column) * vectors + v;
            for kx in 0..*kernel {
                let weights = &weights[(ky * kernel + kx) * vectors + v..][..V];
                for (t, sums) in sums.iter_mut().enumerate() {
                    let x = &pixels[line + (t * stride + kx) * vectors..][..V];
                    for i in 0..V {
                        sums[i] = simd.mul_add_f32s(x[i], weights[i], sums[i]);
                    }
                }
            }
        }
        let (low, high) = activation.bounds();
        let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
        let (out, _) = S::as_mut_simd_f32s(&mut *self.out);
        for (t, sums) in sums.iter().enumerate() {
            for (i, sum) in sums.iter().enumerate() {
                out[(first + t) * vectors + v + i] = simd.min_f32s(simd.max_f32s(*sum, low), high);
            }
        }
    }

    /// Any number of channels.
    fn plain(&mut self) {
        let Depthwise { weights, bias, geometry: ConvGeometry { kernel, stride, .. }, activation } = self.depthwise;
        let channels = bias.len();
        let (low, high) = activation.bounds();
        for (at, out) in self.out.chunks_exact_mut(channels).enumerate() {
            let (y, x) = (at / self.columns * stride, at % self.columns * stride);
            out.copy_from_slice(bias);
            for (cell, weights) in weights.chunks_exact(channels).enumerate() {
                let from = ((y + cell / kernel) * self.width + x + cell % kernel) * channels;
                let terms = self.pixels[from..from + channels].iter().zip(weights);
                out.iter_mut().zip(terms).for_each(|(out, (x, weight))| *out += x * weight);
            }
            out.iter_mut().for_each(|out| *out = out.clamp(low, high));
        }
    }
}
