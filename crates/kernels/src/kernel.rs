//! The kinds of convolution as one operation that candle can apply.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::contiguous;
use super::conv::DirectConvolution;
use super::convolve::{Convolve, Dims};
use super::depthwise::Depthwise;
use super::winograd::Winograd;
use super::{conv_gradient, depthwise_gradient};

/// A convolution of a trained network, with bias, an optional shortcut and the activation in the same pass.
pub enum Kernel {
    /// By its sums.
    Direct(DirectConvolution),
    /// 3x3 by minimal filtering.
    Winograd(Winograd),
    /// Each channel by itself.
    Depthwise(Depthwise),
}

impl Kernel {
    /// The result for a batch `(n, h, w, c)`; `shortcut`, of the result's shape, is added before the activation.
    pub fn apply(&self, x: &Tensor, shortcut: Option<&Tensor>) -> Result<Tensor> {
        match shortcut {
            None => x.apply_op1_no_bwd(&self),
            Some(shortcut) => x.apply_op2_no_bwd(shortcut, &self),
        }
    }

    fn kind(&self) -> &dyn Convolve {
        match self {
            Kernel::Direct(kernel) => kernel,
            Kernel::Winograd(kernel) => kernel,
            Kernel::Depthwise(kernel) => kernel,
        }
    }
}

impl Convolve for Kernel {
    fn output(&self, batch: Dims) -> Result<Dims> {
        self.kind().output(batch)
    }

    fn takes_shortcut(&self) -> bool {
        self.kind().takes_shortcut()
    }

    fn write(&self, x: &[f32], batch: Dims, shortcut: Option<&[f32]>, out: &mut [f32]) {
        self.kind().write(x, batch, shortcut, out);
    }
}

impl CustomOp1 for &Kernel {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.forward(contiguous("convolution", storage, layout)?, layout.shape(), None)
    }
}

impl CustomOp2 for &Kernel {
    fn name(&self) -> &'static str {
        "convolution with shortcut"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let shortcut = contiguous("convolution", s2, l2)?;
        self.forward(contiguous("convolution", s1, l1)?, l1.shape(), Some(shortcut))
    }
}

/// The backward pass of a convolution, from the gradient with respect to its output to that with respect to its input.
pub enum BackwardKernel {
    /// Of any but a depthwise one.
    Dense(conv_gradient::ConvBackward),
    /// Of a depthwise one.
    Depthwise(depthwise_gradient::DepthwiseBackward),
}

impl BackwardKernel {
    /// The gradient with respect to an input of a shape `(n, h, w, c)`.
    pub fn apply(&self, gradient: &Tensor, shape: (usize, usize, usize, usize)) -> Result<Tensor> {
        gradient.contiguous()?.apply_op1_no_bwd(&BackwardOp { back: self, shape })
    }
}

struct BackwardOp<'a> {
    back: &'a BackwardKernel,
    shape: (usize, usize, usize, usize),
}

impl CustomOp1 for BackwardOp<'_> {
    fn name(&self) -> &'static str {
        "convolution turned round"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let gradient = contiguous(self.name(), storage, layout)?;
        match self.back {
            BackwardKernel::Dense(turned) => turned.spread(gradient, layout.shape(), self.shape),
            BackwardKernel::Depthwise(turned) => turned.spread(gradient, layout.shape(), self.shape),
        }
    }
}
