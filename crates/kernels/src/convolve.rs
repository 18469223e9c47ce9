//! What every kind of convolution does.

use candle_core::{CpuStorage, Result, Shape, bail};

/// Pictures, height, width and channels of a batch.
pub type Dims = (usize, usize, usize, usize);

/// A kind of convolution with its weights laid out for it.
pub trait Convolve {
    /// The shape of the result for a batch of this shape; an error when the batch does not fit.
    fn output(&self, batch: Dims) -> Result<Dims>;

    /// Whether something can be added before the activation.
    fn takes_shortcut(&self) -> bool {
        true
    }

    /// Writes the result for a batch over all of `out`. Slices have the lengths that [`Convolve::output`] asks for, `shortcut` that of
    /// `out`.
    fn write(&self, x: &[f32], batch: Dims, shortcut: Option<&[f32]>, out: &mut [f32]);

    /// The result for a batch `(n, h, w, c)`, with its shape; an error when the shapes do not fit.
    fn forward(&self, x: &[f32], shape: &Shape, shortcut: Option<&[f32]>) -> Result<(CpuStorage, Shape)> {
        let batch = shape.dims4()?;
        let (n, h, w, c) = self.output(batch)?;
        if x.len() != shape.elem_count() || shortcut.is_some_and(|s| !self.takes_shortcut() || s.len() != n * h * w * c)
        {
            bail!("convolution: input and shortcut do not fit {shape:?}")
        }
        let mut out = vec![0f32; n * h * w * c];
        self.write(x, batch, shortcut, &mut out);
        Ok((CpuStorage::F32(out), Shape::from((n, h, w, c))))
    }
}
