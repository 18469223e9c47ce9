//! The end of a residual block, sum and activation, in one pass. Candle's own element-wise operations spin on a barrier between threads, which
//! costs most of their time when the cores are shared.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::activation::Activation;
use super::contiguous;
use super::pointwise::zip;

/// `act(a + b)` of two tensors of one shape, with gradients.
pub struct Add(pub Activation);

impl CustomOp2 for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (low, high) = self.0.bounds();
        let out = zip(contiguous("add", s1, l1)?, contiguous("add", s2, l2)?, |a, b| (a + b).clamp(low, high));
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, res: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        if self.0 == Activation::Linear {
            return Ok((Some(grad.clone()), Some(grad)));
        }
        let open = grad.apply_op2_no_bwd(res, &WhereOpen(self.0))?;
        Ok((Some(open.clone()), Some(open)))
    }
}

/// `(grad, res)` to `grad` where the activation let the sum through, else 0.
struct WhereOpen(Activation);

impl CustomOp2 for WhereOpen {
    fn name(&self) -> &'static str {
        "where-open"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (grad, res) = (contiguous("add", s1, l1)?, contiguous("add", s2, l2)?);
        let out = zip(grad, res, |grad, res| if self.0.open(res) { grad } else { 0.0 });
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn agrees_with_candle_forward_and_backward() {
        let values = |step: f32| (0..24).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let a = Var::from_tensor(&Tensor::from_vec(values(0.7), (4, 6), &Device::Cpu).unwrap()).unwrap();
        let b = Var::from_tensor(&Tensor::from_vec(values(1.9), (4, 6), &Device::Cpu).unwrap()).unwrap();
        let pulls = Tensor::from_vec(values(0.3), (4, 6), &Device::Cpu).unwrap();
        let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for activation in [Activation::Linear, Activation::Relu, Activation::Relu6] {
            let (low, high) = activation.bounds();
            let (p, q) = ((a.as_tensor() * 5.0).unwrap(), (b.as_tensor() * 5.0).unwrap());
            let ours = p.apply_op2(&q, Add(activation)).unwrap();
            let theirs = (p + q).unwrap().clamp(low, high).unwrap();
            let gradients = |y: &Tensor| (y * &pulls).unwrap().sum_all().unwrap().backward().unwrap();
            let (g, h) = (gradients(&ours), gradients(&theirs));
            assert_eq!(flat(&ours), flat(&theirs));
            assert_eq!(flat(g.get(&a).unwrap()), flat(h.get(&a).unwrap()), "{activation:?}");
            assert_eq!(flat(g.get(&b).unwrap()), flat(h.get(&b).unwrap()), "{activation:?}");
        }
    }
}
