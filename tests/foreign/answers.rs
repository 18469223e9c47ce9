//! Outputs that are no scores: the number of a class, the places of the highest scores.

use tract_onnx::pb::{ModelProto, type_proto};

use super::tiny::{graph, model, node, value};
use super::{hints, loaded, refused};
use lesionscope::model::onnx::guess::Hints;

/// The classifier with one more operator and with these outputs; those called `whole...` are of int64.
fn answering(operator: &str, outputs: &[&str]) -> ModelProto {
    let mut model = model();
    let parts = graph(&mut model);
    let mut chosen = node(operator, &["answer"], "chosen");
    if operator == "TopK" {
        parts.initializer.push(tract_onnx::pb::TensorProto {
            name: "two".to_owned(),
            dims: vec![1],
            data_type: 7,
            int64_data: vec![2],
            ..Default::default()
        });
        chosen.input.push("two".to_owned());
        chosen.output.push("places".to_owned());
    }
    parts.node.push(chosen);
    parts.node.push(node("Identity", &[if operator == "TopK" { "places" } else { "chosen" }], "whole"));
    parts.output = outputs.iter().map(|name| value(name, &[0])).collect();
    for info in parts.output.iter_mut().filter(|info| info.name.starts_with("whole")) {
        let tensor = type_proto::Tensor { elem_type: 7, shape: None };
        info.r#type.as_mut().unwrap().value = Some(type_proto::Value::TensorType(tensor));
    }
    model
}

#[test]
fn the_number_of_a_class_is_no_answer() {
    let named = |name: &str| Hints { output: Some(name.to_owned()), ..hints() };
    for operator in ["ArgMax", "TopK"] {
        // Whatever labels there are.
        let two = Hints { labels: Some(vec!["benign".to_owned(), "melanoma".to_owned()]), ..hints() };
        for hints in [hints(), two, Hints { labels: None, ..hints() }] {
            let why = refused(&answering(operator, &["whole"]), &hints);
            assert!(why.contains(operator) && why.contains("the number of a class"), "{why}");
            assert!(why.contains("save the model with the output before that"), "{why}");
        }
        let both = answering(operator, &["whole", "answer"]);
        let why = refused(&both, &named("whole"));
        assert!(why.contains("name an output before that: --output answer"), "{why}");
        let why = refused(&both, &hints());
        assert!(why.ends_with("say which with --output: answer"), "{why}");
        assert!(loaded(&both, &named("answer")).is_ok());
    }
}

#[test]
fn whole_numbers_are_no_answer_whatever_makes_them() {
    // An operator that is not known to choose.
    let why = refused(&answering("Round", &["whole"]), &hints());
    assert!(why.contains("int64") && why.contains("operator Round"), "{why}");
}
