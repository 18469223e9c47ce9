//! Element by element, in one pass. Candle's own operations spin at a barrier between threads, which costs most of their time
//! when the cores are shared, and take several passes for what one can do.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::contiguous;

/// Elements a task handles.
const CHUNK: usize = 1 << 15;

/// What `value` makes of every element.
pub fn each(x: &Tensor, value: impl Fn(f32) -> f32 + Send + Sync) -> Result<Tensor> {
    x.contiguous()?.apply_op1_no_bwd(&Each(value))
}

/// What `value` makes of the elements of two tensors of one shape.
pub fn pairs(a: &Tensor, b: &Tensor, value: impl Fn(f32, f32) -> f32 + Send + Sync) -> Result<Tensor> {
    a.contiguous()?.apply_op2_no_bwd(&b.contiguous()?, &Pairs(value))
}

struct Each<F>(F);

impl<F: Fn(f32) -> f32 + Send + Sync> CustomOp1 for Each<F> {
    fn name(&self) -> &'static str {
        "each"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = contiguous("each", storage, layout)?;
        let mut out = vec![0f32; x.len()];
        out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(out, x)| {
            out.iter_mut().zip(x).for_each(|(out, x)| *out = self.0(*x));
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

struct Pairs<F>(F);

impl<F: Fn(f32, f32) -> f32 + Send + Sync> CustomOp2 for Pairs<F> {
    fn name(&self) -> &'static str {
        "pairs"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        if l1.shape() != l2.shape() {
            bail!("pairs takes tensors of one shape, not {:?} and {:?}", l1.shape(), l2.shape())
        }
        let out = zip(contiguous("pairs", s1, l1)?, contiguous("pairs", s2, l2)?, &self.0);
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}

/// What `value` makes of the elements of two slices of one length.
pub(super) fn zip(a: &[f32], b: &[f32], value: impl Fn(f32, f32) -> f32 + Sync) -> Vec<f32> {
    let mut out = vec![0f32; a.len()];
    out.par_chunks_mut(CHUNK).zip(a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK))).for_each(|(out, (a, b))| {
        out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = value(*a, *b));
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn every_element_is_taken_once_whatever_lies_where() {
        let many = 3 * CHUNK + 7;
        let a = Tensor::from_vec((0..many).map(|i| i as f32).collect(), many, &Device::Cpu).unwrap();
        assert_eq!(each(&a, |v| v + 1.0).unwrap().to_vec1::<f32>().unwrap()[many - 1], many as f32);
        let table = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap();
        let turned = pairs(&table, &table.t().unwrap(), |a, b| 10.0 * a + b).unwrap();
        assert_eq!(turned.to_vec2::<f32>().unwrap(), [[11.0, 23.0], [32.0, 44.0]]);
        assert!(pairs(&a, &table, |a, _| a).is_err());
    }
}
