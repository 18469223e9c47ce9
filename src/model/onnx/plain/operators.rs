//! Operators that reckon with quantised numbers, as operators of ONNX Runtime and of ONNX itself write them.

use tract_onnx::pb::NodeProto;

/// A value of the graph with the names of its scale and zero point.
pub(super) struct Coded<'a> {
    pub(super) value: &'a str,
    pub(super) scale: &'a str,
    /// Empty: 0.
    pub(super) zero: &'a str,
}

/// An operator on quantised numbers as one on real numbers: what it is fed, what it makes, and what it is called there.
pub(super) struct Reckoned<'a> {
    pub(super) operator: &'static str,
    pub(super) inputs: Vec<Coded<'a>>,
    /// Whole numbers that are added, in units of the scales of both inputs; empty: none.
    pub(super) bias: &'a str,
    /// Scale and zero point of the result.
    pub(super) output: (&'a str, &'a str),
}

/// Operators with one quantised input, with two, and what they are on real numbers. Those with other names are ONNX Runtime's own.
const ONE: [(&str, &str); 3] = [
    ("QLinearGlobalAveragePool", "GlobalAveragePool"),
    ("QLinearSigmoid", "Sigmoid"),
    ("QLinearLeakyRelu", "LeakyRelu"),
];
/// See [`ONE`].
const TWO: [(&str, &str); 4] =
    [("QLinearConv", "Conv"), ("QLinearMatMul", "MatMul"), ("QLinearAdd", "Add"), ("QLinearMul", "Mul")];

impl<'a> Reckoned<'a> {
    /// What a node is on real numbers; `None` for one that is no such operator.
    pub(super) fn read(node: &'a NodeProto) -> Option<Reckoned<'a>> {
        let at = |at: usize| node.input.get(at).map_or("", String::as_str);
        let coded = |first: usize| Coded { value: at(first), scale: at(first + 1), zero: at(first + 2) };
        let of =
            |all: &[(&str, &'static str)]| all.iter().find(|(name, _)| *name == node.op_type).map(|(_, plain)| *plain);
        if let Some(operator) = of(&ONE) {
            return Some(Reckoned { operator, inputs: vec![coded(0)], bias: "", output: (at(3), at(4)) });
        }
        let operator = of(&TWO)?;
        let bias = if operator == "Conv" { at(8) } else { "" };
        Some(Reckoned { operator, inputs: vec![coded(0), coded(3)], bias, output: (at(6), at(7)) })
    }
}

/// Operators on whole numbers with zero points, whose results are whole: what they are on real numbers.
pub(super) fn whole(operator: &str) -> Option<&'static str> {
    match operator {
        "ConvInteger" => Some("Conv"),
        "MatMulInteger" => Some("MatMul"),
        _ => None,
    }
}
