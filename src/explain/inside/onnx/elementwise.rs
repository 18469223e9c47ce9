//! Activations and other functions of each number by itself.

use candle_core::{Result, Tensor};
use tract_onnx::pb::NodeProto;

use super::attributes::number;
use crate::model::ops::pointwise::{each, pairs};

/// An activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Elementwise {
    /// Cut off below and above.
    Clip(f32, f32),
    /// Below 0 times so much.
    Leaky(f32),
    Sigmoid,
    Tanh,
    Softplus,
    /// Below 0 an exponential towards minus so much.
    Elu(f32),
    /// `slope * x + offset`, cut off at 0 and 1.
    HardSigmoid(f32, f32),
    /// `x` times a hard sigmoid of it.
    HardSwish,
    /// The square root.
    Root,
    /// The exponential.
    Exponential,
    /// To the nearest whole number, halves to even ones. Its gradient is taken for 1, as where quantised networks are trained: what is
    /// explained is the answer, not the steps to which it is rounded (straight-through estimator, Bengio et al. 2013).
    Round,
}

impl Elementwise {
    /// The activation of an operator without other inputs than its values; `None` for other operators.
    pub(super) fn read(node: &NodeProto) -> Option<Elementwise> {
        Some(match node.op_type.as_str() {
            "Relu" => Elementwise::Clip(0.0, f32::INFINITY),
            "LeakyRelu" => Elementwise::Leaky(number(node, "alpha", 0.01)),
            "Sigmoid" => Elementwise::Sigmoid,
            "Tanh" => Elementwise::Tanh,
            "Softplus" => Elementwise::Softplus,
            "Elu" => Elementwise::Elu(number(node, "alpha", 1.0)),
            "HardSigmoid" => Elementwise::HardSigmoid(number(node, "alpha", 0.2), number(node, "beta", 0.5)),
            "HardSwish" => Elementwise::HardSwish,
            "Sqrt" => Elementwise::Root,
            "Exp" => Elementwise::Exponential,
            "Round" => Elementwise::Round,
            _ => return None,
        })
    }

    /// Whether it is piecewise linear and cuts values off: rules that treat a ReLU specially treat these alike.
    pub(super) fn rectifies(self) -> bool {
        matches!(self, Elementwise::Clip(..) | Elementwise::Leaky(_))
    }

    fn value(self, x: f32) -> f32 {
        match self {
            Elementwise::Clip(low, high) => x.max(low).min(high),
            Elementwise::Leaky(slope) => x.max(0.0) + slope * x.min(0.0),
            Elementwise::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Elementwise::Tanh => x.tanh(),
            Elementwise::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Elementwise::Elu(depth) => x.max(0.0) + depth * x.min(0.0).exp_m1(),
            Elementwise::HardSigmoid(slope, offset) => (slope * x + offset).clamp(0.0, 1.0),
            Elementwise::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Elementwise::Root => x.sqrt(),
            Elementwise::Exponential => x.exp(),
            Elementwise::Round => x.round_ties_even(),
        }
    }

    fn slope(self, x: f32) -> f32 {
        let within = |value: f32| f32::from(u8::from(value > 0.0 && value < 1.0));
        match self {
            Elementwise::Clip(low, high) => f32::from(u8::from(x > low && x < high)),
            Elementwise::Leaky(slope) => {
                if x > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Elementwise::Sigmoid => self.value(x) * (1.0 - self.value(x)),
            Elementwise::Tanh => 1.0 - x.tanh().powi(2),
            Elementwise::Softplus => Elementwise::Sigmoid.value(x),
            Elementwise::Elu(depth) => {
                if x > 0.0 {
                    1.0
                } else {
                    depth * x.exp()
                }
            }
            Elementwise::HardSigmoid(slope, offset) => slope * within(slope * x + offset),
            Elementwise::HardSwish => (x / 6.0 + 0.5).clamp(0.0, 1.0) + x / 6.0 * within(x / 6.0 + 0.5),
            Elementwise::Root => 0.5 / x.sqrt().max(1e-12),
            Elementwise::Exponential => x.exp(),
            Elementwise::Round => 1.0,
        }
    }

    /// The function of every number.
    pub(super) fn forward(self, x: &Tensor) -> Result<Tensor> {
        each(x, |x| self.value(x))
    }

    /// The gradient with respect to `x`, given that with respect to the output.
    pub(super) fn back(self, x: &Tensor, signal: &Tensor) -> Result<Tensor> {
        pairs(signal, x, |signal, x| signal * self.slope(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_differences_of_values() {
        let curves = [
            Elementwise::Clip(0.0, 6.0),
            Elementwise::Leaky(0.2),
            Elementwise::Sigmoid,
            Elementwise::Tanh,
            Elementwise::Softplus,
            Elementwise::Elu(0.7),
            Elementwise::HardSigmoid(0.2, 0.5),
            Elementwise::HardSwish,
            Elementwise::Exponential,
        ];
        for curve in curves {
            for x in [-3.5f32, -1.2, -0.3, 0.4, 1.7, 3.6, 7.0] {
                let by_hand = (curve.value(x + 1e-2) - curve.value(x - 1e-2)) / 2e-2;
                let most = 1e-3 * by_hand.abs().max(1.0);
                assert!((by_hand - curve.slope(x)).abs() < most, "{curve:?} at {x}: {by_hand} {}", curve.slope(x));
            }
        }
        assert!((Elementwise::Root.slope(4.0) - 0.25).abs() < 1e-6);
        let rounded = [0.5, 1.5, -2.5, 0.51].map(|x| (Elementwise::Round.value(x), Elementwise::Round.slope(x)));
        assert_eq!(rounded, [(0.0, 1.0), (2.0, 1.0), (-2.0, 1.0), (1.0, 1.0)]);
    }
}
