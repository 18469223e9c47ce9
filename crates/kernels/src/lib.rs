//! The kernels of lesionscope, tensor operations that candle lacks: convolutions over NHWC activations, several times faster on CPU than
//! candle's `conv2d`, and batch normalisation, both with gradients.
//!
//! They are a crate of their own so that they are built once, with all optimisation, while the program changes around them.

pub mod activation;
pub mod add;
pub mod batch_norm;
mod batch_norm_gradient;
pub mod conv;
pub mod conv_gradient;
pub mod convolve;
pub mod depthwise;
pub mod depthwise_gradient;
pub mod geometry;
pub mod kernel;
pub mod moments;
mod padded;
pub mod pointwise;
#[allow(clippy::unwrap_used, reason = "for tests, here and in the program, which fail when they cannot go on")]
pub mod testing;
pub mod winograd;

use candle_core::{CpuStorage, Layout, Result, bail};
use rayon::prelude::*;

/// Pictures whose weight gradients are summed by one task; fixed, so that sums do not depend on the number of threads.
const PICTURES_A_TASK: usize = 4;

/// The elements of a contiguous f32 tensor.
///
/// # Errors
/// Names the operation, when it is another kind of tensor.
pub fn contiguous<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(values) = storage else { bail!("{op} takes f32 tensors") };
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&values[start..end]),
        None => bail!("{op} takes contiguous tensors"),
    }
}

/// The sum over pictures of what `add` adds to `size` numbers for each; `x` and `gradient` come with the length of one
/// picture of theirs.
fn sum_over_pictures(
    (x, picture): (&[f32], usize),
    (gradient, answer): (&[f32], usize),
    size: usize,
    add: impl Fn(&[f32], &[f32], &mut [f32]) + Sync,
) -> Vec<f32> {
    let tasks = x.par_chunks(PICTURES_A_TASK * picture).zip(gradient.par_chunks(PICTURES_A_TASK * answer));
    let partial: Vec<Vec<f32>> = tasks
        .map(|(x, gradient)| {
            let mut sums = vec![0f32; size];
            for (x, gradient) in x.chunks_exact(picture).zip(gradient.chunks_exact(answer)) {
                add(x, gradient, &mut sums);
            }
            sums
        })
        .collect();
    let mut total = vec![0f32; size];
    for part in partial {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
    }
    total
}
