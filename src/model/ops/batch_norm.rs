//! Batch normalisation over the rows of a matrix, with an optional ReLU in the same pass
//! (Ioffe and Szegedy 2015). Used in training only; inference folds it into the convolution before.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::contiguous;

/// Added to the variance before its root, as usual.
pub const EPSILON: f32 = 1e-5;

/// Rows a task handles; fixed, so that sums do not depend on the number of threads.
const ROWS_A_TASK: usize = 1024;

/// Mean and (biased) variance of every channel over a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// One mean a channel.
    pub mean: Vec<f32>,
    /// One variance a channel.
    pub variance: Vec<f32>,
}

/// `(x: (m, c), gamma: (c), beta: (c))` to `gamma * (x - mean) / sqrt(variance + eps) + beta`, then ReLU if asked for.
/// The moments of the batch are left in the shared slot for the running averages and the backward pass.
pub struct BatchNorm {
    /// Whether negative results become zero.
    pub relu: bool,
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
        let (_, channels) = l1.shape().dims2()?;
        let moments = moments(x, channels);
        let scale: Vec<f32> = gamma.iter().zip(&moments.variance).map(|(g, v)| g / (v + EPSILON).sqrt()).collect();
        let shift: Vec<f32> =
            beta.iter().zip(&moments.mean).zip(&scale).map(|((b, mean), scale)| b - mean * scale).collect();
        let floor = if self.relu { 0.0 } else { f32::NEG_INFINITY };
        let mut out = vec![0f32; x.len()];
        out.par_chunks_mut(ROWS_A_TASK * channels).zip(x.par_chunks(ROWS_A_TASK * channels)).for_each(|(out, x)| {
            for (out, x) in out.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
                for c in 0..channels {
                    out[c] = (x[c] * scale[c] + shift[c]).max(floor);
                }
            }
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
        let sums = x.apply_op3_no_bwd(res, &grad, &GradientSums { relu: self.relu, moments: moments.clone() })?;
        let (beta_grad, gamma_grad) = (sums.get(0)?, sums.get(1)?);
        let rows = x.dim(0)? as f32;
        // dx = gamma / sigma * (g - mean(g) - xhat * mean(g * xhat)), written as a*g + b*x + d with one a, b, d a channel.
        let (by_beta, by_gamma): (Vec<f32>, Vec<f32>) = (beta_grad.to_vec1()?, gamma_grad.to_vec1()?);
        let gamma: Vec<f32> = gamma.to_vec1()?;
        let coefficients = gamma.iter().enumerate().map(|(c, gamma)| {
            let inverse = 1.0 / (moments.variance[c] + EPSILON).sqrt();
            let a = gamma * inverse;
            let b = -a * inverse * by_gamma[c] / rows;
            [a, b, -a * by_beta[c] / rows - b * moments.mean[c]]
        });
        let affine = Affine { relu: self.relu, coefficients: coefficients.collect() };
        Ok((Some(grad.apply_op3_no_bwd(&x, res, &affine)?), Some(gamma_grad), Some(beta_grad)))
    }
}

/// Mean and variance of every column of a row-major matrix with `channels` columns.
pub fn moments(x: &[f32], channels: usize) -> Moments {
    let rows = (x.len() / channels.max(1)).max(1) as f64;
    let mean: Vec<f32> = column_sums(x, channels, |value, _| value).iter().map(|sum| (sum / rows) as f32).collect();
    let squares = column_sums(x, channels, |value, c| (value - mean[c]).powi(2));
    Moments { mean, variance: squares.iter().map(|sum| (sum / rows) as f32).collect() }
}

fn column_sums(x: &[f32], channels: usize, term: impl Fn(f32, usize) -> f32 + Sync) -> Vec<f64> {
    let partial = x.par_chunks(ROWS_A_TASK * channels.max(1)).map(|rows| {
        let mut sums = vec![0f32; channels];
        for row in rows.chunks_exact(channels) {
            for (c, (sum, &value)) in sums.iter_mut().zip(row).enumerate() {
                *sum += term(value, c);
            }
        }
        sums
    });
    add_up(partial.collect(), channels)
}

/// The sum of partial sums, in double precision and in their order.
fn add_up(partial: Vec<Vec<f32>>, columns: usize) -> Vec<f64> {
    partial.into_iter().fold(vec![0f64; columns], |mut total, part| {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += f64::from(part));
        total
    })
}

/// `(x, res, grad)` to `(2, c)`: the gradients of beta (row 0) and gamma (row 1).
struct GradientSums {
    relu: bool,
    moments: Moments,
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
        let (_, channels) = l1.shape().dims2()?;
        let inverse: Vec<f32> = self.moments.variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect();
        let chunk = ROWS_A_TASK * channels;
        let mean = &self.moments.mean;
        let floor = if self.relu { 0.0 } else { f32::NEG_INFINITY };
        let partial =
            x.par_chunks(chunk).zip(res.par_chunks(chunk).zip(grad.par_chunks(chunk))).map(|(x, (res, grad))| {
                let (mut by_beta, mut by_gamma) = (vec![0f32; channels], vec![0f32; channels]);
                let rows = x.chunks_exact(channels).zip(res.chunks_exact(channels).zip(grad.chunks_exact(channels)));
                for (x, (res, grad)) in rows {
                    for c in 0..channels {
                        let g = if res[c] > floor { grad[c] } else { 0.0 };
                        by_beta[c] += g;
                        by_gamma[c] += g * (x[c] - mean[c]) * inverse[c];
                    }
                }
                by_beta.extend(by_gamma);
                by_beta
            });
        let total = add_up(partial.collect(), 2 * channels);
        let total = total.into_iter().map(|v| v as f32).collect();
        Ok((CpuStorage::F32(total), Shape::from((2, channels))))
    }
}

/// `(g: (m, c), x: (m, c), res: (m, c))` to `a * g + b * x + d`, where `g` counts as 0 under a ReLU that was shut.
struct Affine {
    relu: bool,
    /// `a`, `b`, `d` of every channel.
    coefficients: Vec<[f32; 3]>,
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
        let channels = self.coefficients.len();
        let floor = if self.relu { 0.0 } else { f32::NEG_INFINITY };
        let chunk = ROWS_A_TASK * channels;
        let mut out = vec![0f32; g.len()];
        let parts = g.par_chunks(chunk).zip(x.par_chunks(chunk).zip(res.par_chunks(chunk)));
        out.par_chunks_mut(chunk).zip(parts).for_each(|(out, (g, (x, res)))| {
            let rows = g.chunks_exact(channels).zip(x.chunks_exact(channels).zip(res.chunks_exact(channels)));
            for (out, (g, (x, res))) in out.chunks_exact_mut(channels).zip(rows) {
                for (c, [a, b, d]) in self.coefficients.iter().enumerate() {
                    out[c] = if res[c] > floor { a * g[c] } else { 0.0 } + b * x[c] + d;
                }
            }
        });
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn forward_and_gradients_agree_with_the_formula_in_candle_operations() {
        for relu in [false, true] {
            let values: Vec<f32> = (0..60).map(|i| ((i * 37) % 17) as f32 / 5.0 - 1.5).collect();
            let x = Var::from_tensor(&Tensor::from_vec(values, (20, 3), &Device::Cpu).unwrap()).unwrap();
            let gamma = Var::new(&[0.5f32, 1.5, -0.7], &Device::Cpu).unwrap();
            let beta = Var::new(&[0.1f32, -0.2, 0.3], &Device::Cpu).unwrap();
            let op = BatchNorm { relu, moments: Arc::default() };
            let ours = x.apply_op3(&gamma, &beta, op).unwrap();

            let centred = x.broadcast_sub(&x.mean_keepdim(0).unwrap()).unwrap();
            let sigma = (centred.sqr().unwrap().mean_keepdim(0).unwrap() + f64::from(EPSILON)).unwrap().sqrt().unwrap();
            let hat = centred.broadcast_div(&sigma).unwrap();
            let theirs = hat.broadcast_mul(&gamma).unwrap().broadcast_add(&beta).unwrap();
            let theirs = if relu { theirs.relu().unwrap() } else { theirs };

            let pull: Vec<f32> = (0..60).map(|i| ((i * 11) % 7) as f32 - 3.0).collect();
            let pull = Tensor::from_vec(pull, (20, 3), &Device::Cpu).unwrap();
            let a = (&ours * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            let b = (&theirs * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            let gap = |p: &Tensor, q: &Tensor| {
                (p - q).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap()
            };
            assert!(gap(&ours, &theirs) < 1e-5);
            for var in [&x, &gamma, &beta] {
                assert!(gap(a.get(var).unwrap(), b.get(var).unwrap()) < 1e-3, "relu {relu}");
            }
        }
    }
}
