//! Class activation maps: feature maps weighted by what they contribute to a class.

use candle_core::{Result, Tensor, bail};
use image::{Rgb, RgbImage};

use super::{Explainer, Map, Question, seen};
use crate::model::ModelError;

/// Feature maps that [`score_cam`] tries, those that differ most from cell to cell: all would take ten times as long.
const SCORED: usize = 128;
/// Windows a batch.
const BATCH: usize = 16;
/// Steps of the power iteration of [`eigen_cam`].
const POWERS: usize = 50;

/// A feature map `(cells, channels)`, row-major, with the gradient of the logit with respect to it.
struct Features {
    cols: usize,
    rows: usize,
    channels: usize,
    values: Vec<f32>,
    gradient: Vec<f32>,
}

impl Features {
    /// From tensors `(1, h, w, c)`.
    fn new(values: &Tensor, gradient: &Tensor) -> Result<Features> {
        let (_, rows, cols, channels) = values.dims4()?;
        let flat = |tensor: &Tensor| tensor.flatten_all()?.to_vec1();
        Ok(Features { cols, rows, channels, values: flat(values)?, gradient: flat(gradient)? })
    }

    /// The last feature map.
    fn last(explainer: &Explainer, question: Question) -> Result<Features> {
        let trace = explainer.trace(&seen(question.window)?)?;
        Features::new(trace.features(), &trace.logit_gradient(question.class)?)
    }

    /// The last feature map, with the gradient for frozen attention weights.
    fn frozen_attention(explainer: &Explainer, question: Question) -> Result<Features> {
        let trace = explainer.trace(&seen(question.window)?)?;
        Features::new(trace.features(), &trace.held_logit_gradient(question.class)?)
    }

    /// The last feature map of a network whose gradients may not be known; its features stand in the place of the gradient.
    fn alone(explainer: &Explainer, question: Question) -> Result<Features> {
        let trace = explainer.trace(&seen(question.window)?)?;
        Features::new(trace.features(), trace.features())
    }

    /// Activations and gradients, cell by cell.
    fn cells(&self) -> impl Iterator<Item = (&[f32], &[f32])> {
        self.values.chunks_exact(self.channels).zip(self.gradient.chunks_exact(self.channels))
    }

    fn map(&self, value: impl Fn(&[f32], &[f32]) -> f32) -> Map {
        Map { cols: self.cols, rows: self.rows, values: self.cells().map(|(a, g)| value(a, g)).collect() }
    }

    /// For each channel the mean over cells of `weight`, a function of activation, gradient and channel.
    fn weights(&self, weight: impl Fn(f32, f32, usize) -> f32) -> Vec<f32> {
        let mut weights = vec![0f32; self.channels];
        for (values, gradient) in self.cells() {
            for (c, (a, g)) in values.iter().zip(gradient).enumerate() {
                weights[c] += weight(*a, *g, c);
            }
        }
        let cells = (self.cols * self.rows).max(1) as f32;
        weights.iter_mut().for_each(|weight| *weight /= cells);
        weights
    }

    /// The weighted sum of the feature maps; values below 0 become 0.
    fn weighted(&self, weights: &[f32]) -> Map {
        self.map(|values, _| dot(values, weights).max(0.0))
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The attention weights of the cells, above 0, summing to 1. Ilse et al. 2018. They do not depend on the class.
pub fn attention(explainer: &Explainer, question: Question) -> Result<Map> {
    let trace = explainer.trace(&seen(question.window)?)?;
    let Some(weights) = trace.attention() else { bail!("this network has no attention head") };
    let (_, rows, cols) = weights.dims3()?;
    Ok(Map { cols, rows, values: weights.flatten_all()?.to_vec1()? })
}

/// `M(p) = sum_k w_k A_k(p)`, with the head's weights `w` of the class. Zhou et al. 2016. With an attention head `P a_p sum_k w_k A_k(p)`,
/// where `a_p` is the attention weight of each of `P` cells: its mean is still the logit minus the bias. It leaves out that `a` depends on
/// the picture, too; [`hires_cam`] contains that part, and does not add up.
pub fn cam(explainer: &Explainer, question: Question) -> Result<Map> {
    let features = Features::frozen_attention(explainer, question)?;
    let cells = (features.cols * features.rows) as f32;
    Ok(features.map(|values, gradient| cells * dot(values, gradient)))
}

/// `M = relu(sum_k a_k A_k)`, `a_k` the mean gradient with respect to `A_k`. Selvaraju et al. 2017.
pub fn grad_cam(explainer: &Explainer, question: Question) -> Result<Map> {
    let features = Features::last(explainer, question)?;
    Ok(features.weighted(&features.weights(|_, g, _| g)))
}

/// `a_k = sum_p alpha_k(p) relu(g_k(p))`, `alpha = g^2 / (2 g^2 + sum_p A g^3)`. Chattopadhay et al. 2018.
pub fn grad_cam_plus_plus(explainer: &Explainer, question: Question) -> Result<Map> {
    let features = Features::last(explainer, question)?;
    let cells = (features.cols * features.rows) as f32;
    let sums: Vec<f32> = features.weights(|a, _, _| a).into_iter().map(|mean| mean * cells).collect();
    let weights = features.weights(|_, g, c| {
        let below = 2.0 * g * g + sums[c] * g * g * g;
        if below.abs() > 1e-20 { g * g / below * g.max(0.0) } else { 0.0 }
    });
    Ok(features.weighted(&weights))
}

/// `M(p) = sum_k g_k(p) A_k(p)`. Draelos and Carin 2020.
pub fn hires_cam(explainer: &Explainer, question: Question) -> Result<Map> {
    Ok(Features::last(explainer, question)?.map(dot))
}

/// `M(p) = relu(sum_k relu(g_k(p)) A_k(p))` of the last map before the last stride. Jiang et al. 2021.
pub fn layer_cam(explainer: &Explainer, question: Question) -> Result<Map> {
    let trace = explainer.trace(&seen(question.window)?)?;
    let finer = trace.finer(question.class)?;
    let features = Features::new(&finer.map, &finer.gradient)?;
    Ok(features.map(|values, gradient| values.iter().zip(gradient).map(|(a, g)| a * g.max(0.0)).sum::<f32>().max(0.0)))
}

/// The projection of the last feature map on its first principal component, turned so that what is most active is
/// positive. Muhammad and Yeasin 2020. It does not depend on the class.
pub fn eigen_cam(explainer: &Explainer, question: Question) -> Result<Map> {
    let features = Features::alone(explainer, question)?;
    // Power iteration on A^T A without forming it: a few cells, many channels.
    let mut direction = features.weights(|a, _, _| a);
    for _ in 0..POWERS {
        let along: Vec<f32> = features.cells().map(|(values, _)| dot(values, &direction)).collect();
        let mut next = vec![0f32; features.channels];
        for ((values, _), along) in features.cells().zip(&along) {
            next.iter_mut().zip(values).for_each(|(next, value)| *next += along * value);
        }
        let length = dot(&next, &next).sqrt().max(1e-20);
        direction = next.into_iter().map(|v| v / length).collect();
    }
    let mean = features.weights(|a, _, _| a);
    let sign = if dot(&mean, &direction) < 0.0 { -1.0 } else { 1.0 };
    Ok(features.map(|values, _| (sign * dot(values, &direction)).max(0.0)))
}

/// `M = relu(sum_k s_k A_k)`, `s_k` the softmax of the scores of the window seen through each normalised feature map.
/// Wang et al. 2020; of the feature maps only those that vary most, as in Li et al. 2021.
pub fn score_cam(explainer: &Explainer, question: Question) -> std::result::Result<Map, ModelError> {
    let features = Features::alone(explainer, question)?;
    let mean = features.weights(|a, _, _| a);
    let spread = features.weights(|a, _, c| (a - mean[c]).powi(2));
    let mut channels: Vec<usize> = (0..features.channels).filter(|&c| spread[c] > 0.0).collect();
    channels.sort_by(|&a, &b| spread[b].total_cmp(&spread[a]).then(a.cmp(&b)));
    channels.truncate(SCORED);
    let mut scores = Vec::with_capacity(channels.len());
    for channels in channels.chunks(BATCH) {
        let windows: Vec<RgbImage> =
            channels.iter().map(|&c| through(question.window, &features.map(|values, _| values[c]))).collect();
        scores.extend(explainer.scores(&windows, question.class)?);
    }
    let highest = scores.iter().copied().fold(0f32, f32::max);
    let raised: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
    let sum: f32 = raised.iter().sum::<f32>().max(1e-20);
    let mut weights = vec![0f32; features.channels];
    channels.iter().zip(raised).for_each(|(&c, raised)| weights[c] = raised / sum);
    Ok(features.weighted(&weights))
}

/// The window blended with the network's grey: the map, stretched to 0..1, is the window's share.
fn through(window: &RgbImage, map: &Map) -> RgbImage {
    let (w, h) = window.dimensions();
    let map = map.resized(w as usize, h as usize);
    let (low, high) = map.values.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let range = (high - low).max(1e-20);
    let mut out = window.clone();
    for (Rgb(pixel), value) in out.pixels_mut().zip(&map.values) {
        let part = (value - low) / range;
        *pixel = pixel.map(|v| (127.5 + (f32::from(v) - 127.5) * part).round() as u8);
    }
    out
}
