//! Which maps to believe: every method against lesion masks, against its own score, and against a network that knows nothing.

pub mod agreement;
mod html;
pub mod report;

use candle_core::Tensor;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::explain::curves::curves;
use crate::explain::road::road;
use crate::explain::{Explainer, Map, Question};
use crate::model::ModelError;
use crate::model::own::network::Network;

/// Figures of one map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Whether its highest place lies in the mask (pointing game, Zhang et al. 2018): 0 or 1.
    pub pointing: f32,
    /// Intersection over union of the mask and as many of the highest places, `0..=1`.
    pub iou: f32,
    /// Mean score as its highest places are hidden, `0..=1`.
    pub deletion: f32,
    /// Mean score as they are shown, `0..=1`.
    pub insertion: f32,
    /// Mean score with its highest places filled in from around them, `0..=1` (ROAD, Rong et al. 2022).
    pub road_most: f32,
    /// Mean score with its lowest places filled in, `0..=1`.
    pub road_least: f32,
    /// Rank correlation with the map of the shuffled network, absolute, `0..=1` (Adebayo et al. 2018); `None` where it was not
    /// compared.
    pub shuffled: Option<f32>,
    /// Time, milliseconds.
    pub ms: f32,
}

/// A window with the mask of its lesion.
pub struct MaskedQuestion<'a> {
    /// The window and the class that the maps are about.
    pub question: Question<'a>,
    /// Row by row, as many as the window has pixels: whether a pixel belongs to the lesion.
    pub mask: &'a [bool],
}

/// The figures of a map over all pixels of the window, but for its time and the shuffled network.
pub fn judge(explainer: &Explainer, subject: &MaskedQuestion, shown: &Map) -> Result<Figures, ModelError> {
    let order = shown.order();
    let inside = |at: &usize| subject.mask.get(*at).copied().unwrap_or(false);
    let lesion = subject.mask.iter().filter(|inside| **inside).count();
    let hit = order.iter().take(lesion).filter(|at| inside(at)).count();
    let curves = curves(explainer, subject.question, shown)?;
    let road = road(explainer, subject.question, shown)?;
    Ok(Figures {
        pointing: f32::from(u8::from(order.first().is_some_and(inside))),
        iou: hit as f32 / (2 * lesion - hit).max(1) as f32,
        deletion: curves.deleted(),
        insertion: curves.inserted(),
        road_most: road.most_first,
        road_least: road.least_first,
        ..Figures::default()
    })
}

/// The network with the numbers within every tensor of its classifier shuffled: the same values, nothing learnt.
pub fn shuffled(network: &Network) -> Result<Network, ModelError> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut tensors = network.tensors().clone();
    for (_, tensor) in tensors.iter_mut().filter(|(name, _)| name.ends_with(".weight")) {
        let mut values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
        values.shuffle(&mut rng);
        *tensor = Tensor::from_vec(values, tensor.shape(), tensor.device())?;
    }
    Ok(Network::from_tensors(network.card().clone(), tensors)?)
}

/// Maps that know nothing of the picture: what a method must beat.
pub fn baselines(side: usize) -> [(&'static str, Map); 2] {
    let middle = (side as f32 - 1.0) / 2.0;
    let centre = (0..side * side).map(|i| -((i % side) as f32 - middle).hypot((i / side) as f32 - middle)).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let noise = (0..side * side).map(|_| rng.random()).collect();
    let map = |values| Map { cols: side, rows: side, values };
    [("(centre)", map(centre)), ("(noise)", map(noise))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centre_is_highest_in_the_middle() {
        let [(_, centre), _] = baselines(9);
        assert_eq!(centre.order()[0], 40);
        assert_eq!(centre.order()[80] % 8, 0, "a corner comes last");
    }
}
