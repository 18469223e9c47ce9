//! What explanations ask of the inside of a classifier, whoever made it: a forward pass with what it left behind, and the way
//! back through it under any rule.

use candle_core::{Result, Tensor};

use super::error::OpeningError;
use super::receptive::ReceptiveGrid;

/// How far a classifier can be looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The last feature map is seen.
    Features,
    /// And the gradient by it is known.
    Head,
    /// Signals go all the way back to the pixels.
    Pixels,
}

/// A classifier that can be looked into.
pub trait Internals: Send + Sync {
    /// Looks at a batch `(n, h, w, 3)` of pictures, pixels as the bundled networks see them: `(value / 255 - MEAN) / DEVIATION`.
    fn trace(&self, batch: &Tensor) -> Result<Box<dyn ForwardPass + '_>>;

    /// Whether the logits are a linear function of an average of the places of the last feature map, all alike or weighed.
    fn averages(&self) -> bool;

    /// Whether it weighs the places of the last feature map by attention.
    fn attends(&self) -> bool {
        false
    }

    /// How far it can be looked into.
    fn depth(&self) -> Depth;

    /// Why it can be looked into no further; `None` where [`Internals::depth`] is [`Depth::Pixels`].
    fn obstacle(&self) -> Option<&OpeningError> {
        None
    }

    /// Where the values of the last feature map and those of [`ForwardPass::finer`] lie on the picture; `None` where its kernels are not
    /// known.
    fn receptive_grids(&self) -> [Option<ReceptiveGrid>; 2];
}

/// What a forward pass left behind.
pub trait ForwardPass {
    /// `(n, classes)`, before any temperature.
    fn logits(&self) -> &Tensor;

    /// The last feature map, `(n, h, w, c)`.
    fn features(&self) -> &Tensor;

    /// The gradient of the logit of a class by the last feature map, of its shape.
    fn logit_gradient(&self, class: usize) -> Result<Tensor>;

    /// The same with the weights that attention gives to the places held as they are: times the features it adds up to the logit,
    /// less its bias.
    fn held_logit_gradient(&self, class: usize) -> Result<Tensor> {
        self.logit_gradient(class)
    }

    /// The weights that attention gives to the places, `(n, h, w)`, summing to 1 over a picture; `None` without attention.
    fn attention(&self) -> Option<&Tensor> {
        None
    }

    /// The last feature map before the last that is coarser, and the gradient of the logit by it; the last feature map itself
    /// where there is none.
    fn finer(&self, class: usize) -> Result<(Tensor, Tensor)>;

    /// The logit of a class, less what biases make of it, handed down to the last feature map, of its shape; attention's weights count
    /// as given (Ali et al. 2022), as handing relevance on through them would not keep its sum.
    fn relevance(&self, rule: &dyn Rule, class: usize) -> Result<Tensor>;

    /// Takes a signal at the last feature map back to the picture, `(n, h, w, 3)`.
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

    /// Its bias, of a shape that spreads over results.
    fn bias(&self) -> &Tensor;

    /// What it makes of `x` with weights of its own shape, without bias.
    fn linear(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor>;

    /// [`LinearLayer::linear`] turned round: a signal of the shape of `z` spread over the inputs, of the shape of `x`.
    fn transposed(&self, signal: &Tensor, weight: &Tensor, x: &Tensor) -> Result<Tensor>;

    /// [`LinearLayer::transposed`] with its own weights: for a gradient by `z` that by `x`.
    fn back(&self, signal: &Tensor, x: &Tensor) -> Result<Tensor> {
        self.transposed(signal, self.weight(), x)
    }

    /// Rows of places of `x`; 1 where its numbers are no places.
    fn rows(&self, x: &Tensor) -> Result<usize>;

    /// Where its results lie, given where its inputs do; `None` where they have no place.
    fn receptive_grid(&self, of: ReceptiveGrid) -> Option<ReceptiveGrid>;

    /// The lowest and the highest values that `x` can have, of its shape, where it is the picture.
    fn bounds(&self, x: &Tensor) -> Result<Bounds>;
}

/// How a signal goes back through the parts of a network.
pub trait Rule {
    /// The signal before an activation, given that after it; `open` makes of it what a gradient would be.
    fn activation(&self, open: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor>;

    /// The signal at the input of a layer, given that at its result `z`; `first` when `x` is the picture.
    fn layer(
        &self,
        layer: &dyn LinearLayer,
        values: (&Tensor, &Tensor),
        signal: &Tensor,
        first: bool,
    ) -> Result<Tensor>;

    /// The signals at the two summands of a sum, given that at it.
    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)>;

    /// Whether the signal is a value that is shared out among inputs, not a slope.
    fn shares(&self) -> bool {
        true
    }
}

/// The gradient itself.
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
