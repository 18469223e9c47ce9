//! AdamW (Loshchilov and Hutter 2019) with its moments in named tensors, so that a checkpoint holds them,
//! and the learning-rate schedule.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.99;
const EPSILON: f64 = 1e-8;

/// The optimiser's memory.
pub struct AdamW {
    /// Decay of the weights a step, relative to the learning rate; normalisation and biases do not decay.
    pub weight_decay: f64,
    /// Steps taken.
    pub steps: u64,
    /// First and second moments by parameter name.
    pub moments: BTreeMap<String, (Tensor, Tensor)>,
}

impl AdamW {
    /// An optimiser that has seen nothing.
    pub fn new(weight_decay: f64) -> AdamW {
        AdamW { weight_decay, steps: 0, moments: BTreeMap::new() }
    }

    /// One step along the gradients.
    pub fn step(&mut self, learnt: &BTreeMap<String, Var>, gradients: &GradStore, rate: f64) -> Result<()> {
        self.steps += 1;
        let (unbias1, unbias2) = (1.0 - BETA1.powf(self.steps as f64), 1.0 - BETA2.powf(self.steps as f64));
        for (name, var) in learnt {
            let Some(gradient) = gradients.get(var) else { continue };
            let gradient = gradient.detach();
            let (m, v) = match self.moments.remove(name) {
                Some(moments) => moments,
                None => (gradient.zeros_like()?, gradient.zeros_like()?),
            };
            let m = ((m * BETA1)? + (&gradient * (1.0 - BETA1))?)?;
            let v = ((v * BETA2)? + (gradient.sqr()? * (1.0 - BETA2))?)?;
            let step = ((&m / unbias1)? / ((&v / unbias2)?.sqrt()? + EPSILON)?)?;
            let decay = if name.ends_with(".weight") { rate * self.weight_decay } else { 0.0 };
            var.set(&((var.as_tensor() * (1.0 - decay))? - (step * rate)?)?.detach())?;
            self.moments.insert(name.clone(), (m, v));
        }
        Ok(())
    }
}

/// Learning rate at `step` of `steps`: a linear warm-up over the first twentieth, then half a cosine down to a hundredth.
pub fn rate(peak: f64, step: u64, steps: u64) -> f64 {
    let warm = (steps as f64 / 20.0).max(1.0);
    let step = step as f64;
    if step < warm {
        return peak * (step + 1.0) / warm;
    }
    let through = ((step - warm) / (steps as f64 - warm).max(1.0)).clamp(0.0, 1.0);
    peak * (0.01 + 0.99 * 0.5 * (1.0 + (std::f64::consts::PI * through).cos()))
}
