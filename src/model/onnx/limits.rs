//! Bounds on what the numbers of an ONNX file may ask for: beyond them tract would take memory or time without end.

use std::collections::BTreeMap;

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

/// Elements that a tensor may have: far above any activation of a network that runs live.
pub(super) const LARGEST: usize = 1 << 26;
/// Times that an operator may repeat or enlarge what it is given.
const TIMES: f64 = 4096.0;
/// Operators of a graph, and tensors of numbers that it holds: far above any network that runs live. Making a graph ready takes time with the
/// square of their number.
const OPERATORS: usize = 8192;
/// See [`OPERATORS`].
const TENSORS: usize = 4 * OPERATORS;
/// Axes of a tensor.
const AXES: usize = 8;
/// Operators that make a tensor as large as whole numbers of the file say.
const MAKERS: [&str; 4] = ["ConstantOfShape", "Expand", "Pad", "Range"];
/// Operators that repeat or enlarge a tensor.
const REPEATERS: [&str; 3] = ["Tile", "Resize", "Upsample"];

/// What goes beyond the bounds, if anything does.
pub(super) fn keep(graph: &GraphProto) -> Result<(), String> {
    for (count, most, what) in
        [(graph.node.len(), OPERATORS, "operators"), (graph.initializer.len(), TENSORS, "tensors of numbers")]
    {
        if count > most {
            return Err(format!("holds {count} {what}; a network that runs live has at most {most}"));
        }
    }
    let of_nodes = graph.node.iter().filter_map(|node| {
        let value = node.attribute.iter().find(|attribute| attribute.name == "value")?.t.as_ref()?;
        Some((node.output.first()?.as_str(), value))
    });
    let initial = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor));
    let known: BTreeMap<&str, &TensorProto> = initial.chain(of_nodes).collect();
    if let Some(tensor) = known.values().find(|tensor| tensor.dims.len() > AXES) {
        return Err(format!("tensor \"{}\" has {} axes; at most {AXES} are taken", tensor.name, tensor.dims.len()));
    }
    for node in &graph.node {
        node.attribute.iter().try_for_each(|attribute| {
            number(attribute).map_err(|what| format!("operator {} \"{}\" has {what}", node.op_type, node.name))
        })?;
        let inputs = || node.input.iter().filter_map(|name| known.get(name.as_str()).copied());
        let asks = |of: String| Err(format!("operator {} \"{}\" asks for a tensor of {of}", node.op_type, node.name));
        if MAKERS.contains(&node.op_type.as_str()) {
            for sides in inputs().filter_map(integers) {
                let size = sides
                    .iter()
                    .try_fold(1usize, |size, side| size.checked_mul(usize::try_from(side.checked_abs()?).ok()?.max(1)));
                if size.is_none_or(|size| size > LARGEST) {
                    return asks(format!("{sides:?}; at most {LARGEST} elements are made"));
                }
            }
        }
        if REPEATERS.contains(&node.op_type.as_str()) {
            // Of a Resize the sides of the result may be given instead.
            let most = |whole: bool| if whole && node.op_type == "Resize" { LARGEST as f64 } else { TIMES };
            let whole = inputs().filter_map(integers).map(|v| (true, v.iter().map(|v| *v as f64).collect::<Vec<_>>()));
            let real = inputs().filter_map(reals).map(|v| (false, v));
            for (whole, times) in whole.chain(real) {
                let all: f64 = times.iter().map(|times| times.abs().max(1.0)).product();
                if all.is_nan() || all > most(whole) || times.iter().any(|times| times.is_nan()) {
                    return asks(format!("{times:?} times another; at most {TIMES} times are made"));
                }
            }
        }
    }
    graph.node.iter().try_for_each(order)
}

/// What is wrong with the whole numbers of an attribute.
fn number(attribute: &AttributeProto) -> Result<(), String> {
    let (least, most) = match attribute.name.as_str() {
        "kernel_shape" | "strides" | "dilations" => (1, 4096),
        "pads" | "output_padding" => (-4096, 4096),
        "group" => (1, 1 << 16),
        "axis" | "axes" | "perm" => (-(AXES as i64), AXES as i64),
        // Ends of slices are as a rule the highest number there is; a seed may be any.
        "starts" | "ends" | "value_int" | "value_ints" | "seed" => return Ok(()),
        _ => (-(1 << 24), 1 << 24),
    };
    let one = (attribute.i != 0).then_some(&attribute.i);
    match attribute.ints.iter().chain(one).find(|value| !(least..=most).contains(*value)) {
        Some(wrong) => Err(format!("{} {wrong}; allowed: {least} to {most}", attribute.name)),
        None => Ok(()),
    }
}

/// Refuses an order of axes that leaves one out.
fn order(node: &NodeProto) -> Result<(), String> {
    let perm = node.attribute.iter().find(|attribute| node.op_type == "Transpose" && attribute.name == "perm");
    let Some(perm) = perm else { return Ok(()) };
    let mut sorted = perm.ints.clone();
    sorted.sort_unstable();
    match sorted.iter().copied().eq(0..sorted.len() as i64) {
        true => Ok(()),
        false => {
            Err(format!("operator Transpose \"{}\" has perm {:?}, which is no order of axes", node.name, perm.ints))
        }
    }
}

/// The values of a tensor of whole numbers.
fn integers(tensor: &TensorProto) -> Option<Vec<i64>> {
    let raw = &tensor.raw_data;
    Some(match (tensor.data_type, raw.is_empty()) {
        (7, true) => tensor.int64_data.clone(),
        (7, false) => raw.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect(),
        (6, true) => tensor.int32_data.iter().map(|v| i64::from(*v)).collect(),
        (6, false) => raw.as_chunks::<4>().0.iter().map(|b| i64::from(i32::from_le_bytes(*b))).collect(),
        _ => return None,
    })
}

/// The values of a tensor of 32-bit floats.
fn reals(tensor: &TensorProto) -> Option<Vec<f64>> {
    (tensor.data_type == 1).then(|| match tensor.raw_data.is_empty() {
        true => tensor.float_data.iter().map(|v| f64::from(*v)).collect(),
        false => tensor.raw_data.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
    })
}
