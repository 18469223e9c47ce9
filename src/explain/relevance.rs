//! Relevance: the logit of the class, distributed backwards over the pixels so that their parts add up to it.
//! The rules are in `rules.rs`.

use candle_core::{Result, Tensor};

use super::gradient::gradient;
use super::inside::Rule;
use super::{Explainer, Map, Question, seen};

/// Halvings of the search of [`taylor`].
const HALVINGS: usize = 20;

/// `R = (x - x0) df/dx(x0)`, `x0` the nearest picture along the gradient whose logit is 0, or the end of the search where there is none.
/// Montavon et al. 2018, section 4.1.
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

/// Distributes the logit, minus the head's bias, over the pixels by a rule.
pub fn propagate(explainer: &Explainer, question: Question, rule: &dyn Rule) -> Result<Map> {
    let trace = explainer.trace(&seen(question.window)?)?;
    Map::summed(&trace.back(rule, trace.relevance(rule, question.class)?)?)
}
