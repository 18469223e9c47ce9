//! How well a skin map knows scenes of people that it was not trained on.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::compose::{SceneSize, Sources, draw};
use super::scene::SceneExample;
use crate::model::ModelError;
use crate::model::own::skin_network::SkinNetwork;
use crate::model::skin_map::KINDS;

/// Scenes that it is measured on.
const SCENES: u64 = 192;
/// Cells count where at least this share of them is of one kind.
const CLEAR: f32 = 0.75;

/// Figures of the development side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SkinFigures {
    /// Intersection over union of each kind's cells, in the order of the outputs, `0..=1`.
    pub iou: [f32; KINDS],
    /// Share of the cells of each kind that are taken for it, `0..=1`.
    pub recall: [f32; KINDS],
}

/// Scenes of the development side, composed once.
pub(super) struct SkinValidation(Vec<SceneExample>);

impl SkinValidation {
    pub(super) fn new(sources: &Sources, size: SceneSize, seed: u64) -> SkinValidation {
        let scene = |i: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x736b_696e);
            rng.set_stream(i);
            draw(sources, size, &mut rng)
        };
        SkinValidation((0..SCENES).map(scene).collect())
    }

    /// Measures a network.
    pub(super) fn measure(&self, network: &SkinNetwork) -> Result<SkinFigures, ModelError> {
        let counts: Result<Vec<Counts>, ModelError> =
            self.0.par_iter().map(|scene| Counts::of(network, scene)).collect();
        let mut all = Counts::default();
        for counts in counts? {
            (0..KINDS).for_each(|t| (0..KINDS).for_each(|said| all.0[t][said] += counts.0[t][said]));
        }
        Ok(all.figures())
    }
}

/// Cells by what they show, and by what they were taken for.
#[derive(Default)]
struct Counts([[u32; KINDS]; KINDS]);

impl Counts {
    fn of(network: &SkinNetwork, scene: &SceneExample) -> Result<Counts, ModelError> {
        let map = network.map(&scene.picture)?;
        let mut counts = Counts::default();
        for (cell, place) in scene.cells.iter().zip(map.places()) {
            let said = [place.other, place.skin, place.part, place.lesion];
            let best = (0..KINDS).max_by(|a, b| said[*a].total_cmp(&said[*b])).unwrap_or(0);
            if let Some(truth) = cell.iter().position(|share| *share >= CLEAR) {
                counts.0[truth][best] += 1;
            }
        }
        Ok(counts)
    }

    fn figures(&self) -> SkinFigures {
        let share = |part: u32, of: u32| part as f32 / of.max(1) as f32;
        let shown = |kind: usize| self.0[kind].iter().sum::<u32>();
        let said = |kind: usize| self.0.iter().map(|row| row[kind]).sum::<u32>();
        let right = |kind: usize| self.0[kind][kind];
        SkinFigures {
            iou: std::array::from_fn(|kind| share(right(kind), shown(kind) + said(kind) - right(kind))),
            recall: std::array::from_fn(|kind| share(right(kind), shown(kind))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_from_the_counts() {
        let counts = Counts([[8, 2, 0, 0], [0, 10, 0, 0], [0, 5, 5, 0], [0, 0, 0, 0]]);
        let figures = counts.figures();
        assert_eq!(figures.recall, [0.8, 1.0, 0.5, 0.0]);
        assert_eq!(figures.iou, [0.8, 10.0 / 17.0, 0.5, 0.0]);
    }
}
