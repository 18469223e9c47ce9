//! Batch normalisation over the rows of a matrix, with an activation in the same pass
//! (Ioffe and Szegedy 2015). Used in training only; inference folds it into the convolution before.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::batch_norm_gradient::{Affine, GradientSums};
use super::contiguous;
use super::moments::{EPSILON, Moments, ROWS_A_TASK, moments};

/// `(x: (.., c), gamma: (c), beta: (c))` to `gamma * (x - mean) / sqrt(variance + eps) + beta`, then the activation.
/// The moments of the batch are left in the shared slot for the running averages and the backward pass.
pub struct BatchNorm {
    /// What cuts the results off.
    pub activation: Activation,
    /// Where the forward pass leaves the moments.
    pub moments: Arc<Mutex<Moments>>,
}

impl CustomOp3 for BatchNorm {
    fn name(&self) -> &'static str {
        "batch-norm"
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
        let (x, gamma, beta) =
            (contiguous("batch-norm", s1, l1)?, contiguous("batch-norm", s2, l2)?, contiguous("batch-norm", s3, l3)?);
        let moments = moments(x, gamma.len());
        let scale: Vec<f32> = gamma.iter().zip(&moments.variance).map(|(g, v)| g / (v + EPSILON).sqrt()).collect();
        let shift: Vec<f32> =
            beta.iter().zip(&moments.mean).zip(&scale).map(|((b, mean), scale)| b - mean * scale).collect();
        let mut out = vec![0f32; x.len()];
        let (chunk, arch) = (ROWS_A_TASK * gamma.len(), Arch::new());
        out.par_chunks_mut(chunk).zip(x.par_chunks(chunk)).for_each(|(out, x)| {
            arch.dispatch(Apply { x, scale: &scale, shift: &shift, bounds: self.activation.bounds(), out });
        });
        *self.moments.lock().unwrap_or_else(PoisonError::into_inner) = moments;
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        _beta: &Tensor,
        res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (x, grad) = (x.contiguous()?, grad.contiguous()?);
        let activation = self.activation;
        let sums = x.apply_op3_no_bwd(res, &grad, &GradientSums { activation, moments: moments.clone() })?;
        let (beta_grad, gamma_grad) = (sums.get(0)?, sums.get(1)?);
        let rows = (x.elem_count() / moments.mean.len().max(1)) as f32;
        // dx = gamma / sigma * (g - mean(g) - xhat * mean(g * xhat)), written as a*g + b*x + d with one a, b, d a channel.
        let (by_beta, by_gamma): (Vec<f32>, Vec<f32>) = (beta_grad.to_vec1()?, gamma_grad.to_vec1()?);
        let gamma: Vec<f32> = gamma.to_vec1()?;
        let mut affine = Affine { activation, a: Vec::new(), b: Vec::new(), d: Vec::new() };
        for (c, gamma) in gamma.iter().enumerate() {
            let inverse = 1.0 / (moments.variance[c] + EPSILON).sqrt();
            let a = gamma * inverse;
            let b = -a * inverse * by_gamma[c] / rows;
            affine.a.push(a);
            affine.b.push(b);
            affine.d.push(-a * by_beta[c] / rows - b * moments.mean[c]);
        }
        Ok((Some(grad.apply_op3_no_bwd(&x, res, &affine)?), Some(gamma_grad), Some(beta_grad)))
    }
}

/// `out = clamp(x * scale + shift)` row by row.
struct Apply<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    bounds: (f32, f32),
    out: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    // Plain loops over slices of one length: the compiler turns them into this machine's vectors.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let channels = self.scale.len();
        let shift = &self.shift[..channels];
        for (out, x) in self.out.chunks_exact_mut(channels).zip(self.x.chunks_exact(channels)) {
            for c in 0..channels {
                out[c] = (x[c] * self.scale[c] + shift[c]).max(self.bounds.0).min(self.bounds.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn forward_and_gradients_agree_with_the_formula_in_candle_operations() {
        for activation in [Activation::Linear, Activation::Relu, Activation::Relu6] {
            let values: Vec<f32> = (0..60).map(|i| ((i * 37) % 17) as f32 / 5.0 - 1.5).collect();
            let x = Var::from_tensor(&Tensor::from_vec(values, (20, 3), &Device::Cpu).unwrap()).unwrap();
            let gamma = Var::new(&[0.5f32, 1.5, -0.7], &Device::Cpu).unwrap();
            let beta = Var::new(&[0.1f32, -0.2, 0.3], &Device::Cpu).unwrap();
            let op = BatchNorm { activation, moments: Arc::default() };
            let ours = x.apply_op3(&gamma, &beta, op).unwrap();

            let centred = x.broadcast_sub(&x.mean_keepdim(0).unwrap()).unwrap();
            let sigma = (centred.sqr().unwrap().mean_keepdim(0).unwrap() + f64::from(EPSILON)).unwrap().sqrt().unwrap();
            let hat = centred.broadcast_div(&sigma).unwrap();
            let theirs = hat.broadcast_mul(&gamma).unwrap().broadcast_add(&beta).unwrap();
            let (low, high) = activation.bounds();
            let theirs = theirs.clamp(low, high).unwrap();

            let pull: Vec<f32> = (0..60).map(|i| ((i * 11) % 7) as f32 - 3.0).collect();
            let pull = Tensor::from_vec(pull, (20, 3), &Device::Cpu).unwrap();
            let a = (&ours * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            let b = (&theirs * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            let gap = |p: &Tensor, q: &Tensor| {
                (p - q).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap()
            };
            assert!(gap(&ours, &theirs) < 1e-5);
            for var in [&x, &gamma, &beta] {
                assert!(gap(a.get(var).unwrap(), b.get(var).unwrap()) < 1e-3, "{activation:?}");
            }
        }
    }
}
