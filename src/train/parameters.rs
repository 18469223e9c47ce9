//! The parameters of networks that are being learnt: candle variables and running averages.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var, bail};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::ops::moments::Moments;
use crate::model::own::architecture::{Block, Convolution};
use crate::model::own::attention;

/// Weight of the newest batch in the running averages of the batch statistics.
const MOMENTUM: f64 = 0.02;

/// Named learnable variables and named running averages of several networks and heads.
#[derive(Default)]
pub struct Parameters {
    /// Learnt by the optimiser.
    pub learnt: BTreeMap<String, Var>,
    /// Followed, not learnt: `NAME.mean` and `NAME.variance` of every normalisation.
    pub followed: BTreeMap<String, Vec<f32>>,
}

impl Parameters {
    /// Adds the parameters of a chain: He-normal weights drawn from `normal`, identity normalisation.
    pub fn add_chain(&mut self, steps: &[Block], normal: &mut dyn FnMut() -> f32) -> Result<()> {
        for step in steps {
            let convolutions = step.convolutions();
            for (i, conv) in convolutions.iter().enumerate() {
                // A residual branch that starts at zero lets deep chains train from the first step (Goyal et al. 2017).
                let last = matches!(step, Block::Shortcut(_)) && i + 1 == convolutions.len();
                self.add_convolution(conv, if last { 0.0 } else { 1.0 }, normal)?;
            }
        }
        Ok(())
    }

    /// Adds a linear head of `inputs` x `outputs`, small weights, zero bias.
    pub fn add_head(
        &mut self,
        name: &str,
        inputs: usize,
        outputs: usize,
        normal: &mut dyn FnMut() -> f32,
    ) -> Result<()> {
        let weights: Vec<f32> = (0..inputs * outputs).map(|_| normal() * 0.01).collect();
        self.insert(format!("{name}.weight"), Tensor::from_vec(weights, (inputs, outputs), &Device::Cpu)?)?;
        self.insert(format!("{name}.bias"), Tensor::from_vec(vec![0f32; outputs], outputs, &Device::Cpu)?)
    }

    /// Adds attention over cells of `features` numbers that starts as the plain average: `w` is 0, `V` and `U` are drawn from `normal`.
    pub fn add_attention(&mut self, features: usize, normal: &mut dyn FnMut() -> f32) -> Result<()> {
        let deviation = [1.0, 1.0, 0.0].map(|part: f32| part / (features as f32).sqrt());
        for ((name, shape), deviation) in attention::NAMES.into_iter().zip(attention::shapes(features)).zip(deviation) {
            let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| normal() * deviation).collect();
            self.insert(name.to_owned(), Tensor::from_vec(values, &shape, &Device::Cpu)?)?;
        }
        Ok(())
    }

    fn add_convolution(&mut self, conv: &Convolution, gamma: f32, normal: &mut dyn FnMut() -> f32) -> Result<()> {
        let Convolution { name, input, output, geometry, .. } = conv;
        let fan_in = geometry.kernel * geometry.kernel * input;
        let deviation = (2.0 / fan_in as f32).sqrt();
        let weights: Vec<f32> = (0..fan_in * output).map(|_| normal() * deviation).collect();
        self.insert(format!("{name}.weight"), Tensor::from_vec(weights, (fan_in, *output), &Device::Cpu)?)?;
        self.insert(format!("{name}.gamma"), Tensor::from_vec(vec![gamma; *output], *output, &Device::Cpu)?)?;
        self.insert(format!("{name}.beta"), Tensor::from_vec(vec![0f32; *output], *output, &Device::Cpu)?)?;
        self.followed.insert(format!("{name}.mean"), vec![0.0; *output]);
        self.followed.insert(format!("{name}.variance"), vec![1.0; *output]);
        Ok(())
    }

    fn insert(&mut self, name: String, value: Tensor) -> Result<()> {
        self.learnt.insert(name, Var::from_tensor(&value)?);
        Ok(())
    }

    /// The learnt variable of that name.
    pub fn get(&self, name: &str) -> Result<&Tensor> {
        match self.learnt.get(name) {
            Some(var) => Ok(var.as_tensor()),
            None => bail!("no parameter named {name}"),
        }
    }

    /// Every tensor that a weights file holds.
    pub fn tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut all: BTreeMap<String, Tensor> =
            self.learnt.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        for (name, values) in &self.followed {
            all.insert(name.clone(), Tensor::new(values.as_slice(), &Device::Cpu)?);
        }
        Ok(all)
    }

    /// Blends the moments of a batch, taken over `rows` rows, into the running averages of a normalisation.
    pub fn follow(&mut self, name: &str, moments: &Moments, rows: usize) {
        // The running variance is the unbiased one, as in every framework.
        let unbias = rows as f64 / (rows.max(2) - 1) as f64;
        let mut blend = |key: String, batch: &[f32], factor: f64| {
            if let Some(running) = self.followed.get_mut(&key) {
                for (old, new) in running.iter_mut().zip(batch) {
                    *old = ((1.0 - MOMENTUM) * f64::from(*old) + MOMENTUM * factor * f64::from(*new)) as f32;
                }
            }
        };
        blend(format!("{name}.mean"), &moments.mean, 1.0);
        blend(format!("{name}.variance"), &moments.variance, unbias);
    }
}

/// Numbers of the normal distribution around 0 with deviation 1, always the same for a seed (Box and Muller 1958).
pub fn normal(seed: u64) -> impl FnMut() -> f32 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    move || {
        let (u, v): (f32, f32) = (rng.random_range(f32::EPSILON..1.0), rng.random());
        (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
    }
}

/// A linear head on rows `(m, c)`.
pub fn head(parameters: &Parameters, name: &str, rows: &Tensor) -> Result<Tensor> {
    rows.matmul(parameters.get(&format!("{name}.weight"))?)?.broadcast_add(parameters.get(&format!("{name}.bias"))?)
}
