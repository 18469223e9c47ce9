//! Operators of an ONNX graph that move numbers about, and arithmetic on whole numbers, such as shapes.

use candle_core::Tensor;
use tract_onnx::pb::NodeProto;

use super::attributes::{Constant, integer, integers};
use super::reader::{GraphReader, GraphValue};
use super::step::{Operator, StepInput};
use crate::explain::inside::OpeningError;

/// The operators that are read here.
pub(super) const KNOWN: [&str; 11] =
    ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Concat", "Pad", "Slice", "Shape", "Gather", "Cast"];

/// Adds the steps of an operator.
pub(super) fn read(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    let whole = |values: Vec<i64>| Ok(GraphValue::Constant(Constant::Integers(values)));
    match node.op_type.as_str() {
        "Concat" => concat(reader, node),
        "Gather" => {
            let (values, places) = (reader.integers(node, 0)?, reader.integers(node, 1)?);
            let picked = places.iter().map(|at| values.get(axis(*at, values.len())?).copied().ok_or_else(past));
            whole(picked.collect::<Result<_, _>>()?)
        }
        // A whole number is a list of one here.
        "Squeeze" | "Unsqueeze" | "Cast" | "Slice" | "Reshape" if reader.integers(node, 0).is_ok() => {
            let values = reader.integers(node, 0)?;
            match node.op_type.as_str() {
                "Slice" => {
                    let (_, from, until) = sliced(reader, node, &[values.len()])?;
                    whole(values.get(from..until).unwrap_or(&[]).to_vec())
                }
                "Cast" if integer(node, "to", 7) == 1 => {
                    Err(OpeningError::unsupported("Cast of a shape to real numbers"))
                }
                _ => whole(values),
            }
        }
        _ => {
            let x = reader.value(node, 0)?;
            let dims = reader.sample(&x)?.dims().to_vec();
            match node.op_type.as_str() {
                "Shape" => whole(dims.iter().map(|side| *side as i64).collect()),
                // All numbers are of one kind here.
                "Cast" if integer(node, "to", 1) == 1 => reader.input(node, 0),
                "Cast" => Err(OpeningError::unsupported("Cast to another kind of numbers")),
                "Transpose" => {
                    let order: Vec<usize> = match integers(node, "perm") {
                        Some(order) => order.iter().map(|at| axis(*at, dims.len())).collect::<Result<_, _>>()?,
                        None => (0..dims.len()).rev().collect(),
                    };
                    reader.push(Operator::Transpose(order), vec![x])
                }
                "Slice" => {
                    let (at, from, until) = sliced(reader, node, &dims)?;
                    reader.push(Operator::Slice(at, from, until.saturating_sub(from)), vec![x])
                }
                "Pad" => pad(reader, node, x, dims.len()),
                _ => {
                    let shape = shape(reader, node, &dims)?;
                    reader.push(Operator::Reshape(shape), vec![x])
                }
            }
        }
    }
}

fn past() -> OpeningError {
    OpeningError::unsupported("a place past the end")
}

/// An axis or an index, counted from the end where it is below 0.
pub(super) fn axis(at: i64, many: usize) -> Result<usize, OpeningError> {
    let from_start = if at < 0 { at + many as i64 } else { at };
    usize::try_from(from_start).ok().filter(|at| *at < many).ok_or_else(past)
}

/// Arithmetic on whole numbers.
pub(super) fn pair(operator: &str, a: &[i64], b: &[i64]) -> Result<Vec<i64>, OpeningError> {
    let at = |values: &[i64], i: usize| values.get(if values.len() == 1 { 0 } else { i }).copied();
    let one = |i: usize| {
        let (a, b) = (at(a, i)?, at(b, i)?);
        match operator {
            "Add" => a.checked_add(b),
            "Sub" => a.checked_sub(b),
            "Mul" => a.checked_mul(b),
            _ => a.checked_div(b),
        }
    };
    let overflow = || OpeningError::unsupported(format!("{operator} of such whole numbers"));
    (0..a.len().max(b.len())).map(|i| one(i).ok_or_else(overflow)).collect()
}

fn concat(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    if let Ok(parts) = (0..node.input.len()).map(|at| reader.integers(node, at)).collect::<Result<Vec<_>, _>>() {
        return Ok(GraphValue::Constant(Constant::Integers(parts.concat())));
    }
    let parts: Vec<StepInput> = (0..node.input.len()).map(|at| reader.value(node, at)).collect::<Result<_, _>>()?;
    let rank = parts.first().map_or(Ok(0), |part| reader.sample(part).map(Tensor::rank))?;
    reader.push(Operator::Concat(axis(integer(node, "axis", 0), rank)?), parts)
}

/// The shape that a value is given.
fn shape(reader: &GraphReader, node: &NodeProto, dims: &[usize]) -> Result<Vec<usize>, OpeningError> {
    let axes = || match integers(node, "axes") {
        Some(axes) => Ok(Some(axes)),
        None if GraphReader::has(node, 1) => reader.integers(node, 1).map(Some),
        None => Ok(None),
    };
    let all: usize = dims.iter().product();
    match node.op_type.as_str() {
        "Flatten" => {
            let at = usize::try_from(integer(node, "axis", 1)).unwrap_or(1).min(dims.len());
            Ok(vec![dims[..at].iter().product(), dims[at..].iter().product()])
        }
        "Squeeze" => {
            let gone: Vec<usize> = match axes()? {
                Some(axes) => axes.iter().map(|at| axis(*at, dims.len())).collect::<Result<_, _>>()?,
                None => (0..dims.len()).filter(|at| dims[*at] == 1).collect(),
            };
            Ok(dims.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, side)| *side).collect())
        }
        "Unsqueeze" => {
            let axes = axes()?.unwrap_or_default();
            let rank = dims.len() + axes.len();
            let new: Vec<usize> = axes.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?;
            let mut rest = dims.iter().copied();
            Ok((0..rank).map(|at| if new.contains(&at) { 1 } else { rest.next().unwrap_or(1) }).collect())
        }
        _ => {
            let wanted = reader.integers(node, 1)?;
            let side = |(at, side): (usize, &i64)| match *side {
                0 => dims.get(at).copied().ok_or_else(past).map(Some),
                -1 => Ok(None),
                side => usize::try_from(side).map(Some).map_err(|_| past()),
            };
            let sides: Vec<Option<usize>> = wanted.iter().enumerate().map(side).collect::<Result<_, _>>()?;
            let known: usize = sides.iter().flatten().product();
            Ok(sides.into_iter().map(|side| side.unwrap_or(all / known.max(1))).collect())
        }
    }
}

/// Axis, beginning and end of what a Slice takes.
fn sliced(reader: &GraphReader, node: &NodeProto, dims: &[usize]) -> Result<(usize, usize, usize), OpeningError> {
    let list = |at: usize, name: &str| match integers(node, name) {
        Some(values) => Ok(values),
        None => reader.integers(node, at),
    };
    let (starts, ends) = (list(1, "starts")?, list(2, "ends")?);
    let axes = if GraphReader::has(node, 3) || integers(node, "axes").is_some() { list(3, "axes")? } else { vec![0] };
    let steps = if GraphReader::has(node, 4) { reader.integers(node, 4)? } else { vec![1] };
    let ([start], [end], [at], [1]) = (starts.as_slice(), ends.as_slice(), axes.as_slice(), steps.as_slice()) else {
        return Err(OpeningError::unsupported("Slice of several axes or with steps"));
    };
    let at = axis(*at, dims.len())?;
    let side = dims[at] as i64;
    let place = |value: i64| if value < 0 { (value + side).max(0) } else { value.min(side) } as usize;
    Ok((at, place(*start), place(*end)))
}

fn pad(reader: &mut GraphReader, node: &NodeProto, x: StepInput, rank: usize) -> Result<GraphValue, OpeningError> {
    let mode = super::attributes::word(node, "mode");
    let pads = match integers(node, "pads") {
        Some(pads) => pads,
        None => reader.integers(node, 1)?,
    };
    let sides: Vec<usize> = pads.iter().filter_map(|side| usize::try_from(*side).ok()).collect();
    if !(mode.is_empty() || mode == "constant") || sides.len() != 2 * rank || pads.len() != 2 * rank {
        return Err(OpeningError::unsupported(format!("Pad by {pads:?} {mode}")));
    }
    let value = match GraphReader::has(node, 2) {
        true => reader.numbers(node, 2)?.flatten_all().and_then(|value| value.get(0)?.to_scalar::<f32>()),
        false => Ok(super::attributes::number(node, "value", 0.0)),
    };
    let sides = (0..rank).map(|at| (sides[at], sides[at + rank])).collect();
    reader.push(Operator::Pad(sides, value?), vec![x])
}
