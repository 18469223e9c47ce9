//! A network that is written as an ONNX file and taken back as somebody else's is explained as it is itself.

use image::{Rgb, RgbImage};

use super::{Explainer, Map, Method, Question, testing};
use crate::model::Model;
use crate::model::onnx::OnnxClassifier;
use crate::model::onnx::export::export;
use crate::model::onnx::graph::Graph;
use crate::model::onnx::guess::{Hints, describe};
use crate::model::own::bundled::bundled;

/// Pearson's correlation; 1 where both maps are 0 everywhere, as that of a class that nothing speaks for.
fn correlation(a: &Map, b: &Map) -> f32 {
    let empty = [a, b].iter().all(|map| map.values.iter().all(|v| *v == 0.0));
    if empty { 1.0 } else { testing::correlation(&a.values, &b.values) }
}

#[test]
fn every_method_says_of_the_onnx_file_what_it_says_of_the_network() {
    let network = bundled().unwrap();
    let graph = Graph::read(&export(&network).unwrap(), "small.onnx").unwrap();
    let labels = Some(network.classes().iter().map(|class| class.name.clone()).collect());
    let hints = Hints { labels, output: Some("classes".to_owned()), ..Hints::default() };
    let (card, _) = describe(&graph, &hints, &|_| Vec::new(), ("small.onnx", "small", String::new())).unwrap();
    let theirs = Explainer::foreign(&OnnxClassifier::new(&graph, card, "small.onnx").unwrap());
    let ours = Explainer::new(&network).unwrap();
    let methods = ours.methods();
    assert!(methods.len() > 20, "{methods:?}");
    assert_eq!(theirs.methods(), methods, "{:?}", theirs.refusal(Method::LrpZero));
    let side = network.input_side();
    let window = RgbImage::from_fn(side, side, |x, y| {
        let far = (x as f32 - 50.0).hypot(y as f32 - 70.0);
        let dark = if far < 26.0 { 90 } else { 0 };
        Rgb([205 - dark + (x % 5) as u8, 160 - dark + (y % 7) as u8, 140 - dark])
    });
    for class in [2, 4] {
        let question = Question { window: &window, class };
        for &method in &methods {
            let (a, b) = (ours.explain(question, method).unwrap(), theirs.explain(question, method).unwrap());
            assert_eq!((a.cols, a.rows), (b.cols, b.rows), "{}", method.name());
            let same = correlation(&a, &b);
            // What is kept of many contradicting parts hangs on the last bits.
            let least = if method == Method::LrpZero { 0.97 } else { 0.999 };
            assert!(same > least, "{} of class {class}: {same}", method.name());
            // The same places, however differently the zeros at the borders are written.
            assert_eq!(ours.laid(&a, method), theirs.laid(&a, method), "{}", method.name());
        }
    }
}
