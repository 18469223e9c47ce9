//! Relevance: the logit of the class taken apart and handed down to the pixels, so that the parts add up to it.
//! Rules as in Montavon, Samek and Müller 2018 and Montavon et al. 2019.

use candle_core::{DType, Result, Tensor};

use super::gradient::gradient;
use super::{Explainer, Map, PIXELS, Question, seen};
use crate::model::opened::{Layer, Rule};
use crate::model::ops::activation::Activation;

/// What is added to the denominators of the epsilon rule, in units of the mean absolute value of a layer's results.
const EPSILON: f64 = 0.01;
/// How much more positive weights count in the gamma rule.
const GAMMA: f64 = 0.25;
/// Keeps 0 / 0 from happening in LRP-0.
const TINY: f64 = 1e-9;
/// Halvings of the search of [`taylor`].
const HALVINGS: usize = 20;

/// `R = (x - x0) df/dx(x0)`, `x0` the place nearest along the gradient at which the logit is 0 (or the end of the search, where it
/// nowhere is). Montavon et al. 2018, section 4.1.
pub fn taylor(explainer: &Explainer, question: Question) -> Result<Map> {
    let x = seen(question.window)?;
    let (logit, slope) = (logit(explainer, &x, question)?, gradient(explainer, &x, question.class)?);
    let steepness = slope.sqr()?.sum_all()?.to_scalar::<f32>()?.max(1e-20);
    // A straight function would be 0 after a step of f / |g|^2; ours may take a few times that.
    let at = |times: f64| &x - (&slope * (times * f64::from(logit / steepness)))?;
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let same_side = self::logit(explainer, &at(middle)?, question)? * logit > 0.0;
        if same_side { low = middle } else { high = middle }
    }
    let root = at(high)?;
    Map::summed(&((&x - &root)? * gradient(explainer, &root, question.class)?)?)
}

fn logit(explainer: &Explainer, x: &Tensor, question: Question) -> Result<f32> {
    Ok(explainer.logits(x, question.class)?.first().copied().unwrap_or(0.0))
}

/// Relevance by the epsilon rule at every layer. Bach et al. 2015.
pub fn epsilon(explainer: &Explainer, question: Question) -> Result<Map> {
    propagate(explainer, question, &Epsilon(EPSILON))
}

/// Relevance by the usual composite: the z-box rule at the picture, gamma on fine maps, epsilon on coarse ones.
/// Montavon et al. 2019.
pub fn composite(explainer: &Explainer, question: Question) -> Result<Map> {
    propagate(explainer, question, &Composite { fine: question.window.width() as usize / 8 })
}

/// Hands the logit, less the head's bias, down to the pixels under a rule.
pub fn propagate(explainer: &Explainer, question: Question, rule: &dyn Rule) -> Result<Map> {
    let trace = explainer.trace(&seen(question.window)?)?;
    let relevance = (&trace.features * trace.seed(question.class)?)?;
    Map::summed(&trace.back(rule, relevance)?)
}

/// `R_i = x_i sum_j w_ij R_j / (z_j + eps sign z_j)`; 0: LRP-0.
pub struct Epsilon(pub f64);

impl Rule for Epsilon {
    fn activation(&self, _: &Tensor, _: Activation, signal: Tensor) -> Result<Tensor> {
        Ok(signal)
    }

    fn layer(&self, layer: &Layer, (x, z): (&Tensor, &Tensor), signal: &Tensor, _: bool) -> Result<Tensor> {
        x * layer.transposed(&(signal / stabilised(z, self.0)?)?, &layer.weight, x)?
    }

    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        shared(summands, &signal, self.0)
    }
}

/// `R_i = sum_j (x_i w_ij - l w+_ij - h w-_ij) R_j / sum_i (..)`: for pixels between `l` and `h`; never negative where `R_j` is
/// not. Montavon et al. 2017.
pub struct ZBox;

impl ZBox {
    /// The relevance of the picture.
    pub fn layer(layer: &Layer, x: &Tensor, signal: &Tensor) -> Result<Tensor> {
        let (low, high) =
            (x.ones_like()?.affine(f64::from(PIXELS.0), 0.0)?, x.ones_like()?.affine(f64::from(PIXELS.1), 0.0)?);
        let (up, down) = (layer.weight.relu()?, layer.weight.neg()?.relu()?.neg()?);
        let z = ((layer.linear(x, &layer.weight)? - layer.linear(&low, &up)?)? - layer.linear(&high, &down)?)?;
        let part = (signal / stabilised(&z, TINY)?)?;
        let of = |x: &Tensor, weight: &Tensor| x * layer.transposed(&part, weight, x)?;
        (of(x, &layer.weight)? - of(&low, &up)?)? - of(&high, &down)?
    }
}

/// See [`composite`].
struct Composite {
    /// Maps of at least this many places a side count as fine.
    fine: usize,
}

impl Rule for Composite {
    fn activation(&self, _: &Tensor, _: Activation, signal: Tensor) -> Result<Tensor> {
        Ok(signal)
    }

    fn layer(&self, layer: &Layer, (x, z): (&Tensor, &Tensor), signal: &Tensor, first: bool) -> Result<Tensor> {
        if first {
            return ZBox::layer(layer, x, signal);
        }
        if x.dim(1)? < self.fine {
            return Epsilon(EPSILON).layer(layer, (x, z), signal, first);
        }
        // Gamma for inputs of either sign: what is positive in the sum counts more.
        let (weight, bias) = (favoured(&layer.weight)?, favoured(&layer.bias)?);
        let z = layer.linear(x, &weight)?.broadcast_add(&bias)?;
        x * layer.transposed(&(signal / stabilised(&z, EPSILON)?)?, &weight, x)?
    }

    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        shared(summands, &signal, EPSILON)
    }
}

/// `w + gamma max(w, 0)`.
fn favoured(weight: &Tensor) -> Result<Tensor> {
    weight + (weight.relu()? * GAMMA)?
}

/// Both summands get their share of the signal.
fn shared((inner, around): (&Tensor, &Tensor), signal: &Tensor, epsilon: f64) -> Result<(Tensor, Tensor)> {
    let part = (signal / stabilised(&(inner + around)?, epsilon)?)?;
    Ok(((inner * &part)?, (around * &part)?))
}

/// `z` moved away from 0 by `epsilon` of its mean absolute value.
fn stabilised(z: &Tensor, epsilon: f64) -> Result<Tensor> {
    let mean = f64::from(z.abs()?.mean_all()?.to_scalar::<f32>()?);
    let sign = z.ge(0f32)?.to_dtype(DType::F32)?.affine(2.0, -1.0)?;
    z + (sign * (epsilon * mean).max(TINY))?
}
