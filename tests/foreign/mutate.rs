//! Damage done to ONNX files: to what they say, and to their bytes. The same seed does the same damage.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

use super::tiny::{bytes, graph};

/// Whole numbers that break things.
const WHOLE: [i64; 16] = [-1, 0, 1, 2, 3, 4, 7, 8, -2, -7, 255, 1 << 16, 1 << 31, 1 << 40, i64::MAX, i64::MIN];
/// Operators that something may be turned into.
const OPERATORS: [&str; 44] = [
    "Conv",
    "ConvTranspose",
    "Gemm",
    "MatMul",
    "BatchNormalization",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "ReduceMean",
    "ReduceSum",
    "Reshape",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
    "Concat",
    "Pad",
    "Slice",
    "Shape",
    "Gather",
    "Cast",
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Pow",
    "Sqrt",
    "Exp",
    "Relu",
    "LeakyRelu",
    "Sigmoid",
    "Softmax",
    "Clip",
    "Identity",
    "Dropout",
    "Tile",
    "Expand",
    "ConstantOfShape",
    "Resize",
    "Upsample",
    "Split",
    "Where",
    "Loop",
    "DepthToSpace",
];

/// The bytes of a file like `model`, damaged.
pub(crate) fn damaged(model: &ModelProto, rng: &mut impl Rng) -> Vec<u8> {
    let mut model = model.clone();
    for _ in 0..rng.random_range(0..4) {
        said(&mut model, rng);
    }
    let mut file = bytes(&model);
    if rng.random_bool(0.4) {
        for _ in 0..rng.random_range(1..6) {
            torn(&mut file, rng);
        }
    }
    file
}

/// Changes some of the bytes.
fn torn(file: &mut Vec<u8>, rng: &mut impl Rng) {
    if file.is_empty() {
        return;
    }
    let at = rng.random_range(0..file.len());
    match rng.random_range(0..5) {
        0 => file[at] = rng.random_range(0..=255),
        1 => file[at] ^= 1 << rng.random_range(0..8),
        2 => file.truncate(at),
        3 => {
            let until = (at + rng.random_range(1..64)).min(file.len());
            let part = file[at..until].to_vec();
            let to = rng.random_range(0..file.len());
            file.splice(to..to, part);
        }
        _ => {
            let until = (at + rng.random_range(1..64)).min(file.len());
            file.drain(at..until);
        }
    }
}

/// Changes something that the file says.
fn said(model: &mut ModelProto, rng: &mut impl Rng) {
    let parts = graph(model);
    match rng.random_range(0..9) {
        0 => attribute(parts, rng),
        1 => tensor(parts, rng),
        2 => values(parts, rng),
        3 => rewired(parts, rng),
        4 => {
            if let (Some(node), Some(operator)) = (some(&mut parts.node, rng), OPERATORS.choose(rng)) {
                node.op_type = (*operator).to_owned();
            }
        }
        5 => made(parts, rng),
        6 => {
            let at = rng.random_range(0..parts.node.len().max(1));
            if at < parts.node.len() {
                parts.node.remove(at);
            }
        }
        7 => sides(parts, rng),
        _ => {
            if let Some(opset) = model.opset_import.first_mut() {
                opset.version = rng.random_range(-1..30);
            }
        }
    }
}

fn some<'a, T>(list: &'a mut [T], rng: &mut impl Rng) -> Option<&'a mut T> {
    let at = rng.random_range(0..list.len().max(1));
    list.get_mut(at)
}

fn whole(rng: &mut impl Rng) -> i64 {
    WHOLE.choose(rng).copied().unwrap_or(0)
}

fn attribute(parts: &mut GraphProto, rng: &mut impl Rng) {
    let mut all: Vec<_> = parts.node.iter_mut().flat_map(|node| &mut node.attribute).collect();
    let Some(attribute) = some(&mut all, rng) else { return };
    match rng.random_range(0..4) {
        0 => attribute.i = whole(rng),
        1 => attribute.f = [f32::NAN, f32::INFINITY, -1.0, 0.0, 1e30].choose(rng).copied().unwrap_or(0.0),
        2 => {
            let more = whole(rng);
            attribute.ints.push(more);
        }
        _ => {
            let value = whole(rng);
            if let Some(side) = some(&mut attribute.ints, rng) {
                *side = value;
            }
        }
    }
}

/// Other sides than the values fill, or the values that fill them.
fn tensor(parts: &mut GraphProto, rng: &mut impl Rng) {
    let value = whole(rng);
    let small = rng.random_range(0..9);
    let Some(tensor) = some(&mut parts.initializer, rng) else { return };
    match rng.random_range(0..4) {
        0 => tensor.data_type = rng.random_range(0..18),
        1 => tensor.dims.push(value),
        2 => tensor.dims.reverse(),
        _ => {
            if let Some(side) = some(&mut tensor.dims, rng) {
                *side = if rng.random_bool(0.5) { value } else { small };
            }
            let count: i64 = tensor.dims.iter().fold(1, |product: i64, side| product.saturating_mul(*side));
            if tensor.data_type == 1 && (0..100_000).contains(&count) {
                tensor.float_data.resize(count as usize, 0.5);
            }
        }
    }
}

fn values(parts: &mut GraphProto, rng: &mut impl Rng) {
    let value = whole(rng);
    let Some(tensor) = some(&mut parts.initializer, rng) else { return };
    if let Some(number) = some(&mut tensor.int64_data, rng) {
        *number = value;
    }
    if let Some(number) = some(&mut tensor.float_data, rng) {
        *number = [f32::NAN, f32::INFINITY, f32::MAX, 0.0, -1e9].choose(rng).copied().unwrap_or(0.0);
    }
}

/// Another name among the inputs or outputs of an operator.
fn rewired(parts: &mut GraphProto, rng: &mut impl Rng) {
    let made = parts.node.iter().flat_map(|node| &node.output).chain(parts.initializer.iter().map(|t| &t.name));
    let names: Vec<String> = made.cloned().chain([String::new(), "nobody".to_owned()]).collect();
    let Some(name) = names.choose(rng).cloned() else { return };
    let Some(node) = some(&mut parts.node, rng) else { return };
    match rng.random_range(0..4) {
        0 => node.input.push(name),
        1 => {
            node.input.pop();
        }
        2 => {
            if let Some(output) = some(&mut node.output, rng) {
                *output = name;
            }
        }
        _ => {
            if let Some(input) = some(&mut node.input, rng) {
                *input = name;
            }
        }
    }
}

/// An operator that makes something as large as numbers in the file say, in the way of another.
fn made(parts: &mut GraphProto, rng: &mut impl Rng) {
    let sides = [whole(rng), whole(rng), rng.random_range(1..5), rng.random_range(1..5)];
    let shape = TensorProto {
        name: "sides".to_owned(),
        dims: vec![4],
        data_type: 7,
        int64_data: sides.to_vec(),
        ..TensorProto::default()
    };
    let operator =
        ["Reshape", "Expand", "Tile", "Pad", "ConstantOfShape", "Resize"].choose(rng).copied().unwrap_or("Tile");
    let at = rng.random_range(0..parts.node.len().max(1));
    let Some(before) = parts.node.get(at).and_then(|node| node.output.first()).cloned() else { return };
    for input in parts.node.iter_mut().flat_map(|node| &mut node.input).filter(|input| **input == before) {
        *input = "larger".to_owned();
    }
    let input = if operator == "ConstantOfShape" { vec!["sides".to_owned()] } else { vec![before, "sides".to_owned()] };
    let node =
        NodeProto { op_type: operator.to_owned(), input, output: vec!["larger".to_owned()], ..NodeProto::default() };
    parts.node.insert(at + 1, node);
    parts.initializer.push(shape);
}

/// Other sides of the picture.
fn sides(parts: &mut GraphProto, rng: &mut impl Rng) {
    use tract_onnx::pb::tensor_shape_proto::dimension::Value;
    let value = whole(rng);
    let types = parts.input.iter_mut().filter_map(|input| input.r#type.as_mut()?.value.as_mut());
    let mut dims: Vec<_> = types
        .flat_map(|tract_onnx::pb::type_proto::Value::TensorType(tensor)| tensor.shape.as_mut())
        .flat_map(|shape| &mut shape.dim)
        .collect();
    if let Some(dim) = some(&mut dims, rng) {
        dim.value = Some(Value::DimValue(value));
    }
}
