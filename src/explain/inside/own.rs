//! The inside of lesionscope's own networks: every activation of a forward pass, and the propagation back from a class to the pixels under
//! any rule. Normalisation is folded into the convolutions, as where the network classifies.

use candle_core::{Result, Tensor, bail};

use super::folded::FoldedConvolution;
use super::interface::{Depth, ForwardPass, Gradient, Internals, LinearLayer, MapGradient, Rule};
use super::receptive::ReceptiveGrid;
use crate::model::ops::activation::Activation;
use crate::model::ops::add::Add;
use crate::model::ops::pointwise::{each, pairs};
use crate::model::own::architecture::Block;
use crate::model::own::attention::AttentionOutput;
use crate::model::own::frozen::{get, pooled};
use crate::model::own::network::Network;
use crate::model::own::pooling::FeaturePool;

enum OpenBlock {
    Plain(Box<FoldedConvolution>),
    Shortcut(Vec<FoldedConvolution>),
}

/// The classifier of a network and its class head, with all activations within reach.
pub struct OwnInternals {
    parts: Vec<OpenBlock>,
    pool: FeaturePool,
    /// `(features, classes)`.
    head: Tensor,
    bias: Tensor,
}

/// A layer or the end of a shortcut as a forward pass went through it.
enum Visit<'a> {
    Layer { layer: &'a FoldedConvolution, x: Tensor, z: Tensor, activation: Activation },
    Left,
    Joined { inner: Tensor, around: Tensor, z: Tensor, activation: Activation },
}

/// A batch that was run forward, with its activations.
pub struct OwnPass<'a> {
    of: &'a OwnInternals,
    visits: Vec<Visit<'a>>,
    /// The last feature map, `(n, h, w, c)`.
    pub features: Tensor,
    /// What attention computed from it, where the head attends.
    attention_output: Option<AttentionOutput>,
    /// `(n, classes)`, before the temperature.
    pub logits: Tensor,
}

impl OwnInternals {
    /// Opens the classifier of a network.
    pub fn new(network: &Network) -> Result<OwnInternals> {
        let (steps, tensors) = (network.card().classifier_blocks(), network.tensors());
        let parts = steps.iter().map(|step| {
            Ok(match step {
                Block::Plain(conv) => OpenBlock::Plain(Box::new(FoldedConvolution::new(conv, tensors)?)),
                Block::Shortcut(convolutions) => OpenBlock::Shortcut(
                    convolutions.iter().map(|conv| FoldedConvolution::new(conv, tensors)).collect::<Result<_>>()?,
                ),
            })
        });
        let head = |part: &str| get(tensors, "classes", part).cloned();
        Ok(OwnInternals {
            parts: parts.collect::<Result<_>>()?,
            pool: network.pool().clone(),
            head: head("weight")?,
            bias: head("bias")?,
        })
    }

    /// Runs a batch `(n, h, w, 3)` of normalised pictures forward.
    pub fn trace(&self, batch: &Tensor) -> Result<OwnPass<'_>> {
        let mut visits = Vec::new();
        let mut x = batch.clone();
        for part in &self.parts {
            x = match part {
                OpenBlock::Plain(layer) => visit(&mut visits, layer, &x, layer.conv.activation)?,
                OpenBlock::Shortcut(layers) => {
                    visits.push(Visit::Left);
                    let (around, mut end) = (x.clone(), Activation::Linear);
                    for (i, layer) in layers.iter().enumerate() {
                        end = layer.conv.activation;
                        x = visit(
                            &mut visits,
                            layer,
                            &x,
                            if i + 1 == layers.len() { Activation::Linear } else { end },
                        )?;
                    }
                    let z = x.apply_op2_no_bwd(&around, &Add(Activation::Linear))?;
                    let sum = activated(&z, end)?;
                    visits.push(Visit::Joined { inner: x, around, z, activation: end });
                    sum
                }
            };
        }
        let attention_output = match &self.pool {
            FeaturePool::Average => None,
            FeaturePool::Attention(attention) => Some(attention.forward(&x)?),
        };
        let row = attention_output
            .as_ref()
            .map_or_else(|| pooled(&x), |attention_output| Ok(attention_output.pooled.clone()))?;
        let logits = row.matmul(&self.head)?.broadcast_add(&self.bias)?;
        Ok(OwnPass { of: self, visits, features: x, attention_output, logits })
    }
}

impl Internals for OwnInternals {
    fn trace(&self, batch: &Tensor) -> Result<Box<dyn ForwardPass + '_>> {
        Ok(Box::new(OwnInternals::trace(self, batch)?))
    }

    fn averages(&self) -> bool {
        true
    }

    fn attends(&self) -> bool {
        matches!(self.pool, FeaturePool::Attention(_))
    }

    fn depth(&self) -> Depth {
        Depth::Pixels
    }

    fn receptive_grids(&self) -> [Option<ReceptiveGrid>; 2] {
        let layers = self.parts.iter().flat_map(|part| match part {
            OpenBlock::Plain(layer) => std::slice::from_ref(&**layer),
            OpenBlock::Shortcut(layers) => layers,
        });
        let (mut last, mut finer) = (Some(ReceptiveGrid::PIXELS), None);
        for (at, layer) in layers.enumerate() {
            if at > 0 && layer.conv.geometry.stride > 1 {
                finer = last;
            }
            last = last.and_then(|receptive_grid| layer.receptive_grid(receptive_grid));
        }
        [last, finer.or(last)]
    }
}

impl ForwardPass for OwnPass<'_> {
    fn logits(&self) -> &Tensor {
        &self.logits
    }

    fn features(&self) -> &Tensor {
        &self.features
    }

    /// The same in every cell where the head averages. Where it attends, a cell also changes the attention weights of all cells.
    fn logit_gradient(&self, class: usize) -> Result<Tensor> {
        match (&self.of.pool, &self.attention_output) {
            (FeaturePool::Attention(attention), Some(attention_output)) => {
                let row = self
                    .of
                    .head
                    .narrow(1, class, 1)?
                    .t()?
                    .broadcast_as(attention_output.pooled.shape())?
                    .contiguous()?;
                Ok(attention.backward(&self.features, attention_output, &row)?.map)
            }
            _ => self.held_logit_gradient(class),
        }
    }

    fn held_logit_gradient(&self, class: usize) -> Result<Tensor> {
        let (n, h, w, c) = self.features.dims4()?;
        let part = self.of.head.narrow(1, class, 1)?.reshape((1, 1, 1, c))?;
        match &self.attention_output {
            Some(attention_output) => attention_output.weights.reshape((n, h, w, 1))?.broadcast_mul(&part),
            None => (part / (h * w) as f64)?.broadcast_as((n, h, w, c))?.contiguous(),
        }
    }

    fn attention(&self) -> Option<&Tensor> {
        self.attention_output.as_ref().map(|attention_output| &attention_output.weights)
    }

    fn finer(&self, class: usize) -> Result<MapGradient> {
        let gradient = self.logit_gradient(class)?;
        match self.stages().last().and_then(|&at| Some((at, self.input(at)?))) {
            Some((at, map)) => Ok(MapGradient { map: map.clone(), gradient: self.back_to(at, &Gradient, gradient)? }),
            None => Ok(MapGradient { map: self.features.clone(), gradient }),
        }
    }

    fn relevance(&self, _: &dyn Rule, class: usize) -> Result<Tensor> {
        &self.features * self.held_logit_gradient(class)?
    }

    fn back(&self, rule: &dyn Rule, signal: Tensor) -> Result<Tensor> {
        self.back_to(0, rule, signal)
    }
}

impl OwnPass<'_> {
    /// Indices of the layers with a stride, first to last: the input of each is the last map of its resolution.
    fn stages(&self) -> Vec<usize> {
        let strided = |visit: &Visit| matches!(visit, Visit::Layer { layer, .. } if layer.conv.geometry.stride > 1);
        (1..self.visits.len()).filter(|&at| self.visits.get(at).is_some_and(strided)).collect()
    }

    /// The input `(n, h, w, c)` of the layer of that index; `None` where there is no layer.
    fn input(&self, at: usize) -> Option<&Tensor> {
        match self.visits.get(at) {
            Some(Visit::Layer { x, .. }) => Some(x),
            _ => None,
        }
    }

    /// Propagates a signal at the last feature map back to the input of the visit `until`.
    fn back_to(&self, until: usize, rule: &dyn Rule, mut signal: Tensor) -> Result<Tensor> {
        let mut joined = Vec::new();
        for (at, visit) in self.visits.iter().enumerate().skip(until).rev() {
            match visit {
                Visit::Layer { layer, x, z, activation } => {
                    signal = before(rule, (z, *activation), signal)?;
                    signal = rule.layer(*layer, (x, z), &signal, at == 0)?;
                }
                Visit::Joined { inner, around, z, activation } => {
                    signal = before(rule, (z, *activation), signal)?;
                    let (through, past) = rule.sum((inner, around), signal)?;
                    joined.push(past);
                    signal = through;
                }
                Visit::Left => {
                    let Some(past) = joined.pop() else { bail!("the way back ends within a shortcut") };
                    signal = pairs(&signal, &past, |a, b| a + b)?;
                }
            }
        }
        Ok(signal)
    }
}

fn visit<'a>(
    visits: &mut Vec<Visit<'a>>,
    layer: &'a FoldedConvolution,
    x: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let z = layer.apply(x)?;
    let out = activated(&z, activation)?;
    visits.push(Visit::Layer { layer, x: x.clone(), z, activation });
    Ok(out)
}

fn activated(z: &Tensor, activation: Activation) -> Result<Tensor> {
    let (low, high) = activation.bounds();
    if activation == Activation::Linear { Ok(z.clone()) } else { each(z, |z| z.clamp(low, high)) }
}

/// The signal before an activation under a rule, given the signal after it.
fn before(rule: &dyn Rule, (z, activation): (&Tensor, Activation), signal: Tensor) -> Result<Tensor> {
    if activation == Activation::Linear {
        return Ok(signal);
    }
    rule.activation(&|signal| let_through(z, activation, signal), signal)
}

/// The signal where the activation let its input through, 0 elsewhere.
pub(crate) fn let_through(z: &Tensor, activation: Activation, signal: Tensor) -> Result<Tensor> {
    if activation == Activation::Linear {
        return Ok(signal);
    }
    pairs(&signal, z, |signal, z| if activation.open(z) { signal } else { 0.0 })
}
