//! What follows a convolution and its normalisation.

use serde::{Deserialize, Serialize};

/// A piecewise linear activation: values are cut off at its bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// None.
    Linear,
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `min(max(x, 0), 6)`, as in the MobileNets (Sandler et al. 2018).
    Relu6,
}

impl Activation {
    /// The smallest and the largest value that pass.
    pub const fn bounds(self) -> (f32, f32) {
        match self {
            Activation::Linear => (f32::NEG_INFINITY, f32::INFINITY),
            Activation::Relu => (0.0, f32::INFINITY),
            Activation::Relu6 => (0.0, 6.0),
        }
    }

    /// Whether a gradient passes where the result was `result`.
    #[inline(always)]
    pub fn open(self, result: f32) -> bool {
        let (low, high) = self.bounds();
        result > low && result < high
    }
}
