//! Converts the operators of an ONNX graph to steps, for pictures of one size. Whatever does not depend on the picture is computed at once,
//! and every shape is known.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::Tensor;
use tract_onnx::pb::{GraphProto, NodeProto};

use super::attributes::{Constant, attribute, fixed, number};
use super::elementwise::Elementwise;
use super::program::Program;
use super::reader::{GraphReader, GraphValue};
use super::step::{Operator, StepInput};
use super::{layers, moving};
use crate::explain::inside::{Bounds, OpeningError};

/// A converted graph.
pub(super) struct Conversion {
    pub(super) program: Program,
    /// Slots by the names of the graph.
    pub(super) slots: BTreeMap<String, usize>,
    /// The shape of every slot.
    pub(super) shapes: Vec<Vec<usize>>,
}

/// Converts the operators between the tensors `start` and `end`. `sample` is an example of `start`; `bounds` are the values that it can have,
/// where it is the picture.
pub(super) fn convert(
    graph: &GraphProto,
    (start, end): (&str, &str),
    sample: Tensor,
    bounds: Option<Bounds>,
) -> Result<Conversion, OpeningError> {
    let initial = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let held = BTreeMap::from([(start, GraphValue::Live(0))]);
    let mut reader = GraphReader { initial, held, steps: Vec::new(), samples: vec![sample], bounds: vec![bounds] };
    for node in needed(graph, (start, end)) {
        reader.node(node)?;
    }
    let Some(GraphValue::Live(end)) = reader.held.get(end).cloned() else {
        return Err(OpeningError::ConstantAnswer);
    };
    let slots = reader.held.iter().filter_map(|(name, held)| match held {
        GraphValue::Live(slot) => Some(((*name).to_owned(), *slot)),
        GraphValue::Constant(_) => None,
    });
    let slots = slots.collect();
    let shapes = reader.samples.iter().map(|sample| sample.dims().to_vec()).collect();
    Ok(Conversion { slots, shapes, program: Program { steps: reader.steps, end } })
}

/// The operators that the end needs, back to the start, in order.
pub(super) fn needed<'a>(graph: &'a GraphProto, (start, end): (&str, &str)) -> Vec<&'a NodeProto> {
    let mut wanted = BTreeSet::from([end]);
    let mut needed = Vec::new();
    for node in graph.node.iter().rev() {
        if node.output.iter().any(|name| name != start && wanted.contains(name.as_str())) {
            wanted.extend(node.input.iter().map(String::as_str));
            needed.push(node);
        }
    }
    needed.reverse();
    needed
}

/// The error about an operator that is not known.
pub(super) fn unknown(node: &NodeProto) -> OpeningError {
    OpeningError::UnsupportedOperator { operator: node.op_type.clone(), node: node.name.clone() }
}

impl<'a> GraphReader<'a> {
    fn node(&mut self, node: &'a NodeProto) -> Result<(), OpeningError> {
        let held = match node.op_type.as_str() {
            "Identity" | "Dropout" => self.input(node, 0)?,
            "Constant" => match attribute(node, "value").and_then(|value| value.t.as_ref()) {
                Some(tensor) => GraphValue::Constant(fixed(tensor)?),
                None => return Err(OpeningError::unsupported("Constant without a tensor")),
            },
            "Clip" => self.clip(node)?,
            "Add" | "Sub" | "Mul" | "Div" => self.pair(node)?,
            operator if layers::KNOWN.contains(&operator) => layers::read(self, node)?,
            operator if moving::KNOWN.contains(&operator) => moving::read(self, node)?,
            _ => match Elementwise::read(node) {
                Some(curve) => {
                    let x = self.value(node, 0)?;
                    self.push(Operator::Elementwise(curve), vec![x])?
                }
                None => return Err(unknown(node)),
            },
        };
        if let Some(output) = node.output.first() {
            self.held.insert(output, held);
        }
        Ok(())
    }

    fn clip(&mut self, node: &NodeProto) -> Result<GraphValue, OpeningError> {
        let bound = |at: usize, name: &str, otherwise: f32| -> Result<f32, OpeningError> {
            if !Self::has(node, at) {
                return Ok(number(node, name, otherwise));
            }
            let value = self.numbers(node, at)?.flatten_all().and_then(|value| value.to_vec1::<f32>());
            value
                .ok()
                .and_then(|values| values.first().copied())
                .ok_or_else(|| OpeningError::unsupported("Clip without a bound"))
        };
        let (low, high) = (bound(1, "min", f32::NEG_INFINITY)?, bound(2, "max", f32::INFINITY)?);
        let x = self.value(node, 0)?;
        self.push(Operator::Elementwise(Elementwise::Clip(low, high)), vec![x])
    }

    /// Arithmetic on two values.
    fn pair(&mut self, node: &NodeProto) -> Result<GraphValue, OpeningError> {
        if let (Ok(a), Ok(b)) = (self.integers(node, 0), self.integers(node, 1)) {
            return moving::pair(&node.op_type, &a, &b).map(|values| GraphValue::Constant(Constant::Integers(values)));
        }
        let operator = match node.op_type.as_str() {
            "Add" => Operator::Sum(1.0),
            "Sub" => Operator::Sum(-1.0),
            _ => Operator::Product,
        };
        let mut inputs = vec![self.value(node, 0)?, self.value(node, 1)?];
        if node.op_type == "Div" {
            let divisor = self.numbers(node, 1)?.recip()?;
            inputs[1] = StepInput::Constant(divisor);
        }
        self.push(operator, inputs)
    }
}
