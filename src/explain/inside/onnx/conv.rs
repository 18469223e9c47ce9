//! Convolution of a picture-shaped tensor `(1, c, h, w)`, with any kernel, stride, dilation, padding and number of groups, and its transpose.

use candle_core::{Device, Result, Tensor, bail};
use rayon::prelude::*;

use super::geometry::KernelGeometry;
use crate::explain::inside::{Bounds, LinearLayer, ReceptiveGrid};

/// Values that are copied for one matrix product, at most.
const LAID: usize = 1 << 22;

/// A convolution.
pub(super) struct Conv {
    /// `(outputs, inputs / groups, rows, columns)`.
    pub(super) weight: Tensor,
    /// `(1, outputs, 1, 1)`.
    pub(super) bias: Tensor,
    pub(super) groups: usize,
    pub(super) geometry: KernelGeometry,
    /// The lowest and highest values of its input, where that is the picture.
    pub(super) bounds: Option<Bounds>,
}

/// Sizes of what goes in and what comes out.
#[derive(Clone, Copy)]
struct Sizes {
    /// Channels, rows, columns.
    from: [usize; 3],
    to: [usize; 3],
}

impl Sizes {
    fn input(&self) -> usize {
        self.from[1] * self.from[2]
    }

    fn output(&self) -> usize {
        self.to[1] * self.to[2]
    }
}

impl Conv {
    fn sizes(&self, x: &Tensor) -> Result<Sizes> {
        let (n, c, h, w) = x.dims4()?;
        let (outputs, inputs, ..) = self.weight.dims4()?;
        if n != 1 || self.groups == 0 || c != inputs * self.groups || !outputs.is_multiple_of(self.groups) {
            bail!("a convolution of {:?} by {:?} in {} groups", x.dims(), self.weight.dims(), self.groups)
        }
        let [rows, cols] = self.geometry.size([h, w])?;
        Ok(Sizes { from: [c, h, w], to: [outputs, rows, cols] })
    }

    /// Cells of a kernel.
    fn cells(&self) -> usize {
        self.geometry.kernel[0] * self.geometry.kernel[1]
    }

    /// Rows of the result that are worked on at once.
    fn band(&self, sizes: &Sizes) -> usize {
        let row = sizes.from[0] / self.groups * self.cells() * sizes.to[2];
        (LAID / row.max(1)).clamp(1, sizes.to[1].max(1))
    }

    /// The channel of a group, and the row and column of the kernel, of a line of the matrix.
    fn line(&self, line: usize) -> (usize, [usize; 2]) {
        let cell = line % self.cells();
        (line / self.cells(), [cell / self.geometry.kernel[1], cell % self.geometry.kernel[1]])
    }

    /// Calls `each` for all cells of a band, with the index in the line of the matrix and the index in the channel of the map.
    fn pass(&self, cell: [usize; 2], sizes: &Sizes, band: (usize, usize), mut each: impl FnMut(usize, usize)) {
        let ([_, h, w], [_, rows, cols]) = (sizes.from, sizes.to);
        let across = self.geometry.span(1, cell[1], (w, cols));
        for row in self.geometry.span(0, cell[0], (h, rows)) {
            if row < band.0 || row >= band.1 {
                continue;
            }
            let line = self.geometry.place(0, cell[0], row) * w;
            for col in across.clone() {
                each((row - band.0) * cols + col, line + self.geometry.place(1, cell[1], col));
            }
        }
    }

    /// The values under the kernel for the cells of a band, `(channels of the group * kernel cells, cells of the band)`.
    fn laid(&self, x: &[f32], sizes: &Sizes, band: (usize, usize)) -> Vec<f32> {
        let cells = (band.1 - band.0) * sizes.to[2];
        let lines = x.len() / sizes.input().max(1) * self.cells();
        let mut laid = vec![0f32; lines * cells];
        laid.par_chunks_mut(cells.max(1)).enumerate().for_each(|(line, out)| {
            let (channel, cell) = self.line(line);
            let x = &x[channel * sizes.input()..][..sizes.input()];
            self.pass(cell, sizes, band, |to, from| out[to] = x[from]);
        });
        laid
    }

    fn forward(&self, x: &[f32], weight: &Tensor, sizes: &Sizes) -> Result<Vec<f32>> {
        let (inputs, outputs) = (sizes.from[0] / self.groups, sizes.to[0] / self.groups);
        let mut out = vec![0f32; sizes.to[0] * sizes.output()];
        let band = self.band(sizes);
        for group in 0..self.groups {
            let x = &x[group * inputs * sizes.input()..][..inputs * sizes.input()];
            let matrix = weight.narrow(0, group * outputs, outputs)?.reshape((outputs, inputs * self.cells()))?;
            for from in (0..sizes.to[1]).step_by(band) {
                let band = (from, (from + band).min(sizes.to[1]));
                let cells = (band.1 - band.0) * sizes.to[2];
                let laid = Tensor::from_vec(self.laid(x, sizes, band), (inputs * self.cells(), cells), &Device::Cpu)?;
                let result: Vec<f32> = matrix.matmul(&laid)?.flatten_all()?.to_vec1()?;
                for (channel, result) in result.chunks_exact(cells).enumerate() {
                    let at = (group * outputs + channel) * sizes.output() + band.0 * sizes.to[2];
                    out[at..][..cells].copy_from_slice(result);
                }
            }
        }
        Ok(out)
    }

    fn backward(&self, signal: &[f32], weight: &Tensor, sizes: &Sizes) -> Result<Vec<f32>> {
        let (inputs, outputs) = (sizes.from[0] / self.groups, sizes.to[0] / self.groups);
        let mut out = vec![0f32; sizes.from[0] * sizes.input()];
        let band = self.band(sizes);
        for group in 0..self.groups {
            let matrix = weight.narrow(0, group * outputs, outputs)?.reshape((outputs, inputs * self.cells()))?.t()?;
            let out = &mut out[group * inputs * sizes.input()..][..inputs * sizes.input()];
            for from in (0..sizes.to[1]).step_by(band) {
                let band = (from, (from + band).min(sizes.to[1]));
                let cells = (band.1 - band.0) * sizes.to[2];
                let channels = (0..outputs).map(|c| (group * outputs + c) * sizes.output() + band.0 * sizes.to[2]);
                let part: Vec<f32> = channels.flat_map(|at| signal[at..][..cells].iter().copied()).collect();
                let part = Tensor::from_vec(part, (outputs, cells), &Device::Cpu)?;
                let spread: Vec<f32> = matrix.matmul(&part)?.flatten_all()?.to_vec1()?;
                out.par_chunks_mut(sizes.input().max(1)).enumerate().for_each(|(channel, out)| {
                    for cell in 0..self.cells() {
                        let line = channel * self.cells() + cell;
                        let spread = &spread[line * cells..][..cells];
                        self.pass(self.line(line).1, sizes, band, |from, to| out[to] += spread[from]);
                    }
                });
            }
        }
        Ok(out)
    }

    /// Where every output sees one channel: sums over cells, without matrices.
    fn depthwise(&self, x: &[f32], weight: &[f32], sizes: &Sizes) -> Vec<f32> {
        let (cells, each) = (self.cells(), sizes.to[0] / self.groups);
        let mut out = vec![0f32; sizes.to[0] * sizes.output()];
        out.par_chunks_mut(sizes.output().max(1)).enumerate().for_each(|(channel, out)| {
            let x = &x[channel / each * sizes.input()..][..sizes.input()];
            for (line, weight) in weight[channel * cells..][..cells].iter().enumerate() {
                self.pass(self.line(line).1, sizes, (0, sizes.to[1]), |to, from| out[to] += weight * x[from]);
            }
        });
        out
    }

    /// [`Conv::depthwise`] turned round.
    fn depthwise_back(&self, signal: &[f32], weight: &[f32], sizes: &Sizes) -> Vec<f32> {
        let (cells, each) = (self.cells(), sizes.to[0] / self.groups);
        let mut out = vec![0f32; sizes.from[0] * sizes.input()];
        out.par_chunks_mut(sizes.input().max(1)).enumerate().for_each(|(group, out)| {
            for channel in group * each..(group + 1) * each {
                let signal = &signal[channel * sizes.output()..][..sizes.output()];
                for (line, weight) in weight[channel * cells..][..cells].iter().enumerate() {
                    let all = (0, sizes.to[1]);
                    self.pass(self.line(line).1, sizes, all, |from, to| out[to] += weight * signal[from]);
                }
            }
        });
        out
    }
}

impl LinearLayer for Conv {
    fn receptive_grid(&self, of: ReceptiveGrid) -> Option<ReceptiveGrid> {
        Some(self.geometry.receptive_grid(of))
    }

    fn weight(&self) -> &Tensor {
        &self.weight
    }

    fn bias(&self) -> &Tensor {
        &self.bias
    }

    fn linear(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let sizes = self.sizes(x)?;
        let values: Vec<f32> = x.flatten_all()?.to_vec1()?;
        let out = match sizes.from[0] == self.groups {
            true => self.depthwise(&values, &weight.flatten_all()?.to_vec1::<f32>()?, &sizes),
            false => self.forward(&values, weight, &sizes)?,
        };
        let [c, h, w] = sizes.to;
        Tensor::from_vec(out, (1, c, h, w), &Device::Cpu)
    }

    fn transposed(&self, signal: &Tensor, weight: &Tensor, x: &Tensor) -> Result<Tensor> {
        let sizes = self.sizes(x)?;
        let values: Vec<f32> = signal.flatten_all()?.to_vec1()?;
        let out = match sizes.from[0] == self.groups {
            true => self.depthwise_back(&values, &weight.flatten_all()?.to_vec1::<f32>()?, &sizes),
            false => self.backward(&values, weight, &sizes)?,
        };
        Tensor::from_vec(out, x.dims(), &Device::Cpu)
    }

    fn rows(&self, x: &Tensor) -> Result<usize> {
        x.dim(2)
    }

    fn bounds(&self, _: &Tensor) -> Result<Bounds> {
        match &self.bounds {
            Some(bounds) => Ok(bounds.clone()),
            None => bail!("the bounds of a layer that does not see the picture"),
        }
    }
}
