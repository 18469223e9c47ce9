//! What a graph does first with its picture, which says in what range it wants the values of pixels.

use tract_onnx::pb::GraphProto;

use super::values::values;

/// What is done with an input before anything else.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FirstOperation {
    /// Nothing that says anything.
    #[default]
    Unknown,
    /// Arithmetic with numbers of the file, by this operator: the graph scales by itself.
    Arithmetic(String),
    /// It is quantised: values below the first and above the second number are cut off.
    Quantised(f32, f32),
}

/// What a graph, as it was read, does first with an input.
pub(in crate::model::onnx) fn first(graph: &GraphProto, input: &str) -> FirstOperation {
    let mut at = input;
    // As many steps as there are operators at most, whatever the order they are in.
    for _ in &graph.node {
        let Some(node) = graph.node.iter().find(|node| node.input.iter().any(|name| name == at)) else { break };
        match node.op_type.as_str() {
            "Sub" | "Mul" | "Div" | "Add" => return FirstOperation::Arithmetic(node.op_type.clone()),
            "QuantizeLinear" => return range(graph, &node.input).unwrap_or_default(),
            "Identity" | "Transpose" | "Reshape" | "Cast" => match node.output.first() {
                Some(output) => at = output,
                None => break,
            },
            _ => break,
        }
    }
    FirstOperation::Unknown
}

/// The range that a quantisation of 8 bits keeps.
fn range(graph: &GraphProto, inputs: &[String]) -> Option<FirstOperation> {
    let number = |at: usize| {
        let name = inputs.get(at).filter(|name| !name.is_empty())?;
        let tensor = graph.initializer.iter().find(|tensor| tensor.name == *name)?;
        Some((tensor.data_type, *values(tensor)?.first()?))
    };
    let (_, scale) = number(1)?;
    let (kind, zero) = number(2).unwrap_or((2, 0.0));
    let least = match kind {
        2 => 0.0,
        3 => -128.0,
        _ => return None,
    };
    let (low, high) = ((least - zero) * scale, (least + 255.0 - zero) * scale);
    (low.is_finite() && high.is_finite() && low < high).then_some(FirstOperation::Quantised(low, high))
}
