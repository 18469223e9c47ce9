//! The shape of a network as data: what `model.toml` says, and the parameters that follow from it.

use serde::{Deserialize, Serialize};

use crate::model::ops::activation::Activation;
use crate::model::ops::geometry::ConvGeometry;

/// One layer of a network. Every convolution is followed by batch normalisation, and by the activation
/// unless it says otherwise.
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
    /// An inverted residual (Sandler et al. 2018): 1x1 to `expand` times the channels, a depthwise convolution, 1x1 to `out`
    /// channels without activation; added to its input where the shapes agree.
    Inverted {
        /// Output channels.
        out: usize,
        /// Side of the depthwise kernel, px; odd, padded to keep the side.
        kernel: usize,
        /// Distance between outputs, px.
        stride: usize,
        /// Channels within, as a multiple of those of the input; 1 leaves the first convolution out.
        expand: usize,
    },
}

/// A chain of layers over RGB pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Side of the square input that it was trained with, px.
    pub side: usize,
    /// What follows its convolutions.
    #[serde(default)]
    pub activation: Activation,
    /// The layers, input to output.
    pub layers: Vec<Layer>,
}

/// One convolution of a network, with the name of its parameters in the weights file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Name of its parameters: `NAME.weight`, `NAME.gamma` and so on.
    pub name: String,
    /// Input channels of each output: 1 for a depthwise convolution.
    pub input: usize,
    /// Output channels.
    pub output: usize,
    /// Kernel, stride, padding.
    pub geometry: ConvGeometry,
    /// Whether every channel is convolved by itself.
    pub depthwise: bool,
    /// What follows its normalisation, and the shortcut if there is one.
    pub activation: Activation,
}

/// What a layer computes, convolution by convolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// `act(norm(conv(x)))`.
    Plain(Convolution),
    /// The convolutions one after the other, the input added before the last activation.
    Shortcut(Vec<Convolution>),
}

impl Block {
    /// Its convolutions, input to output.
    pub fn convolutions(&self) -> &[Convolution] {
        match self {
            Block::Plain(conv) => std::slice::from_ref(conv),
            Block::Shortcut(convolutions) => convolutions,
        }
    }
}

impl Architecture {
    /// The steps of the forward pass; parameter names start with `prefix`.
    pub fn steps(&self, prefix: &str) -> Vec<Block> {
        let mut channels = 3;
        let mut steps = Vec::with_capacity(self.layers.len());
        for (i, layer) in self.layers.iter().enumerate() {
            let conv = |part: &str, input, output, geometry| Convolution {
                name: format!("{prefix}.{i}{part}"),
                input,
                output,
                geometry,
                depthwise: false,
                activation: self.activation,
            };
            match *layer {
                Layer::Conv { out, kernel, stride, padding } => {
                    steps.push(Block::Plain(conv("", channels, out, ConvGeometry { kernel, stride, padding })));
                    channels = out;
                }
                Layer::Residual {} => {
                    let same = ConvGeometry { kernel: 3, stride: 1, padding: 1 };
                    let both = vec![conv(".a", channels, channels, same), conv(".b", channels, channels, same)];
                    steps.push(Block::Shortcut(both));
                }
                Layer::Inverted { out, kernel, stride, expand } => {
                    let (inner, point) = (channels * expand, ConvGeometry { kernel: 1, stride: 1, padding: 0 });
                    let geometry = ConvGeometry { kernel, stride, padding: kernel / 2 };
                    let mut parts = Vec::new();
                    if expand > 1 {
                        parts.push(conv(".expand", channels, inner, point));
                    }
                    parts.push(Convolution { depthwise: true, ..conv(".depthwise", 1, inner, geometry) });
                    let project = conv(".project", inner, out, point);
                    parts.push(Convolution { activation: Activation::Linear, ..project });
                    match stride == 1 && out == channels {
                        true => steps.push(Block::Shortcut(parts)),
                        false => steps.extend(parts.into_iter().map(Block::Plain)),
                    }
                    channels = out;
                }
            }
        }
        steps
    }

    /// All convolutions, input to output, without names.
    fn convolutions(&self) -> impl Iterator<Item = Convolution> {
        self.steps("").into_iter().flat_map(|step| step.convolutions().to_vec())
    }

    /// Channels of the last feature map.
    pub fn features(&self) -> usize {
        self.convolutions().last().map_or(3, |conv| conv.output)
    }

    /// Product of the strides: distance between neighbouring outputs, px of the input.
    pub fn stride(&self) -> usize {
        self.convolutions().map(|conv| conv.geometry.stride).fold(1, usize::saturating_mul)
    }

    /// Side of the last feature map for an input of `side` px; 0 when it does not fit.
    pub fn output(&self, side: usize) -> usize {
        self.convolutions().fold(side, |side, conv| conv.geometry.output(side))
    }

    /// Multiply-adds for one input of the trained side.
    pub fn multiply_adds(&self) -> usize {
        let (mut side, mut total) = (self.side, 0);
        for Convolution { input, output, geometry, .. } in self.convolutions() {
            side = geometry.output(side);
            total += side * side * geometry.kernel * geometry.kernel * input * output;
        }
        total
    }

    /// What is wrong with a description read from a file, in one sentence: sizes that make no sense or would take absurd memory.
    pub fn problem(&self) -> Option<String> {
        if !(8..=1024).contains(&self.side) {
            return Some(format!("side is {}, allowed: 8 to 1024", self.side));
        }
        if self.layers.is_empty() || self.layers.len() > 256 {
            return Some(format!("{} layers, allowed: 1 to 256", self.layers.len()));
        }
        for layer in &self.layers {
            let (out, kernel, stride, rest) = match *layer {
                Layer::Conv { out, kernel, stride, padding } => (out, kernel, stride, padding < 8),
                Layer::Inverted { out, kernel, stride, expand } => {
                    (out, kernel, stride, kernel % 2 == 1 && (1..=16).contains(&expand))
                }
                Layer::Residual {} => continue,
            };
            if !(rest && (1..=4096).contains(&out) && (1..=15).contains(&kernel) && (1..=8).contains(&stride)) {
                return Some(format!(
                    "{layer:?}: out 1 to 4096, kernel 1 to 15, stride 1 to 8, padding 0 to 7, expand 1 to 16 and an odd \
                     kernel with it allowed"
                ));
            }
        }
        (self.output(self.side) == 0).then(|| format!("the layers shrink an input of {} px to nothing", self.side))
    }
}
