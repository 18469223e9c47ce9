//! Depthwise convolution, NHWC: every channel has its own kernel (Howard et al. 2017), with bias and activation in the same
//! pass. Candle's grouped convolution runs channel by channel.

use candle_core::{Result, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::convolve::{Convolve, Dims};
use super::geometry::ConvGeometry;
use super::padded::with_padded;

/// Neighbouring outputs that share a read of the weights.
const TILE: usize = 4;
/// Neighbouring inputs that a tile sees, at most: 5x5 kernels of stride 2.
const SEEN: usize = 2 * (TILE - 1) + 5;

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
}

impl Convolve for Depthwise {
    fn output(&self, (n, h, w, c): Dims) -> Result<Dims> {
        let (oh, ow) = (self.geometry.output(h), self.geometry.output(w));
        let cells = self.geometry.kernel * self.geometry.kernel;
        if c != self.bias.len() || self.weights.len() != cells * c || oh * ow * c == 0 {
            bail!("depthwise: {:?} does not fit {} channels and {:?}", (n, h, w, c), self.bias.len(), self.geometry)
        }
        Ok((n, oh, ow, c))
    }

    fn takes_shortcut(&self) -> bool {
        false
    }

    fn write(&self, x: &[f32], (n, h, w, c): Dims, _: Option<&[f32]>, out: &mut [f32]) {
        let (columns, width) = (self.geometry.output(w), w + 2 * self.geometry.padding);
        let size = out.len() / n.max(1);
        let arch = Arch::new();
        x.par_chunks_exact(h * w * c).zip(out.par_chunks_exact_mut(size)).for_each(|(picture, out)| {
            with_padded(picture, (h, w, c), self.geometry.padding, |pixels| {
                arch.dispatch(DepthwisePicture { depthwise: self, pixels, width, columns, out });
            });
        });
    }
}

/// One padded picture to be convolved.
struct DepthwisePicture<'a> {
    depthwise: &'a Depthwise,
    pixels: &'a [f32],
    /// Pixels from one row of the picture to the next.
    width: usize,
    /// Outputs a row.
    columns: usize,
    out: &'a mut [f32],
}

impl WithSimd for DepthwisePicture<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let ConvGeometry { kernel, stride, .. } = self.depthwise.geometry;
        match (self.depthwise.bias.len() % S::F32_LANES, kernel, stride) {
            (0, 3, 1) => self.rows::<S, 3, 1>(simd),
            (0, 3, 2) => self.rows::<S, 3, 2>(simd),
            (0, 5, 1) => self.rows::<S, 5, 1>(simd),
            (0, 5, 2) => self.rows::<S, 5, 2>(simd),
            _ => self.plain(),
        }
    }
}

impl DepthwisePicture<'_> {
    /// Whole vectors of channels, and the kernels that networks are made of: with lengths that the compiler knows, what is read of a
    /// row stays in registers for all outputs that see it.
    #[inline(always)]
    fn rows<S: Simd, const K: usize, const STRIDE: usize>(&mut self, simd: S) {
        let channels = self.depthwise.bias.len();
        let pixels = self.out.len() / channels;
        let mut first = 0;
        while first < pixels {
            // A tile does not go on into the next row.
            let whole = self.columns - first % self.columns >= TILE;
            for v in 0..channels / S::F32_LANES {
                if whole {
                    self.tile::<S, TILE, K, STRIDE>(simd, first, v);
                } else {
                    self.tile::<S, 1, K, STRIDE>(simd, first, v);
                }
            }
            first += if whole { TILE } else { 1 };
        }
    }

    /// Outputs `first..first + T` of a row, the channels of vector `v`.
    #[inline(always)]
    fn tile<S: Simd, const T: usize, const K: usize, const STRIDE: usize>(&mut self, simd: S, first: usize, v: usize) {
        let Depthwise { weights, bias, activation, .. } = self.depthwise;
        let (bias, _) = S::as_simd_f32s(bias);
        let (weights, _) = S::as_simd_f32s(weights);
        let (pixels, _) = S::as_simd_f32s(self.pixels);
        let vectors = bias.len();
        let (row, column) = (first / self.columns * STRIDE, first % self.columns * STRIDE);
        let mut sums = [bias[v]; T];
        for ky in 0..K {
            let start = ((row + ky) * self.width + column) * vectors + v;
            let mut x = [bias[v]; SEEN];
            for (at, x) in x.iter_mut().enumerate().take((T - 1) * STRIDE + K) {
                *x = pixels[start + at * vectors];
            }
            for kx in 0..K {
                let weight = weights[(ky * K + kx) * vectors + v];
                for (t, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.mul_add_f32s(x[t * STRIDE + kx], weight, *sum);
                }
            }
        }
        let (low, high) = activation.bounds();
        let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
        let (out, _) = S::as_mut_simd_f32s(&mut *self.out);
        for (t, sum) in sums.iter().enumerate() {
            out[(first + t) * vectors + v] = simd.min_f32s(simd.max_f32s(*sum, low), high);
        }
    }

    /// Any number of channels, any kernel.
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
