//! One step of training: windows in, losses of both networks, gradients, optimiser.

use candle_core::backprop::GradStore;
use candle_core::{D, Device, Error, Result, Tensor, Var};
use image::RgbImage;

use super::classes::{BACKGROUND, SKIN};
use super::parameters::{Parameters, head};
use super::parts::{BatchPart, Learnt, PartLosses};
use super::tape::{Gradients, Tape};
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
    /// Parameters of both networks, and the optimiser.
    pub learnt: Learnt,
    /// The networks.
    pub networks: LearntNetworks,
}

/// The two networks that are learnt together.
pub struct LearntNetworks {
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

/// Windows of a part, at least: the statistics of fewer say little.
const LEAST: usize = 8;

/// Names of the linear heads.
const HEADS: [&str; 3] = ["classes.", "context.", "gate_classes."];

impl Learner {
    /// Learns from a batch at a learning rate.
    pub fn step(&mut self, examples: &[Example], rate: f64) -> Result<Losses> {
        let Learner { learnt, networks } = self;
        let parts = learnt.step((examples, LEAST), rate, |parameters, part| networks.learn_from(parameters, part))?;
        let mut losses = Losses::default();
        for PartLosses { losses: part, share } in parts {
            losses.classes += share as f32 * part.classes;
            losses.context += share as f32 * part.context;
            losses.gate += share as f32 * part.gate;
        }
        Ok(losses)
    }
}

impl LearntNetworks {
    fn learn_from(&self, parameters: &Parameters, examples: &[Example]) -> Result<BatchPart<Losses>> {
        let (mut tape, mut gate_tape) = (Tape::default(), Tape::default());
        let windows: Vec<&RgbImage> = examples.iter().map(|e| &e.window).collect();
        let map = tape.forward(parameters, &self.classifier, &batch(&windows)?)?;
        let row = tape.pool(parameters, self.pooling, &map)?;
        let coarse: Vec<&RgbImage> = examples.iter().map(|e| &e.coarse).collect();
        let gate_map = gate_tape.forward(parameters, &self.gate, &batch(&coarse)?)?;
        let (features, rows) = (Var::from_tensor(&row)?, Var::from_tensor(&gate_map.flatten_to(2)?)?);

        let (losses, total) = self.losses(parameters, examples, (&features, &rows))?;
        let of_heads = total.backward()?;
        let mut gradients = head_gradients(parameters, &HEADS, &of_heads)?;
        let statistics =
            [&mut tape, &mut gate_tape].into_iter().flat_map(|tape| std::mem::take(&mut tape.statistics)).collect();
        tape.backward(parameters, gradient_by(&of_heads, &features)?, &mut gradients)?;
        gate_tape.backward(parameters, gradient_by(&of_heads, &rows)?.reshape(gate_map.dims())?, &mut gradients)?;
        Ok(BatchPart { losses, gradients, statistics })
    }

    /// The losses of pooled features and of rows of the coarse level, and their sum as candle differentiates it.
    fn losses(
        &self,
        parameters: &Parameters,
        examples: &[Example],
        (features, rows): (&Tensor, &Tensor),
    ) -> Result<(Losses, Tensor)> {
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

/// The gradient by a variable that a loss was taken of.
pub(super) fn gradient_by(gradients: &GradStore, var: &Var) -> Result<Tensor> {
    gradients.get(var).cloned().ok_or_else(|| Error::Msg("a head without gradient".to_owned()))
}

/// The gradients by the parameters of linear heads whose names start so.
pub(super) fn head_gradients(parameters: &Parameters, heads: &[&str], of: &GradStore) -> Result<Gradients> {
    let of_heads = parameters.learnt.iter().filter(|(name, _)| heads.iter().any(|head| name.starts_with(head)));
    of_heads.map(|(name, var)| Ok((name.clone(), gradient_by(of, var)?))).collect()
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
