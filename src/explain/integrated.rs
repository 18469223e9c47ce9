//! Integrated gradients, with more steps where the logit changes unevenly along the path.

use candle_core::{Result, Tensor};

use super::inside::Gradient;
use super::{Explainer, Map, Question, seen};

/// Pieces of the path at first, and gradients that are computed at most.
const PIECES: (usize, usize) = (16, 160);
/// What the map may be off by, as a fraction of the change of the logit.
const OFF: f32 = 0.005;
/// What its pieces may be off by together, each taken as positive, as a fraction of what they change.
const ROUGH: f32 = 0.05;
/// Windows a batch.
const BATCH: usize = 8;

/// A point of the path from grey to the window.
#[derive(Clone, Copy)]
struct PathPoint {
    /// Where it lies, `0..=1`.
    at: f64,
    logit: f32,
}

/// The path between two points.
#[derive(Clone, Copy)]
struct Stretch {
    from: PathPoint,
    to: PathPoint,
}

/// A stretch whose middle was measured.
struct PathPiece {
    stretch: Stretch,
    /// The logit in its middle.
    middle: f32,
    /// `(x - x') df/dx` in its middle, times its length: its part of the map.
    part: Map,
}

impl Stretch {
    fn middle(&self) -> f64 {
        f64::midpoint(self.from.at, self.to.at)
    }
}

impl PathPiece {
    fn change(&self) -> f32 {
        self.stretch.to.logit - self.stretch.from.logit
    }

    /// By how much the logit changes more than the gradient in the middle says.
    fn off(&self) -> f32 {
        self.change() - self.part.values.iter().sum::<f32>()
    }

    /// Its halves, without their middles.
    fn halves(&self) -> [Stretch; 2] {
        let Stretch { from, to } = self.stretch;
        let middle = PathPoint { at: self.stretch.middle(), logit: self.middle };
        [Stretch { from, to: middle }, Stretch { from: middle, to }]
    }
}

/// `(x - x') * mean over a in 0..1 of df/dx(x' + a (x - x'))`, `x'` the network's grey: adds up to `f(x) - f(x')`.
/// Sundararajan et al. 2017. The mean is taken at the midpoints of pieces. Pieces whose change the midpoint predicts worst are
/// halved until the map adds up.
pub fn integrated_gradients(explainer: &Explainer, question: Question) -> Result<Map> {
    let x = seen(question.window)?;
    let (first, most) = PIECES;
    let at = |i: usize| i as f64 / first as f64;
    let ends: Vec<f64> = (0..=first).map(at).collect();
    let logits = logits(explainer, &x, (&ends, question.class))?;
    let points: Vec<PathPoint> = ends.into_iter().zip(logits).map(|(at, logit)| PathPoint { at, logit }).collect();
    let stretches: Vec<Stretch> = points.windows(2).map(|pair| Stretch { from: pair[0], to: pair[1] }).collect();
    let mut pieces = measured(explainer, (&x, question.class), &stretches)?;
    let mut taken = first;
    while !adds_up(&pieces) && taken < most {
        pieces.sort_by(|a, b| a.off().abs().total_cmp(&b.off().abs()));
        let rough = pieces.split_off(pieces.len() - BATCH.min(pieces.len()));
        let halves: Vec<Stretch> = rough.iter().flat_map(PathPiece::halves).collect();
        taken += halves.len();
        pieces.extend(measured(explainer, (&x, question.class), &halves)?);
    }
    let mut map = Map { values: vec![0.0; (x.dim(1)?) * x.dim(2)?], cols: x.dim(2)?, rows: x.dim(1)? };
    for piece in &pieces {
        map.values.iter_mut().zip(&piece.part.values).for_each(|(sum, part)| *sum += part);
    }
    Ok(map)
}

fn adds_up(pieces: &[PathPiece]) -> bool {
    let sum = |value: &dyn Fn(&PathPiece) -> f32| pieces.iter().map(value).sum::<f32>();
    let (off, change) = (sum(&PathPiece::off), sum(&PathPiece::change));
    let (rough, way) = (sum(&|piece| piece.off().abs()), sum(&|piece| piece.change().abs()));
    off.abs() <= OFF * change.abs() && rough <= ROUGH * way
}

/// Logits of a class at points of the path, `0..=1`.
fn logits(explainer: &Explainer, x: &Tensor, (places, class): (&[f64], usize)) -> Result<Vec<f32>> {
    let mut out = Vec::with_capacity(places.len());
    for places in places.chunks(BATCH) {
        out.extend(explainer.logits(&on_the_way(x, places)?, class)?);
    }
    Ok(out)
}

fn on_the_way(x: &Tensor, places: &[f64]) -> Result<Tensor> {
    Tensor::cat(&places.iter().map(|at| x * *at).collect::<Result<Vec<_>>>()?, 0)
}

/// Computes logit and gradient in the middle of each stretch.
fn measured(explainer: &Explainer, (x, class): (&Tensor, usize), stretches: &[Stretch]) -> Result<Vec<PathPiece>> {
    let mut pieces = Vec::with_capacity(stretches.len());
    for stretches in stretches.chunks(BATCH) {
        let middles: Vec<f64> = stretches.iter().map(Stretch::middle).collect();
        let trace = explainer.trace(&on_the_way(x, &middles)?)?;
        let logits: Vec<f32> = trace.logits().narrow(1, class, 1)?.flatten_all()?.to_vec1()?;
        let slopes = trace.back(&Gradient, trace.logit_gradient(class)?)?;
        for (i, (&stretch, middle)) in stretches.iter().zip(logits).enumerate() {
            let length = stretch.to.at - stretch.from.at;
            let part = Map::summed(&((slopes.narrow(0, i, 1)? * x)? * length)?)?;
            pieces.push(PathPiece { stretch, middle, part });
        }
    }
    Ok(pieces)
}
