//! What explanation methods ask of the inside of a classifier, whoever made it: a forward pass that keeps its activations, and the
//! propagation of a signal back through it under any rule.

use candle_core::{Result, Tensor};

use super::error::OpeningError;
use super::receptive::ReceptiveGrid;

/// How far a classifier can be looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Its last feature map is known.
    Features,
    /// The gradient of the logits with respect to the last feature map is known as well.
    Head,
    /// Signals can be propagated back to the pixels.
    Pixels,
}

/// A classifier that can be looked into.
pub trait Internals: Send + Sync {
    /// Runs a batch `(n, h, w, 3)` of pictures forward. Pixels are normalised as for the bundled networks: `(value / 255 - MEAN) / DEVIATION`.
    fn trace(&self, batch: &Tensor) -> Result<Box<dyn ForwardPass + '_>>;

    /// Whether the logits are a linear function of the average, plain or weighted, over the cells of the last feature map.
    fn averages(&self) -> bool;

    /// Whether that average is weighted by attention.
    fn attends(&self) -> bool {
        false
    }

    /// How far it can be looked into.
    fn depth(&self) -> Depth;

    /// Why it can be looked into no further; `None` where [`Internals::depth`] is [`Depth::Pixels`].
    fn obstacle(&self) -> Option<&OpeningError> {
        None
    }

    /// The centres of the receptive fields of the last feature map, and of that of [`ForwardPass::finer`]; `None` where the kernels before
    /// it are not known.
    fn receptive_grids(&self) -> [Option<ReceptiveGrid>; 2];
}

/// A feature map, and the gradient of a logit with respect to it.
pub struct MapGradient {
    /// The feature map, `(n, h, w, c)`.
    pub map: Tensor,
    /// The gradient, of its shape.
    pub gradient: Tensor,
}

/// A batch that was run forward, with its activations.
pub trait ForwardPass {
    /// The logits `(n, classes)`, not yet divided by the temperature.
    fn logits(&self) -> &Tensor;

    /// The last feature map, `(n, h, w, c)`.
    fn features(&self) -> &Tensor;

    /// The gradient of the logit of a class with respect to the last feature map, of its shape.
    fn logit_gradient(&self, class: usize) -> Result<Tensor>;

    /// Like [`ForwardPass::logit_gradient`], with the attention weights frozen. Its product with the features sums to the logit minus the bias.
    fn held_logit_gradient(&self, class: usize) -> Result<Tensor> {
        self.logit_gradient(class)
    }

    /// The attention weights of the cells, `(n, h, w)`, which sum to 1 over each picture; `None` without attention.
    fn attention(&self) -> Option<&Tensor> {
        None
    }

    /// The last feature map that has more cells than the last one, and the gradient of the logit of a class with respect to it; of a network
    /// that has none the last feature map itself.
    fn finer(&self, class: usize) -> Result<MapGradient>;

    /// The relevance of the last feature map, of its shape: the logit of a class without the part that comes from biases, distributed over
    /// the cells. Attention weights are frozen (Ali et al. 2022), because relevance that goes through them does not keep its sum.
    fn relevance(&self, rule: &dyn Rule, class: usize) -> Result<Tensor>;

    /// Propagates a signal at the last feature map back to the pixels, `(n, h, w, 3)`.
    fn back(&self, rule: &dyn Rule, signal: Tensor) -> Result<Tensor>;
}

/// The values that the numbers of a tensor can have.
#[derive(Clone)]
pub struct Bounds {
    /// The lowest, of the tensor's shape.
    pub low: Tensor,
    /// The highest, of the tensor's shape.
    pub high: Tensor,
}

/// A linear layer, `z = linear(x, weight) + bias`.
pub trait LinearLayer: Send + Sync {
    /// Its weights.
    fn weight(&self) -> &Tensor;

    /// Its bias, of a shape that can be broadcast over the output.
    fn bias(&self) -> &Tensor;

    /// The output for the input `x` with other weights of the same shape, without bias.
    fn linear(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor>;

    /// The transpose of [`LinearLayer::linear`]: distributes a signal of the shape of the output over the inputs, of the shape of `x`.
    fn transposed(&self, signal: &Tensor, weight: &Tensor, x: &Tensor) -> Result<Tensor>;

    /// [`LinearLayer::transposed`] with its own weights: propagates the gradient with respect to `z` to `x`.
    fn back(&self, signal: &Tensor, x: &Tensor) -> Result<Tensor> {
        self.transposed(signal, self.weight(), x)
    }

    /// Rows of the feature map `x`; 1 for an input that is no feature map.
    fn rows(&self, x: &Tensor) -> Result<usize>;

    /// The receptive fields of its output, given those of its input; `None` for an output that is no feature map.
    fn receptive_grid(&self, of: ReceptiveGrid) -> Option<ReceptiveGrid>;

    /// The values that `x` can have, where `x` is the picture.
    fn bounds(&self, x: &Tensor) -> Result<Bounds>;
}

/// How a signal is propagated back through the parts of a network.
pub trait Rule {
    /// The signal before an activation, given the signal after it. `open` is what the gradient does: it sets the signal to 0 where the
    /// activation cut its input off.
    fn activation(&self, open: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor>;

    /// The signal at the input of a layer, given the signal at its output. `values` are the input `x` and the output `z`; `first` says that
    /// `x` is the picture.
    fn layer(
        &self,
        layer: &dyn LinearLayer,
        values: (&Tensor, &Tensor),
        signal: &Tensor,
        first: bool,
    ) -> Result<Tensor>;

    /// The signals at the two summands of a sum, given the signal at the sum.
    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)>;

    /// Whether the signal is an amount that is distributed over the inputs (relevance), rather than a gradient.
    fn shares(&self) -> bool {
        true
    }
}

/// The rule of the gradient.
pub struct Gradient;

impl Rule for Gradient {
    fn activation(&self, open: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor> {
        open(signal)
    }

    fn layer(&self, layer: &dyn LinearLayer, (x, _): (&Tensor, &Tensor), signal: &Tensor, _: bool) -> Result<Tensor> {
        layer.back(signal, x)
    }

    fn sum(&self, _: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        Ok((signal.clone(), signal))
    }

    fn shares(&self) -> bool {
        false
    }
}
