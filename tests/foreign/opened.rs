//! The inside of somebody else's classifier: that its gradient is one, how far it can be looked into, and what is said where
//! it cannot.

use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage};
use lesionscope::explain::inside::{Gradient, open_onnx};
use lesionscope::explain::{Explainer, Method, Question};
use lesionscope::model::own::frozen::{DEVIATION, MEAN, batch};
use tract_onnx::pb::ModelProto;

use super::rich::{SIDE, obscured, rich};
use super::{hints, loaded};

fn window() -> RgbImage {
    RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        Rgb([(x * 9 + y) as u8, (30 + x * y % 170) as u8, 220 - (y * 7) as u8])
    })
}

fn explainer(model: &ModelProto) -> Explainer {
    Explainer::foreign(&loaded(model, &hints()).unwrap())
}

#[test]
fn the_gradient_is_the_slope_of_the_logits() {
    let foreign = loaded(&rich(), &hints()).unwrap();
    let inside = open_onnx(&foreign).unwrap();
    let x = batch(&[&window()]).unwrap();
    let pixels: Vec<f32> = x.flatten_all().unwrap().to_vec1().unwrap();
    // The classifier takes pixels from 0 to 1.
    let logit = |x: &[f32], class: usize| {
        let values: Vec<f32> = x.iter().map(|v| v * DEVIATION + MEAN).collect();
        foreign.numbers(&values).unwrap()[class]
    };
    for class in 0..3 {
        let trace = inside.trace(&x).unwrap();
        let ours: Vec<f32> = trace.logits().flatten_all().unwrap().to_vec1().unwrap();
        assert!((ours[class] - logit(&pixels, class)).abs() < 1e-4);
        let slope = trace.back(&Gradient, trace.logit_gradient(class).unwrap()).unwrap();
        let slope: Vec<f32> = slope.flatten_all().unwrap().to_vec1().unwrap();
        // Along the gradient itself, where a wrong part of it would weigh most, and across it.
        let way = |at: usize| if class == 2 { ((at * 7919) % 13) as f32 / 6.0 - 1.0 } else { slope[at] };
        let length = (0..slope.len()).map(|at| way(at) * way(at)).sum::<f32>().sqrt();
        let step =
            |by: f32| -> Vec<f32> { pixels.iter().enumerate().map(|(at, v)| v + by * way(at) / length).collect() };
        let by_hand = f64::from(logit(&step(0.02), class) - logit(&step(-0.02), class)) / 0.04;
        let told: f64 = slope.iter().enumerate().map(|(at, v)| f64::from(v * way(at) / length)).sum();
        assert!((by_hand - told).abs() < 0.02 * by_hand.abs() + 1e-3, "class {class}: {by_hand} {told}");
    }
}

#[test]
fn every_method_gives_a_map_and_a_batch_is_its_pictures_one_by_one() {
    let explainer = explainer(&rich());
    // A file that somebody else made does not say which of its numbers are attention.
    let methods: Vec<Method> = Method::ALL.into_iter().filter(|method| *method != Method::Attention).collect();
    assert_eq!(explainer.methods(), methods);
    let window = window();
    for method in methods {
        let map = explainer.explain(Question { window: &window, class: 1 }, method).unwrap();
        assert!(map.values.iter().all(|v| v.is_finite()) && map.rows > 1, "{}", method.name());
    }
    let inside = open_onnx(&loaded(&rich(), &hints()).unwrap()).unwrap();
    let (one, other) =
        (batch(&[&window]).unwrap(), Tensor::zeros((1, SIDE, SIDE, 3), candle_core::DType::F32, &Device::Cpu));
    let both = Tensor::cat(&[&one, &other.unwrap()], 0).unwrap();
    let numbers = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (alone, together) = (inside.trace(&one).unwrap(), inside.trace(&both).unwrap());
    assert_eq!(together.features().dims(), [2, 6, 6, 12]);
    let (a, b) = (alone.logit_gradient(0).unwrap(), together.logit_gradient(0).unwrap());
    assert_eq!(
        numbers(&alone.back(&Gradient, a).unwrap()),
        numbers(&together.back(&Gradient, b).unwrap())[..3 * SIDE * SIDE]
    );
}

#[test]
fn an_operator_without_a_way_back_is_named_and_what_needs_none_still_works() {
    let lacking = |tensor: &str| {
        let mut model = rich();
        obscured(&mut model, tensor);
        explainer(&model)
    };
    let window = window();
    let names = |explainer: &Explainer| explainer.methods().into_iter().map(Method::name).collect::<Vec<_>>();
    // Before the last feature map: what only looks at that map is left.
    let early = lacking("a1");
    let left = ["cam", "grad-cam", "grad-cam++", "hires-cam", "eigen-cam", "score-cam", "occlusion", "rise"];
    assert_eq!(names(&early), left);
    let whole = explainer(&rich());
    for method in early.methods() {
        let map = early.explain(Question { window: &window, class: 2 }, method).unwrap();
        let places = whole.explain(Question { window: &window, class: 2 }, method).unwrap();
        assert_eq!((map.cols, map.rows), (places.cols, places.rows), "{}", method.name());
    }
    let said = early.refusal(Method::LrpZero).unwrap();
    assert!(
        said.starts_with("lrp-0 needs gradients, which this ONNX file does not give: ")
            && said.contains("operator Erf"),
        "{said}"
    );
    // Behind it: no gradient at all, as the logits cannot be traced back.
    let late = lacking("average");
    assert_eq!(names(&late), ["eigen-cam", "score-cam", "occlusion", "rise"]);
    assert!(late.refusal(Method::GradCam).unwrap().contains("operator Erf"));
}
