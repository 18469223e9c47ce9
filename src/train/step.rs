//! One step of training: windows in, losses of both networks, gradients, optimiser.

use candle_core::{D, Device, Result, Tensor};
use image::RgbImage;

use super::optimiser::AdamW;
use super::windows::{BACKGROUND, Example, SKIN};
use crate::model::architecture::Step;
use crate::model::frozen::batch;
use crate::model::network::GATE_CLASSES;
use crate::model::trainable::{Parameters, forward, head};

/// Share of the target spread over all classes: windows of one lesion differ more than their labels do.
const SMOOTHING: f64 = 0.05;
/// Weight of the context loss beside the class loss.
const CONTEXT_WEIGHT: f64 = 0.5;

/// What is learnt: the parameters, the optimiser, the steps of the two networks.
pub struct Learner {
    /// Parameters of both networks.
    pub parameters: Parameters,
    /// The optimiser and its memory.
    pub optimiser: AdamW,
    /// Steps of the classifier.
    pub classifier: Vec<Step>,
    /// Steps of the coarse level.
    pub gate: Vec<Step>,
    /// Number of classes.
    pub classes: usize,
}

/// Mean losses of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Losses {
    /// Cross-entropy of the classes.
    pub classes: f32,
    /// Binary cross-entropy of the context.
    pub context: f32,
    /// Cross-entropy of the coarse level.
    pub gate: f32,
}

impl Losses {
    /// Their sum as it is minimised.
    pub fn total(&self) -> f32 {
        self.classes + CONTEXT_WEIGHT as f32 * self.context + self.gate
    }
}

impl Learner {
    /// Learns from a batch at a learning rate.
    pub fn step(&mut self, examples: &[Example], rate: f64) -> Result<Losses> {
        let windows: Vec<&RgbImage> = examples.iter().map(|e| &e.window).collect();
        let features = forward(&mut self.parameters, &self.classifier, &batch(&windows)?)?.mean((1, 2))?;
        let targets: Vec<usize> = examples.iter().map(|e| e.class).collect();
        let class_loss = cross_entropy(&head(&self.parameters, "classes", &features)?, &targets, self.classes)?;
        let context: Vec<f32> = examples.iter().map(|e| e.context).collect();
        let context_loss =
            binary_cross_entropy(&head(&self.parameters, "context", &features)?.flatten_all()?, &context)?;

        let coarse: Vec<&RgbImage> = examples.iter().map(|e| &e.coarse).collect();
        let features = forward(&mut self.parameters, &self.gate, &batch(&coarse)?)?;
        let (n, h, w, c) = features.dims4()?;
        let logits = head(&self.parameters, "gate_classes", &features.reshape((n * h * w, c))?)?;
        let targets: Vec<usize> = targets.iter().map(|&class| coarse_class(class)).collect();
        let gate_loss = cross_entropy(&logits, &targets, GATE_CLASSES)?;

        let total = ((&class_loss + (&context_loss * CONTEXT_WEIGHT)?)? + &gate_loss)?;
        let gradients = total.backward()?;
        self.optimiser.step(&self.parameters.learnt, &gradients, rate)?;
        Ok(Losses {
            classes: class_loss.to_scalar()?,
            context: context_loss.to_scalar()?,
            gate: gate_loss.to_scalar()?,
        })
    }
}

/// The coarse level's class of a class of the model.
pub fn coarse_class(class: usize) -> usize {
    match class {
        BACKGROUND => 0,
        SKIN => 1,
        _ => 2,
    }
}

/// Mean cross-entropy of logits `(m, classes)` with smoothed targets.
fn cross_entropy(logits: &Tensor, targets: &[usize], classes: usize) -> Result<Tensor> {
    let low = SMOOTHING / classes as f64;
    let mut wanted = vec![low as f32; targets.len() * classes];
    for (row, &target) in targets.iter().enumerate() {
        wanted[row * classes + target] += (1.0 - SMOOTHING) as f32;
    }
    let wanted = Tensor::from_vec(wanted, (targets.len(), classes), &Device::Cpu)?;
    let log = candle_nn::ops::log_softmax(logits, D::Minus1)?;
    (log * wanted)?.sum_all()?.affine(-1.0 / targets.len() as f64, 0.0)
}

/// Mean binary cross-entropy of logits `(m)`: `max(z, 0) - z t + ln(1 + exp(-|z|))`.
fn binary_cross_entropy(logits: &Tensor, targets: &[f32]) -> Result<Tensor> {
    let wanted = Tensor::new(targets, &Device::Cpu)?;
    let tail = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    ((logits.relu()? - (logits * wanted)?)? + tail)?.mean_all()
}
