//! One convolution with its normalisation folded in: forward, back, and with weights that a rule changed.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};

use super::interface::{Bounds, LinearLayer};
use super::receptive::{KernelSpan, ReceptiveGrid};
use crate::model::ops::activation::Activation;
use crate::model::ops::conv;
use crate::model::ops::conv_gradient::{self, TrainConv};
use crate::model::ops::depthwise::Depthwise;
use crate::model::ops::depthwise_gradient::{self, TrainDepthwise};
use crate::model::ops::geometry::ConvGeometry;
use crate::model::ops::kernel::{BackwardKernel, Kernel};
use crate::model::ops::pointwise::each;
use crate::model::own::architecture::Convolution;
use crate::model::own::frozen::{PIXELS, folded};

/// One folded convolution: `z = conv(x, weight) + bias`.
pub(super) struct FoldedConvolution {
    /// Its name, shape and activation.
    pub(super) conv: Convolution,
    /// The kernel from `x` to `z`, and the one for gradients: both are prepared once, because every explanation uses them many times.
    forward: Kernel,
    back: BackwardKernel,
    /// `(kernel * kernel * inputs, outputs)`, of a depthwise one `(kernel * kernel, channels)`.
    weight: Tensor,
    /// One number an output channel.
    bias: Tensor,
}

impl FoldedConvolution {
    /// Folds the normalisation of a convolution with the tensors of its weights file.
    pub(super) fn new(conv: &Convolution, tensors: &BTreeMap<String, Tensor>) -> Result<FoldedConvolution> {
        let (weight, bias) = folded(conv, tensors)?;
        let (geometry, outputs) = (conv.geometry, conv.output);
        let numbers: Vec<f32> = weight.flatten_all()?.to_vec1()?;
        let (forward, back) = match conv.depthwise {
            true => (
                Kernel::Depthwise(Depthwise::new(&numbers, &bias, geometry, Activation::Linear)),
                BackwardKernel::Depthwise(depthwise_gradient::DepthwiseBackward::new(&numbers, outputs, geometry)),
            ),
            false => (
                Kernel::Direct(conv::DirectConvolution::new(&numbers, &bias, geometry, Activation::Linear)),
                BackwardKernel::Dense(conv_gradient::ConvBackward::new(&numbers, outputs, geometry)),
            ),
        };
        Ok(FoldedConvolution { conv: conv.clone(), forward, back, weight, bias: Tensor::new(bias, &Device::Cpu)? })
    }

    /// The output before the activation, for a batch `x`, `(n, h, w, c)`.
    pub(super) fn apply(&self, x: &Tensor) -> Result<Tensor> {
        self.forward.apply(&x.contiguous()?, None)
    }
}

impl LinearLayer for FoldedConvolution {
    fn receptive_grid(&self, of: ReceptiveGrid) -> Option<ReceptiveGrid> {
        let ConvGeometry { kernel, stride, padding } = self.conv.geometry;
        Some(of.through([KernelSpan { reach_cells: kernel, stride_cells: stride, padding_cells: padding }; 2]))
    }

    fn weight(&self) -> &Tensor {
        &self.weight
    }

    fn bias(&self) -> &Tensor {
        &self.bias
    }

    fn back(&self, signal: &Tensor, x: &Tensor) -> Result<Tensor> {
        self.back.apply(signal, x.dims4()?)
    }

    fn rows(&self, x: &Tensor) -> Result<usize> {
        x.dim(1)
    }

    fn bounds(&self, x: &Tensor) -> Result<Bounds> {
        Ok(Bounds { low: each(x, |_| PIXELS.0)?, high: each(x, |_| PIXELS.1)? })
    }

    fn linear(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let (x, geometry) = (x.contiguous()?, self.conv.geometry);
        match self.conv.depthwise {
            true => x.apply_op2_no_bwd(weight, &TrainDepthwise { geometry }),
            false => x.apply_op2_no_bwd(weight, &TrainConv { geometry, input_gradient: false }),
        }
    }

    fn transposed(&self, signal: &Tensor, weight: &Tensor, x: &Tensor) -> Result<Tensor> {
        match self.conv.depthwise {
            true => depthwise_gradient::by_input(signal, weight, self.conv.geometry, x.dims4()?),
            false => conv_gradient::by_input(signal, weight, self.conv.geometry, x.dims4()?),
        }
    }
}
