//! What did the classifier see? Maps over the pixels of one window that say what the score of one class rests on.
//!
//! One window and one class in, one map a method out. No files, no threads of its own, no clock; what is random comes from a
//! fixed seed, so that a map is the same every time.

pub mod cam;
pub mod circle;
pub mod curves;
pub mod gradient;
pub mod integrated;
pub mod kept;
pub mod map;
pub mod method;
pub mod perturb;
pub mod prototype;
pub mod relevance;
pub mod road;
pub mod rules;
pub mod shown;
pub mod trust;

use std::sync::Arc;

use candle_core::Tensor;
use image::RgbImage;

pub use self::map::Map;
pub use self::method::Method;
use self::rules::{AlphaBeta, Composite, Epsilon, Gamma};
pub use self::shown::{ExplainSettings, Shown};
use crate::model::frozen::{DEVIATION, MEAN, batch};
use crate::model::network::Network;
use crate::model::opened::{Opened, Trace};
use crate::model::{Model, ModelError};

/// A network that is asked about its answers. Clones share the weights.
#[derive(Clone)]
pub struct Explainer {
    network: Network,
    opened: Arc<Opened>,
}

/// What is explained: a window at the network's own size, and the class whose score is asked about.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The window, [`Model::input_side`] px a side.
    pub window: &'a RgbImage,
    /// Index of the class.
    pub class: usize,
}

impl Explainer {
    /// Opens a network.
    pub fn new(network: &Network) -> Result<Explainer, ModelError> {
        Ok(Explainer { opened: Arc::new(network.opened()?), network: network.clone() })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The map of a method.
    pub fn explain(&mut self, question: Question, method: Method) -> Result<Map, ModelError> {
        let map = match method {
            Method::Cam => cam::cam(self, question)?,
            Method::GradCam => cam::grad_cam(self, question)?,
            Method::GradCamPlusPlus => cam::grad_cam_plus_plus(self, question)?,
            Method::HiResCam => cam::hires_cam(self, question)?,
            Method::LayerCam => cam::layer_cam(self, question)?,
            Method::EigenCam => cam::eigen_cam(self, question)?,
            Method::ScoreCam => return cam::score_cam(self, question),
            Method::Sensitivity => gradient::sensitivity(self, question)?,
            Method::GradientInput => gradient::gradient_times_input(self, question)?,
            Method::SmoothGrad => gradient::smooth_grad(self, question)?,
            Method::IntegratedGradients => integrated::integrated_gradients(self, question)?,
            Method::Deconvnet => gradient::deconvnet(self, question)?,
            Method::GuidedBackprop => gradient::guided(self, question)?,
            Method::Taylor => relevance::taylor(self, question)?,
            Method::LrpZero => relevance::propagate(self, question, &Epsilon(0.0))?,
            Method::LrpEpsilon => relevance::propagate(self, question, &Epsilon(rules::EPSILON))?,
            Method::LrpGamma => relevance::propagate(self, question, &Gamma(rules::GAMMA))?,
            Method::LrpAlphaBeta => relevance::propagate(self, question, &AlphaBeta(rules::ALPHA))?,
            Method::LrpComposite => {
                relevance::propagate(self, question, &Composite { fine: question.window.width() as usize / 8 })?
            }
            Method::Occlusion => return perturb::occlusion(self, question),
            Method::Rise => return perturb::rise(self, question),
        };
        Ok(map)
    }

    /// Probability of a class for each window, which have the network's own size.
    pub fn scores(&mut self, windows: &[RgbImage], class: usize) -> Result<Vec<f32>, ModelError> {
        let answers = self.network.classify(windows)?;
        Ok(answers.iter().map(|scores| scores.classes.get(class).copied().unwrap_or(0.0)).collect())
    }

    /// The logits of a class for a batch `(n, h, w, 3)` of normalised windows.
    fn logits(&self, windows: &Tensor, class: usize) -> candle_core::Result<Vec<f32>> {
        self.opened.trace(windows)?.logits.narrow(1, class, 1)?.flatten_all()?.to_vec1()
    }

    fn trace(&self, windows: &Tensor) -> candle_core::Result<Trace<'_>> {
        self.opened.trace(windows)
    }
}

/// The window as the network sees it, `(1, h, w, 3)`.
fn seen(window: &RgbImage) -> candle_core::Result<Tensor> {
    batch(&[window])
}

/// The lowest and the highest value that a pixel can have as the network sees it.
const PIXELS: (f32, f32) = (-MEAN / DEVIATION, (1.0 - MEAN) / DEVIATION);

#[cfg(test)]
mod tests;
