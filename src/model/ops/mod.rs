//! Tensor operations that candle lacks in the layout we use: activations are NHWC, so that a convolution is a
//! gather of rows (`im2col`) and one matrix product, which on CPU is several times faster than candle's `conv2d`.

pub mod batch_norm;
pub mod bias;
pub mod im2col;

use candle_core::{CpuStorage, Layout, Result, bail};

/// The elements of a contiguous f32 tensor, or an error that names the operation.
fn contiguous<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(values) = storage else { bail!("{op} takes f32 tensors") };
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&values[start..end]),
        None => bail!("{op} takes contiguous tensors"),
    }
}
