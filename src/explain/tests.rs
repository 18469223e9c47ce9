//! What must hold of the methods by their definitions, on networks with random weights.

use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage};

use super::gradient::gradient;
use super::inside::{Gradient, LinearLayer, Rule};
use super::perturb::rim;
use super::relevance::propagate;
use super::rules::{AlphaBeta, Epsilon, Gamma, ZBox};
use super::testing::{SIDE, assert_slopes, class_bias, close, correlation, explainer, total, window, with_head};
use super::*;
use crate::model::ops::activation::Activation;
use crate::model::own::pooling::Pooling;
use crate::model::own::zoo;

#[test]
fn an_opened_network_answers_like_the_closed_one() {
    for name in zoo::NAMES {
        let explainer = explainer(name, Activation::Relu6, true);
        let question = Question { window: &window(), class: 1 };
        let logits = |class| explainer.logits(&seen(question.window).unwrap(), class).unwrap()[0];
        let all: Vec<f32> = (0..3).map(logits).collect();
        let sum: f32 = all.iter().map(|l| l.exp()).sum();
        let score = explainer.scores(&[window()], 1).unwrap()[0];
        assert!((score - all[1].exp() / sum).abs() < 1e-4, "{name}");
    }
}

#[test]
fn a_value_is_laid_where_the_middle_of_what_it_sees_is() {
    // Large enough for one value to see no border.
    const WIDE: usize = 640;
    for name in ["small", "lite0-first"] {
        let explainer = explainer(name, Activation::Linear, true);
        let x = Tensor::rand(-1f32, 1f32, (1, WIDE, WIDE, 3), &Device::Cpu).unwrap();
        let trace = explainer.trace(&x).unwrap();
        let (_, rows, cols, channels) = trace.features().dims4().unwrap();
        let (row, col) = (rows / 2, cols / 2 - 1);
        let mut signal = vec![0f32; rows * cols * channels];
        signal[(row * cols + col) * channels..][..channels].fill(1.0);
        let signal = Tensor::from_vec(signal, (1, rows, cols, channels), &Device::Cpu).unwrap();
        let back = trace.back(&Gradient, signal).unwrap().abs().unwrap().sum(3).unwrap();
        let pixels: Vec<f32> = back.flatten_all().unwrap().to_vec1().unwrap();
        let seen = |at: fn(usize) -> usize| {
            let places = || pixels.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(i, _)| at(i));
            let (least, most) = (places().min().unwrap(), places().max().unwrap());
            assert!(least > 0 && most < WIDE - 1, "{name} sees {least} to {most}");
            (least + most + 1) as f32 / 2.0
        };
        let receptive_grid = explainer.receptive_grids()[0].unwrap();
        assert_eq!(seen(|i| i / WIDE), receptive_grid.first_px[0] + row as f32 * receptive_grid.step_px[0], "{name}");
        assert_eq!(seen(|i| i % WIDE), receptive_grid.first_px[1] + col as f32 * receptive_grid.step_px[1], "{name}");
    }
}

#[test]
fn cam_is_grad_cam_and_hires_cam_up_to_scale() {
    let explainer = explainer("small", Activation::Relu, true);
    let question = Question { window: &window(), class: 2 };
    let of = |method| explainer.explain(question, method).unwrap();
    let (cam, grad, hires) = (of(Method::Cam), of(Method::GradCam), of(Method::HiResCam));
    let positive: Vec<f32> = cam.values.iter().map(|v| v.max(0.0)).collect();
    assert!(correlation(&positive, &grad.values) > 0.9999);
    assert!(correlation(&cam.values, &hires.values) > 0.9999);
    // Exact for a pooled head: its mean and the bias are the logit.
    let logit = explainer.logits(&seen(question.window).unwrap(), 2).unwrap()[0];
    let bias = class_bias(&explainer, 2);
    assert!(close(total(&cam) / cam.values.len() as f32 + bias, logit, 1e-3));
}

#[test]
fn gradients_are_finite_differences() {
    // Without kinks, differences mean something.
    let explainer = explainer("small", Activation::Linear, true);
    assert_slopes(&explainer, 0, (0.5, 0.02));
}

#[test]
fn integrated_gradients_add_up() {
    for (name, activation) in
        [("small", Activation::Relu), ("small", Activation::Relu6), ("lite0-first", Activation::Relu6)]
    {
        let explainer = explainer(name, activation, true);
        let question = Question { window: &window(), class: 1 };
        let map = explainer.explain(question, Method::IntegratedGradients).unwrap();
        let x = seen(question.window).unwrap();
        let logit = |x: &Tensor| explainer.logits(x, 1).unwrap()[0];
        let change = logit(&x) - logit(&x.zeros_like().unwrap());
        // The logit of a deep network with random weights hardly changes on a very rough way: there the parts are the measure.
        let parts: f32 = map.values.iter().map(|v| v.abs()).sum();
        let measure = if name == "small" { change.abs() } else { parts };
        assert!((total(&map) - change).abs() <= 0.01 * measure, "{name}: {} {change} {parts}", total(&map));
    }
}

#[test]
fn relevance_is_conserved_without_biases() {
    for name in ["small", "lite0-first"] {
        let explainer = explainer(name, Activation::Relu, false);
        let question = Question { window: &window(), class: 1 };
        let relevance = explainer.logits(&seen(question.window).unwrap(), 1).unwrap()[0] - class_bias(&explainer, 1);
        let map = propagate(&explainer, question, &Epsilon(0.0)).unwrap();
        assert!(close(total(&map), relevance, 0.01), "{name}: {} {relevance}", total(&map));
        // The stabiliser keeps a part for itself: with next to none, hardly anything.
        let map = propagate(&explainer, question, &Epsilon(1e-6)).unwrap();
        assert!(close(total(&map), relevance, 0.01), "{name}: {} {relevance}", total(&map));
    }
}

#[test]
fn every_rule_conserves_relevance_on_inputs_of_either_sign() {
    // The inverted residuals hand on sums without activation, so that the inputs of the next layer have both signs.
    for (name, activation) in [("small", Activation::Relu), ("lite0-first", Activation::Relu)] {
        let explainer = explainer(name, activation, false);
        let question = Question { window: &window(), class: 1 };
        let relevance = explainer.logits(&seen(question.window).unwrap(), 1).unwrap()[0] - class_bias(&explainer, 1);
        for (rule, alpha) in [(AlphaBeta(1.0), 1), (AlphaBeta(2.0), 2)] {
            let map = propagate(&explainer, question, &rule).unwrap();
            // Twice the relevance goes one way and once the other at every layer: sums of large numbers.
            let parts = map.values.iter().map(|v| v.abs()).sum::<f32>().max(relevance.abs());
            assert!((total(&map) - relevance).abs() <= 0.01 * parts, "{name} {alpha}: {} {relevance}", total(&map));
        }
        let map = propagate(&explainer, question, &Gamma(0.0)).unwrap();
        let plain = propagate(&explainer, question, &Epsilon(super::rules::EPSILON)).unwrap();
        assert!(correlation(&map.values, &plain.values) > 0.9999, "{name}: gamma 0 is epsilon");
    }
}

#[test]
fn with_alpha_1_nothing_positive_becomes_negative() {
    let explainer = explainer("small", Activation::Relu, true);
    let x = seen(&window()).unwrap();
    let trace = explainer.trace(&x).unwrap();
    let relevance = trace.features().ones_like().unwrap();
    let map = Map::summed(&trace.back(&AlphaBeta(1.0), relevance).unwrap()).unwrap();
    assert!(total(&map) > 0.0 && map.values.iter().all(|v| *v >= 0.0));
}

/// LRP-0 below the first layer, the z-box rule at it.
struct Boxed;

impl Rule for Boxed {
    fn activation(
        &self,
        open: &dyn Fn(Tensor) -> candle_core::Result<Tensor>,
        signal: Tensor,
    ) -> candle_core::Result<Tensor> {
        Epsilon(0.0).activation(open, signal)
    }

    fn layer(
        &self,
        layer: &dyn LinearLayer,
        (x, z): (&Tensor, &Tensor),
        signal: &Tensor,
        first: bool,
    ) -> candle_core::Result<Tensor> {
        // What comes in is made positive, as for a head that only speaks for the class.
        if first { ZBox::layer(layer, x, &signal.abs()?) } else { Epsilon(0.0).layer(layer, (x, z), signal, first) }
    }

    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> candle_core::Result<(Tensor, Tensor)> {
        Epsilon(0.0).sum(summands, signal)
    }
}

#[test]
fn the_z_box_rule_makes_nothing_negative_of_positive_relevance() {
    let explainer = explainer("small", Activation::Relu, false);
    let map = propagate(&explainer, Question { window: &window(), class: 0 }, &Boxed).unwrap();
    let most = map.values.iter().copied().fold(0f32, f32::max);
    assert!(most > 0.0 && map.values.iter().all(|v| *v >= -1e-4 * most));
}

#[test]
fn deconvnet_is_the_gradient_where_there_is_no_activation_and_guided_is_masked_both_ways() {
    let question = Question { window: &window(), class: 1 };
    let linear = explainer("small", Activation::Linear, true);
    let plain = gradient(&linear, &seen(question.window).unwrap(), 1).unwrap();
    let plain = Map::summed(&plain.abs().unwrap()).unwrap();
    let deconvnet = linear.explain(question, Method::Deconvnet).unwrap();
    assert!(plain.values.iter().zip(&deconvnet.values).all(|(a, b)| close(*a, *b, 1e-3)));

    let z = Tensor::new(&[-1f32, 2.0, 3.0, -4.0, 7.0], &Device::Cpu).unwrap();
    let signal = || Tensor::new(&[5f32, 5.0, -5.0, -5.0, 5.0], &Device::Cpu).unwrap();
    let open = |signal: Tensor| super::inside::let_through(&z, Activation::Relu6, signal);
    let of = |rule: &dyn Rule| rule.activation(&open, signal()).unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(of(&Gradient), [0.0, 5.0, -5.0, 0.0, 0.0]);
    assert_eq!(of(&super::gradient::PositiveSignals { masked: false }), [5.0, 5.0, 0.0, 0.0, 5.0]);
    assert_eq!(of(&super::gradient::PositiveSignals { masked: true }), [0.0, 5.0, 0.0, 0.0, 0.0]);
}

#[test]
fn hiding_the_whole_window_gives_the_score_of_the_baseline() {
    let explainer = explainer("small", Activation::Relu, true);
    let window = window();
    let blank = RgbImage::from_pixel(SIDE, SIDE, rim(&window));
    let covered = super::perturb::painted(&window, rim(&window), |_, _| true);
    let scores = explainer.scores(&[covered, blank], 1).unwrap();
    assert_eq!(scores[0], scores[1]);
    // And a patch that hides what has the rim's colour changes nothing.
    let plain = RgbImage::from_pixel(SIDE, SIDE, Rgb([180, 140, 120]));
    let map = explainer.explain(Question { window: &plain, class: 1 }, Method::Occlusion).unwrap();
    assert!(map.values.iter().all(|v| v.abs() < 1e-6));
}

#[test]
fn every_method_answers_with_numbers_and_the_same_ones_again() {
    let explainer = with_head(("lite0-first", Pooling::Attention), Activation::Relu6, true);
    let question = Question { window: &window(), class: 0 };
    for method in Method::ALL {
        let map = explainer.explain(question, method).unwrap();
        assert_eq!(map.values.len(), map.cols * map.rows, "{}", method.name());
        assert!(map.values.iter().all(|v| v.is_finite()), "{}", method.name());
        assert!(method.signed() || method == Method::Rise || map.values.iter().all(|v| *v >= 0.0), "{}", method.name());
        assert_eq!(map, explainer.explain(question, method).unwrap(), "{}", method.name());
        assert_eq!(Method::named(method.name()), Some(method));
    }
}

#[test]
fn deletion_and_insertion_are_the_same_way_from_both_ends() {
    let explainer = explainer("small", Activation::Relu, true);
    let question = Question { window: &window(), class: 1 };
    for method in [Method::LayerCam, Method::IntegratedGradients] {
        let map = explainer.explain(question, method).unwrap();
        let curves = curves::curves(&explainer, question, &map).unwrap();
        assert!((curves.deletion[0] - curves.insertion[curves::STEPS]).abs() < 1e-5);
        assert!((curves.deletion[curves::STEPS] - curves.insertion[0]).abs() < 1e-5);
    }
}
