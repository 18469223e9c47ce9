//! A batch that is learnt from in parts side by side.

use candle_core::Result;
use rayon::prelude::*;

use super::optimiser::AdamW;
use super::parameters::Parameters;
use super::tape::{BatchStatistics, Gradients};

/// Parts that a batch is learnt from side by side, each with batch statistics of its own (ghost batches, Hoffer et al.
/// 2017): two threads then have no need to wait for each other at every layer. Fixed, so that what is learnt does not
/// depend on the number of threads.
const PARTS: usize = 2;

/// Parameters that are learnt, and the optimiser with its memory.
pub struct Learnt {
    /// The parameters.
    pub parameters: Parameters,
    /// The optimiser.
    pub optimiser: AdamW,
}

/// What one part of a batch comes to.
pub struct BatchPart<L> {
    /// Its mean losses.
    pub losses: L,
    /// Gradients of its loss.
    pub gradients: Gradients,
    /// Statistics of all its normalisations.
    pub statistics: Vec<BatchStatistics>,
}

/// The mean losses of a part, and its share of the batch.
pub struct PartLosses<L> {
    /// Mean losses.
    pub losses: L,
    /// Share of the batch, `0..=1`.
    pub share: f64,
}

impl Learnt {
    /// One step of learning from a batch at a learning rate: `learn` says what a part of it comes to. A batch of fewer than twice `least`
    /// examples stays in one part: the statistics of fewer say little.
    pub fn step<E: Sync, L: Send>(
        &mut self,
        (examples, least): (&[E], usize),
        rate: f64,
        learn: impl Fn(&Parameters, &[E]) -> Result<BatchPart<L>> + Sync,
    ) -> Result<Vec<PartLosses<L>>> {
        let parts = if examples.len() >= PARTS * least { PARTS } else { 1 };
        let length = examples.len().div_ceil(parts).max(1);
        let parts: Result<Vec<(BatchPart<L>, f64)>> = examples
            .par_chunks(length)
            .map(|part| Ok((learn(&self.parameters, part)?, part.len() as f64 / examples.len() as f64)))
            .collect();
        let (mut losses, mut total) = (Vec::new(), Gradients::new());
        for (part, share) in parts? {
            for BatchStatistics { name, moments, rows } in part.statistics {
                self.parameters.follow(&name, &moments, rows);
            }
            for (name, gradient) in part.gradients {
                let gradient = (gradient * share)?;
                let sum = match total.remove(&name) {
                    Some(sum) => (sum + gradient)?,
                    None => gradient,
                };
                total.insert(name, sum);
            }
            losses.push(PartLosses { losses: part.losses, share });
        }
        self.optimiser.step(&self.parameters.learnt, &total, rate)?;
        Ok(losses)
    }
}
