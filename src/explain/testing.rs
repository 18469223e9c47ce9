//! Networks with random weights and a window to explain, for the tests.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage};

use super::gradient::gradient;
use super::{Explainer, Map, seen};
use crate::model::ops::activation::Activation;
use crate::model::own::architecture::{Architecture, Convolution};
use crate::model::own::card::{Calibration, Card, SCHEMA, Thresholds, Training};
use crate::model::own::network::Network;
use crate::model::own::pooling::Pooling;
use crate::model::own::zoo;
use crate::model::weights::Weights;
use crate::model::{Class, ClassKind};

/// Side of the windows, px.
pub(super) const SIDE: u32 = 32;

fn card(architecture: Architecture, head: Pooling) -> Card {
    let class = |name: &str| Class { name: name.into(), kind: ClassKind::Lesion, suspicious: name == "b" };
    Card {
        schema: SCHEMA.into(),
        name: "random".into(),
        head,
        weights: Weights { sha256: String::new() },
        calibration: Calibration::default(),
        thresholds: Thresholds { conf: 0.5, gate: 0.5 },
        classifier: architecture,
        gate: zoo::coarse(),
        training: Training { command: String::new(), seed: 1, epochs: 0, data: Vec::new() },
        classes: vec![class("a"), class("b"), class("c")],
    }
}

/// A network of random weights; `biased` or with every bias 0.
pub(super) fn explainer(name: &str, activation: Activation, biased: bool) -> Explainer {
    with_head((name, Pooling::Average), activation, biased)
}

/// The same with a head of some kind.
pub(super) fn with_head((name, head): (&str, Pooling), activation: Activation, biased: bool) -> Explainer {
    let architecture = Architecture { activation, ..zoo::classifier(name, SIDE as usize).unwrap() };
    let card = card(architecture, head);
    let mut state = 11u32;
    let mut normal = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1.7 * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0)
    };
    let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
    let mut add = |name: String, values: Vec<f32>, shape: &[usize]| {
        tensors.insert(name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    };
    for step in card.classifier_blocks().iter().chain(&card.gate_blocks()) {
        for Convolution { name, input, output, geometry, .. } in step.convolutions() {
            let rows = geometry.kernel * geometry.kernel * input;
            let deviation = (2.0 / rows as f32).sqrt();
            let weights = (0..rows * output).map(|_| normal() * deviation).collect();
            add(format!("{name}.weight"), weights, &[rows, *output]);
            for (part, value) in [("gamma", 1.0), ("beta", 0.0), ("mean", 0.0), ("variance", 1.0)] {
                add(format!("{name}.{part}"), vec![value; *output], &[*output]);
            }
        }
    }
    for (head, inputs, outputs) in [
        ("classes", card.classifier.features(), 3),
        ("context", card.classifier.features(), 1),
        ("gate_classes", card.gate.features(), 3),
    ] {
        let weights = (0..inputs * outputs).map(|_| normal() * 0.01).collect();
        add(format!("{head}.weight"), weights, &[inputs, outputs]);
        add(format!("{head}.bias"), vec![0.0; outputs], &[outputs]);
    }
    for (name, shape) in head.shapes(card.classifier.features()) {
        let values = (0..shape[0] * shape[1]).map(|_| 0.3 * normal()).collect();
        tensors.insert(name.to_owned(), Tensor::from_vec(values, &shape, &Device::Cpu).unwrap());
    }
    for (name, tensor) in &mut tensors {
        if biased && name.ends_with(".beta") {
            let values: Vec<f32> = (0..tensor.elem_count()).map(|_| 0.1 * normal()).collect();
            *tensor = Tensor::from_vec(values, tensor.shape(), &Device::Cpu).unwrap();
        }
    }
    Explainer::new(&Network::from_tensors(card, tensors).unwrap()).unwrap()
}

pub(super) fn class_bias(explainer: &Explainer, class: usize) -> f32 {
    explainer.network().unwrap().tensors()["classes.bias"].get(class).unwrap().to_scalar().unwrap()
}

pub(super) fn window() -> RgbImage {
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let far = ((x as f32 - 14.0).powi(2) + (y as f32 - 18.0).powi(2)).sqrt();
        let dark = if far < 8.0 { 90 } else { 0 };
        Rgb([200 - dark + (x % 5) as u8, 160 - dark + (y % 7) as u8, 140 - dark])
    })
}

pub(super) fn total(map: &Map) -> f32 {
    map.values.iter().sum()
}

/// Pearson's correlation.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
    let (ma, mb) = (mean(a), mean(b));
    let of = |f: &dyn Fn(f32, f32) -> f32| a.iter().zip(b).map(|(a, b)| f(a - ma, b - mb)).sum::<f32>();
    of(&|a, b| a * b) / (of(&|a, _| a * a) * of(&|_, b| b * b)).sqrt()
}

pub(super) fn close(a: f32, b: f32, part: f32) -> bool {
    (a - b).abs() <= part * a.abs().max(b.abs()).max(1e-4)
}

/// At some pixels the gradient of the logit of a class equals a finite difference with that step.
pub(super) fn assert_slopes(explainer: &Explainer, class: usize, (step, tolerance): (f32, f32)) {
    let x = seen(&window()).unwrap();
    let slope = gradient(explainer, &x, class).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    for at in [0usize, 700, 1501, 3000] {
        let moved = |by: f32| {
            let mut values = x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            values[at] += by;
            explainer.logits(&Tensor::from_vec(values, x.shape(), &Device::Cpu).unwrap(), class).unwrap()[0]
        };
        let difference = (moved(step) - moved(-step)) / (2.0 * step);
        assert!(close(difference, slope[at], tolerance), "{difference} {}", slope[at]);
    }
}
