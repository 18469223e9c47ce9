//! A matrix product with fixed weights.

use candle_core::{Result, Tensor, bail};

use crate::explain::inside::{Bounds, LinearLayer, ReceptiveGrid};

/// Multiplies the last axis by a matrix; all other axes are kept.
pub(super) struct Dense {
    /// `(inputs, outputs)`.
    pub(super) weight: Tensor,
    /// One number an output.
    pub(super) bias: Tensor,
    /// The lowest and highest values of its input, where that is the picture.
    pub(super) bounds: Option<Bounds>,
}

/// `x` with its last axis replaced by what `weight`, of (that axis, others), makes of it.
fn product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let mut dims = x.dims().to_vec();
    let Some(last) = dims.last_mut() else { bail!("a product with a single number") };
    let (inputs, outputs) = weight.dims2()?;
    if *last != inputs {
        bail!("a product of {:?} and {:?}", x.dims(), weight.dims())
    }
    *last = outputs;
    x.contiguous()?.reshape(((), inputs))?.matmul(weight)?.reshape(dims)
}

impl LinearLayer for Dense {
    fn receptive_grid(&self, _: ReceptiveGrid) -> Option<ReceptiveGrid> {
        None
    }

    fn weight(&self) -> &Tensor {
        &self.weight
    }

    fn bias(&self) -> &Tensor {
        &self.bias
    }

    fn linear(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        product(x, weight)
    }

    fn transposed(&self, signal: &Tensor, weight: &Tensor, _: &Tensor) -> Result<Tensor> {
        product(signal, &weight.t()?.contiguous()?)
    }

    fn rows(&self, _: &Tensor) -> Result<usize> {
        Ok(1)
    }

    fn bounds(&self, _: &Tensor) -> Result<Bounds> {
        match &self.bounds {
            Some(bounds) => Ok(bounds.clone()),
            None => bail!("the bounds of a layer that does not see the picture"),
        }
    }
}
