//! Kinds of numbers other than 32-bit floats: half and double precision become single, pictures of bytes become floats with the same values.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{GraphProto, TensorProto, ValueInfoProto};

use super::nodes::MOVING;
use super::values::{FLOAT, tensor, values};

/// ONNX's numbers for real numbers of other precision: half, double, half with eight bits of exponent.
const OTHER: [i32; 3] = [10, 11, 16];
/// ONNX's numbers for whole numbers that hold the values of pixels: 8 bits without sign, 32 and 64 bits with.
const WHOLE: [i32; 3] = [2, 6, 7];

/// What people call a kind of numbers, by ONNX's number for it.
pub(in crate::model::onnx) fn named(kind: i32) -> &'static str {
    match kind {
        FLOAT => "float32",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "text",
        9 => "bool",
        10 => "float16",
        11 => "float64",
        12 => "uint32",
        13 => "uint64",
        16 => "bfloat16",
        17..=20 => "float8",
        21 => "uint4",
        22 => "int4",
        _ => "numbers of an unknown kind",
    }
}

/// Whether weights are real numbers of half precision.
pub(super) fn half(graph: &GraphProto) -> bool {
    graph.initializer.iter().any(|tensor| matches!(tensor.data_type, 10 | 16))
}

/// Makes all real numbers of a graph 32-bit floats, and whole numbers of inputs as well: the names of these inputs, with the kind.
pub(super) fn floats(graph: &mut GraphProto) -> Result<BTreeMap<String, &'static str>, String> {
    let attributes = graph.node.iter_mut().flat_map(|node| &mut node.attribute).filter_map(|a| a.t.as_mut());
    graph.initializer.iter_mut().chain(attributes).try_for_each(single)?;
    for node in graph.node.iter_mut().filter(|node| node.op_type == "Cast") {
        let to = node
            .attribute
            .iter_mut()
            .filter(|attribute| attribute.name == "to" && OTHER.contains(&(attribute.i as i32)));
        to.for_each(|attribute| attribute.i = i64::from(FLOAT));
    }
    let fixed: BTreeSet<String> = graph.initializer.iter().map(|tensor| tensor.name.clone()).collect();
    let mut whole = BTreeMap::new();
    for info in graph.input.iter().filter(|info| !fixed.contains(&info.name)) {
        if let Some(kind) = kind(info).filter(|kind| WHOLE.contains(kind))
            && becomes_real(graph, &info.name)?
        {
            whole.insert(info.name.clone(), named(kind));
        }
    }
    for info in graph.input.iter_mut().chain(&mut graph.output) {
        let turns = whole.contains_key(&info.name);
        if let Some(Type::TensorType(tensor)) = info.r#type.as_mut().and_then(|r#type| r#type.value.as_mut())
            && (turns || OTHER.contains(&tensor.elem_type))
        {
            tensor.elem_type = FLOAT;
        }
    }
    Ok(whole)
}

/// The kind of numbers of an input or output.
fn kind(info: &ValueInfoProto) -> Option<i32> {
    let Type::TensorType(tensor) = info.r#type.as_ref()?.value.as_ref()?;
    Some(tensor.elem_type)
}

/// Makes a tensor of real numbers one of 32-bit floats.
fn single(whole: &mut TensorProto) -> Result<(), String> {
    if !OTHER.contains(&whole.data_type) {
        return Ok(());
    }
    let numbers = values(whole).ok_or_else(|| format!("the values of \"{}\" cannot be read", whole.name))?;
    *whole = tensor(&whole.name, &whole.dims, numbers);
    Ok(())
}

/// Whether whole numbers of an input are converted to real ones before anything is computed from them; an error where something is.
fn becomes_real(graph: &GraphProto, input: &str) -> Result<bool, String> {
    let mut takers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, node) in graph.node.iter().enumerate() {
        node.input.iter().for_each(|name| takers.entry(name).or_default().push(at));
    }
    let (mut open, mut seen, mut any) = (vec![input], BTreeSet::new(), false);
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        for node in takers.get(name).into_iter().flatten().filter_map(|at| graph.node.get(*at)) {
            match node.op_type.as_str() {
                "Cast" if node.attribute.iter().any(|a| a.name == "to" && a.i == i64::from(FLOAT)) => any = true,
                "DequantizeLinear" | "QLinearConv" | "QLinearMatMul" | "ConvInteger" | "MatMulInteger" => any = true,
                "Shape" => {}
                // Moved numbers are taken by others.
                moves if moves != "Cast" && MOVING.contains(&moves) => {
                    open.extend(node.output.iter().map(String::as_str))
                }
                // An index, say: it stays what it is.
                _ if !pictured(graph, input) => return Ok(false),
                other => {
                    return Err(format!(
                        "its input \"{input}\" takes whole numbers, which {other} \"{}\" computes with; save the model with an input of float32",
                        node.name
                    ));
                }
            }
        }
    }
    Ok(any)
}

/// Whether an input has the four axes of a picture.
fn pictured(graph: &GraphProto, input: &str) -> bool {
    let info = graph.input.iter().find(|info| info.name == input);
    let value = info.and_then(|info| info.r#type.as_ref()).and_then(|r#type| r#type.value.as_ref());
    matches!(value, Some(Type::TensorType(tensor)) if tensor.shape.as_ref().is_some_and(|shape| shape.dim.len() == 4))
}
