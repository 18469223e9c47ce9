//! Where a graph can be cut in two: the tensors that lie on every path from the picture to the answer.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::NodeProto;

/// Names of the tensors on every path from `start` to `end`, in order. `nodes`: the operators from `start` to `end`, in order.
pub(super) fn cuts<'a>(nodes: &[&'a NodeProto], (start, end): (&'a str, &'a str)) -> Vec<&'a str> {
    let mut live = BTreeSet::from([start]);
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        let used = node.input.iter().map(String::as_str).filter(|name| live.contains(name)).collect::<Vec<_>>();
        if !used.is_empty() {
            last.extend(used.into_iter().map(|name| (name, at)));
            live.extend(node.output.iter().map(String::as_str));
        }
    }
    last.insert(end, usize::MAX);
    let mut waiting = BTreeSet::from([start]);
    let mut cuts = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let made = node.output.iter().map(String::as_str).filter(|name| live.contains(name) && *name != start);
        let made: Vec<&str> = made.filter(|name| last.get(name).is_some_and(|last| *last > at)).collect();
        waiting.retain(|name| last.get(name).is_some_and(|last| *last > at));
        waiting.extend(&made);
        if let ([only], 1) = (made.as_slice(), waiting.len()) {
            cuts.push(*only);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        }
    }

    #[test]
    fn what_has_a_way_round_it_is_no_cut() {
        let nodes = [
            node(&["w"], "folded"),
            node(&["x", "folded"], "a"),
            node(&["a"], "b"),
            node(&["b", "a"], "sum"),
            node(&["sum"], "c"),
            node(&["sum"], "gate"),
            node(&["c", "gate"], "d"),
            node(&["d"], "y"),
        ];
        let nodes: Vec<&NodeProto> = nodes.iter().collect();
        assert_eq!(cuts(&nodes, ("x", "y")), ["a", "sum", "d", "y"]);
    }
}
