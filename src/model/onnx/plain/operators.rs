//! Operators on quantised numbers, ONNX's and ONNX Runtime's own, written as three steps: the inputs are converted to real numbers, the plain
//! operator is applied, the result is quantised.

use std::collections::BTreeMap;

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::values::{tensor, values};

/// Operators with one quantised input, and what they are on real numbers.
const ONE: [(&str, &str); 5] = [
    ("QLinearGlobalAveragePool", "GlobalAveragePool"),
    ("QLinearAveragePool", "AveragePool"),
    ("QLinearSigmoid", "Sigmoid"),
    ("QLinearLeakyRelu", "LeakyRelu"),
    ("QLinearSoftmax", "Softmax"),
];
/// Those with two.
const TWO: [(&str, &str); 4] =
    [("QLinearConv", "Conv"), ("QLinearMatMul", "MatMul"), ("QLinearAdd", "Add"), ("QLinearMul", "Mul")];
/// Attributes of theirs that the plain operators do not have.
const OWN: [&str; 2] = ["opset", "channels_last"];

/// An operator on quantised numbers, as it stands in the file.
struct QuantisedOperator<'a> {
    /// What it is on real numbers.
    operator: &'static str,
    /// Indices of its quantised inputs; each is followed by its scale and its zero point.
    inputs: &'static [usize],
    /// Index of the input of whole numbers that are added, in units of the scales of both inputs.
    bias: Option<usize>,
    /// Index of the input that is the scale of the result; its zero point follows.
    output: usize,
    node: &'a NodeProto,
}

impl<'a> QuantisedOperator<'a> {
    fn read(node: &'a NodeProto) -> Option<QuantisedOperator<'a>> {
        let of =
            |all: &[(&str, &'static str)]| all.iter().find(|(name, _)| *name == node.op_type).map(|(_, plain)| *plain);
        if let Some(operator) = of(&ONE) {
            return Some(QuantisedOperator { operator, inputs: &[0], bias: None, output: 3, node });
        }
        if node.op_type == "QGemm" {
            return Some(QuantisedOperator { operator: "Gemm", inputs: &[0, 3], bias: Some(6), output: 7, node });
        }
        let operator = of(&TWO)?;
        Some(QuantisedOperator { operator, inputs: &[0, 3], bias: (operator == "Conv").then_some(8), output: 6, node })
    }

    fn input(&self, at: usize) -> &'a str {
        self.node.input.get(at).map_or("", String::as_str)
    }

    /// The axis of weights along which each index may have a scale of its own.
    fn axis(&self) -> i64 {
        let turned = self.node.attribute.iter().any(|attribute| attribute.name == "transB" && attribute.i != 0);
        if self.operator == "Conv" || turned { 0 } else { -1 }
    }
}

/// Spells these operators out.
pub(super) fn spelt(graph: &mut GraphProto) -> Result<(), String> {
    let nodes = std::mem::take(&mut graph.node);
    let fixed: BTreeMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let (mut plain, mut added) = (Vec::new(), Vec::new());
    for node in nodes {
        let Some(coded) = QuantisedOperator::read(&node) else {
            plain.push(node);
            continue;
        };
        if node.attribute.iter().any(|attribute| attribute.name == "channels_last" && attribute.i != 0) {
            return Err(format!(
                "operator {} \"{}\" has its channels last, which is not read",
                node.op_type, node.name
            ));
        }
        let output = node.output.first().map_or("", String::as_str);
        let mut inputs = Vec::new();
        for &at in coded.inputs {
            let name = format!("{output}/{}", inputs.len());
            let words: Vec<String> = (at..at + 3).map(|at| coded.input(at).to_owned()).collect();
            let axis =
                AttributeProto { name: "axis".to_owned(), r#type: 2, i: coded.axis(), ..AttributeProto::default() };
            plain.push(operator("DequantizeLinear", words, &name, vec![axis]));
            inputs.push(name);
        }
        if let Some(at) = coded.bias.filter(|at| !coded.input(*at).is_empty()) {
            let numbers = |name: &str| fixed.get(name).and_then(|tensor| values(tensor));
            let parts = (numbers(coded.input(at)), numbers(coded.input(1)), numbers(coded.input(4)));
            let (Some(bias), Some(of_input), Some(of_weights)) = parts else {
                return Err(format!("operator {} \"{}\" adds what is not in the file", node.op_type, node.name));
            };
            let scale =
                |c: usize| of_weights.get(c).or(of_weights.first()).zip(of_input.first()).map_or(1.0, |(a, b)| a * b);
            let real: Vec<f32> = bias.iter().enumerate().map(|(c, v)| v * scale(c)).collect();
            let name = format!("{output}/bias");
            added.push(tensor(&name, &[real.len() as i64], real));
            inputs.push(name);
        }
        let attributes: Vec<AttributeProto> =
            node.attribute.iter().filter(|attribute| !OWN.contains(&attribute.name.as_str())).cloned().collect();
        if coded.input(coded.output).is_empty() {
            plain.push(operator(coded.operator, inputs, output, attributes));
            continue;
        }
        let real = format!("{output}/real");
        plain.push(operator(coded.operator, inputs, &real, attributes));
        let words =
            [real.as_str(), coded.input(coded.output), coded.input(coded.output + 1)].map(str::to_owned).to_vec();
        plain.push(operator("QuantizeLinear", words, output, Vec::new()));
    }
    graph.node = plain;
    graph.initializer.extend(added);
    Ok(())
}

/// Operators on whole numbers with zero points, whose results are whole: what they are on real numbers.
pub(super) fn whole(operator: &str) -> Option<&'static str> {
    match operator {
        "ConvInteger" => Some("Conv"),
        "MatMulInteger" => Some("MatMul"),
        _ => None,
    }
}

/// An operator with one output, which it is named after.
pub(super) fn operator(operator: &str, input: Vec<String>, output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    let (op_type, name) = (operator.to_owned(), output.to_owned());
    NodeProto { op_type, name, input, output: vec![output.to_owned()], attribute, ..NodeProto::default() }
}
