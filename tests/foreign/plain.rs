//! Graphs as exporters, simplifiers and quantisers write them: other kinds of numbers, inferred shapes, names for sides, whole numbers for real ones.

use image::{Rgb, RgbImage};
use lesionscope::explain::inside::open_onnx;
use lesionscope::model::guided::GuidedClassifier;
use lesionscope::model::onnx::OnnxClassifier;
use lesionscope::model::onnx::answer::OutputKind;
use lesionscope::model::onnx::graph::{Graph, Precision};
use lesionscope::model::onnx::guess::{Hints, describe};
use lesionscope::model::onnx::picture::Scaling;
use lesionscope::model::own::bundled::{bundled, opinion};
use lesionscope::model::{ClassKind, Exclusivity, Model};
use tract_onnx::pb::tensor_shape_proto::dimension::Value;
use tract_onnx::pb::{AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, type_proto};

use super::tiny::{MATRIX, SIDE, bytes, graph, integers, model, node, tensor, value};
use super::{by_hand, close, described, examples, hints, loaded, picture, refused};

const COLOURS: [[u8; 3]; 3] = [[0, 0, 0], [255, 128, 3], [90, 200, 77]];

/// An input or output of another kind of numbers.
fn of_kind(mut info: ValueInfoProto, kind: i32) -> ValueInfoProto {
    let Some(type_proto::Value::TensorType(tensor)) = &mut info.r#type.as_mut().unwrap().value else { unreachable!() };
    tensor.elem_type = kind;
    info
}

/// The same with a name for the first side.
fn with_batch(mut info: ValueInfoProto, name: &str) -> ValueInfoProto {
    let Some(type_proto::Value::TensorType(tensor)) = &mut info.r#type.as_mut().unwrap().value else { unreachable!() };
    tensor.shape.as_mut().unwrap().dim[0].value = Some(Value::DimParam(name.to_owned()));
    info
}

/// Whole numbers of 8 bits with sign, or of 32.
fn whole(name: &str, kind: i32, dims: &[i64], values: &[i32]) -> TensorProto {
    let empty = tensor(name, dims, &[]);
    TensorProto { data_type: kind, int32_data: values.to_vec(), ..empty }
}

fn attribute(name: &str, kind: i32, i: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: kind, i, ..AttributeProto::default() }
}

fn cast(from: &str, to: &str, kind: i64) -> NodeProto {
    NodeProto { attribute: vec![attribute("to", 2, kind)], ..node("Cast", &[from], to) }
}

fn answers_by_hand(model: &ModelProto) {
    let foreign = loaded(model, &hints()).unwrap();
    for colour in COLOURS {
        let answer = foreign.probabilities(&picture(colour)).unwrap();
        assert!(close(&answer, &by_hand(colour)), "{colour:?}: {answer:?}");
    }
}

#[test]
fn shapes_that_were_inferred_for_any_batch_do_not_keep_one_picture_from_being_shown() {
    let mut named = model();
    let parts = graph(&mut named);
    let side = SIDE as i64;
    parts.input = vec![with_batch(value("picture", &[0, side, side, 3]), "N")];
    parts.value_info =
        vec![with_batch(value("nchw", &[0, 3, side, side]), "N"), with_batch(value("logits", &[0, 3]), "N")];
    parts.output = vec![with_batch(value("answer", &[0, 3]), "N")];
    answers_by_hand(&named);
    let mut eight = model();
    let parts = graph(&mut eight);
    parts.input = vec![value("picture", &[8, side, side, 3])];
    parts.value_info = vec![value("nchw", &[8, 3, side, side]), value("mean", &[8, 3, 1, 1])];
    parts.output = vec![value("answer", &[8, 3])];
    answers_by_hand(&eight);
    // Of one side the length is said, of the other a name.
    let mut open = model();
    graph(&mut open).input = vec![value("picture", &[1, side, 0, 3])];
    answers_by_hand(&open);
    let mut oblong = model();
    graph(&mut oblong).input = vec![value("picture", &[1, side, side + 2, 3])];
    assert!(refused(&oblong, &hints()).contains("its inputs: picture float32 1x16x18x3"));
}

#[test]
fn operators_may_go_by_the_same_name() {
    let mut model = model();
    graph(&mut model).node.iter_mut().for_each(|node| node.name = "answer".to_owned());
    answers_by_hand(&model);
}

#[test]
fn half_and_double_precision_are_computed_in_single() {
    // The numbers of the matrix have few bits: sign, exponent and two of the mantissa.
    let half = |value: f32| {
        ((value.to_bits() >> 16) & 0x8000) | ((((value.to_bits() >> 13) & 0x3_ffff) - (112 << 10)) & 0x7fff)
    };
    let halves = MATRIX.map(|value| if value == 0.0 { 0 } else { half(value) as i32 });
    let doubles =
        TensorProto { data_type: 11, double_data: MATRIX.map(f64::from).to_vec(), ..tensor("matrix", &[3, 3], &[]) };
    for (kind, matrix, precision) in
        [(10, whole("matrix", 10, &[3, 3], &halves), Precision::Half), (11, doubles, Precision::Single)]
    {
        let mut model = model();
        let parts = graph(&mut model);
        parts.initializer = vec![matrix];
        parts.input = parts.input.drain(..).map(|info| of_kind(info, kind)).collect();
        parts.output = parts.output.drain(..).map(|info| of_kind(info, kind)).collect();
        answers_by_hand(&model);
        assert_eq!(loaded(&model, &hints()).unwrap().precision(), precision);
        // Only the middle of the graph is of that kind.
        let parts = graph(&mut model);
        parts.input = parts.input.drain(..).map(|info| of_kind(info, 1)).collect();
        parts.node[0].input[0] = "cast".to_owned();
        parts.node.insert(0, cast("picture", "cast", i64::from(kind)));
        answers_by_hand(&model);
    }
}

#[test]
fn a_picture_of_bytes_gets_pixels_as_they_are() {
    let mut model = model();
    let parts = graph(&mut model);
    parts.input = vec![of_kind(value("picture", &[0, SIDE as i64, SIDE as i64, 3]), 2)];
    parts.node[0].input[0] = "scaled".to_owned();
    parts.node.insert(0, cast("picture", "real", 1));
    parts.node.insert(1, node("Mul", &["real", "scale"], "scaled"));
    parts.initializer.push(tensor("scale", &[], &[1.0 / 255.0]));
    let automatic = Hints { scaling: None, ..hints() };
    let (file, card) = described(&bytes(&model), &automatic).unwrap();
    assert_eq!(card.picture.scaling, Scaling::Raw);
    let foreign = OnnxClassifier::new(&file, card, "tiny.onnx").unwrap();
    assert!(close(&foreign.probabilities(&picture([255, 128, 3])).unwrap(), &by_hand([255, 128, 3])));
    assert!(refused(&model, &hints()).contains("takes pixels as whole numbers (uint8), --preprocess zero-one"));
    graph(&mut model).node[0] = node("Add", &["picture", "picture"], "real");
    assert!(
        refused(&model, &automatic).contains("Add \"real\" computes with; save the model with an input of float32")
    );
}

/// The classifier quantised: the picture to 1/255, weights by sixteenths, logits by halves, the answer by 1/256.
fn quantised() -> ModelProto {
    let mut model = model();
    let parts = graph(&mut model);
    let coded = |from: &str, scale: &str, zero: &str| {
        let (whole, real) = (format!("{from}.whole"), format!("{from}.real"));
        [node("QuantizeLinear", &[from, scale, zero], &whole), node("DequantizeLinear", &[&whole, scale, zero], &real)]
    };
    let weights = NodeProto {
        attribute: vec![attribute("axis", 2, 1)],
        ..node("DequantizeLinear", &["weights", "by.class", "zero.by.class"], "matrix")
    };
    parts.node[0].input[0] = "picture.real".to_owned();
    parts.node[4].input[0] = "logits.real".to_owned();
    parts.node[4].output[0] = "soft".to_owned();
    let softmax = parts.node.pop().unwrap();
    let mut nodes: Vec<NodeProto> = coded("picture", "1/255", "-128").to_vec();
    nodes.push(weights);
    nodes.append(&mut parts.node);
    nodes.extend(coded("logits", "1/2", "7"));
    nodes.push(softmax);
    nodes.extend(coded("soft", "1/256", "-128"));
    nodes.last_mut().unwrap().output[0] = "answer".to_owned();
    parts.node = nodes;
    let sixteenths: Vec<i32> = MATRIX.iter().map(|weight| (weight * 16.0) as i32).collect();
    parts.initializer = vec![
        whole("weights", 3, &[3, 3], &sixteenths),
        tensor("by.class", &[3], &[1.0 / 16.0; 3]),
        whole("zero.by.class", 3, &[3], &[0; 3]),
        tensor("1/255", &[], &[1.0 / 255.0]),
        tensor("1/2", &[], &[0.5]),
        tensor("1/256", &[], &[1.0 / 256.0]),
        whole("-128", 3, &[], &[-128]),
        whole("7", 3, &[], &[7]),
    ];
    model
}

#[test]
fn a_quantised_graph_rounds_where_it_says_and_its_probabilities_are_probabilities() {
    let automatic = Hints { scaling: None, ..hints() };
    let (file, card) = described(&bytes(&quantised()), &automatic).unwrap();
    assert_eq!(
        (card.output.kind, card.picture.scaling),
        (OutputKind::Softmax, Scaling::ZeroOne),
        "seen through the rounding"
    );
    let foreign = OnnxClassifier::new(&file, card, "tiny.onnx").unwrap();
    assert_eq!(foreign.precision(), Precision::Quantised);
    for colour in COLOURS {
        let logit = |class: usize| (0..3).map(|c| f32::from(colour[c]) / 255.0 * MATRIX[3 * c + class]).sum::<f32>();
        let rounded = [0, 1, 2].map(|class| 0.5 * (2.0 * logit(class)).round_ties_even());
        let sum: f32 = rounded.iter().map(|logit| logit.exp()).sum();
        let answer = foreign.probabilities(&picture(colour)).unwrap();
        assert!(close(&answer, &rounded.map(|logit| logit.exp() / sum)), "{colour:?}: {answer:?}");
    }
    let mut in_blocks = quantised();
    graph(&mut in_blocks).node[2].attribute.push(attribute("block_size", 2, 2));
    assert!(refused(&in_blocks, &automatic).contains("quantises in blocks"));
}

/// What ONNX Runtime 1.32 answers about three pictures, each `(x * a, y * b, c)`, for a network that its quantiser made: two convolutions, QDQ.
const THEIRS: [([u32; 3], [f32; 7]); 3] = [
    ([7, 5, 90], [0.0863, 0.1020, 0.0627, 0.1608, 0.1294, 0.3922, 0.0588]),
    ([1, 2, 200], [0.0588, 0.0784, 0.0431, 0.1020, 0.0824, 0.5765, 0.0549]),
    ([40, 3, 10], [0.1529, 0.1176, 0.0941, 0.2549, 0.1569, 0.1647, 0.0588]),
];

#[test]
fn a_quantised_network_answers_as_onnx_runtime_does() {
    let file = include_bytes!("../data/quantised.onnx");
    let graph = Graph::read(file, "quantised.onnx").unwrap();
    let colours = |side: u32| examples(side);
    let (card, notes) =
        describe(&graph, &Hints::default(), &colours, ("quantised.onnx", "quantised", String::new())).unwrap();
    assert_eq!((card.picture.scaling, card.output.kind), (Scaling::ZeroOne, OutputKind::Softmax));
    assert!(notes.iter().any(|note| note.contains("quantised")), "{notes:?}");
    let foreign = OnnxClassifier::new(&graph, card, "quantised.onnx").unwrap();
    for ([across, down, blue], theirs) in THEIRS {
        let picture = RgbImage::from_fn(64, 64, |x, y| Rgb([(across * x) as u8, (down * y) as u8, blue as u8]));
        let ours = foreign.probabilities(&picture).unwrap();
        let gap = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // Half a step of its own rounding of the answer, and one step of an activation more or less.
        assert!(gap < 6e-3, "{gap}: {ours:?}");
    }
    let inside = open_onnx(&foreign).unwrap();
    assert_eq!(inside.obstacle(), None, "all of it can be gone through back");
}

#[test]
fn a_classifier_that_tells_nothing_apart_is_refused() {
    let mut constant = model();
    graph(&mut constant).initializer = vec![tensor("matrix", &[3, 3], &[0.0; 9])];
    assert!(refused(&constant, &hints()).contains("answers the same for 3 clearly different pictures"));
    // However sure it is of itself, a network whose logits differ tells pictures apart.
    let mut sure = model();
    graph(&mut sure).initializer =
        vec![tensor("matrix", &[3, 3], &[0.0, 900.0, 0.0, 0.0, 900.0, 0.0, 0.0, 900.0, 0.0])];
    assert!(loaded(&sure, &hints()).is_ok());
}

#[test]
fn weights_that_are_no_numbers_are_refused_by_name_and_bounds_may_be_infinite() {
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut matrix = MATRIX;
        matrix[4] = wrong;
        let mut given = model();
        graph(&mut given).initializer = vec![tensor("matrix", &[3, 3], &matrix)];
        let sentence = refused(&given, &hints());
        assert!(sentence.contains("tensor \"matrix\" holds") && sentence.contains("place 4 of 9"), "{sentence}");
    }
    let mut bounded = model();
    let parts = graph(&mut bounded);
    parts.initializer.extend([tensor("low", &[], &[f32::NEG_INFINITY]), tensor("high", &[], &[f32::INFINITY])]);
    parts.node[4].input[0] = "clipped".to_owned();
    parts.node.insert(4, node("Clip", &["logits", "low", "high"], "clipped"));
    answers_by_hand(&bounded);
    graph(&mut bounded).initializer[1] = tensor("low", &[], &[f32::NAN]);
    assert!(refused(&bounded, &hints()).contains("tensor \"low\" holds NaN"));
}

#[test]
fn classes_that_are_answered_each_by_itself_stay_so() {
    let mut each = model();
    graph(&mut each).node[4].op_type = "Sigmoid".to_owned();
    let file = bytes(&each);
    let graph = Graph::read(&file, "tiny.onnx").unwrap();
    let (card, notes) = describe(&graph, &hints(), &examples, ("tiny.onnx", "tiny", "0".to_owned())).unwrap();
    assert!(notes.iter().any(|note| note.contains("each of its 3 classes by itself")), "{notes:?}");
    let foreign = OnnxClassifier::new(&graph, card, "tiny.onnx").unwrap();
    let answer = foreign.probabilities(&picture([255, 0, 255])).unwrap();
    let sigmoid = |class: usize| 1.0 / (1.0 + (-(MATRIX[class] + MATRIX[6 + class])).exp());
    assert!(close(&answer, &[0, 1, 2].map(sigmoid)), "{answer:?}");
    assert_eq!(foreign.exclusivity(), Exclusivity::Independent);

    // The search of the guides is heard whole, not divided by the number of classes.
    let mut search = bundled().unwrap();
    let mut guided = GuidedClassifier::new((search.clone(), opinion().unwrap()), foreign, &[]);
    assert_eq!(guided.exclusivity(), Exclusivity::Independent);
    let window = [RgbImage::from_fn(64, 64, |x, y| {
        Rgb(if (x as f32 - 32.0).hypot(y as f32 - 32.0) < 18.0 { [90, 50, 40] } else { [224, 172, 144] })
    })];
    let lesions = |model: &mut dyn Model| {
        let classes = model.classes().to_vec();
        let scores = model.classify(&window).unwrap().remove(0).classes;
        let lesions = classes.iter().zip(scores).filter(|(class, _)| class.kind == ClassKind::Lesion).map(|(_, p)| p);
        model.exclusivity().any(lesions)
    };
    let (alone, together) = (lesions(&mut search), lesions(&mut guided));
    assert!(alone > 0.3 && (alone - together).abs() < 1e-5, "{alone} {together}");
}

#[test]
fn one_sigmoid_is_the_second_of_two_classes_that_exclude_each_other() {
    let mut one = model();
    let parts = graph(&mut one);
    parts.node[4].op_type = "Sigmoid".to_owned();
    parts.initializer = vec![tensor("matrix", &[3, 1], &[4.0, 0.0, -2.0])];
    parts.output = vec![value("answer", &[0, 1])];
    let labels = Some(vec!["benign".to_owned(), "melanoma".to_owned()]);
    let foreign = loaded(&one, &Hints { labels, ..hints() }).unwrap();
    let yes = 1.0 / (1.0 + (-4f32).exp());
    assert!(close(&foreign.probabilities(&picture([255, 0, 0])).unwrap(), &[1.0 - yes, yes]));
    assert_eq!(foreign.exclusivity(), Exclusivity::Exclusive);
}

#[test]
fn a_graph_of_too_many_operators_is_refused_before_it_is_made_ready() {
    let mut long = model();
    let parts = graph(&mut long);
    let mut at = "answer".to_owned();
    for i in 0..50_000 {
        let next = format!("r{i}");
        parts.node.push(node("Relu", &[&at], &next));
        at = next;
    }
    parts.output = vec![value(&at, &[0, 3])];
    assert!(refused(&long, &hints()).contains("holds 50005 operators"));
    let turned = integers("perm", &[0, 3, 1, 2]);
    assert_eq!(graph(&mut long).node[0].attribute, [turned], "nothing else was wrong with it");
}
