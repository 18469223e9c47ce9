//! From the operators of an ONNX graph to steps, for pictures of one size: whatever does not depend on the picture is worked out
//! on the way, and every shape is known.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::Tensor;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use super::attributes::{Fixed, attribute, fixed};
use super::curve::Curve;
use super::program::Program;
use super::step::{Input, Operator, Step};
use super::{layers, moving};

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
    initial: BTreeMap<&'a str, &'a TensorProto>,
    held: BTreeMap<&'a str, Held>,
    steps: Vec<Step>,
    /// What every slot holds for the sample.
    samples: Vec<Tensor>,
    /// What every slot can hold, where it is the picture, at most scaled and moved about.
    bounds: Vec<Option<Bounds>>,
}

/// A converted graph.
pub(super) struct Converted {
    pub(super) program: Program,
    /// Slots by the names of the graph.
    pub(super) slots: BTreeMap<String, usize>,
    /// The shape of every slot.
    pub(super) shapes: Vec<Vec<usize>>,
}

/// The operators between `start` and `end` as steps. `sample` stands for the values of `start`; `bounds` are the lowest and highest that it can
/// have, where it is the picture.
pub(super) fn convert(
    graph: &GraphProto,
    (start, end): (&str, &str),
    sample: Tensor,
    bounds: Option<Bounds>,
) -> Result<Converted, String> {
    let initial = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let held = BTreeMap::from([(start, Held::Live(0))]);
    let mut reader = Reader { initial, held, steps: Vec::new(), samples: vec![sample], bounds: vec![bounds] };
    for node in needed(graph, (start, end)) {
        reader.node(node)?;
    }
    let Some(Held::Live(end)) = reader.held.get(end).cloned() else {
        return Err("its answer does not depend on the picture".to_owned());
    };
    let slots = reader.held.iter().filter_map(|(name, held)| match held {
        Held::Live(slot) => Some(((*name).to_owned(), *slot)),
        Held::Fixed(_) => None,
    });
    let slots = slots.collect();
    let shapes = reader.samples.iter().map(|sample| sample.dims().to_vec()).collect();
    Ok(Converted { slots, shapes, program: Program { steps: reader.steps, end } })
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

impl<'a> Reader<'a> {
    fn node(&mut self, node: &'a NodeProto) -> Result<(), String> {
        let held = match node.op_type.as_str() {
            "Identity" | "Dropout" => self.input(node, 0)?,
            "Constant" => match attribute(node, "value").and_then(|value| value.t.as_ref()) {
                Some(tensor) => Held::Fixed(fixed(tensor)?),
                None => return Err("Constant without a tensor".to_owned()),
            },
            "Clip" => self.clip(node)?,
            "Add" | "Sub" | "Mul" | "Div" => self.pair(node)?,
            operator if layers::KNOWN.contains(&operator) => layers::read(self, node)?,
            operator if moving::KNOWN.contains(&operator) => moving::read(self, node)?,
            operator => match Curve::read(node) {
                Some(curve) => {
                    let x = self.value(node, 0)?;
                    self.push(Operator::Curve(curve), vec![x])?
                }
                None => return Err(format!("operator {operator} is not known the way back")),
            },
        };
        if let Some(output) = node.output.first() {
            self.held.insert(output, held);
        }
        Ok(())
    }

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

    fn clip(&mut self, node: &NodeProto) -> Result<Held, String> {
        let bound = |at: usize, name: &str, otherwise: f32| -> Result<f32, String> {
            if !Self::has(node, at) {
                return Ok(super::attributes::number(node, name, otherwise));
            }
            let value = self.numbers(node, at)?.flatten_all().and_then(|value| value.to_vec1::<f32>());
            value.ok().and_then(|values| values.first().copied()).ok_or_else(|| "Clip without a bound".to_owned())
        };
        let (low, high) = (bound(1, "min", f32::NEG_INFINITY)?, bound(2, "max", f32::INFINITY)?);
        let x = self.value(node, 0)?;
        self.push(Operator::Curve(Curve::Clip(low, high)), vec![x])
    }

    /// Arithmetic on two values.
    fn pair(&mut self, node: &NodeProto) -> Result<Held, String> {
        if let (Ok(a), Ok(b)) = (self.integers(node, 0), self.integers(node, 1)) {
            return moving::pair(&node.op_type, &a, &b).map(|values| Held::Fixed(Fixed::Integers(values)));
        }
        let operator = match node.op_type.as_str() {
            "Add" => Operator::Sum(1.0),
            "Sub" => Operator::Sum(-1.0),
            _ => Operator::Product,
        };
        let mut inputs = vec![self.value(node, 0)?, self.value(node, 1)?];
        if node.op_type == "Div" {
            let divisor = self.numbers(node, 1)?.recip().map_err(|error| error.to_string())?;
            inputs[1] = Input::Fixed(divisor);
        }
        self.push(operator, inputs)
    }
}
