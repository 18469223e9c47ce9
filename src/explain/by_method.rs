//! Which function makes the map of which method.

use super::rules::{AlphaBeta, Composite, Epsilon, Gamma};
use super::{Explainer, Map, Method, Question, cam, gradient, integrated, perturb, relevance, rules};
use crate::model::ModelError;

impl Explainer {
    /// The map of a method.
    pub fn explain(&self, question: Question, method: Method) -> Result<Map, ModelError> {
        if let Some(refusal) = self.refusal(method) {
            return Err(ModelError::Unexplainable(refusal));
        }
        let map = match method {
            Method::Attention => cam::attention(self, question)?,
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
}
