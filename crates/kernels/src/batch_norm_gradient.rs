//! The two passes over the data that the gradient of batch normalisation needs.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::contiguous;
use super::moments::{EPSILON, Moments, ROWS_A_TASK};

/// `(x, res, grad)` to `(2, c)`: the gradients of beta (row 0) and gamma (row 1).
pub(super) struct GradientSums {
    pub(super) activation: Activation,
    pub(super) moments: Moments,
}

impl CustomOp3 for GradientSums {
    fn name(&self) -> &'static str {
        "batch-norm-sums"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, res, grad) =
            (contiguous("batch-norm", s1, l1)?, contiguous("batch-norm", s2, l2)?, contiguous("batch-norm", s3, l3)?);
        let (mean, arch) = (self.moments.mean.as_slice(), Arch::new());
        let (channels, bounds) = (mean.len(), self.activation.bounds());
        let chunk = ROWS_A_TASK * channels;
        let parts = x.par_chunks(chunk).zip(res.par_chunks(chunk).zip(grad.par_chunks(chunk)));
        let parts: Vec<Vec<f32>> =
            parts.map(|(x, (res, grad))| arch.dispatch(ChunkSums { x, res, grad, mean, bounds })).collect();
        let mut total = vec![0f64; 2 * channels];
        for part in parts {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += f64::from(part));
        }
        let inverse = self.moments.variance.iter().map(|v| 1.0 / f64::from(v + EPSILON).sqrt());
        total[channels..].iter_mut().zip(inverse).for_each(|(sum, inverse)| *sum *= inverse);
        Ok((CpuStorage::F32(total.into_iter().map(|v| v as f32).collect()), Shape::from((2, channels))))
    }
}

/// Sums over some rows of `g` and of `g * (x - mean)`, where `g` counts as 0 where the activation cut off.
struct ChunkSums<'a> {
    x: &'a [f32],
    res: &'a [f32],
    grad: &'a [f32],
    mean: &'a [f32],
    bounds: (f32, f32),
}

impl WithSimd for ChunkSums<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        let channels = self.mean.len();
        let mut sums = vec![0f32; 2 * channels];
        let (by_beta, by_gamma) = sums.split_at_mut(channels);
        let rows = self.x.chunks_exact(channels).zip(self.res.chunks_exact(channels));
        for ((x, res), grad) in rows.zip(self.grad.chunks_exact(channels)) {
            let (by_beta, by_gamma) = (&mut by_beta[..channels], &mut by_gamma[..channels]);
            for c in 0..channels {
                let g = if (res[c] > self.bounds.0) & (res[c] < self.bounds.1) { grad[c] } else { 0.0 };
                by_beta[c] += g;
                by_gamma[c] += g * (x[c] - self.mean[c]);
            }
        }
        sums
    }
}

/// `(g: (.., c), x: (.., c), res: (.., c))` to `a * g + b * x + d`, where `g` counts as 0 where the activation cut off.
pub(super) struct Affine {
    pub(super) activation: Activation,
    pub(super) a: Vec<f32>,
    pub(super) b: Vec<f32>,
    pub(super) d: Vec<f32>,
}

impl CustomOp3 for Affine {
    fn name(&self) -> &'static str {
        "batch-norm-affine"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (g, x, res) =
            (contiguous("batch-norm", s1, l1)?, contiguous("batch-norm", s2, l2)?, contiguous("batch-norm", s3, l3)?);
        let (chunk, arch) = (ROWS_A_TASK * self.a.len(), Arch::new());
        let mut out = vec![0f32; g.len()];
        let parts = g.par_chunks(chunk).zip(x.par_chunks(chunk).zip(res.par_chunks(chunk)));
        out.par_chunks_mut(chunk).zip(parts).for_each(|(out, (g, (x, res)))| {
            arch.dispatch(AffineRows { affine: self, g, x, res, out });
        });
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}

/// Some rows of [`Affine`].
struct AffineRows<'a> {
    affine: &'a Affine,
    g: &'a [f32],
    x: &'a [f32],
    res: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for AffineRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let channels = self.affine.a.len();
        let (a, b, d) = (&self.affine.a[..channels], &self.affine.b[..channels], &self.affine.d[..channels]);
        let (low, high) = self.affine.activation.bounds();
        let rows =
            self.x.chunks_exact(channels).zip(self.res.chunks_exact(channels)).zip(self.g.chunks_exact(channels));
        for (out, ((x, res), g)) in self.out.chunks_exact_mut(channels).zip(rows) {
            for c in 0..channels {
                let g = if (res[c] > low) & (res[c] < high) { g[c] } else { 0.0 };
                out[c] = a[c] * g + b[c] * x[c] + d[c];
            }
        }
    }
}
