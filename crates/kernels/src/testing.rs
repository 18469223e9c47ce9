//! Inputs and comparison for the tests of the operations.

use candle_core::{Device, Tensor};

/// Values in `-1..1` that look random.
pub fn random(shape: &[usize], seed: u32) -> Tensor {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count as u32)
        .map(|i| ((i.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 8) % 2000) as f32 / 1000.0 - 1.0)
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// Whether no two elements differ by more than rounding.
pub fn close(a: &Tensor, b: &Tensor) -> bool {
    let gap = (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
    gap.to_scalar::<f32>().unwrap() < 2e-3
}
