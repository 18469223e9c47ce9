//! The tail of a convolution at inference, in place: bias, an optional shortcut, ReLU.

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result, bail};

use super::contiguous;

/// `x = relu(x + bias)` on a row-major matrix with one bias a column.
pub struct BiasRelu<'a>(pub &'a [f32]);

impl InplaceOp1 for BiasRelu<'_> {
    fn name(&self) -> &'static str {
        "bias-relu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in contiguous_mut(self.name(), storage, layout)?.chunks_exact_mut(self.0.len()) {
            for (value, bias) in row.iter_mut().zip(self.0) {
                *value = (*value + bias).max(0.0);
            }
        }
        Ok(())
    }
}

/// `x = relu(x + bias + shortcut)`, the shortcut having the shape of `x`.
pub struct BiasAddRelu<'a>(pub &'a [f32]);

impl InplaceOp2 for BiasAddRelu<'_> {
    fn name(&self) -> &'static str {
        "bias-add-relu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout, shortcut: &CpuStorage, its: &Layout) -> Result<()> {
        let shortcut = contiguous(self.name(), shortcut, its)?;
        let columns = self.0.len();
        let rows = contiguous_mut(self.name(), storage, layout)?.chunks_exact_mut(columns);
        for (row, shortcut) in rows.zip(shortcut.chunks_exact(columns)) {
            for ((value, bias), shortcut) in row.iter_mut().zip(self.0).zip(shortcut) {
                *value = (*value + bias + shortcut).max(0.0);
            }
        }
        Ok(())
    }
}

fn contiguous_mut<'a>(op: &str, storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let CpuStorage::F32(values) = storage else { bail!("{op} takes f32 tensors") };
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&mut values[start..end]),
        None => bail!("{op} takes contiguous tensors"),
    }
}
