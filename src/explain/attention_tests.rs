//! What must hold of explanations of a network with an attention head.

use super::relevance::propagate;
use super::rules::Epsilon;
use super::testing::{assert_slopes, class_bias, close, correlation, total, window, with_head};
use super::*;
use crate::model::ops::activation::Activation;
use crate::model::own::pooling::Pooling;
use candle_core::Tensor;

fn attending(activation: Activation, biased: bool) -> Explainer {
    with_head(("small", Pooling::Attention), activation, biased)
}

#[test]
fn the_weights_are_a_map_that_sums_to_1_and_other_networks_say_that_they_have_none() {
    let explainer = attending(Activation::Relu, true);
    let ask = |explainer: &Explainer, class| {
        explainer.explain(Question { window: &window(), class }, Method::Attention).map_err(|e| e.to_string())
    };
    let map = ask(&explainer, 1).unwrap();
    assert!((map.cols, map.rows) == (2, 2) && (total(&map) - 1.0).abs() < 1e-5 && map.values.iter().all(|a| *a > 0.0));
    assert!(map.values.iter().any(|a| (a - 0.25).abs() > 0.01), "{map:?}");
    assert_eq!(map, ask(&explainer, 2).unwrap(), "whatever the class");
    let why = ask(&with_head(("small", Pooling::Average), Activation::Relu, true), 1).unwrap_err();
    assert!(why.contains("attention needs an attention head") && why.contains("has: cam"), "{why}");
}

#[test]
fn it_answers_like_the_closed_network() {
    let explainer = attending(Activation::Relu, true);
    let logits: Vec<f32> = (0..3).map(|class| explainer.logits(&seen(&window()).unwrap(), class).unwrap()[0]).collect();
    let sum: f32 = logits.iter().map(|l| l.exp()).sum();
    let scores = explainer.answers(&[window()]).unwrap().remove(0);
    assert!(scores.iter().zip(&logits).all(|(score, logit)| (score - logit.exp() / sum).abs() < 1e-4));
}

#[test]
fn cam_adds_up_to_the_logit_but_is_not_its_gradient() {
    let explainer = attending(Activation::Relu, true);
    let question = Question { window: &window(), class: 2 };
    let of = |method| explainer.explain(question, method).unwrap();
    let (cam, hires) = (of(Method::Cam), of(Method::HiResCam));
    let logit = explainer.logits(&seen(question.window).unwrap(), 2).unwrap()[0];
    assert!(close(total(&cam) / cam.values.len() as f32 + class_bias(&explainer, 2), logit, 1e-3));
    assert!(correlation(&cam.values, &hires.values) < 0.9999, "what changes the weights is in one of them alone");
}

#[test]
fn gradients_go_through_the_weights() {
    // Without kinks, differences mean something.
    let explainer = attending(Activation::Linear, true);
    assert_slopes(&explainer, 0, (0.05, 0.05));
}

#[test]
fn integrated_gradients_add_up_and_relevance_is_conserved() {
    let explainer = attending(Activation::Relu, false);
    let question = Question { window: &window(), class: 1 };
    let x = seen(question.window).unwrap();
    let logit = |x: &Tensor| explainer.logits(x, 1).unwrap()[0];
    let (change, relevance) = (logit(&x) - logit(&x.zeros_like().unwrap()), logit(&x) - class_bias(&explainer, 1));
    let map = propagate(&explainer, question, &Epsilon(0.0)).unwrap();
    assert!(close(total(&map), relevance, 0.01), "{} {relevance}", total(&map));
    let map = explainer.explain(question, Method::IntegratedGradients).unwrap();
    assert!((total(&map) - change).abs() <= 0.01 * change.abs(), "{} {change}", total(&map));
}
