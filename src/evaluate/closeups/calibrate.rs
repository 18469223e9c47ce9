//! Corrections of a classifier from close-ups that it was not trained on: temperature and operating point.

use std::path::Path;

use rayon::prelude::*;

use super::look::{self, LookSettings, asked_side, windows};
use crate::data::Row;
use crate::model::classes::{index_of, suspicious};
use crate::model::own::card::Calibration;
use crate::model::{Class, ClassKind, Model, ModelError};

/// A close-up of known class with the answers for its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredCloseup {
    /// Index of its class among the model's.
    pub truth: usize,
    /// One row of probabilities a window, one column a class of the model.
    pub windows: Vec<Vec<f32>>,
}

/// The answers for all rows whose class the model has and whose image can be read, in order. `seen` is called after each.
///
/// # Errors
/// When the model fails or answers with what is no number.
pub fn answers(rows: &[Row], model: &dyn Model, seen: &(dyn Fn() + Sync)) -> Result<Vec<AnsweredCloseup>, ModelError> {
    let classes = model.classes();
    let known: Vec<(&Path, usize)> =
        rows.iter().filter_map(|row| Some((row.path.as_path(), index_of(classes, &row.class)?))).collect();
    let shares: Vec<_> = known.chunks(super::SHARE).map(|rows| (model.fork(), rows)).collect();
    let answered = shares.into_par_iter().flat_map_iter(|(mut model, rows)| {
        rows.iter().filter_map(move |&(path, truth)| {
            let windows = windows(path, asked_side(&*model), LookSettings::default());
            seen();
            let answered = |windows| Ok(AnsweredCloseup { truth, windows: look::answers(windows, &mut *model)? });
            windows.ok().as_deref().map(answered)
        })
    });
    answered.collect()
}

/// The calibration under which the answers are likeliest, and the operating point at which `target` (`0..=1`) of the
/// suspicious lesions are called so; without any of those it stays as it is. The answers are those under `now`.
pub fn calibrate(answers: &[AnsweredCloseup], classes: &[Class], now: Calibration, target: f32) -> Calibration {
    let factor = temperature(answers);
    let mut shares: Vec<f32> = answers
        .iter()
        .filter(|one| classes.get(one.truth).is_some_and(|class| suspicious(&class.name)))
        .map(|one| suspicious_share(&tempered_mean(&one.windows, factor), classes))
        .collect();
    shares.sort_by(f32::total_cmp);
    let missed = ((1.0 - target.clamp(0.0, 1.0)) * shares.len() as f32).floor() as usize;
    // Within what a description may say, however often it is calibrated anew.
    let suspicious = shares.get(missed).copied().unwrap_or(now.suspicious).clamp(0.0, 1.0);
    Calibration { temperature: (now.temperature * factor).clamp(0.01, 100.0), suspicious }
}

/// Share of the suspicious classes in the lesion classes, `0..=1`.
fn suspicious_share(scores: &[f32], classes: &[Class]) -> f32 {
    let sum = |test: &dyn Fn(&Class) -> bool| -> f32 {
        scores.iter().zip(classes).filter(|(_, class)| test(class)).map(|(score, _)| score).sum()
    };
    sum(&|class| class.suspicious) / sum(&|class| class.kind == ClassKind::Lesion).max(1e-6)
}

/// The mean over windows of `softmax(log p / t)`: what the model would say at `t` times its temperature.
fn tempered_mean(windows: &[Vec<f32>], t: f32) -> Vec<f32> {
    let mut mean = vec![0f32; windows.first().map_or(0, Vec::len)];
    for window in windows {
        let raised: Vec<f32> = window.iter().map(|p| p.max(1e-12).powf(1.0 / t)).collect();
        let sum: f32 = raised.iter().sum();
        mean.iter_mut().zip(raised).for_each(|(mean, p)| *mean += p / (sum * windows.len() as f32));
    }
    mean
}

/// Steps of the golden section search.
const STEPS: usize = 30;

/// The factor on the temperature with the least negative log-likelihood, between a tenth and ten.
fn temperature(answers: &[AnsweredCloseup]) -> f32 {
    let loss = |log_t: f32| -> f64 {
        let t = log_t.exp();
        let one = |a: &AnsweredCloseup| {
            -f64::from(tempered_mean(&a.windows, t).get(a.truth).copied().unwrap_or(0.0).max(1e-9)).ln()
        };
        answers.iter().map(one).sum()
    };
    let ratio = (5f32.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-(10f32.ln()), 10f32.ln());
    for _ in 0..STEPS {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    f32::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<Class> {
        let class = |name: &str, kind| Class { name: name.into(), kind, suspicious: name == "melanoma" };
        vec![class("skin", ClassKind::Skin), class("nevus", ClassKind::Lesion), class("melanoma", ClassKind::Lesion)]
    }

    /// Answers that are right `right` times in 100 with confidence `p`.
    fn boasting(right: usize, p: f32) -> Vec<AnsweredCloseup> {
        let answer = |i: usize| {
            let (truth, called) = (1 + i % 2, if i < right { 1 + i % 2 } else { 2 - i % 2 });
            let window = (0..3)
                .map(|c| {
                    if c == called {
                        p
                    } else if c == 0 {
                        1e-6
                    } else {
                        1.0 - p
                    }
                })
                .collect();
            AnsweredCloseup { truth, windows: vec![window] }
        };
        (0..100).map(answer).collect()
    }

    #[test]
    fn the_fitted_temperature_makes_confidence_come_true() {
        let now = Calibration::default();
        for (right, p) in [(75, 0.99f32), (90, 0.6), (80, 0.8)] {
            let fitted = calibrate(&boasting(right, p), &classes(), now, 0.9);
            let window = vec![1e-6, p, 1.0 - p];
            let then = tempered_mean(&[window], fitted.temperature)[1];
            // The class that is never right keeps a little of its own.
            assert!((then - right as f32 / 100.0).abs() < 0.03, "{right} of 100 at {p}: {then}");
        }
    }

    #[test]
    fn a_temperature_stays_within_what_a_description_may_say() {
        for (right, p) in [(100, 0.4f32), (0, 0.999)] {
            let mut now = Calibration::default();
            for _ in 0..8 {
                now = calibrate(&boasting(right, p), &classes(), now, 0.9);
            }
            assert!((0.01..=100.0).contains(&now.temperature) && (0.0..=1.0).contains(&now.suspicious), "{now:?}");
        }
    }

    #[test]
    fn the_operating_point_calls_as_many_as_asked_for() {
        let answers: Vec<AnsweredCloseup> = (0..200)
            .map(|i| {
                let melanoma = i as f32 / 400.0 + 0.2;
                AnsweredCloseup { truth: 1 + i % 2, windows: vec![vec![0.1, 0.9 - melanoma, melanoma]] }
            })
            .collect();
        for target in [0.5, 0.9, 1.0] {
            let found = calibrate(&answers, &classes(), Calibration::default(), target);
            let factor = found.temperature;
            let of: Vec<f32> = answers
                .iter()
                .filter(|a| a.truth == 2)
                .map(|a| suspicious_share(&tempered_mean(&a.windows, factor), &classes()))
                .collect();
            let called = of.iter().filter(|share| **share >= found.suspicious).count();
            assert_eq!(called, (target * of.len() as f32).ceil() as usize, "{target}");
        }
    }
}
