//! One step of a network: its result, and how a signal is propagated back through it.

use candle_core::{Result, Tensor, bail};

use super::elementwise::Elementwise;
use super::pool::{PoolKind, PoolOperator};
use crate::explain::inside::{LinearLayer, Rule};
use crate::model::ops::pointwise::{each, pairs};

/// Keeps 0 / 0 from happening where relevance is shared out, in units of the mean absolute value.
const TINY: f32 = 1e-6;

/// What a step does.
pub(super) enum Operator {
    /// A layer with fixed weights and a bias.
    Layer(Box<dyn LinearLayer>),
    Elementwise(Elementwise),
    PoolOperator(PoolOperator),
    /// The first input plus this number times the second.
    Sum(f32),
    Product,
    /// The mean over axes, which stay with a length of 1.
    Mean(Vec<usize>),
    Reshape(Vec<usize>),
    Transpose(Vec<usize>),
    Concat(usize),
    /// Padding before and after, by axis, and its value.
    Pad(Vec<(usize, usize)>, f32),
    /// A part of an axis: axis, first index, length.
    Slice(usize, usize, usize),
}

/// An input of a step.
pub(super) enum StepInput {
    /// The picture for 0, else the result of the step before that number.
    Slot(usize),
    Constant(Tensor),
}

/// An operator with its inputs.
pub(super) struct ProgramStep {
    pub(super) operator: Operator,
    pub(super) inputs: Vec<StepInput>,
    /// Whether it is a layer whose input is the picture, at most scaled and moved about.
    pub(super) first: bool,
    /// Whether its result is the picture, at most scaled and moved about.
    pub(super) plain: bool,
}

/// The transpose of [`spread`]: sums a signal over the axes along which a tensor of that shape was broadcast.
fn gathered(signal: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let mut out = signal.clone();
    let more = signal.rank().saturating_sub(shape.len());
    for axis in 0..signal.rank() {
        let own = axis.checked_sub(more).and_then(|axis| shape.get(axis)).copied().unwrap_or(1);
        if own == 1 && out.dim(axis)? > 1 {
            out = out.sum_keepdim(axis)?;
        }
    }
    out.reshape(shape)
}

/// Two tensors broadcast to their common shape.
fn spread(a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    let shape = a.shape().broadcast_shape_binary_op(b.shape(), "spread")?;
    Ok((a.broadcast_as(&shape)?.contiguous()?, b.broadcast_as(&shape)?.contiguous()?))
}

/// Relevance per unit of a result.
fn per(signal: &Tensor, z: &Tensor) -> Result<Tensor> {
    let away = (TINY * z.abs()?.mean_all()?.to_scalar::<f32>()?).max(1e-12);
    pairs(signal, z, |signal, z| signal / if z >= 0.0 { z + away } else { z - away })
}

fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    pairs(a, b, |a, b| a * b)
}

impl Operator {
    /// The result for inputs, which are as many as it takes.
    pub(super) fn forward(&self, inputs: &[&Tensor]) -> Result<Tensor> {
        match (self, inputs) {
            (Operator::Layer(layer), [x]) => layer.linear(x, layer.weight())?.broadcast_add(layer.bias()),
            (Operator::Elementwise(curve), [x]) => curve.forward(x),
            (Operator::PoolOperator(pool), [x]) => pool.forward(x),
            (Operator::Sum(times), [a, b]) => {
                let (a, b) = spread(a, b)?;
                pairs(&a, &b, |a, b| a + times * b)
            }
            (Operator::Product, [a, b]) => {
                let (a, b) = spread(a, b)?;
                product(&a, &b)
            }
            (Operator::Mean(axes), [x]) => axes.iter().try_fold((*x).clone(), |x, axis| x.mean_keepdim(*axis)),
            (Operator::Reshape(shape), [x]) => x.contiguous()?.reshape(shape.as_slice()),
            (Operator::Transpose(order), [x]) => x.permute(order.as_slice())?.contiguous(),
            (Operator::Concat(axis), many) => Tensor::cat(many, *axis)?.contiguous(),
            (Operator::Pad(sides, value), [x]) => padded(x, sides, *value),
            (Operator::Slice(axis, from, many), [x]) => x.narrow(*axis, *from, *many)?.contiguous(),
            _ => bail!("an operator with {} inputs", inputs.len()),
        }
    }

    /// Whether its result adds up its input, each number times what is the same for every picture.
    pub(super) fn linear(&self, inputs: &[StepInput]) -> bool {
        let fixed = || inputs.iter().any(|input| matches!(input, StepInput::Constant(_)));
        match self {
            Operator::Layer(_) | Operator::Mean(_) | Operator::Reshape(_) | Operator::Transpose(_) => true,
            Operator::Sum(_) | Operator::Product => fixed(),
            _ => false,
        }
    }

    /// Whether it only moves numbers about or takes some of them.
    pub(super) fn moves(&self) -> bool {
        matches!(
            self,
            Operator::Reshape(_)
                | Operator::Transpose(_)
                | Operator::Pad(..)
                | Operator::Slice(..)
                | Operator::Concat(_)
        )
    }

    /// The gradient with respect to each input, given that with respect to the result. Not for layers.
    fn slopes(&self, inputs: &[&Tensor], signal: &Tensor) -> Result<Vec<Tensor>> {
        Ok(match (self, inputs) {
            (Operator::Elementwise(curve), [x]) => vec![curve.back(x, signal)?],
            (Operator::PoolOperator(pool), [x]) => vec![pool.back(x, signal)?],
            (Operator::Sum(times), [a, b]) => {
                vec![gathered(signal, a.dims())?, gathered(&(signal * f64::from(*times))?, b.dims())?]
            }
            (Operator::Product, [a, b]) => {
                let (x, y) = spread(a, b)?;
                vec![gathered(&product(signal, &y)?, a.dims())?, gathered(&product(signal, &x)?, b.dims())?]
            }
            (Operator::Mean(_), [x]) => {
                let cells = x.elem_count() as f64 / signal.elem_count().max(1) as f64;
                vec![(signal.broadcast_as(x.shape())? / cells)?]
            }
            (Operator::Reshape(_), [x]) => vec![signal.contiguous()?.reshape(x.dims())?],
            (Operator::Transpose(order), _) => {
                let mut back = vec![0; order.len()];
                order.iter().enumerate().for_each(|(to, from)| back[*from] = to);
                vec![signal.permute(back)?.contiguous()?]
            }
            (Operator::Concat(axis), many) => {
                let mut from = 0;
                let mut part = |x: &&Tensor| {
                    let (at, many) = (from, x.dim(*axis)?);
                    from += many;
                    signal.narrow(*axis, at, many)?.contiguous()
                };
                many.iter().map(&mut part).collect::<Result<_>>()?
            }
            (Operator::Pad(sides, _), [x]) => {
                let cut = sides.iter().enumerate().try_fold(signal.clone(), |signal, (axis, (before, _))| {
                    signal.narrow(axis, *before, x.dim(axis)?)
                })?;
                vec![cut.contiguous()?]
            }
            (Operator::Slice(axis, from, many), [x]) => {
                let mut sides = vec![(0, 0); x.rank()];
                if let Some(side) = sides.get_mut(*axis) {
                    *side = (*from, x.dim(*axis)?.saturating_sub(from + many));
                }
                vec![padded(signal, &sides, 0.0)?]
            }
            _ => bail!("a way back with {} inputs", inputs.len()),
        })
    }
}

fn padded(x: &Tensor, sides: &[(usize, usize)], value: f32) -> Result<Tensor> {
    let mut out = x.clone();
    for (axis, (before, after)) in sides.iter().enumerate() {
        let of = |many: usize| {
            let mut dims = out.dims().to_vec();
            dims[axis] = many;
            Tensor::full(value, dims, x.device())
        };
        if *before + *after > 0 {
            out = Tensor::cat(&[&of(*before)?, &out, &of(*after)?], axis)?;
        }
    }
    out.contiguous()
}

impl ProgramStep {
    /// The signal at each input under a rule, given the signal at the result `z`.
    pub(super) fn back(&self, inputs: &[&Tensor], z: &Tensor, signal: Tensor, rule: &dyn Rule) -> Result<Vec<Tensor>> {
        match (&self.operator, inputs) {
            (Operator::Layer(layer), [x]) => Ok(vec![rule.layer(&**layer, (x, z), &signal, self.first)?]),
            (Operator::Elementwise(curve), [x]) if curve.rectifies() => {
                Ok(vec![rule.activation(&|signal| curve.back(x, &signal), signal)?])
            }
            (operator, _) if !rule.shares() => operator.slopes(inputs, &signal),
            (Operator::Elementwise(_), _) => Ok(vec![signal]),
            (Operator::Sum(times), [a, b]) => self.shared(a, (b, *times), signal, rule),
            (Operator::Product, [a, b]) => self.gated(a, b, &signal),
            (Operator::Mean(_), [x])
            | (Operator::PoolOperator(PoolOperator { kind: PoolKind::Mean { .. }, .. }), [x]) => {
                let parts = self.operator.slopes(inputs, &per(&signal, z)?)?;
                parts.iter().map(|part| product(x, part)).collect()
            }
            (operator, _) => operator.slopes(inputs, &signal),
        }
    }

    /// Distributes the relevance of a sum over its summands.
    fn shared(&self, a: &Tensor, (b, times): (&Tensor, f32), signal: Tensor, rule: &dyn Rule) -> Result<Vec<Tensor>> {
        // A picture that is moved to other values is the same picture.
        if self.plain {
            return Ok(vec![gathered(&signal, a.dims())?, gathered(&signal, b.dims())?]);
        }
        let (x, y) = spread(a, b)?;
        let y = each(&y, |y| times * y)?;
        let (to_a, to_b) = rule.sum((&x, &y), signal)?;
        Ok(vec![gathered(&to_a, a.dims())?, gathered(&to_b, b.dims())?])
    }

    /// Relevance of a product goes to what is weighed, not to the weights: those are fixed, or the smaller of the two, or what an
    /// activation made of values between 0 and 1.
    fn gated(&self, a: &Tensor, b: &Tensor, signal: &Tensor) -> Result<Vec<Tensor>> {
        let fixed = |at: usize| matches!(self.inputs.get(at), Some(StepInput::Constant(_)));
        let weights = |x: &Tensor| -> Result<bool> {
            let values: Vec<f32> = x.flatten_all()?.to_vec1()?;
            Ok(values.iter().all(|v| (0.0..=1.0).contains(v)))
        };
        let second = match (fixed(0), fixed(1)) {
            (true, _) => false,
            (_, true) => true,
            _ if a.elem_count() != b.elem_count() => a.elem_count() > b.elem_count(),
            _ => weights(b)? || !weights(a)?,
        };
        let (to_a, to_b) = if second { (1.0, 0.0) } else { (0.0, 1.0) };
        Ok(vec![gathered(&(signal * to_a)?, a.dims())?, gathered(&(signal * to_b)?, b.dims())?])
    }
}
