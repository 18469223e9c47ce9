//! Activations: what becomes of each number by itself.

use candle_core::{Result, Tensor};
use tract_onnx::pb::NodeProto;

use super::attributes::number;
use crate::model::ops::pointwise::{each, pairs};

/// An activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
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
    /// To the nearest whole number, halves to even ones. On the way back it counts as nothing, as where quantised networks are trained: what is
    /// explained is the answer, not the steps that it is rounded to (straight-through estimator, Bengio et al. 2013).
    Round,
}

impl Curve {
    /// The activation of an operator without other inputs than its values; `None` for other operators.
    pub(super) fn read(node: &NodeProto) -> Option<Curve> {
        Some(match node.op_type.as_str() {
            "Relu" => Curve::Clip(0.0, f32::INFINITY),
            "LeakyRelu" => Curve::Leaky(number(node, "alpha", 0.01)),
            "Sigmoid" => Curve::Sigmoid,
            "Tanh" => Curve::Tanh,
            "Softplus" => Curve::Softplus,
            "Elu" => Curve::Elu(number(node, "alpha", 1.0)),
            "HardSigmoid" => Curve::HardSigmoid(number(node, "alpha", 0.2), number(node, "beta", 0.5)),
            "HardSwish" => Curve::HardSwish,
            "Sqrt" => Curve::Root,
            "Exp" => Curve::Exponential,
            "Round" => Curve::Round,
            _ => return None,
        })
    }

    /// Whether it is made of straight lines that cut values off: what older ways back treat as they treat a ReLU.
    pub(super) fn rectifies(self) -> bool {
        matches!(self, Curve::Clip(..) | Curve::Leaky(_))
    }

    fn value(self, x: f32) -> f32 {
        match self {
            Curve::Clip(low, high) => x.max(low).min(high),
            Curve::Leaky(slope) => x.max(0.0) + slope * x.min(0.0),
            Curve::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Curve::Tanh => x.tanh(),
            Curve::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Curve::Elu(depth) => x.max(0.0) + depth * x.min(0.0).exp_m1(),
            Curve::HardSigmoid(slope, offset) => (slope * x + offset).clamp(0.0, 1.0),
            Curve::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Curve::Root => x.sqrt(),
            Curve::Exponential => x.exp(),
            Curve::Round => x.round_ties_even(),
        }
    }

    fn slope(self, x: f32) -> f32 {
        let within = |value: f32| f32::from(u8::from(value > 0.0 && value < 1.0));
        match self {
            Curve::Clip(low, high) => f32::from(u8::from(x > low && x < high)),
            Curve::Leaky(slope) => {
                if x > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Curve::Sigmoid => self.value(x) * (1.0 - self.value(x)),
            Curve::Tanh => 1.0 - x.tanh().powi(2),
            Curve::Softplus => Curve::Sigmoid.value(x),
            Curve::Elu(depth) => {
                if x > 0.0 {
                    1.0
                } else {
                    depth * x.exp()
                }
            }
            Curve::HardSigmoid(slope, offset) => slope * within(slope * x + offset),
            Curve::HardSwish => (x / 6.0 + 0.5).clamp(0.0, 1.0) + x / 6.0 * within(x / 6.0 + 0.5),
            Curve::Root => 0.5 / x.sqrt().max(1e-12),
            Curve::Exponential => x.exp(),
            Curve::Round => 1.0,
        }
    }

    /// What becomes of every number.
    pub(super) fn forward(self, x: &Tensor) -> Result<Tensor> {
        each(x, |x| self.value(x))
    }

    /// The gradient by `x`, given that by the result.
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
            Curve::Clip(0.0, 6.0),
            Curve::Leaky(0.2),
            Curve::Sigmoid,
            Curve::Tanh,
            Curve::Softplus,
            Curve::Elu(0.7),
            Curve::HardSigmoid(0.2, 0.5),
            Curve::HardSwish,
            Curve::Exponential,
        ];
        for curve in curves {
            for x in [-3.5f32, -1.2, -0.3, 0.4, 1.7, 3.6, 7.0] {
                let by_hand = (curve.value(x + 1e-2) - curve.value(x - 1e-2)) / 2e-2;
                let most = 1e-3 * by_hand.abs().max(1.0);
                assert!((by_hand - curve.slope(x)).abs() < most, "{curve:?} at {x}: {by_hand} {}", curve.slope(x));
            }
        }
        assert!((Curve::Root.slope(4.0) - 0.25).abs() < 1e-6);
        let rounded = [0.5, 1.5, -2.5, 0.51].map(|x| (Curve::Round.value(x), Curve::Round.slope(x)));
        assert_eq!(rounded, [(0.0, 1.0), (2.0, 1.0), (-2.0, 1.0), (1.0, 1.0)]);
    }
}
