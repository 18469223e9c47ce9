//! `im2col`: gathers the receptive field of every output pixel of a convolution into one row of a matrix,
//! and its adjoint `col2im`, which training needs (Chellapilla, Puri and Simard 2006).

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::contiguous;

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

    /// The input positions `from..to` under output `at` along one side, and the number of kernel cells before `from`.
    fn span(&self, at: usize, input: usize) -> (usize, usize, usize) {
        let first = at * self.stride;
        let skipped = self.padding.saturating_sub(first);
        let from = (first + skipped).saturating_sub(self.padding);
        let to = (first + self.kernel).saturating_sub(self.padding).min(input);
        (from, to.max(from), skipped)
    }
}

/// `(n, h, w, c)` to `(n * oh * ow, kernel * kernel * c)`, columns ordered by kernel row, kernel column, channel.
#[derive(Clone, Copy, Debug)]
pub struct Im2Col(pub ConvGeometry);

impl CustomOp1 for Im2Col {
    fn name(&self) -> &'static str {
        "im2col"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let input = contiguous("im2col", storage, layout)?;
        let (n, h, w, c) = layout.shape().dims4()?;
        let geometry = self.0;
        let (oh, ow) = (geometry.output(h), geometry.output(w));
        if oh == 0 || ow == 0 {
            bail!("im2col: a {h}x{w} picture is smaller than the {0}x{0} kernel", geometry.kernel)
        }
        let columns = geometry.kernel * geometry.kernel * c;
        let mut rows = vec![0f32; n * oh * ow * columns];
        rows.par_chunks_mut(ow * columns).enumerate().for_each(|(line, out)| {
            let (image, oy) = (line / oh, line % oh);
            gather_line(&input[image * h * w * c..(image + 1) * h * w * c], (h, w, c), oy, out, geometry);
        });
        Ok((CpuStorage::F32(rows), Shape::from((n * oh * ow, columns))))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let shape = arg.dims4()?;
        Ok(Some(grad_res.contiguous()?.apply_op1_no_bwd(&Col2Im { geometry: self.0, shape })?))
    }
}

/// The adjoint of [`Im2Col`]: adds every cell back to the pixel it came from.
struct Col2Im {
    geometry: ConvGeometry,
    shape: (usize, usize, usize, usize),
}

impl CustomOp1 for Col2Im {
    fn name(&self) -> &'static str {
        "col2im"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let rows = contiguous("col2im", storage, layout)?;
        let (n, h, w, c) = self.shape;
        let (oh, ow) = (self.geometry.output(h), self.geometry.output(w));
        let columns = self.geometry.kernel * self.geometry.kernel * c;
        let mut pixels = vec![0f32; n * h * w * c];
        pixels.par_chunks_mut(h * w * c).zip(rows.par_chunks(oh * ow * columns)).for_each(|(image, rows)| {
            for (oy, line) in rows.chunks_exact(ow * columns).enumerate() {
                scatter_line(line, (h, w, c), oy, image, self.geometry);
            }
        });
        Ok((CpuStorage::F32(pixels), Shape::from(self.shape)))
    }
}

fn gather_line(image: &[f32], (h, w, c): (usize, usize, usize), oy: usize, out: &mut [f32], g: ConvGeometry) {
    let (y0, y1, skip_y) = g.span(oy, h);
    let columns = g.kernel * g.kernel * c;
    for (ox, row) in out.chunks_exact_mut(columns).enumerate() {
        let (x0, x1, skip_x) = g.span(ox, w);
        let run = (x1 - x0) * c;
        for y in y0..y1 {
            let to = ((y - y0 + skip_y) * g.kernel + skip_x) * c;
            let from = (y * w + x0) * c;
            row[to..to + run].copy_from_slice(&image[from..from + run]);
        }
    }
}

fn scatter_line(line: &[f32], (h, w, c): (usize, usize, usize), oy: usize, image: &mut [f32], g: ConvGeometry) {
    let (y0, y1, skip_y) = g.span(oy, h);
    let columns = g.kernel * g.kernel * c;
    for (ox, row) in line.chunks_exact(columns).enumerate() {
        let (x0, x1, skip_x) = g.span(ox, w);
        let run = (x1 - x0) * c;
        for y in y0..y1 {
            let from = ((y - y0 + skip_y) * g.kernel + skip_x) * c;
            let to = (y * w + x0) * c;
            for (pixel, value) in image[to..to + run].iter_mut().zip(&row[from..from + run]) {
                *pixel += value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};
    use proptest::prelude::*;

    fn random(shape: &[usize], seed: u32) -> Tensor {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count as u32)
            .map(|i| ((i.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 8) % 2000) as f32 / 1000.0 - 1.0)
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn close(a: &Tensor, b: &Tensor) -> bool {
        let gap = (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        gap.to_scalar::<f32>().unwrap() < 1e-3
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn convolution_and_its_gradients_agree_with_candle(
            n in 1usize..3, h in 4usize..10, w in 4usize..10, c in 1usize..4, o in 1usize..4,
            kernel in 1usize..5, stride in 1usize..3, padding in 0usize..2, seed in 0u32..999,
        ) {
            let geometry = ConvGeometry { kernel, stride, padding };
            let x = Var::from_tensor(&random(&[n, h, w, c], seed)).unwrap();
            let weight = Var::from_tensor(&random(&[kernel * kernel * c, o], seed + 1)).unwrap();
            let (oh, ow) = (geometry.output(h), geometry.output(w));
            let ours = x.apply_op1(Im2Col(geometry)).unwrap().matmul(&weight).unwrap().reshape((n, oh, ow, o)).unwrap();

            let nchw = x.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap();
            let filters = weight.reshape((kernel, kernel, c, o)).unwrap().permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
            let theirs = nchw.conv2d(&filters, padding, stride, 1, 1).unwrap().permute((0, 2, 3, 1)).unwrap();
            prop_assert!(close(&ours, &theirs));

            let pull = random(&[n, oh, ow, o], seed + 2);
            let a = (&ours * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            let b = (theirs * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            prop_assert!(close(a.get(&x).unwrap(), b.get(&x).unwrap()));
            prop_assert!(close(a.get(&weight).unwrap(), b.get(&weight).unwrap()));
        }
    }

    #[test]
    fn a_picture_smaller_than_the_kernel_is_an_error() {
        let x = random(&[1, 2, 2, 1], 0);
        let geometry = ConvGeometry { kernel: 3, stride: 1, padding: 0 };
        assert!(x.apply_op1(Im2Col(geometry)).is_err());
    }
}
