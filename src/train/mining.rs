//! Hard negatives: lesion-free windows that the network of the last epoch takes for lesions most.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::classes::SKIN;
use super::error::TrainError;
use super::pool::{PhotoPool, SkinOf};
use super::windows::{Example, Recipe, draw_negative};
use crate::model::Model;
use crate::model::own::network::Network;

/// Candidates looked at for each window that is kept.
const CANDIDATES: u64 = 8;
/// Windows a batch.
const BATCH: u64 = 48;
/// Streams of the random generator below this belong to the draws of the epochs.
const FIRST_STREAM: u64 = 1 << 48;

/// Random streams of the hardest lesion-free windows, hardest first: [`again`] draws the window of a stream.
/// Depends on the network, the seed and the epoch alone.
pub fn hardest(
    pool: &PhotoPool,
    recipe: Recipe,
    network: &Network,
    (seed, epoch, count): (u64, u32, u64),
) -> Result<Vec<u64>, TrainError> {
    let first = FIRST_STREAM + u64::from(epoch) * (1 << 32);
    let batches = (count * CANDIDATES).div_ceil(BATCH);
    let scored: Result<Vec<Vec<(f32, u64)>>, TrainError> = (0..batches)
        .into_par_iter()
        .map(|batch| {
            let streams: Vec<u64> = (0..BATCH).map(|i| first + batch * BATCH + i).collect();
            let examples: Vec<Example> = streams.iter().map(|&stream| again(pool, recipe, seed, stream)).collect();
            let windows: Vec<_> = examples.into_iter().map(|example| example.window).collect();
            let answers = network.clone().classify(&windows)?;
            let evidence = answers.iter().map(|scores| scores.classes.iter().skip(SKIN + 1).sum::<f32>());
            Ok(evidence.zip(streams).collect())
        })
        .collect();
    let mut scored: Vec<(f32, u64)> = scored?.into_iter().flatten().collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    Ok(scored.into_iter().take(count as usize).map(|(_, stream)| stream).collect())
}

/// The lesion-free window of a stream.
pub fn again(pool: &PhotoPool, recipe: Recipe, seed: u64, stream: u64) -> Example {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    draw_negative(pool, recipe, SkinOf::LesionFree, &mut rng)
}
