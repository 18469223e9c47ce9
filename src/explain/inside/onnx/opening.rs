//! Opens an ONNX classifier as far as possible, and checks the result against tract.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage};
use tract_onnx::pb::{GraphProto, NodeProto};

use super::convert::{Conversion, convert, needed};
use super::cuts::cuts;
use super::internals::OnnxInternals;
use super::program::Program;
use super::scaling::taken;
use super::step::{Operator, StepInput};
use crate::explain::inside::{Bounds, Depth, Internals, OpeningError};
use crate::model::onnx::card::OnnxCard;
use crate::model::onnx::runner::Runner;
use crate::model::onnx::{MOVING, OnnxClassifier, logits};
use crate::model::own::frozen::{PIXELS, batch};

/// How far the steps may differ from tract, as a fraction of the largest number, or of 1 where that is larger.
const OFF: f32 = 1e-4;
/// Tensors that are tried as the last feature map, at most, where not every operator is known.
const TRIED: usize = 48;

/// Opens a classifier as far as possible.
///
/// # Errors
/// When nothing of it can be seen.
pub fn open(foreign: &OnnxClassifier) -> Result<Arc<dyn Internals>, OpeningError> {
    let (card, runner) = (foreign.card(), foreign.runner());
    let internals = catch_unwind(AssertUnwindSafe(|| {
        let graph = runner.graph().ok_or_else(|| OpeningError::unsupported("it holds no graph"))?;
        let end = logits(graph, &card.output.name);
        whole(card, runner, (graph, end)).or_else(|why| from_features(card, runner, (graph, end), why))
    }));
    Ok(Arc::new(internals.unwrap_or(Err(OpeningError::Panicked))?))
}

/// Converts all operators.
fn whole(card: &OnnxCard, runner: &Runner, (graph, end): (&GraphProto, &str)) -> Result<OnnxInternals, OpeningError> {
    let side = card.picture.side;
    let plain = |value: f32| {
        let x = Tensor::full(value, (1, side, side, 3), &Device::Cpu)?;
        taken(&card.picture, &x)
    };
    let bounds = Bounds { low: plain(PIXELS.0)?, high: plain(PIXELS.1)? };
    let start = card.picture.input.as_str();
    let converted = convert(graph, (start, end), plain(0.0)?, Some(bounds))?;
    let nodes = needed(graph, (start, end));
    let (name, features, finer) = maps(&converted, &cuts(&nodes, (start, end)))?;
    let Conversion { program, .. } = converted;
    let internals = OnnxInternals {
        picture: card.picture.clone(),
        classes: card.classes.len(),
        body: None,
        features,
        finer,
        turned: [turned(&program, features), turned(&program, finer)],
        averages: program.averages(features),
        depth: Depth::Pixels,
        obstacle: None,
        program,
    };
    checked(internals, card, runner, (name, end))
}

/// The last feature map with more than one cell, by name and slot, and the slot of the last one that has more rows.
fn maps<'a>(converted: &Conversion, cuts: &[&'a str]) -> Result<(&'a str, usize, usize), OpeningError> {
    let map = |name: &&'a str| {
        let slot = *converted.slots.get(*name)?;
        let step = converted.program.steps.get(slot.checked_sub(1)?)?;
        let Some([1, a, b, c]) = converted.shapes.get(slot).map(Vec::as_slice) else { return None };
        let [h, w] = if turned(&converted.program, slot) { [*a, *b] } else { [*b, *c] };
        // Branches that come together make a new map, however they are only laid side by side.
        let moved = step.operator.moves() && !matches!(step.operator, Operator::Concat(_));
        (!step.plain && !moved && h * w > 1).then_some((*name, slot, h))
    };
    let maps: Vec<(&str, usize, usize)> = cuts.iter().filter_map(map).collect();
    let Some((name, last, rows)) = maps.last().copied() else {
        return Err(OpeningError::NoFeatureMap);
    };
    let finer = maps.iter().rev().find(|(_, _, finer)| *finer > rows).map_or(last, |(_, slot, _)| *slot);
    Ok((name, last, finer))
}

/// Whether the channels of a feature map come last, because a transposition after its layer put them there.
fn turned(program: &Program, slot: usize) -> bool {
    let mut at = slot;
    while let Some(step) = at.checked_sub(1).and_then(|at| program.steps.get(at)) {
        match &step.operator {
            Operator::Layer(_) | Operator::PoolOperator(_) => return false,
            Operator::Transpose(order) => return order.as_slice() == [0, 2, 3, 1],
            _ => {}
        }
        let before = step.inputs.iter().find_map(|input| match input {
            StepInput::Slot(slot) => Some(*slot),
            StepInput::Constant(_) => None,
        });
        let Some(before) = before else { break };
        at = before;
    }
    false
}

/// Converts what follows the last feature map, or takes that map alone; `why` says why not everything could be converted.
fn from_features(
    card: &OnnxCard,
    runner: &Runner,
    (graph, end): (&GraphProto, &str),
    why: OpeningError,
) -> Result<OnnxInternals, OpeningError> {
    let start = card.picture.input.as_str();
    let nodes = needed(graph, (start, end));
    let makers: BTreeMap<&str, &NodeProto> =
        nodes.iter().flat_map(|node| node.output.iter().map(|name| (name.as_str(), *node))).collect();
    let moves = |name: &&str| makers.get(name).is_none_or(|node| MOVING.contains(&node.op_type.as_str()));
    let tried: Vec<&str> =
        cuts(&nodes, (start, end)).into_iter().rev().filter(|name| !moves(name)).take(TRIED).collect();
    if tried.is_empty() {
        return Err(why);
    }
    let pixels = card.picture.scaling.values(&pattern(card), card.picture.layout);
    let unseen = |_| why.clone();
    let shown = runner.showing(&tried).map_err(unseen)?.run_shaped(&pixels).map_err(unseen)?;
    let map = |(_, values): &(&&str, Tensor)| matches!(values.dims(), [1, _, h, w] if h * w > 1);
    let (name, sample) = tried.iter().zip(shown).find(map).ok_or_else(|| why.clone())?;
    let body = runner.showing(&[name]).map_err(unseen)?;
    let base = |program: Program, depth: Depth, obstacle: OpeningError| OnnxInternals {
        picture: card.picture.clone(),
        classes: card.classes.len(),
        body: Some(body.clone()),
        features: 0,
        finer: 0,
        turned: [false; 2],
        averages: program.averages(0),
        depth,
        obstacle: Some(obstacle),
        program,
    };
    match convert(graph, (name, end), sample, None) {
        Ok(Conversion { program, .. }) => checked(base(program, Depth::Head, why), card, runner, (name, end)),
        Err(_) => Ok(base(Program { steps: Vec::new(), end: 0 }, Depth::Features, why)),
    }
}

/// A picture of many colours.
fn pattern(card: &OnnxCard) -> RgbImage {
    let side = card.picture.side as u32;
    RgbImage::from_fn(side, side, |x, y| {
        Rgb([(x * 7 + y * 3) as u8, (40 + x * y / 5) as u8, (200 + 5 * y).wrapping_sub(x * 11) as u8])
    })
}

/// Checks that feature map and logits are those of tract, for a grey picture and for one of many colours.
fn checked(
    internals: OnnxInternals,
    card: &OnnxCard,
    runner: &Runner,
    (map, end): (&str, &str),
) -> Result<OnnxInternals, OpeningError> {
    let asked = runner.showing(&[map, end])?;
    let side = card.picture.side as u32;
    for picture in [RgbImage::from_pixel(side, side, Rgb([127; 3])), pattern(card)] {
        let theirs = asked.run_shaped(&card.picture.scaling.values(&picture, card.picture.layout))?;
        let ours = internals.run(&batch(&[&picture])?)?;
        for (slot, theirs) in [internals.features, internals.program.end].into_iter().zip(&theirs) {
            let Some(ours) = ours.get(slot) else { return Err(OpeningError::unsupported("a step is missing")) };
            let off = off(ours, theirs)?;
            if off > OFF {
                return Err(OpeningError::OtherResults(off));
            }
        }
    }
    Ok(internals)
}

/// The largest difference of two tensors, as a fraction of the largest number of the second, or of 1 where that is larger.
fn off(ours: &Tensor, theirs: &Tensor) -> candle_core::Result<f32> {
    let (ours, theirs): (Vec<f32>, Vec<f32>) = (ours.flatten_all()?.to_vec1()?, theirs.flatten_all()?.to_vec1()?);
    if ours.len() != theirs.len() {
        return Ok(f32::INFINITY);
    }
    let most = theirs.iter().fold(1f32, |most, v| most.max(v.abs()));
    let gap = |(a, b): (&f32, &f32)| if (a - b).is_nan() { f32::INFINITY } else { (a - b).abs() };
    Ok(ours.iter().zip(&theirs).map(gap).fold(0f32, f32::max) / most)
}
