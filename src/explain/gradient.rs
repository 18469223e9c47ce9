//! Explanations by gradients: how the logit of the class changes with each pixel, and two older rules that differ from the gradient only at
//! activations.

use candle_core::{Device, Result, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::inside::{Gradient, LinearLayer, Rule};
use super::{Explainer, Map, Question, seen};
use crate::model::own::frozen::PIXELS;

/// Noisy copies of [`smooth_grad`].
const COPIES: usize = 24;
/// Deviation of their noise as a fraction of the range of a pixel.
const NOISE: f32 = 0.1;
/// Windows a batch.
const BATCH: usize = 8;

/// `sum_rgb (df/dx)^2`. Simonyan et al. 2013.
pub fn sensitivity(explainer: &Explainer, question: Question) -> Result<Map> {
    Map::summed(&gradient(explainer, &seen(question.window)?, question.class)?.sqr()?)
}

/// `sum_rgb x df/dx`, where the network's grey is 0.
pub fn gradient_times_input(explainer: &Explainer, question: Question) -> Result<Map> {
    let x = seen(question.window)?;
    Map::summed(&(gradient(explainer, &x, question.class)? * &x)?)
}

/// Mean of the squared gradients of noisy copies. Smilkov et al. 2017, squared as they do in their experiments.
pub fn smooth_grad(explainer: &Explainer, question: Question) -> Result<Map> {
    let x = seen(question.window)?;
    let (_, h, w, c) = x.dims4()?;
    let deviation = NOISE * (PIXELS.1 - PIXELS.0);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut sum = x.zeros_like()?;
    for _ in 0..COPIES / BATCH {
        let noise: Vec<f32> = (0..BATCH * h * w * c).map(|_| deviation * normal(&mut rng)).collect();
        let copies = x.broadcast_add(&Tensor::from_vec(noise, (BATCH, h, w, c), &Device::Cpu)?)?;
        sum = (sum + gradient(explainer, &copies, question.class)?.sqr()?.sum_keepdim(0)?)?;
    }
    Map::summed(&(sum / COPIES as f64)?)
}

/// The sum of four uniforms stands in for a Gaussian of deviation 1.
fn normal(rng: &mut dyn Rng) -> f32 {
    let bits = rng.next_u64().to_le_bytes();
    let sum: f32 =
        bits.as_chunks::<2>().0.iter().map(|pair| f32::from(u16::from_le_bytes(*pair)) / 65_535.0 - 0.5).sum();
    sum * 3f32.sqrt()
}

/// Which patterns the features of the class respond to, after Zeiler and Fergus 2014: like the gradient, but activations pass the positive
/// part of the signal, whatever their input was. A network that strides instead of pooling needs no switches.
pub fn deconvnet(explainer: &Explainer, question: Question) -> Result<Map> {
    back(explainer, question, &PositiveSignals { masked: false })
}

/// The gradient of which only the positive part of the signal passes each activation. Springenberg et al. 2014.
pub fn guided(explainer: &Explainer, question: Question) -> Result<Map> {
    back(explainer, question, &PositiveSignals { masked: true })
}

/// The signal of a rule at each pixel: the sum of the absolute values of its channels.
fn back(explainer: &Explainer, question: Question, rule: &dyn Rule) -> Result<Map> {
    let trace = explainer.trace(&seen(question.window)?)?;
    Map::summed(&trace.back(rule, trace.logit_gradient(question.class)?)?.abs()?)
}

/// Gradients `(n, h, w, 3)` of the logit of a class with respect to the windows of a batch.
pub(super) fn gradient(explainer: &Explainer, windows: &Tensor, class: usize) -> Result<Tensor> {
    let trace = explainer.trace(windows)?;
    trace.back(&Gradient, trace.logit_gradient(class)?)
}

/// The rule of the gradient, but activations pass only the positive part of the signal.
pub(super) struct PositiveSignals {
    /// Whether they also set the signal to 0 where they cut their input off.
    pub(super) masked: bool,
}

impl Rule for PositiveSignals {
    fn activation(&self, open: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor> {
        let upward = signal.relu()?;
        if self.masked { open(upward) } else { Ok(upward) }
    }

    fn layer(
        &self,
        layer: &dyn LinearLayer,
        values: (&Tensor, &Tensor),
        signal: &Tensor,
        first: bool,
    ) -> Result<Tensor> {
        Gradient.layer(layer, values, signal, first)
    }

    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        Gradient.sum(summands, signal)
    }

    fn shares(&self) -> bool {
        false
    }
}
