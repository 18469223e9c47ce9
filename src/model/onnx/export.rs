//! The classifier of a model folder as an ONNX file, for whoever wants to run or compare it elsewhere.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor};
use prost::Message;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};

use crate::model::ops::activation::Activation;
use crate::model::own::architecture::{Block, Convolution};
use crate::model::own::attention;
use crate::model::own::frozen::{DEVIATION, MEAN, folded, get};
use crate::model::own::network::Network;
use crate::model::own::pooling::Pooling;

/// Operators as of this version: old enough for every runtime.
const OPSET: i64 = 13;
/// ONNX's numbers for kinds of attributes and for 32-bit floats.
const INTEGER: i32 = 2;
/// See [`INTEGER`].
const INTEGERS: i32 = 7;
/// See [`INTEGER`].
const FLOATS: i32 = 1;
/// See [`INTEGER`]; of tensors.
const LONGS: i32 = 7;

/// The bytes of an ONNX file with the classifier: `picture`, `(n, side, side, 3)` values of pixels `0..=255`, to `classes`, the
/// calibrated probabilities `(n, classes)`, and `context`, `(n, 1)`. Normalisation is folded into the convolutions.
pub fn export(network: &Network) -> Result<Vec<u8>> {
    let card = network.card();
    let mut writer = GraphBuilder { tensors: network.tensors(), graph: GraphProto::default(), at: String::new() };
    writer.graph.name = card.name.clone();
    writer.picture();
    if card.classifier.activation == Activation::Relu6 {
        writer.constant("ceiling.low", &[], vec![0.0]);
        writer.constant("ceiling.high", &[], vec![6.0]);
    }
    for step in &card.classifier_blocks() {
        writer.step(step)?;
    }
    match card.head {
        Pooling::Average => writer.average(),
        Pooling::Attention => writer.attend(card.classifier.features())?,
    }
    writer.heads(card.calibration.temperature)?;
    let side = card.classifier.side as i64;
    writer.graph.input = vec![value("picture", &[0, side, side, 3])];
    writer.graph.output = vec![value("classes", &[0, card.classes.len() as i64]), value("context", &[0, 1])];
    let opset = OperatorSetIdProto { version: OPSET, ..OperatorSetIdProto::default() };
    let model = ModelProto {
        ir_version: 7,
        producer_name: "lesionscope".to_owned(),
        opset_import: vec![opset],
        graph: Some(writer.graph),
        ..ModelProto::default()
    };
    Ok(model.encode_to_vec())
}

/// A graph that grows at its end.
struct GraphBuilder<'a> {
    tensors: &'a BTreeMap<String, Tensor>,
    graph: GraphProto,
    /// The tensor that the next operator takes.
    at: String,
}

impl GraphBuilder<'_> {
    /// Pixels as the network sees them, colours first.
    fn picture(&mut self) {
        self.constant("pixel.scale", &[1], vec![1.0 / (255.0 * DEVIATION)]);
        self.constant("pixel.offset", &[1], vec![-MEAN / DEVIATION]);
        self.node("Mul", &["picture", "pixel.scale"], "scaled", vec![]);
        self.node("Add", &["scaled", "pixel.offset"], "centred", vec![]);
        self.node("Transpose", &["centred"], "pixels", vec![integers("perm", &[0, 3, 1, 2])]);
    }

    fn step(&mut self, step: &Block) -> Result<()> {
        let before = self.at.clone();
        let convolutions = step.convolutions();
        for (i, conv) in convolutions.iter().enumerate() {
            let last = matches!(step, Block::Shortcut(_)) && i + 1 == convolutions.len();
            self.convolution(conv)?;
            if last {
                let (inner, sum) = (self.at.clone(), format!("{}.sum", conv.name));
                self.node("Add", &[&inner, &before], &sum, vec![]);
            }
            self.activation(conv);
        }
        Ok(())
    }

    fn convolution(&mut self, conv: &Convolution) -> Result<()> {
        let Convolution { name, input, output, geometry, depthwise, .. } = conv;
        let (weight, bias) = folded(conv, self.tensors)?;
        let rows: Vec<f32> = weight.flatten_all()?.to_vec1()?;
        // From (kernel row, kernel column, input, output) to (output, input, kernel row, kernel column).
        let (cells, input) = (geometry.kernel * geometry.kernel, *input);
        let place = |o: usize, i: usize, cell: usize| (cell * input + i) * output + o;
        let turned = (0..*output).flat_map(|o| (0..input).flat_map(move |i| (0..cells).map(move |c| (o, i, c))));
        let turned = turned.map(|(o, i, c)| rows.get(place(o, i, c)).copied().unwrap_or(0.0)).collect();
        let side = geometry.kernel as i64;
        let [weights, biases] = ["weight", "bias"].map(|part| format!("{name}.{part}"));
        self.constant(&weights, &[*output as i64, input as i64, side, side], turned);
        self.constant(&biases, &[*output as i64], bias);
        let attributes = vec![
            integers("kernel_shape", &[side; 2]),
            integers("strides", &[geometry.stride as i64; 2]),
            integers("pads", &[geometry.padding as i64; 4]),
            integer("group", if *depthwise { *output as i64 } else { 1 }),
        ];
        let from = self.at.clone();
        self.node("Conv", &[&from, &weights, &biases], &format!("{name}.conv"), attributes);
        Ok(())
    }

    fn activation(&mut self, conv: &Convolution) {
        let (from, to) = (self.at.clone(), format!("{}.out", conv.name));
        match conv.activation {
            Activation::Linear => {}
            Activation::Relu => self.node("Relu", &[&from], &to, vec![]),
            Activation::Relu6 => self.node("Clip", &[&from, "ceiling.low", "ceiling.high"], &to, vec![]),
        }
    }

    fn average(&mut self) {
        let last = self.at.clone();
        self.node("GlobalAveragePool", &[&last], "average", vec![]);
        self.node("Flatten", &["average"], "features", vec![]);
    }

    /// `s = w . (tanh(h V) * sigmoid(h U))`, `a = softmax(s)`, the sum of the cells' features weighted by `a`.
    fn attend(&mut self, features: usize) -> Result<()> {
        let last = self.at.clone();
        for (name, [rows, cols]) in Pooling::Attention.shapes(features) {
            let values =
                self.tensors.get(name).map_or_else(|| Ok(Vec::new()), |t| t.flatten_all()?.to_vec1::<f32>())?;
            self.constant(name, &[rows as i64, cols as i64], values);
        }
        self.longs("attention.places", &[0, features as i64, -1]);
        // (n, features, cells), and with the cells first.
        self.node("Reshape", &[&last, "attention.places"], "attention.map", vec![]);
        self.node("Transpose", &["attention.map"], "attention.rows", vec![integers("perm", &[0, 2, 1])]);
        let [v, u, w] = attention::NAMES;
        self.node("MatMul", &["attention.rows", v], "attention.v", vec![]);
        self.node("Tanh", &["attention.v"], "attention.tanh", vec![]);
        self.node("MatMul", &["attention.rows", u], "attention.u", vec![]);
        self.node("Sigmoid", &["attention.u"], "attention.gate", vec![]);
        self.node("Mul", &["attention.tanh", "attention.gate"], "attention.judged", vec![]);
        self.node("MatMul", &["attention.judged", w], "attention.scores", vec![]);
        self.node("Softmax", &["attention.scores"], "attention.weights", vec![integer("axis", 1)]);
        self.node("MatMul", &["attention.map", "attention.weights"], "attention.sum", vec![]);
        self.node("Flatten", &["attention.sum"], "features", vec![]);
        Ok(())
    }

    fn heads(&mut self, temperature: f32) -> Result<()> {
        for (name, divisor, operator) in [("classes", temperature, "Softmax"), ("context", 1.0, "Sigmoid")] {
            let [weight, bias, logits] = ["weight", "bias", "logits"].map(|part| format!("{name}.{part}"));
            for part in ["weight", "bias"] {
                let tensor = get(self.tensors, name, part)?;
                let dims: Vec<i64> = tensor.dims().iter().map(|&side| side as i64).collect();
                let values: Vec<f32> = (tensor / f64::from(divisor))?.flatten_all()?.to_vec1()?;
                self.constant(&format!("{name}.{part}"), &dims, values);
            }
            self.node("Gemm", &["features", &weight, &bias], &logits, vec![]);
            self.node(operator, &[&logits], name, vec![]);
        }
        Ok(())
    }

    fn constant(&mut self, name: &str, dims: &[i64], values: Vec<f32>) {
        self.graph.initializer.push(TensorProto {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type: FLOATS,
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..TensorProto::default()
        });
    }

    fn longs(&mut self, name: &str, values: &[i64]) {
        self.graph.initializer.push(TensorProto {
            name: name.to_owned(),
            dims: vec![values.len() as i64],
            data_type: LONGS,
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..TensorProto::default()
        });
    }

    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) {
        self.graph.node.push(NodeProto {
            op_type: operator.to_owned(),
            name: output.to_owned(),
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute,
            ..NodeProto::default()
        });
        output.clone_into(&mut self.at);
    }
}

fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: INTEGER, i, ..AttributeProto::default() }
}

fn integers(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: INTEGERS, ints: ints.to_vec(), ..AttributeProto::default() }
}

/// An input or output of floats; a side of 0 is free.
fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = dims.iter().map(|&side| match side {
        0 => Dimension { value: Some(dimension::Value::DimParam("n".to_owned())), ..Dimension::default() },
        side => Dimension { value: Some(dimension::Value::DimValue(side)), ..Dimension::default() },
    });
    let tensor = type_proto::Tensor { elem_type: FLOATS, shape: Some(TensorShapeProto { dim: dim.collect() }) };
    let r#type = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.to_owned(), r#type: Some(r#type), ..ValueInfoProto::default() }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::model::Model;
    use crate::model::onnx::OnnxClassifier;
    use crate::model::onnx::graph::Graph;
    use crate::model::onnx::guess::{Hints, describe};
    use crate::model::onnx::picture::Scaling;
    use crate::model::ops::testing::random;
    use crate::model::own::bundled::bundled;

    #[test]
    fn the_file_answers_as_the_network_does() {
        answers_alike(bundled().unwrap());
    }

    /// The bundled network with attention of its own.
    fn attending() -> Network {
        let network = bundled().unwrap();
        let (mut card, mut tensors) = (network.card().clone(), network.tensors().clone());
        card.head = Pooling::Attention;
        for (i, (name, shape)) in card.head.shapes(card.classifier.features()).into_iter().enumerate() {
            tensors.insert(name.to_owned(), random(&shape, i as u32));
        }
        Network::from_tensors(card, tensors).unwrap()
    }

    #[test]
    fn so_does_that_of_a_network_with_attention() {
        answers_alike(attending());
    }

    fn answers_alike(mut network: Network) {
        let graph = Graph::read(&export(&network).unwrap(), "small.onnx").unwrap();
        let labels = Some(network.classes().iter().map(|class| class.name.clone()).collect());
        let hints = Hints { labels, output: Some("classes".to_owned()), ..Hints::default() };
        let (card, _) = describe(&graph, &hints, &|_| Vec::new(), ("small.onnx", "small", String::new())).unwrap();
        assert_eq!(card.picture.scaling, Scaling::Raw, "it scales by itself");
        let foreign = OnnxClassifier::new(&graph, card, "small.onnx").unwrap();
        let side = network.input_side();
        for seed in 0..4u32 {
            let window = RgbImage::from_fn(side, side, |x, y| {
                Rgb([(x * 7 + seed * 31) as u8, (y * (3 + seed)) as u8, (x * y / 9 + 60 * seed) as u8])
            });
            let ours = network.classify(std::slice::from_ref(&window)).unwrap().remove(0).classes;
            let theirs = foreign.probabilities(&window).unwrap();
            let gap = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
            assert!(gap < 1e-4, "{gap}");
        }
    }
}
