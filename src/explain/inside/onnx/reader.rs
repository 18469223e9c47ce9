//! What is known of a graph while it is read: the steps so far, and what every name stands for.

use std::collections::BTreeMap;

use candle_core::Tensor;
use tract_onnx::pb::{NodeProto, TensorProto};

use super::attributes::{Fixed, fixed};
use super::step::{Input, Operator, Step};

/// What a name of the graph stands for.
#[derive(Clone)]
pub(super) enum Held {
    /// What depends on the picture: a slot.
    Live(usize),
    Fixed(Fixed),
}

/// The lowest and the highest values of something.
pub(super) type Bounds = (Tensor, Tensor);

/// Reads a graph.
pub(super) struct Reader<'a> {
    pub(super) initial: BTreeMap<&'a str, &'a TensorProto>,
    pub(super) held: BTreeMap<&'a str, Held>,
    pub(super) steps: Vec<Step>,
    /// What every slot holds for the sample.
    pub(super) samples: Vec<Tensor>,
    /// What every slot can hold, where it is the picture, at most scaled and moved about.
    pub(super) bounds: Vec<Option<Bounds>>,
}

impl Reader<'_> {
    /// Whether a node has an input of that number.
    pub(super) fn has(node: &NodeProto, at: usize) -> bool {
        node.input.get(at).is_some_and(|name| !name.is_empty())
    }

    /// An input of a node.
    pub(super) fn input(&self, node: &NodeProto, at: usize) -> Result<Held, String> {
        let name = node.input.get(at).map_or("", String::as_str);
        match (self.held.get(name), self.initial.get(name)) {
            (Some(held), _) => Ok(held.clone()),
            (None, Some(tensor)) => fixed(tensor).map(Held::Fixed),
            (None, None) => Err(format!("{} lacks an input", node.op_type)),
        }
    }

    /// An input that is real numbers.
    pub(super) fn value(&self, node: &NodeProto, at: usize) -> Result<Input, String> {
        match self.input(node, at)? {
            Held::Live(slot) => Ok(Input::Slot(slot)),
            Held::Fixed(Fixed::Numbers(tensor)) => Ok(Input::Fixed(tensor)),
            Held::Fixed(Fixed::Integers(_)) => Err(format!("{} of whole numbers", node.op_type)),
        }
    }

    /// An input that is real numbers and the same for every picture.
    pub(super) fn numbers(&self, node: &NodeProto, at: usize) -> Result<Tensor, String> {
        match self.input(node, at)? {
            Held::Fixed(Fixed::Numbers(tensor)) => Ok(tensor),
            _ => Err(format!("{} by what depends on the picture", node.op_type)),
        }
    }

    /// An input that is whole numbers and the same for every picture.
    pub(super) fn integers(&self, node: &NodeProto, at: usize) -> Result<Vec<i64>, String> {
        match self.input(node, at)? {
            Held::Fixed(Fixed::Integers(values)) => Ok(values),
            _ => Err(format!("{} by what depends on the picture", node.op_type)),
        }
    }

    /// What a value is for the sample.
    pub(super) fn sample<'b>(&'b self, input: &'b Input) -> Result<&'b Tensor, String> {
        match input {
            Input::Fixed(tensor) => Ok(tensor),
            Input::Slot(slot) => self.samples.get(*slot).ok_or_else(|| "a step before its inputs".to_owned()),
        }
    }

    /// What a value can be, where it is the picture.
    pub(super) fn bounds(&self, input: &Input) -> Option<Bounds> {
        match input {
            Input::Fixed(_) => None,
            Input::Slot(slot) => self.bounds.get(*slot).cloned().flatten(),
        }
    }

    /// Adds a step, or works it out at once where no input depends on the picture.
    pub(super) fn push(&mut self, operator: Operator, inputs: Vec<Input>) -> Result<Held, String> {
        let said = |error: candle_core::Error| error.to_string();
        let samples: Vec<&Tensor> = inputs.iter().map(|input| self.sample(input)).collect::<Result<_, _>>()?;
        let sample = operator.forward(&samples).map_err(said)?;
        if inputs.iter().all(|input| matches!(input, Input::Fixed(_))) {
            return Ok(Held::Fixed(Fixed::Numbers(sample)));
        }
        let seen = inputs.iter().any(|input| self.bounds(input).is_some());
        let scales = matches!(operator, Operator::Sum(_) | Operator::Product) && operator.linear(&inputs);
        let moves = operator.moves() && inputs.len() == 1;
        let bounds = match seen && (scales || moves) {
            true => Some(self.bounded(&operator, &inputs)?),
            false => None,
        };
        let first = seen && matches!(operator, Operator::Layer(_));
        self.steps.push(Step { operator, inputs, first, plain: bounds.is_some() });
        self.samples.push(sample);
        self.bounds.push(bounds);
        Ok(Held::Live(self.steps.len()))
    }

    /// The bounds of what an operator makes of the picture.
    fn bounded(&self, operator: &Operator, inputs: &[Input]) -> Result<Bounds, String> {
        let end = |take: fn(Bounds) -> Tensor| {
            let of = |input: &Input| self.bounds(input).map_or_else(|| self.sample(input).cloned(), |b| Ok(take(b)));
            let values: Vec<Tensor> = inputs.iter().map(of).collect::<Result<_, _>>()?;
            operator.forward(&values.iter().collect::<Vec<_>>()).map_err(|error| error.to_string())
        };
        let (a, b) = (end(|bounds| bounds.0)?, end(|bounds| bounds.1)?);
        let sorted = |error: candle_core::Error| error.to_string();
        Ok((a.minimum(&b).map_err(sorted)?, a.maximum(&b).map_err(sorted)?))
    }
}
