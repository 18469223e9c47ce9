//! Which tensor of a graph holds the logits.

use tract_onnx::pb::GraphProto;

use super::plain::MOVING;

/// Operators that turn logits into probabilities.
const ENDS: [&str; 2] = ["Softmax", "Sigmoid"];

/// The tensor of the logits: what goes into the softmax or sigmoid that the output comes from, or the output itself.
pub(crate) fn logits<'a>(graph: &'a GraphProto, output: &'a str) -> &'a str {
    let mut at = output;
    while let Some(node) = graph.node.iter().find(|node| node.output.iter().any(|name| name == at)) {
        let Some(before) = node.input.first() else { break };
        match node.op_type.as_str() {
            operator if ENDS.contains(&operator) => return before,
            operator if MOVING.contains(&operator) => at = before,
            _ => break,
        }
    }
    output
}
