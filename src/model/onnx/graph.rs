//! An ONNX file, checked before anything is computed from it.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use tract_onnx::prelude::Framework;

use super::limits;
pub use super::plain::{FirstOperation, Precision};
use super::plain::{MOVING, Simplification, first, kind_of_numbers, plain, values};
use crate::model::{FileProblem, ModelError, finite};

/// ONNX's number for 32-bit floats.
const FLOAT: i32 = 1;
/// ONNX's numbers for whole numbers of 32 and 64 bits, text, and yes or no: no scores.
const UNSCORED: [i32; 6] = [6, 7, 8, 9, 12, 13];
/// Operators whose results are indices of scores, or scores in another order.
const CHOOSING: [&str; 3] = ["ArgMax", "ArgMin", "TopK"];
/// Operators whose numbers are weights: none of them is infinite. Elsewhere infinity is a bound, or a mask.
const WEIGHING: [&str; 6] = ["Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LayerNormalization"];

/// An input that is not a constant of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphInput {
    /// Its name.
    pub name: String,
    /// Its sides; `None` where any will do.
    pub shape: Vec<Option<usize>>,
    /// Usual name of the kind of numbers that it takes.
    pub kind: &'static str,
    /// Whether it is fed 32-bit floats.
    pub float: bool,
    /// Whether the numbers are whole ones, so that a picture is its pixels as they are.
    pub whole: bool,
    /// The first operation on it.
    pub first: FirstOperation,
}

/// The order of a picture's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisOrder {
    /// Rows, columns, colours: TensorFlow's.
    Nhwc,
    /// Colours, rows, columns: PyTorch's.
    Nchw,
}

impl GraphInput {
    /// The layout of a picture and its side, px, where the file says it; `None` for what takes no picture.
    pub fn picture(&self) -> Option<(AxisOrder, Option<usize>)> {
        match self.shape.as_slice() {
            _ if !self.float => None,
            [_, h, w, Some(3)] => square(*h, *w).map(|side| (AxisOrder::Nhwc, side)),
            [_, Some(3), h, w] => square(*h, *w).map(|side| (AxisOrder::Nchw, side)),
            _ => None,
        }
    }

    /// Its kind of numbers and its sides, as people write them: `float32 ?x3x224x224`.
    pub fn described(&self) -> String {
        let sides: Vec<String> =
            self.shape.iter().map(|side| side.map_or_else(|| "?".to_owned(), |side| side.to_string())).collect();
        format!("{} {}", self.kind, sides.join("x"))
    }
}

/// The side of a square of which one side may be open; `None` of what is no square.
fn square(h: Option<usize>, w: Option<usize>) -> Option<Option<usize>> {
    match (h, w) {
        (Some(h), Some(w)) if h != w => None,
        (h, w) => Some(h.or(w)),
    }
}

/// A graph that passed every check.
pub struct Graph {
    /// As it was read, made plain.
    pub proto: ModelProto,
    /// Inputs without a value in the file.
    pub inputs: Vec<GraphInput>,
    /// The precision for which the file was written.
    pub precision: Precision,
    /// The outputs.
    pub outputs: Vec<GraphOutput>,
}

/// An output of a graph.
pub struct GraphOutput {
    /// Its name.
    pub name: String,
    /// The operator that makes it.
    pub operator: String,
}

impl Graph {
    /// Reads and checks the bytes of a file; `place` names it in errors.
    pub fn read(bytes: &[u8], place: &str) -> Result<Graph, ModelError> {
        let unusable = |what: String| ModelError::of_file(place, FileProblem::InvalidGraph(what));
        let mut proto = tract_onnx::onnx()
            .proto_model_for_read(&mut &bytes[..])
            .map_err(|_| unusable("not a readable ONNX file; tf2onnx and torch.onnx.export write such files".into()))?;
        let graph = proto.graph.as_ref().ok_or_else(|| unusable("holds no graph of operators".into()))?;
        graph.initializer.iter().try_for_each(tensor).map_err(unusable)?;
        constants(graph).try_for_each(tensor).map_err(unusable)?;
        order(graph).map_err(unusable)?;
        limits::keep(graph).map_err(unusable)?;
        let firsts: BTreeMap<String, FirstOperation> =
            graph.input.iter().map(|input| (input.name.clone(), first(graph, &input.name))).collect();
        let Simplification { precision, whole } = plain(&mut proto).map_err(unusable)?;
        let graph = proto.graph.as_ref().ok_or_else(|| unusable("holds no graph of operators".into()))?;
        weights(graph).map_err(unusable)?;
        let made = order(graph).map_err(unusable)?;
        let inlet = |info| inlet(info, &whole, &firsts);
        let fixed: BTreeSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let inputs = graph.input.iter().filter(|input| !fixed.contains(input.name.as_str())).map(inlet).collect();
        let outputs = graph.output.iter().map(|output| match made.get(output.name.as_str()) {
            Some(operator) => Ok(GraphOutput { name: output.name.clone(), operator: (*operator).to_owned() }),
            None => Err(unusable(format!("no operator makes its output \"{}\"", output.name))),
        });
        let outputs: Vec<GraphOutput> = outputs.collect::<Result<_, _>>()?;
        if outputs.is_empty() {
            return Err(unusable("has no output".into()));
        }
        Ok(Graph { inputs, outputs, precision, proto })
    }

    /// The operator that makes a tensor.
    pub fn maker(&self, tensor: &str) -> Option<&str> {
        self.making(tensor).map(|node| node.op_type.as_str())
    }

    /// Why the numbers of an output are not one score a class; `None` where they may be.
    pub fn unscored(&self, output: &str) -> Option<String> {
        let mut at = output;
        // An order of the operators was found, so this comes to an end.
        while let Some(node) = self.making(at).filter(|node| MOVING.contains(&node.op_type.as_str())) {
            at = node.input.first()?;
        }
        let maker = self.maker(at).unwrap_or_default();
        let outputs = self.proto.graph.iter().flat_map(|graph| &graph.output);
        let typed = |info: &&ValueInfoProto| info.name == output;
        let kind = outputs
            .filter(typed)
            .find_map(|info| info.r#type.as_ref()?.value.as_ref().map(|Type::TensorType(tensor)| tensor.elem_type));
        let what = match kind {
            _ if CHOOSING.contains(&maker) => format!("the number of a class (operator {maker})"),
            Some(kind) if UNSCORED.contains(&kind) => {
                format!("{} (made by operator {maker}), such as the number of a class", kind_of_numbers(kind))
            }
            _ => return None,
        };
        Some(format!("answers in \"{output}\" with {what}, not with a score for each class"))
    }

    /// What goes first into the operator that makes a tensor; `None` for a tensor that no operator makes.
    pub fn before(&self, tensor: &str) -> Option<&str> {
        self.making(tensor)?.input.first().map(String::as_str)
    }

    /// Whether an operator's name has this word in it, in any case.
    pub fn mentions(&self, word: &str) -> bool {
        self.nodes().any(|node| node.name.to_ascii_lowercase().contains(word))
    }

    fn nodes(&self) -> impl Iterator<Item = &NodeProto> {
        self.proto.graph.iter().flat_map(|graph| &graph.node)
    }

    fn making(&self, tensor: &str) -> Option<&NodeProto> {
        self.nodes().find(|node| node.output.iter().any(|name| name == tensor))
    }
}

fn inlet(
    info: &ValueInfoProto,
    whole: &BTreeMap<String, &'static str>,
    firsts: &BTreeMap<String, FirstOperation>,
) -> GraphInput {
    let tensor = info.r#type.as_ref().and_then(|t| t.value.as_ref()).map(|Type::TensorType(tensor)| tensor);
    let kind = tensor.map_or(0, |tensor| tensor.elem_type);
    let side = |value: &Option<Dim>| match value {
        Some(Dim::DimValue(side)) => usize::try_from(*side).ok().filter(|side| *side > 0),
        _ => None,
    };
    GraphInput {
        name: info.name.clone(),
        shape: tensor
            .and_then(|tensor| tensor.shape.as_ref())
            .map_or(Vec::new(), |shape| shape.dim.iter().map(|dim| side(&dim.value)).collect()),
        kind: whole.get(&info.name).copied().unwrap_or_else(|| kind_of_numbers(kind)),
        float: kind == FLOAT,
        whole: whole.contains_key(&info.name),
        first: firsts.get(&info.name).cloned().unwrap_or_default(),
    }
}

/// What is wrong with the numbers of a graph, if a weight is none.
fn weights(graph: &GraphProto) -> Result<(), String> {
    let weighing = graph.node.iter().filter(|node| WEIGHING.contains(&node.op_type.as_str()));
    let weights: BTreeSet<&str> = weighing.flat_map(|node| &node.input).map(String::as_str).collect();
    let of_nodes = graph
        .node
        .iter()
        .filter_map(|node| Some((node.output.first()?, node.attribute.iter().find_map(|a| a.t.as_ref())?)));
    for (name, tensor) in graph.initializer.iter().map(|tensor| (&tensor.name, tensor)).chain(of_nodes) {
        if tensor.data_type != FLOAT {
            continue;
        }
        let mut values = values(tensor).unwrap_or_default();
        if !weights.contains(name.as_str()) {
            values.iter_mut().filter(|value| value.is_infinite()).for_each(|value| *value = 0.0);
        }
        finite::numbers(&format!("\"{name}\""), &values)?;
    }
    let attributes = graph.node.iter().flat_map(|node| node.attribute.iter().map(move |attribute| (node, attribute)));
    for (node, attribute) in attributes {
        if attribute.f.is_nan() || attribute.floats.iter().any(|number| number.is_nan()) {
            return Err(format!(
                "operator {} \"{}\" has {} NaN, which is no number",
                node.op_type, node.name, attribute.name
            ));
        }
    }
    Ok(())
}

/// The tensors that stand in the attributes of operators.
fn constants(graph: &GraphProto) -> impl Iterator<Item = &TensorProto> {
    graph.node.iter().flat_map(|node| &node.attribute).filter_map(|attribute| attribute.t.as_ref())
}

/// What is wrong with a tensor, if its values are not in the file as its shape says.
fn tensor(tensor: &TensorProto) -> Result<(), String> {
    let name = &tensor.name;
    if !tensor.external_data.is_empty() || tensor.data_location.unwrap_or(0) != 0 {
        return Err(format!(
            "the values of \"{name}\" lie in another file; one file is read only: save the model with all weights inside"
        ));
    }
    let elements = tensor.dims.iter().try_fold(1i64, |product, &dim| product.checked_mul(dim).filter(|p| *p >= 0));
    let elements = elements.ok_or_else(|| format!("tensor \"{name}\" has the impossible shape {:?}", tensor.dims))?;
    // ONNX's numbers of element types, by how many bytes a value takes in raw_data.
    let width = match tensor.data_type {
        2 | 3 | 9 => 1,
        4 | 5 | 10 | 16 => 2,
        1 | 6 | 12 => 4,
        7 | 11 | 13 | 14 => 8,
        15 => 16,
        8 => return Ok(()),
        other => {
            return Err(format!(
                "tensor \"{name}\" holds {}, which are not read; numbers of 8 bits and more are",
                kind_of_numbers(other)
            ));
        }
    };
    let counts = [tensor.float_data.len(), tensor.int32_data.len(), tensor.int64_data.len(), tensor.double_data.len()];
    let held = if tensor.raw_data.is_empty() {
        counts.into_iter().chain([tensor.uint64_data.len()]).max().unwrap_or(0)
    } else {
        tensor.raw_data.len() / width
    };
    match i64::try_from(held) == Ok(elements) {
        true => Ok(()),
        false => Err(format!("tensor \"{name}\" of shape {:?} wants {elements} values and has {held}", tensor.dims)),
    }
}

/// The operator that makes each tensor; an error when one is used before it is made.
fn order(graph: &GraphProto) -> Result<BTreeMap<&str, &str>, String> {
    let mut made: BTreeMap<&str, &str> = BTreeMap::new();
    let given = graph.input.iter().map(|input| &input.name).chain(graph.initializer.iter().map(|tensor| &tensor.name));
    made.extend(given.map(|name| (name.as_str(), "")));
    for node in &graph.node {
        if let Some(missing) = node.input.iter().find(|name| !name.is_empty() && !made.contains_key(name.as_str())) {
            return Err(format!(
                "operator {} \"{}\" takes \"{missing}\", which nothing before it makes: the graph has a cycle or lacks a part",
                node.op_type, node.name
            ));
        }
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if made.insert(output, &node.op_type).is_some() {
                return Err(format!("\"{output}\" is made twice"));
            }
        }
    }
    Ok(made)
}
