//! A graph as exporters, simplifiers and quantisers write it, made plain: every number that depends on the picture is a 32-bit float, and
//! of shapes nothing is left but what the operators say. Whoever runs the graph, opens it or explains it sees the plain one.

mod entry;
mod kinds;
mod nodes;
mod operators;
mod quantised;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{GraphProto, ModelProto};

pub use self::entry::FirstOperation;
pub(super) use self::entry::first;
pub(super) use self::kinds::named as kind_of_numbers;
pub(crate) use self::nodes::MOVING;
pub(super) use self::values::values;

/// The precision for which a file was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// In 32-bit floats or better.
    #[default]
    Single,
    /// In floats of 16 bits.
    Half,
    /// In whole numbers of 8 or 16 bits, at least in part.
    Quantised,
}

/// What was changed to make a graph plain.
#[derive(Debug, Default)]
pub(super) struct Simplification {
    /// The precision for which it was written.
    pub(super) precision: Precision,
    /// Inputs that took whole numbers and take the same numbers as floats now, and what kind they were.
    pub(super) whole: BTreeMap<String, &'static str>,
}

/// Makes a graph plain; an error says what of it cannot be.
pub(super) fn plain(proto: &mut ModelProto) -> Result<Simplification, String> {
    let Some(graph) = &mut proto.graph else { return Ok(Simplification::default()) };
    // Shapes that somebody inferred are those of any batch: one picture is shown, whatever they say.
    graph.value_info.clear();
    let half = kinds::half(graph);
    let whole = kinds::floats(graph)?;
    let precision = match (quantised::floats(graph)?, half) {
        (true, _) => Precision::Quantised,
        (false, true) => Precision::Half,
        (false, false) => Precision::Single,
    };
    apart(graph);
    Ok(Simplification { precision, whole })
}

/// Gives operators that would go by the same name, their own or that of what they make, names of their own: ONNX does not ask for that, tract
/// does.
fn apart(graph: &mut GraphProto) {
    let mut taken: BTreeSet<String> = graph.initializer.iter().map(|tensor| tensor.name.clone()).collect();
    taken.extend(graph.input.iter().map(|input| input.name.clone()));
    for (at, node) in graph.node.iter_mut().enumerate() {
        let output = node.output.first().cloned().unwrap_or_default();
        let name = if node.name.is_empty() { &output } else { &node.name };
        if !taken.insert(name.clone()) {
            node.name = format!("{name} ({at})");
            taken.insert(node.name.clone());
        }
    }
}
