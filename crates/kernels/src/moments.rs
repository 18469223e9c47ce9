//! Mean and variance of every channel of a batch.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Added to the variance before its root, as usual.
pub const EPSILON: f32 = 1e-5;

/// Rows a task handles; fixed, so that sums do not depend on the number of threads.
pub(super) const ROWS_A_TASK: usize = 1024;

/// Mean and (biased) variance of every channel over a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// One mean a channel.
    pub mean: Vec<f32>,
    /// One variance a channel.
    pub variance: Vec<f32>,
}

/// Mean and variance of every column of a row-major matrix with `channels` columns.
pub fn moments(x: &[f32], channels: usize) -> Moments {
    let arch = Arch::new();
    let chunks = x.par_chunks(ROWS_A_TASK * channels.max(1));
    let parts: Vec<(usize, Moments)> =
        chunks.map(|x| (x.len() / channels.max(1), arch.dispatch(ChunkMoments { x, channels }))).collect();
    let (mut rows, mut mean, mut squares) = (0f64, vec![0f64; channels], vec![0f64; channels]);
    for (count, part) in parts {
        let count = count as f64;
        let all = (rows + count).max(1.0);
        for c in 0..channels {
            // Parts are joined as in Chan, Golub and LeVeque 1979.
            let gap = f64::from(part.mean[c]) - mean[c];
            mean[c] += gap * count / all;
            squares[c] += f64::from(part.variance[c]) * count + gap * gap * rows * count / all;
        }
        rows += count;
    }
    let rows = rows.max(1.0);
    Moments {
        mean: mean.into_iter().map(|mean| mean as f32).collect(),
        variance: squares.into_iter().map(|sum| (sum / rows) as f32).collect(),
    }
}

/// Moments of some rows, which stay in the cache between the two passes.
struct ChunkMoments<'a> {
    x: &'a [f32],
    channels: usize,
}

impl WithSimd for ChunkMoments<'_> {
    type Output = Moments;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Moments {
        let channels = self.channels;
        let rows = (self.x.len() / channels.max(1)).max(1) as f32;
        let (mut mean, mut variance) = (vec![0f32; channels], vec![0f32; channels]);
        for x in self.x.chunks_exact(channels) {
            let mean = &mut mean[..channels];
            for c in 0..channels {
                mean[c] += x[c];
            }
        }
        for mean in &mut mean {
            *mean /= rows;
        }
        for x in self.x.chunks_exact(channels) {
            let (mean, variance) = (&mean[..channels], &mut variance[..channels]);
            for c in 0..channels {
                let gap = x[c] - mean[c];
                variance[c] += gap * gap;
            }
        }
        for variance in &mut variance {
            *variance /= rows;
        }
        Moments { mean, variance }
    }
}
