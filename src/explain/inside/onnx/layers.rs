//! Layers of an ONNX graph, and what pools.

use candle_core::{Device, Tensor};
use tract_onnx::pb::NodeProto;

use super::attributes::{integer, integers, number, sizes};
use super::conv::Conv;
use super::dense::Dense;
use super::geometry::KernelGeometry;
use super::pool::{PoolKind, PoolOperator};
use super::reader::{GraphReader, GraphValue};
use super::step::{Operator, StepInput};
use crate::explain::inside::OpeningError;

/// The operators that are read here.
pub(super) const KNOWN: [&str; 9] = [
    "Conv",
    "Gemm",
    "MatMul",
    "BatchNormalization",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "ReduceMean",
];

/// Adds the steps of an operator.
pub(super) fn read(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    match node.op_type.as_str() {
        "Conv" => conv(reader, node),
        "Gemm" | "MatMul" => dense(reader, node),
        "BatchNormalization" => normalized(reader, node),
        "GlobalAveragePool" => {
            let x = reader.value(node, 0)?;
            reader.push(Operator::Mean(vec![2, 3]), vec![x])
        }
        "ReduceMean" => mean(reader, node),
        _ => pool(reader, node),
    }
}

/// Rows and columns of a picture-shaped value.
fn map(reader: &GraphReader, x: &StepInput) -> Result<[usize; 2], OpeningError> {
    match reader.sample(x)?.dims() {
        [1, _, h, w] => Ok([*h, *w]),
        other => Err(OpeningError::unsupported(format!("a map of shape {other:?}"))),
    }
}

fn conv(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    let (x, weight) = (reader.value(node, 0)?, reader.numbers(node, 1)?);
    let (outputs, _, rows, cols) = weight.dims4()?;
    let bias = match GraphReader::has(node, 2) {
        true => reader.numbers(node, 2)?,
        false => Tensor::zeros(outputs, candle_core::DType::F32, &Device::Cpu)?,
    };
    let geometry = KernelGeometry::read(node, [rows, cols], map(reader, &x)?)?;
    let groups = usize::try_from(integer(node, "group", 1)).unwrap_or(0);
    let bias = bias.reshape((1, outputs, 1, 1))?;
    let conv = Conv { weight, bias, groups, geometry, bounds: reader.bounds(&x) };
    reader.push(Operator::Layer(Box::new(conv)), vec![x])
}

/// `Gemm` and `MatMul` with weights on the right.
fn dense(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    let (x, mut weight) = (reader.value(node, 0)?, reader.numbers(node, 1)?);
    if integer(node, "transA", 0) != 0 {
        return Err(OpeningError::unsupported("Gemm with transA"));
    }
    if integer(node, "transB", 0) != 0 {
        weight = weight.t().and_then(|turned| turned.contiguous())?;
    }
    let scale = |tensor: &Tensor, name: &str| tensor * f64::from(number(node, name, 1.0));
    weight = scale(&weight, "alpha")?;
    let (_, outputs) = weight.dims2()?;
    let bias = match node.op_type == "Gemm" && GraphReader::has(node, 2) {
        true => {
            let bias = scale(&reader.numbers(node, 2)?, "beta")?.flatten_all()?;
            bias.broadcast_as(outputs).and_then(|bias| bias.contiguous())?
        }
        false => Tensor::zeros(outputs, candle_core::DType::F32, &Device::Cpu)?,
    };
    let dense = Dense { weight, bias, bounds: reader.bounds(&x) };
    reader.push(Operator::Layer(Box::new(dense)), vec![x])
}

/// A normalisation with fixed figures is a scale and a shift a channel.
fn normalized(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    let x = reader.value(node, 0)?;
    let rank = reader.sample(&x)?.rank();
    let part = |at: usize| reader.numbers(node, at);
    let (scale, shift, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
    let epsilon = f64::from(number(node, "epsilon", 1e-5));
    let along = |figures: candle_core::Result<Tensor>| {
        let figures = figures?;
        let mut dims = vec![1; rank.max(2)];
        dims[1] = figures.elem_count();
        figures.reshape(dims)
    };
    let factor = (variance + epsilon).and_then(|v| v.sqrt()).and_then(|deviation| scale / deviation);
    let factor = factor?;
    let offset = along((&mean * &factor).and_then(|less| shift - less))?;
    let factor = along(Ok(factor))?;
    match reader.push(Operator::Product, vec![x, StepInput::Constant(factor)])? {
        GraphValue::Live(slot) => {
            reader.push(Operator::Sum(1.0), vec![StepInput::Slot(slot), StepInput::Constant(offset)])
        }
        held @ GraphValue::Constant(_) => Ok(held),
    }
}

fn mean(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    let x = reader.value(node, 0)?;
    let dims = reader.sample(&x)?.dims().to_vec();
    let axes = match integers(node, "axes") {
        Some(axes) => axes,
        None if GraphReader::has(node, 1) => reader.integers(node, 1)?,
        None => (0..dims.len() as i64).collect(),
    };
    let axes: Vec<usize> = axes.iter().map(|axis| super::moving::axis(*axis, dims.len())).collect::<Result<_, _>>()?;
    let held = reader.push(Operator::Mean(axes.clone()), vec![x])?;
    let (GraphValue::Live(slot), false) = (&held, integer(node, "keepdims", 1) != 0) else { return Ok(held) };
    let kept = dims.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, side)| *side).collect();
    reader.push(Operator::Reshape(kept), vec![StepInput::Slot(*slot)])
}

fn pool(reader: &mut GraphReader, node: &NodeProto) -> Result<GraphValue, OpeningError> {
    let x = reader.value(node, 0)?;
    let map = map(reader, &x)?;
    let (kind, kernel) = match node.op_type.as_str() {
        "GlobalMaxPool" => (PoolKind::Highest, map.to_vec()),
        "MaxPool" => (PoolKind::Highest, sizes(node, "kernel_shape", (2, 0))?),
        _ => {
            let padded = integer(node, "count_include_pad", 0) != 0;
            (PoolKind::Mean { padded }, sizes(node, "kernel_shape", (2, 0))?)
        }
    };
    if node.output.len() > 1 {
        return Err(OpeningError::unsupported("MaxPool with the places of what is highest"));
    }
    let geometry = KernelGeometry::read(node, [kernel[0], kernel[1]], map)?;
    reader.push(Operator::PoolOperator(PoolOperator { kind, geometry }), vec![x])
}
