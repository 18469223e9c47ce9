//! The operators of a graph by what they do and what they make.

use tract_onnx::pb::{GraphProto, NodeProto};

/// Operators that only move numbers about.
pub(crate) const MOVING: [&str; 9] =
    ["Transpose", "Reshape", "Pad", "Identity", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Cast"];

/// The operator that makes a tensor.
pub(super) fn maker<'a>(graph: &'a GraphProto, tensor: &str) -> Option<&'a NodeProto> {
    graph.node.iter().find(|node| node.output.iter().any(|name| name == tensor))
}
