//! One step of training: windows in, losses of both networks, gradients, optimiser.

use candle_core::{D, Device, Error, Result, Tensor, Var};
use image::RgbImage;
use rayon::prelude::*;

use super::classes::{BACKGROUND, SKIN};
use super::optimiser::AdamW;
use super::parameters::{Parameters, head};
use super::tape::{BatchStatistics, Gradients, Tape};
use super::windows::Example;
use crate::model::own::architecture::Block;
use crate::model::own::frozen::batch;
use crate::model::own::network::GATE_CLASSES;
use crate::model::own::pooling::Pooling;

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
    pub classifier: Vec<Block>,
    /// How the classifier's last feature map becomes features.
    pub pooling: Pooling,
    /// Steps of the coarse level.
    pub gate: Vec<Block>,
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

/// Parts that a batch is learnt from side by side, each with batch statistics of its own (ghost batches, Hoffer et al.
/// 2017): two threads then have no need to wait for each other at every layer. Fixed, so that what is learnt does not
/// depend on the number of threads.
const PARTS: usize = 2;

/// Windows of a part, at least: the statistics of fewer say little.
const LEAST: usize = 8;

/// Names of the linear heads.
const HEADS: [&str; 3] = ["classes.", "context.", "gate_classes."];

/// What one part of a batch comes to.
struct BatchPart {
    losses: Losses,
    gradients: Gradients,
    statistics: Vec<BatchStatistics>,
    /// Share of the batch.
    share: f64,
}

impl Learner {
    /// Learns from a batch at a learning rate.
    pub fn step(&mut self, examples: &[Example], rate: f64) -> Result<Losses> {
        let parts = if examples.len() >= PARTS * LEAST { PARTS } else { 1 };
        let length = examples.len().div_ceil(parts);
        let parts: Result<Vec<BatchPart>> = examples
            .par_chunks(length.max(1))
            .map(|part| self.learn_from(part, part.len() as f64 / examples.len() as f64))
            .collect();
        let (mut losses, mut total) = (Losses::default(), Gradients::new());
        for BatchPart { losses: part, gradients, statistics, share } in parts? {
            losses.classes += share as f32 * part.classes;
            losses.context += share as f32 * part.context;
            losses.gate += share as f32 * part.gate;
            for BatchStatistics { name, moments, rows } in statistics {
                self.parameters.follow(&name, &moments, rows);
            }
            for (name, gradient) in gradients {
                let gradient = (gradient * share)?;
                let sum = match total.remove(&name) {
                    Some(sum) => (sum + gradient)?,
                    None => gradient,
                };
                total.insert(name, sum);
            }
        }
        self.optimiser.step(&self.parameters.learnt, &total, rate)?;
        Ok(losses)
    }

    fn learn_from(&self, examples: &[Example], share: f64) -> Result<BatchPart> {
        let (mut tape, mut gate_tape) = (Tape::default(), Tape::default());
        let windows: Vec<&RgbImage> = examples.iter().map(|e| &e.window).collect();
        let map = tape.forward(&self.parameters, &self.classifier, &batch(&windows)?)?;
        let row = tape.pool(&self.parameters, self.pooling, &map)?;
        let coarse: Vec<&RgbImage> = examples.iter().map(|e| &e.coarse).collect();
        let gate_map = gate_tape.forward(&self.parameters, &self.gate, &batch(&coarse)?)?;
        let (features, rows) = (Var::from_tensor(&row)?, Var::from_tensor(&gate_map.flatten_to(2)?)?);

        let (losses, total) = self.losses(examples, &features, &rows)?;
        let of_heads = total.backward()?;
        let by = |var: &Var| of_heads.get(var).cloned().ok_or_else(|| Error::Msg("a head without gradient".to_owned()));
        let mut gradients = Gradients::new();
        for (name, var) in
            self.parameters.learnt.iter().filter(|(name, _)| HEADS.iter().any(|head| name.starts_with(head)))
        {
            gradients.insert(name.clone(), by(var)?);
        }
        let statistics =
            [&mut tape, &mut gate_tape].into_iter().flat_map(|tape| std::mem::take(&mut tape.statistics)).collect();
        tape.backward(&self.parameters, by(&features)?, &mut gradients)?;
        gate_tape.backward(&self.parameters, by(&rows)?.reshape(gate_map.dims())?, &mut gradients)?;
        Ok(BatchPart { losses, gradients, statistics, share })
    }

    /// The losses of pooled features and of rows of the coarse level, and their sum as candle differentiates it.
    fn losses(&self, examples: &[Example], features: &Tensor, rows: &Tensor) -> Result<(Losses, Tensor)> {
        let parameters = &self.parameters;
        let targets: Vec<usize> = examples.iter().map(|e| e.class).collect();
        let classes = cross_entropy(&head(parameters, "classes", features)?, &targets, self.classes)?;
        let context: Vec<f32> = examples.iter().map(|e| e.context).collect();
        let context = binary_cross_entropy(&head(parameters, "context", features)?.flatten_all()?, &context)?;
        let targets: Vec<usize> = targets.iter().map(|&class| coarse_class(class)).collect();
        let gate = cross_entropy(&head(parameters, "gate_classes", rows)?, &targets, GATE_CLASSES)?;
        let total = ((&classes + (&context * CONTEXT_WEIGHT)?)? + &gate)?;
        let losses = Losses { classes: classes.to_scalar()?, context: context.to_scalar()?, gate: gate.to_scalar()? };
        Ok((losses, total))
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
