//! The shape of a network as data: what `model.toml` says, and the parameters that follow from it.

use serde::{Deserialize, Serialize};

use super::ops::geometry::ConvGeometry;

/// One layer of a network. Every convolution is followed by batch normalisation and ReLU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Layer {
    /// A square convolution.
    Conv {
        /// Output channels.
        out: usize,
        /// Side of the kernel, px.
        kernel: usize,
        /// Distance between outputs, px.
        stride: usize,
        /// Zeros added at every border, px.
        padding: usize,
    },
    /// Two 3x3 convolutions that keep the shape, added to their input (He et al. 2016).
    Residual {},
}

/// A chain of layers over RGB pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Side of the square input that it was trained with, px.
    pub side: usize,
    /// The layers, input to output.
    pub layers: Vec<Layer>,
}

/// One convolution of a network, with the place of its parameters in the weights file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Name of its parameters: `NAME.weight`, `NAME.gamma` and so on.
    pub name: String,
    /// Input channels.
    pub input: usize,
    /// Output channels.
    pub output: usize,
    /// Kernel, stride, padding.
    pub geometry: ConvGeometry,
}

/// What a layer computes, with its convolutions spelt out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `relu(norm(conv(x)))`.
    Plain(Convolution),
    /// `relu(norm(conv(relu(norm(conv(x))))) + x)`.
    Residual(Convolution, Convolution),
}

impl Architecture {
    /// The steps of the forward pass; parameter names start with `prefix`.
    pub fn steps(&self, prefix: &str) -> Vec<Step> {
        let mut channels = 3;
        let mut steps = Vec::with_capacity(self.layers.len());
        for (i, layer) in self.layers.iter().enumerate() {
            let conv = |part: &str, input, output, geometry| Convolution {
                name: format!("{prefix}.{i}{part}"),
                input,
                output,
                geometry,
            };
            steps.push(match *layer {
                Layer::Conv { out, kernel, stride, padding } => {
                    let step = Step::Plain(conv("", channels, out, ConvGeometry { kernel, stride, padding }));
                    channels = out;
                    step
                }
                Layer::Residual {} => {
                    let same = ConvGeometry { kernel: 3, stride: 1, padding: 1 };
                    Step::Residual(conv(".a", channels, channels, same), conv(".b", channels, channels, same))
                }
            });
        }
        steps
    }

    /// Channels of the last feature map.
    pub fn features(&self) -> usize {
        let mut widths = self.layers.iter().rev().filter_map(|layer| match layer {
            Layer::Conv { out, .. } => Some(*out),
            Layer::Residual {} => None,
        });
        widths.next().unwrap_or(3)
    }

    /// Product of the strides: distance between neighbouring outputs, px of the input.
    pub fn stride(&self) -> usize {
        self.layers.iter().map(|layer| if let Layer::Conv { stride, .. } = layer { *stride } else { 1 }).product()
    }

    /// Side of the last feature map for an input of `side` px; 0 when it does not fit.
    pub fn output(&self, side: usize) -> usize {
        self.layers.iter().fold(side, |side, layer| match *layer {
            Layer::Conv { kernel, stride, padding, .. } => ConvGeometry { kernel, stride, padding }.output(side),
            Layer::Residual {} => side,
        })
    }

    /// Multiply-adds for one input of the trained side.
    pub fn multiply_adds(&self) -> usize {
        let mut side = self.side;
        let mut channels = 3;
        let mut total = 0;
        for layer in &self.layers {
            match *layer {
                Layer::Conv { out, kernel, stride, padding } => {
                    side = ConvGeometry { kernel, stride, padding }.output(side);
                    total += side * side * kernel * kernel * channels * out;
                    channels = out;
                }
                Layer::Residual {} => total += 2 * side * side * 9 * channels * channels,
            }
        }
        total
    }

    /// Problems of a description read from a file: sizes that make no sense or would take absurd memory.
    pub fn problem(&self) -> Option<String> {
        if !(8..=1024).contains(&self.side) {
            return Some(format!("side is {}, allowed: 8 to 1024", self.side));
        }
        if self.layers.is_empty() || self.layers.len() > 256 {
            return Some(format!("{} layers, allowed: 1 to 256", self.layers.len()));
        }
        for layer in &self.layers {
            if let Layer::Conv { out, kernel, stride, padding } = *layer
                && !((1..=4096).contains(&out)
                    && (1..=15).contains(&kernel)
                    && (1..=8).contains(&stride)
                    && padding < 8)
            {
                return Some(format!(
                    "{layer:?}: out 1 to 4096, kernel 1 to 15, stride 1 to 8, padding 0 to 7 allowed"
                ));
            }
        }
        (self.output(self.side) == 0).then(|| format!("the layers shrink an input of {} px to nothing", self.side))
    }
}
