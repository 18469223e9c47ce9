//! One epoch: windows drawn in parallel, one step of learning a batch.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::alarms::FalseAlarm;
use super::error::TrainError;
use super::mining::again;
use super::optimiser::rate;
use super::pool::PhotoPool;
use super::report::Report;
use super::settings::TrainSettings;
use super::step::Learner;
use super::windows::{Example, Recipe, draw, draw_alarm};

/// Share of the draws that are hard negatives.
const HARD_SHARE: f32 = 0.2;

/// What the windows of an epoch are drawn from.
pub struct Draws<'a> {
    /// The photographs.
    pub pool: &'a PhotoPool,
    /// Random streams of the hard negatives; empty: none are known yet.
    pub hard: &'a [u64],
    /// False circles of the model that was mined; empty: none was.
    pub alarms: &'a [FalseAlarm],
    /// How windows are drawn.
    pub recipe: Recipe,
    /// Settings of the run.
    pub settings: &'a TrainSettings,
}

impl Draws<'_> {
    /// One window: any, or a hard negative, which is one of the false circles as often as not.
    fn one(&self, rng: &mut ChaCha8Rng) -> Example {
        let &Draws { pool, hard, alarms, recipe, settings } = self;
        if (hard.is_empty() && alarms.is_empty()) || rng.random::<f32>() >= HARD_SHARE {
            return draw(pool, recipe, rng);
        }
        let alarm = !alarms.is_empty() && (hard.is_empty() || rng.random_bool(0.5));
        match alarm {
            true => draw_alarm(pool, &alarms[rng.random_range(0..alarms.len())], recipe, rng),
            false => again(pool, recipe, settings.seed, hard[rng.random_range(0..hard.len())]),
        }
    }
}

/// Learns from the windows of an epoch (from 1); the mean loss.
pub fn learn(
    learner: &mut Learner,
    draws: &Draws,
    epoch: u32,
    report: &(dyn Fn(Report) + Sync),
) -> Result<f32, TrainError> {
    let settings = draws.settings;
    let batches = settings.draws / settings.batch;
    let total_steps = u64::from(settings.epochs) * batches as u64;
    let (mut sum, mut smooth) = (0.0, None);
    for b in 0..batches {
        let first = (u64::from(epoch) * batches as u64 + b as u64) * settings.batch as u64;
        let examples: Vec<Example> = (0..settings.batch as u64)
            .into_par_iter()
            .map(|i| {
                // One generator a window, so that the draw does not depend on the number of threads.
                let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                rng.set_stream(first + i + 1);
                draws.one(&mut rng)
            })
            .collect();
        let losses = learner.step(&examples, rate(settings.rate, learner.learnt.optimiser.steps, total_steps))?;
        if !losses.total().is_finite() {
            return Err(TrainError::Diverged { epoch });
        }
        sum += losses.total();
        let blended = smooth.map_or(losses.total(), |old: f32| 0.95 * old + 0.05 * losses.total());
        smooth = Some(blended);
        report(Report::Learning { epoch, windows: ((b + 1) * settings.batch) as u64, loss: blended });
    }
    Ok(sum / batches.max(1) as f32)
}
