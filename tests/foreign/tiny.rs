//! A classifier small enough to be reckoned by hand, as an ONNX file: softmax of the mean colour times a matrix.

use prost::Message;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};

/// Side of its picture, px.
pub(crate) const SIDE: usize = 16;

/// Row c: what channel c says for each of the three classes.
pub(crate) const MATRIX: [f32; 9] = [-4.0, 4.0, 0.0, -1.0, 0.0, 1.0, 0.5, -2.0, 3.0];

/// A tensor of floats.
pub(crate) fn tensor(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: 1,
        float_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// An input or output of floats; a side of 0 is free.
pub(crate) fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = dims.iter().map(|&side| Dimension {
        value: (side > 0).then_some(dimension::Value::DimValue(side)),
        ..Dimension::default()
    });
    let tensor = type_proto::Tensor { elem_type: 1, shape: Some(TensorShapeProto { dim: dim.collect() }) };
    let r#type = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.to_owned(), r#type: Some(r#type), ..ValueInfoProto::default() }
}

/// An operator with one output.
pub(crate) fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.to_owned(),
        name: output.to_owned(),
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

/// An attribute of whole numbers.
pub(crate) fn integers(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: 7, ints: values.to_vec(), ..AttributeProto::default() }
}

/// The classifier: `picture` (1, 16, 16, 3) to `answer` (1, 3).
pub(crate) fn model() -> ModelProto {
    let mut transposed = node("Transpose", &["picture"], "nchw");
    transposed.attribute = vec![integers("perm", &[0, 3, 1, 2])];
    let graph = GraphProto {
        name: "tiny".to_owned(),
        node: vec![
            transposed,
            node("GlobalAveragePool", &["nchw"], "mean"),
            node("Flatten", &["mean"], "features"),
            node("MatMul", &["features", "matrix"], "logits"),
            node("Softmax", &["logits"], "answer"),
        ],
        initializer: vec![tensor("matrix", &[3, 3], &MATRIX)],
        input: vec![value("picture", &[0, SIDE as i64, SIDE as i64, 3])],
        output: vec![value("answer", &[0, 3])],
        ..GraphProto::default()
    };
    let opset = OperatorSetIdProto { version: 15, ..OperatorSetIdProto::default() };
    ModelProto { ir_version: 8, opset_import: vec![opset], graph: Some(graph), ..ModelProto::default() }
}

/// The graph of a model, to be changed.
pub(crate) fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

/// A model as the bytes of a file.
pub(crate) fn bytes(model: &ModelProto) -> Vec<u8> {
    model.encode_to_vec()
}
