//! Where the outputs of a square convolution lie.

/// Kernel size, stride and zero padding of a square convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvGeometry {
    /// Side of the kernel, px.
    pub kernel: usize,
    /// Distance between neighbouring outputs, px.
    pub stride: usize,
    /// Zeros added at every border, px.
    pub padding: usize,
}

impl ConvGeometry {
    /// Outputs along a side of `input` px; 0 when the kernel does not fit.
    pub fn output(&self, input: usize) -> usize {
        (input + 2 * self.padding).checked_sub(self.kernel).map_or(0, |room| room / self.stride + 1)
    }
}
