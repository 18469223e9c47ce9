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

/// A piece whose middle was not looked at: where it begins and ends, and the logits there.
type Bare = ((f64, f64), (f32, f32));

/// A piece of the path from grey to the window.
struct PathPiece {
    /// Where it begins and ends, `0..=1`.
    ends: (f64, f64),
    /// Logits there and in its middle.
    logits: (f32, f32, f32),
    /// `(x - x') df/dx` in its middle, times its length: its part of the map.
    part: Map,
}

impl PathPiece {
    fn change(&self) -> f32 {
        self.logits.2 - self.logits.0
    }

    /// By how much the logit changes more than the gradient in the middle says.
    fn off(&self) -> f32 {
        self.change() - self.part.values.iter().sum::<f32>()
    }

    /// Its halves, without their middles.
    fn halves(&self) -> [Bare; 2] {
        let (from, to) = self.ends;
        let middle = f64::midpoint(from, to);
        [((from, middle), (self.logits.0, self.logits.1)), ((middle, to), (self.logits.1, self.logits.2))]
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
    let bare: Vec<_> = (0..first).map(|i| ((at(i), at(i + 1)), (logits[i], logits[i + 1]))).collect();
    let mut pieces = looked_at(explainer, (&x, question.class), &bare)?;
    let mut taken = first;
    while !adds_up(&pieces) && taken < most {
        pieces.sort_by(|a, b| a.off().abs().total_cmp(&b.off().abs()));
        let rough = pieces.split_off(pieces.len() - BATCH.min(pieces.len()));
        let bare: Vec<_> = rough.iter().flat_map(PathPiece::halves).collect();
        taken += bare.len();
        pieces.extend(looked_at(explainer, (&x, question.class), &bare)?);
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

/// Computes logit and gradient in the middle of each piece.
fn looked_at(explainer: &Explainer, (x, class): (&Tensor, usize), bare: &[Bare]) -> Result<Vec<PathPiece>> {
    let mut pieces = Vec::with_capacity(bare.len());
    for bare in bare.chunks(BATCH) {
        let middles: Vec<f64> = bare.iter().map(|((from, to), _)| f64::midpoint(*from, *to)).collect();
        let trace = explainer.trace(&on_the_way(x, &middles)?)?;
        let logits: Vec<f32> = trace.logits().narrow(1, class, 1)?.flatten_all()?.to_vec1()?;
        let slopes = trace.back(&Gradient, trace.logit_gradient(class)?)?;
        for (i, (&(ends, (from, to)), logit)) in bare.iter().zip(logits).enumerate() {
            let part = Map::summed(&((slopes.narrow(0, i, 1)? * x)? * (ends.1 - ends.0))?)?;
            pieces.push(PathPiece { ends, logits: (from, logit, to), part });
        }
    }
    Ok(pieces)
}
