//! Figures of a network on the validation side: close-ups in the middle of their window, and lesion-free windows.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::classes::SKIN;
use super::error::TrainError;
use super::pool::PhotoPool;
use super::windows::{Example, Recipe, centred, draw};
use crate::model::own::network::Network;
use crate::model::{ClassKind, Model, Scores};
use crate::statistics::auc;

/// Lesion-free windows that are drawn for validation.
const NEGATIVES: usize = 800;
/// Windows a batch.
const BATCH: usize = 64;

/// Windows to validate on, cut once and used after every epoch.
pub struct ValidationSet {
    closeups: Vec<Example>,
    negatives: Vec<Example>,
}

/// Validation figures of one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidationFigures {
    /// Mean recall over the lesion classes that validation has, `0..=1`.
    pub balanced_accuracy: f32,
    /// Area under the ROC curve, melanoma (suspicious classes) against the other lesions.
    pub suspicious_auc: f32,
    /// Area under the ROC curve of the evidence, close-ups against lesion-free windows.
    pub lesion_auc: f32,
    /// The same for the coarse level.
    pub gate_auc: f32,
    /// Coarse threshold that lets 99.5 % of the close-ups through.
    pub gate_threshold: f32,
    /// Share of lesion-free windows that the coarse level lets through at that threshold.
    pub gate_passes: f32,
}

impl ValidationSet {
    /// Cuts the close-ups of `held_out`; lesion-free windows come from `negatives`, drawn with a seed of their own.
    pub fn new(held_out: &PhotoPool, negatives: &PhotoPool, recipe: Recipe, seed: u64) -> ValidationSet {
        let closeups = held_out.lesions().map(|(photo, class)| centred(photo, class, recipe)).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x7661_6c69);
        let draws = std::iter::repeat_with(|| draw(negatives, recipe, &mut rng)).take(NEGATIVES * 4);
        let negatives = draws.filter(|example| example.class <= SKIN).take(NEGATIVES).collect();
        ValidationSet { closeups, negatives }
    }

    /// Number of close-ups.
    pub fn closeups(&self) -> usize {
        self.closeups.len()
    }

    /// Measures a network.
    pub fn measure(&self, network: &Network) -> Result<ValidationFigures, TrainError> {
        let mut network = network.clone();
        let classes = network.classes().to_vec();
        let (lesions, lesion_gate) = answers(&mut network, &self.closeups)?;
        let (others, other_gate) = answers(&mut network, &self.negatives)?;
        let sum = |scores: &Scores, test: &dyn Fn(usize) -> bool| -> f32 {
            scores.classes.iter().enumerate().filter(|(c, _)| test(*c)).map(|(_, p)| p).sum()
        };
        let evidence = |scores: &Scores| sum(scores, &|c| classes[c].kind == ClassKind::Lesion);
        let suspicion = |scores: &Scores| sum(scores, &|c| classes[c].suspicious) / evidence(scores).max(1e-6);
        let split = |wanted: bool| -> Vec<f32> {
            let of = self.closeups.iter().zip(&lesions).filter(|(e, _)| classes[e.class].suspicious == wanted);
            of.map(|(_, scores)| suspicion(scores)).collect()
        };
        let mut sorted = lesion_gate.clone();
        sorted.sort_by(f32::total_cmp);
        let gate_threshold = sorted.get(sorted.len() / 200).copied().unwrap_or(0.5);
        let passing = other_gate.iter().filter(|&&p| p >= gate_threshold).count();
        Ok(ValidationFigures {
            balanced_accuracy: balanced_accuracy(&self.closeups, &lesions, classes.len()),
            suspicious_auc: auc(&split(true), &split(false)),
            lesion_auc: auc(
                &lesions.iter().map(evidence).collect::<Vec<_>>(),
                &others.iter().map(evidence).collect::<Vec<_>>(),
            ),
            gate_auc: auc(&lesion_gate, &other_gate),
            gate_threshold,
            gate_passes: passing as f32 / other_gate.len().max(1) as f32,
        })
    }
}

fn answers(network: &mut Network, examples: &[Example]) -> Result<(Vec<Scores>, Vec<f32>), TrainError> {
    let (mut scores, mut gate) = (Vec::new(), Vec::new());
    for batch in examples.chunks(BATCH) {
        let windows: Vec<_> = batch.iter().map(|e| e.window.clone()).collect();
        scores.extend(network.classify(&windows)?);
        for example in batch {
            gate.extend(network.coarse(&example.coarse)?);
        }
    }
    Ok((scores, gate))
}

fn balanced_accuracy(examples: &[Example], scores: &[Scores], classes: usize) -> f32 {
    let (mut right, mut all) = (vec![0f32; classes], vec![0f32; classes]);
    for (example, scores) in examples.iter().zip(scores) {
        // Among the lesion classes only: that it is a lesion is the other figures' business.
        let lesion = scores.classes.iter().enumerate().skip(SKIN + 1);
        let best = lesion.max_by(|a, b| a.1.total_cmp(b.1)).map(|(class, _)| class);
        all[example.class] += 1.0;
        right[example.class] += f32::from(u8::from(best == Some(example.class)));
    }
    let recalls: Vec<f32> = right.iter().zip(&all).filter(|(_, n)| **n > 0.0).map(|(r, n)| r / n).collect();
    recalls.iter().sum::<f32>() / recalls.len().max(1) as f32
}
