//! Which maps to believe: every method against lesion masks, against its own score, and against a network that knows nothing.

use candle_core::Tensor;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::table::{aligned, legend};
use crate::explain::curves::curves;
use crate::explain::{Explainer, Map, Question};
use crate::model::ModelError;
use crate::model::network::Network;

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
    /// Rank correlation with the map of the shuffled network, absolute, `0..=1` (Adebayo et al. 2018).
    pub shuffled: f32,
    /// Time, milliseconds.
    pub ms: f32,
}

/// A window with the mask of its lesion.
pub struct Masked<'a> {
    /// The window and the class that the maps are about.
    pub question: Question<'a>,
    /// Row by row, as many as the window has pixels: whether a pixel belongs to the lesion.
    pub mask: &'a [bool],
}

/// The figures of a map, but for its time and the shuffled network.
pub fn judge(explainer: &mut Explainer, subject: &Masked, map: &Map) -> Result<Figures, ModelError> {
    let (w, h) = subject.question.window.dimensions();
    let shown = map.smoothed().resized(w as usize, h as usize);
    let order = shown.order();
    let inside = |at: &usize| subject.mask.get(*at).copied().unwrap_or(false);
    let lesion = subject.mask.iter().filter(|inside| **inside).count();
    let hit = order.iter().take(lesion).filter(|at| inside(at)).count();
    let curves = curves(explainer, subject.question, &shown)?;
    Ok(Figures {
        pointing: f32::from(u8::from(order.first().is_some_and(inside))),
        iou: hit as f32 / (2 * lesion - hit).max(1) as f32,
        deletion: curves.deleted(),
        insertion: curves.inserted(),
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

/// Spearman's rank correlation of two maps at the size of the first, absolute: 1 for the same order of places.
pub fn rank_correlation(a: &Map, b: &Map) -> f32 {
    let b = b.resized(a.cols, a.rows);
    let ranks = |map: &Map| {
        let mut ranks = vec![0f64; map.values.len()];
        map.order().into_iter().enumerate().for_each(|(rank, at)| ranks[at] = rank as f64);
        ranks
    };
    let (a, b) = (ranks(a), ranks(&b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let of = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(&b).map(|(a, b)| f(a - middle, b - middle)).sum::<f64>();
    (of(&|a, b| a * b) / of(&|a, _| a * a).max(1e-12)).abs() as f32
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

/// A method with the means of its figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Name of the method; in brackets: a map that knows nothing of the picture.
    pub method: String,
    /// Maps judged.
    pub maps: usize,
    /// Means.
    pub figures: Figures,
}

impl Row {
    /// The means of some figures.
    pub fn new(method: &str, all: &[Figures]) -> Row {
        let mean = |value: &dyn Fn(&Figures) -> f32| all.iter().map(value).sum::<f32>() / all.len().max(1) as f32;
        let figures = Figures {
            pointing: mean(&|f| f.pointing),
            iou: mean(&|f| f.iou),
            deletion: mean(&|f| f.deletion),
            insertion: mean(&|f| f.insertion),
            shuffled: mean(&|f| f.shuffled),
            ms: mean(&|f| f.ms),
        };
        Row { method: method.to_owned(), maps: all.len(), figures }
    }
}

/// Columns, each with what it means.
const COLUMNS: [(&str, &str); 7] = [
    ("maps", "close-ups with a mask"),
    ("pointing", "share of the maps whose highest place lies on the lesion"),
    ("IoU", "intersection over union of the lesion and as many of the map's highest places"),
    ("hidden", "mean score while the highest places are blurred, step by step (deletion): lower is better"),
    ("shown", "mean score while they come back into a blurred window (insertion): higher is better"),
    (
        "shuffled",
        "rank correlation with the map of the same network with shuffled weights: high is a map that hardly asks the network",
    ),
    ("ms", "mean time for a map, one thread"),
];

/// The rows as a table, those whose shown is farthest above their hidden first.
pub fn table(rows: &[Row]) -> String {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    let gap = |row: &Row| row.figures.insertion - row.figures.deletion;
    sorted.sort_by(|a, b| gap(b).total_cmp(&gap(a)));
    let head = std::iter::once("method").chain(COLUMNS.iter().map(|column| column.0)).map(str::to_owned);
    let mut text = vec![head.collect::<Vec<String>>()];
    for Row { method, maps, figures } in sorted {
        let numbers = [figures.pointing, figures.iou, figures.deletion, figures.insertion, figures.shuffled];
        let cells = numbers.iter().map(|value| format!("{value:.3}"));
        let ends = [maps.to_string()].into_iter().chain(cells).chain([format!("{:.0}", figures.ms)]);
        text.push(std::iter::once(method.clone()).chain(ends).collect());
    }
    format!("{}\n{}", aligned(&text), legend(&COLUMNS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_correlation_is_one_for_the_same_order_and_nothing_for_noise() {
        let map = |f: &dyn Fn(usize) -> f32| Map { cols: 20, rows: 20, values: (0..400).map(f).collect() };
        let rising = map(&|i| i as f32);
        assert!((rank_correlation(&rising, &map(&|i| (i as f32).powi(3))) - 1.0).abs() < 1e-6);
        assert!((rank_correlation(&rising, &map(&|i| -(i as f32))) - 1.0).abs() < 1e-6, "absolute");
        let [_, (_, noise)] = baselines(20);
        assert!(rank_correlation(&rising, &noise) < 0.15);
    }

    #[test]
    fn the_centre_is_highest_in_the_middle() {
        let [(_, centre), _] = baselines(9);
        assert_eq!(centre.order()[0], 40);
        assert_eq!(centre.order()[80] % 8, 0, "a corner comes last");
    }
}
