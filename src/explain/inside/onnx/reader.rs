//! The state of the conversion of a graph: the steps so far, and the value of every name.

use std::collections::BTreeMap;

use candle_core::Tensor;
use tract_onnx::pb::{NodeProto, TensorProto};

use super::attributes::{Constant, fixed};
use super::step::{Operator, ProgramStep, StepInput};
use crate::explain::inside::{Bounds, OpeningError};

/// The value of a name of the graph.
#[derive(Clone)]
pub(super) enum GraphValue {
    /// What depends on the picture: a slot.
    Live(usize),
    Constant(Constant),
}

/// Reads a graph.
pub(super) struct GraphReader<'a> {
    pub(super) initial: BTreeMap<&'a str, &'a TensorProto>,
    pub(super) held: BTreeMap<&'a str, GraphValue>,
    pub(super) steps: Vec<ProgramStep>,
    /// What every slot holds for the sample.
    pub(super) samples: Vec<Tensor>,
    /// What every slot can hold, where it is the picture, at most scaled and moved about.
    pub(super) bounds: Vec<Option<Bounds>>,
}

impl GraphReader<'_> {
    /// Whether a node has an input of that number.
    pub(super) fn has(node: &NodeProto, at: usize) -> bool {
        node.input.get(at).is_some_and(|name| !name.is_empty())
    }

    /// An input of a node.
    pub(super) fn input(&self, node: &NodeProto, at: usize) -> Result<GraphValue, OpeningError> {
        let name = node.input.get(at).map_or("", String::as_str);
        match (self.held.get(name), self.initial.get(name)) {
            (Some(held), _) => Ok(held.clone()),
            (None, Some(tensor)) => fixed(tensor).map(GraphValue::Constant),
            (None, None) => Err(OpeningError::unsupported(format!("{} lacks an input", node.op_type))),
        }
    }

    /// An input that is real numbers.
    pub(super) fn value(&self, node: &NodeProto, at: usize) -> Result<StepInput, OpeningError> {
        match self.input(node, at)? {
            GraphValue::Live(slot) => Ok(StepInput::Slot(slot)),
            GraphValue::Constant(Constant::Numbers(tensor)) => Ok(StepInput::Constant(tensor)),
            GraphValue::Constant(Constant::Integers(_)) => {
                Err(OpeningError::unsupported(format!("{} of whole numbers", node.op_type)))
            }
        }
    }

    /// An input that is real numbers and the same for every picture.
    pub(super) fn numbers(&self, node: &NodeProto, at: usize) -> Result<Tensor, OpeningError> {
        match self.input(node, at)? {
            GraphValue::Constant(Constant::Numbers(tensor)) => Ok(tensor),
            _ => Err(OpeningError::unsupported(format!("{} by what depends on the picture", node.op_type))),
        }
    }

    /// An input that is whole numbers and the same for every picture.
    pub(super) fn integers(&self, node: &NodeProto, at: usize) -> Result<Vec<i64>, OpeningError> {
        match self.input(node, at)? {
            GraphValue::Constant(Constant::Integers(values)) => Ok(values),
            _ => Err(OpeningError::unsupported(format!("{} by what depends on the picture", node.op_type))),
        }
    }

    /// What a value is for the sample.
    pub(super) fn sample<'b>(&'b self, input: &'b StepInput) -> Result<&'b Tensor, OpeningError> {
        match input {
            StepInput::Constant(tensor) => Ok(tensor),
            StepInput::Slot(slot) => {
                self.samples.get(*slot).ok_or_else(|| OpeningError::unsupported("a step before its inputs"))
            }
        }
    }

    /// What a value can be, where it is the picture.
    pub(super) fn bounds(&self, input: &StepInput) -> Option<Bounds> {
        match input {
            StepInput::Constant(_) => None,
            StepInput::Slot(slot) => self.bounds.get(*slot).cloned().flatten(),
        }
    }

    /// Adds a step, or works it out at once where no input depends on the picture.
    pub(super) fn push(&mut self, operator: Operator, inputs: Vec<StepInput>) -> Result<GraphValue, OpeningError> {
        let samples: Vec<&Tensor> = inputs.iter().map(|input| self.sample(input)).collect::<Result<_, _>>()?;
        let sample = operator.forward(&samples)?;
        if inputs.iter().all(|input| matches!(input, StepInput::Constant(_))) {
            return Ok(GraphValue::Constant(Constant::Numbers(sample)));
        }
        let seen = inputs.iter().any(|input| self.bounds(input).is_some());
        let scales = matches!(operator, Operator::Sum(_) | Operator::Product) && operator.linear(&inputs);
        let moves = operator.moves() && inputs.len() == 1;
        let bounds = match seen && (scales || moves) {
            true => Some(self.bounded(&operator, &inputs)?),
            false => None,
        };
        let first = seen && matches!(operator, Operator::Layer(_));
        self.steps.push(ProgramStep { operator, inputs, first, plain: bounds.is_some() });
        self.samples.push(sample);
        self.bounds.push(bounds);
        Ok(GraphValue::Live(self.steps.len()))
    }

    /// The bounds of what an operator makes of the picture.
    fn bounded(&self, operator: &Operator, inputs: &[StepInput]) -> Result<Bounds, OpeningError> {
        let end = |take: fn(Bounds) -> Tensor| {
            let of =
                |input: &StepInput| self.bounds(input).map_or_else(|| self.sample(input).cloned(), |b| Ok(take(b)));
            let values: Vec<Tensor> = inputs.iter().map(of).collect::<Result<_, OpeningError>>()?;
            Ok::<Tensor, OpeningError>(operator.forward(&values.iter().collect::<Vec<_>>())?)
        };
        let (a, b) = (end(|bounds| bounds.low)?, end(|bounds| bounds.high)?);
        Ok(Bounds { low: a.minimum(&b)?, high: a.maximum(&b)? })
    }
}
