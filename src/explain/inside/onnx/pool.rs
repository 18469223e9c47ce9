//! Pooling of a picture-shaped tensor `(1, c, h, w)`: the highest value or the mean under a kernel, and its gradient.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::geometry::KernelGeometry;

/// What is computed from the values under the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PoolKind {
    Highest,
    /// The mean; `padded` says whether cells of padding count.
    Mean {
        padded: bool,
    },
}

/// A pooling operator.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolOperator {
    pub(super) kind: PoolKind,
    pub(super) geometry: KernelGeometry,
}

impl PoolOperator {
    /// Calls `each` with every input cell under the kernel of an output cell.
    fn seen(&self, (row, col): (usize, usize), [h, w]: [usize; 2], mut each: impl FnMut(usize)) {
        let geometry = &self.geometry;
        let inside = |axis: usize, at: usize, cell: usize, side: usize| {
            let place = at * geometry.stride[axis] + cell * geometry.dilation[axis];
            place.checked_sub(geometry.before[axis]).filter(|place| *place < side)
        };
        for y in (0..geometry.kernel[0]).filter_map(|cell| inside(0, row, cell, h)) {
            for x in (0..geometry.kernel[1]).filter_map(|cell| inside(1, col, cell, w)) {
                each(y * w + x);
            }
        }
    }

    /// The divisor of the mean.
    fn count(&self, seen: usize, at: (usize, usize), [h, w]: [usize; 2]) -> f32 {
        let geometry = &self.geometry;
        // A kernel that sticks out beyond what was added counts only as far as that reaches.
        let within = |axis: usize, at: usize, side: usize| {
            let all = side + geometry.before[axis] + geometry.after[axis];
            let cells = 0..geometry.kernel[axis];
            cells.filter(|cell| at * geometry.stride[axis] + cell * geometry.dilation[axis] < all).count()
        };
        match self.kind {
            PoolKind::Mean { padded: true } => (within(0, at.0, h) * within(1, at.1, w)) as f32,
            _ => seen as f32,
        }
        .max(1.0)
    }

    /// The input cell with the highest value under the kernel; of equals the first.
    fn highest(&self, x: &[f32], at: (usize, usize), map: [usize; 2]) -> Option<usize> {
        let mut best: Option<usize> = None;
        self.seen(at, map, |place| {
            if best.is_none_or(|best| x[place] > x[best]) {
                best = Some(place);
            }
        });
        best
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, c, h, w) = x.dims4()?;
        let [rows, cols] = self.geometry.size([h, w])?;
        let values: Vec<f32> = x.flatten_all()?.to_vec1()?;
        let mut out = vec![0f32; c * rows * cols];
        let channels = out.par_chunks_mut((rows * cols).max(1)).zip(values.par_chunks((h * w).max(1)));
        channels.for_each(|(out, x)| {
            for (i, out) in out.iter_mut().enumerate() {
                let at = (i / cols, i % cols);
                *out = match self.kind {
                    PoolKind::Highest => self.highest(x, at, [h, w]).map_or(0.0, |best| x[best]),
                    PoolKind::Mean { .. } => {
                        let (mut sum, mut seen) = (0f32, 0);
                        self.seen(at, [h, w], |place| {
                            sum += x[place];
                            seen += 1;
                        });
                        sum / self.count(seen, at, [h, w])
                    }
                };
            }
        });
        Tensor::from_vec(out, (1, c, rows, cols), &Device::Cpu)
    }

    /// The gradient with respect to `x`, given that with respect to the output; that of a highest value goes to its cell alone.
    pub(super) fn back(&self, x: &Tensor, signal: &Tensor) -> Result<Tensor> {
        let (_, c, h, w) = x.dims4()?;
        let (_, _, rows, cols) = signal.dims4()?;
        let values: Vec<f32> = x.flatten_all()?.to_vec1()?;
        let signal: Vec<f32> = signal.flatten_all()?.to_vec1()?;
        let mut out = vec![0f32; c * h * w];
        let side = (h * w).max(1);
        let channels = out.par_chunks_mut(side).zip(values.par_chunks(side));
        channels.zip(signal.par_chunks((rows * cols).max(1))).for_each(|((out, x), signal)| {
            for (i, signal) in signal.iter().enumerate() {
                let at = (i / cols, i % cols);
                match self.kind {
                    PoolKind::Highest => {
                        self.highest(x, at, [h, w]).into_iter().for_each(|best| out[best] += signal);
                    }
                    PoolKind::Mean { .. } => {
                        let mut seen = 0;
                        self.seen(at, [h, w], |_| seen += 1);
                        let part = signal / self.count(seen, at, [h, w]);
                        self.seen(at, [h, w], |place| out[place] += part);
                    }
                }
            }
        });
        Tensor::from_vec(out, (1, c, h, w), &Device::Cpu)
    }
}
