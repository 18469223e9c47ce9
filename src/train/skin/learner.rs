//! One step of learning the skin map: pictures in, cross-entropy of the cells, gradients.

use candle_core::{D, Device, Result, Tensor, Var};
use image::RgbImage;

use super::scene::SceneExample;
use crate::model::own::architecture::Block;
use crate::model::own::frozen::batch;
use crate::model::own::skin_network::HEAD;
use crate::model::skin_map::KINDS;
use crate::train::parameters::{Parameters, head};
use crate::train::parts::{BatchPart, Learnt};
use crate::train::step::{gradient_by, head_gradients};
use crate::train::tape::{Gradients, Tape};

/// What a cell counts for in the loss: parts and lesions are small, and they are what matters.
const WEIGHTS: [f32; KINDS] = [1.0, 1.0, 3.0, 2.0];
/// Share of the target that is spread over all kinds: masks are rough.
const SMOOTHING: f32 = 0.04;
/// Scenes of a part of a batch, at least.
const LEAST: usize = 2;

/// The network that is learnt.
pub(super) struct SkinLearner {
    pub(super) learnt: Learnt,
    pub(super) blocks: Vec<Block>,
}

impl SkinLearner {
    /// Learns from a batch at a learning rate; the mean loss.
    pub(super) fn step(&mut self, examples: &[SceneExample], rate: f64) -> Result<f32> {
        let SkinLearner { learnt, blocks } = self;
        let parts = learnt.step((examples, LEAST), rate, |parameters, part| learn_from(parameters, blocks, part))?;
        Ok(parts.iter().map(|part| part.losses * part.share as f32).sum())
    }
}

fn learn_from(parameters: &Parameters, blocks: &[Block], examples: &[SceneExample]) -> Result<BatchPart<f32>> {
    let mut tape = Tape::default();
    let pictures: Vec<&RgbImage> = examples.iter().map(|example| &example.picture).collect();
    let map = tape.forward(parameters, blocks, &batch(&pictures)?)?;
    let (n, h, w, c) = map.dims4()?;
    let rows = Var::from_tensor(&map.reshape((n * h * w, c))?)?;
    let loss = loss(&head(parameters, HEAD, &rows)?, examples)?;
    let of_head = loss.backward()?;
    let mut gradients: Gradients = head_gradients(parameters, &[HEAD], &of_head)?;
    let statistics = std::mem::take(&mut tape.statistics);
    tape.backward(parameters, gradient_by(&of_head, &rows)?.reshape((n, h, w, c))?, &mut gradients)?;
    Ok(BatchPart { losses: loss.to_scalar()?, gradients, statistics })
}

/// Mean cross-entropy of the logits of all cells, weighted.
fn loss(logits: &Tensor, examples: &[SceneExample]) -> Result<Tensor> {
    let cells = examples.iter().flat_map(|example| &example.cells);
    let (mut wanted, mut total) = (Vec::with_capacity(logits.elem_count()), 0f32);
    for cell in cells {
        // What is unknown of a cell counts for nothing.
        let weighted: [f32; KINDS] = std::array::from_fn(|kind| cell[kind] * WEIGHTS[kind]);
        let weight: f32 = weighted.iter().sum();
        wanted.extend(weighted.map(|share| (1.0 - SMOOTHING) * share + SMOOTHING * weight / KINDS as f32));
        total += weight;
    }
    let wanted = Tensor::from_vec(wanted, logits.dims(), &Device::Cpu)?;
    let log = candle_nn::ops::log_softmax(logits, D::Minus1)?;
    (log * wanted)?.sum_all()?.affine(-1.0 / f64::from(total.max(1.0)), 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_cells_count_for_nothing() {
        let example = |cells: Vec<[f32; KINDS]>| SceneExample { picture: RgbImage::new(8, 8), cells };
        let logits =
            |rows: Vec<f32>| Tensor::from_vec(rows.clone(), (rows.len() / KINDS, KINDS), &Device::Cpu).unwrap();
        let one = loss(&logits(vec![0.0, 3.0, 0.0, 0.0]), &[example(vec![[0.0, 1.0, 0.0, 0.0]])]).unwrap();
        let two = vec![0.0, 3.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0];
        let two = loss(&logits(two), &[example(vec![[0.0, 1.0, 0.0, 0.0], [0.0; KINDS]])]).unwrap();
        let [one, two] = [one, two].map(|loss| loss.to_scalar::<f32>().unwrap());
        assert!((one - two).abs() < 1e-6 && one > 0.0, "{one} {two}");
    }
}
