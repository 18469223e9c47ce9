//! A small convolutional classifier with most of the operators that trained networks are made of, as an ONNX file.

use tract_onnx::pb::{AttributeProto, ModelProto, NodeProto};

use super::tiny::{graph, integers, model, node, tensor, value};

/// Side of its picture, px.
pub(crate) const SIDE: usize = 24;

/// Numbers between -1 and 1 times `scale` that look random and are always the same.
fn noise(seed: u32, count: usize, scale: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| scale * next()).collect()
}

fn number(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: 1, f: value, ..AttributeProto::default() }
}

fn whole(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: 2, i: value, ..AttributeProto::default() }
}

fn word(name: &str, value: &str) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: 3, s: value.as_bytes().to_vec(), ..AttributeProto::default() }
}

fn with(mut node: NodeProto, attributes: Vec<AttributeProto>) -> NodeProto {
    node.attribute = attributes;
    node
}

/// The operators from the picture to the last feature map, `map`, of 12 channels and 6 x 6 places.
fn body() -> Vec<NodeProto> {
    vec![
        with(node("Transpose", &["picture"], "nchw"), vec![integers("perm", &[0, 3, 1, 2])]),
        with(node("Conv", &["nchw", "w1", "b1"], "c1"), vec![word("auto_pad", "SAME_UPPER")]),
        node("BatchNormalization", &["c1", "scale", "shift", "mean", "variance"], "n1"),
        with(node("LeakyRelu", &["n1"], "a1"), vec![number("alpha", 0.1)]),
        node("Pad", &["a1", "pads"], "p1"),
        with(node("Conv", &["p1", "w2"], "c2"), vec![whole("group", 4), integers("strides", &[2, 2])]),
        node("Clip", &["c2", "low", "high"], "a2"),
        with(node("Conv", &["a2", "w3"], "c3"), vec![]),
        node("GlobalAveragePool", &["c3"], "squeezed"),
        node("Conv", &["squeezed", "w4"], "excited"),
        node("Sigmoid", &["excited"], "gate"),
        node("Mul", &["c3", "gate"], "gated"),
        node("Add", &["gated", "a2"], "sum"),
        node("Relu", &["sum"], "a3"),
        with(node("MaxPool", &["a3"], "m4"), vec![integers("kernel_shape", &[2, 2]), integers("strides", &[2, 2])]),
        with(
            node("Conv", &["m4", "w5", "b5"], "c5"),
            vec![integers("dilations", &[2, 2]), integers("pads", &[2, 2, 2, 2])],
        ),
        with(
            node("AveragePool", &["m4"], "v5"),
            vec![integers("kernel_shape", &[3, 3]), integers("pads", &[1, 1, 1, 1]), whole("count_include_pad", 1)],
        ),
        with(node("Concat", &["c5", "v5"], "both"), vec![whole("axis", 1)]),
        with(node("Conv", &["both", "w6"], "c6"), vec![whole("group", 2)]),
        with(node("Elu", &["c6"], "map"), vec![number("alpha", 0.7)]),
    ]
}

/// The classifier: `picture` (1, 24, 24, 3) to the logits of three classes.
pub(crate) fn rich() -> ModelProto {
    let mut model = model();
    let parts = graph(&mut model);
    parts.node = body();
    parts
        .node
        .push(with(node("ReduceMean", &["map"], "average"), vec![integers("axes", &[2, 3]), whole("keepdims", 0)]));
    parts.node.push(with(node("Gemm", &["average", "head", "bias"], "logits"), vec![whole("transB", 1)]));
    let weights = |name: &str, seed: u32, dims: &[i64]| {
        let count: i64 = dims.iter().product();
        let inputs: i64 = dims.iter().skip(1).product();
        tensor(name, dims, &noise(seed, count as usize, 1.7 / (inputs as f32).sqrt()))
    };
    let pads = tract_onnx::pb::TensorProto {
        int64_data: vec![0, 0, 0, 0, 0, 0, 1, 1],
        data_type: 7,
        ..tensor("pads", &[8], &[])
    };
    parts.initializer = vec![
        weights("w1", 1, &[4, 3, 3, 3]),
        tensor("b1", &[4], &noise(2, 4, 0.2)),
        tensor("scale", &[4], &[1.1, 0.8, -0.9, 1.3]),
        tensor("shift", &[4], &noise(3, 4, 0.3)),
        tensor("mean", &[4], &noise(4, 4, 0.2)),
        tensor("variance", &[4], &[0.5, 0.9, 1.2, 0.7]),
        pads,
        weights("w2", 5, &[4, 1, 3, 3]),
        tensor("low", &[], &[-0.5]),
        tensor("high", &[], &[3.0]),
        weights("w3", 6, &[4, 4, 1, 1]),
        weights("w4", 7, &[4, 4, 1, 1]),
        weights("w5", 8, &[6, 4, 3, 3]),
        tensor("b5", &[6], &noise(9, 6, 0.2)),
        weights("w6", 10, &[12, 5, 1, 1]),
        weights("head", 11, &[3, 12]),
        tensor("bias", &[3], &[0.1, -0.2, 0.05]),
    ];
    parts.input = vec![value("picture", &[1, SIDE as i64, SIDE as i64, 3])];
    parts.output = vec![value("logits", &[1, 3])];
    model
}

/// Puts an operator that nobody knows the way back of between a tensor and those that take it.
pub(crate) fn obscured(model: &mut ModelProto, tensor: &str) {
    let parts = graph(model);
    let at = parts.node.iter().position(|node| node.output[0] == tensor).unwrap() + 1;
    for input in parts.node.iter_mut().flat_map(|node| &mut node.input).filter(|input| *input == tensor) {
        *input = "obscure".to_owned();
    }
    parts.node.insert(at, node("Erf", &[tensor], "obscure"));
}
