//! AdamW (Loshchilov and Hutter 2019) with its moments in named tensors, so that a checkpoint holds them,
//! and the learning-rate schedule.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use rayon::prelude::*;

use super::tape::Gradients;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.99;
const EPSILON: f64 = 1e-8;

/// The optimiser's memory.
pub struct AdamW {
    /// Decay of the weights a step, relative to the learning rate; normalisation and biases do not decay.
    pub weight_decay: f64,
    /// Steps taken.
    pub steps: u64,
    /// Moments by parameter name.
    pub moments: BTreeMap<String, AdamMoments>,
}

/// Running moments of the gradient of one parameter, of its shape.
#[derive(Clone)]
pub struct AdamMoments {
    /// The first: of the gradient.
    pub first: Tensor,
    /// The second: of its square.
    pub second: Tensor,
}

impl AdamW {
    /// An optimiser that has seen nothing.
    pub fn new(weight_decay: f64) -> AdamW {
        AdamW { weight_decay, steps: 0, moments: BTreeMap::new() }
    }

    /// One step along the gradients.
    pub fn step(&mut self, learnt: &BTreeMap<String, Var>, gradients: &Gradients, rate: f64) -> Result<()> {
        self.steps += 1;
        let root = (1.0 - BETA2.powf(self.steps as f64)).sqrt();
        let step = StepSizes {
            rate: (rate * root / (1.0 - BETA1.powf(self.steps as f64))) as f32,
            epsilon: (EPSILON * root) as f32,
            keep: 1.0,
        };
        let moved: Result<Vec<(&String, AdamMoments)>> = learnt
            .par_iter()
            .filter_map(|(name, var)| Some((name, var, gradients.get(name)?)))
            .map(|(name, var, gradient)| {
                let keep = if name.ends_with(".weight") { 1.0 - rate * self.weight_decay } else { 1.0 };
                Ok((name, StepSizes { keep: keep as f32, ..step }.take(var, gradient, self.moments.get(name))?))
            })
            .collect();
        for (name, moments) in moved? {
            self.moments.insert(name.clone(), moments);
        }
        Ok(())
    }
}

/// What is the same for all numbers of a parameter in a step.
#[derive(Clone, Copy)]
struct StepSizes {
    /// Learning rate with the correction of both moments.
    rate: f32,
    /// Added to the root of the second moment, with its correction.
    epsilon: f32,
    /// What decay leaves of a weight.
    keep: f32,
}

impl StepSizes {
    /// Moves one parameter and returns its new moments.
    fn take(self, var: &Var, gradient: &Tensor, moments: Option<&AdamMoments>) -> Result<AdamMoments> {
        let numbers = |tensor: &Tensor| tensor.flatten_all()?.to_vec1::<f32>();
        let (mut values, gradient) = (numbers(var)?, numbers(gradient)?);
        let (mut first, mut second) = match moments {
            Some(AdamMoments { first, second }) => (numbers(first)?, numbers(second)?),
            None => (vec![0.0; values.len()], vec![0.0; values.len()]),
        };
        let (beta1, beta2) = (BETA1 as f32, BETA2 as f32);
        let moments = first.iter_mut().zip(&mut second);
        for ((value, gradient), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            *m = beta1 * *m + (1.0 - beta1) * gradient;
            *v = beta2 * *v + (1.0 - beta2) * gradient * gradient;
            *value = *value * self.keep - self.rate * *m / (v.sqrt() + self.epsilon);
        }
        let tensor = |numbers: Vec<f32>| Tensor::from_vec(numbers, var.shape(), &Device::Cpu);
        var.set(&tensor(values)?)?;
        Ok(AdamMoments { first: tensor(first)?, second: tensor(second)? })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps by hand, as in the paper's algorithm 2.
    #[test]
    fn steps_are_those_of_the_paper() {
        let var = Var::new(&[1.0f32, -2.0], &Device::Cpu).unwrap();
        let learnt = BTreeMap::from([("a.weight".to_owned(), var.clone())]);
        let mut optimiser = AdamW::new(0.1);
        let (mut w, mut m, mut v) = ([1.0f64, -2.0], [0.0; 2], [0.0; 2]);
        for t in 1..=2 {
            // The gradient of the sum of squares.
            let gradients = var.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let gradients = Gradients::from([("a.weight".to_owned(), gradients.get(&var).unwrap().clone())]);
            optimiser.step(&learnt, &gradients, 0.01).unwrap();
            for i in 0..2 {
                let g = 2.0 * w[i];
                m[i] = BETA1 * m[i] + (1.0 - BETA1) * g;
                v[i] = BETA2 * v[i] + (1.0 - BETA2) * g * g;
                let (mh, vh) = (m[i] / (1.0 - BETA1.powi(t)), v[i] / (1.0 - BETA2.powi(t)));
                w[i] -= 0.01 * (mh / (vh.sqrt() + EPSILON) + 0.1 * w[i]);
            }
        }
        let got = var.to_vec1::<f32>().unwrap();
        assert!((got[0] as f64 - w[0]).abs() < 1e-5 && (got[1] as f64 - w[1]).abs() < 1e-5, "{got:?} {w:?}");
    }
}
