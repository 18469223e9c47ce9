//! The 3x3 convolution that keeps the shape, with a quarter of the multiplications: Winograd's minimal filtering
//! F(4x4, 3x3) (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks").
//!
//! Every 4x4 px of output come from 6x6 px of input: both the input and the weights are transformed, multiplied in each of
//! the 36 cells of the tile (a matrix product over channels), and transformed back. Results differ from the direct
//! sums by rounding, at most 3e-5 of the largest activation where tested; they do not depend on the batch.

use std::cell::Cell;

use candle_core::{Result, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::activation::Activation;
use super::conv::DirectConvolution;
use super::convolve::{Convolve, Dims};
use super::geometry::ConvGeometry;

/// Side of a tile of outputs, px.
const OUT: usize = 4;
/// Side of the inputs under it, px.
const IN: usize = 6;
/// Cells of a tile.
const PLACES: usize = IN * IN;
/// Tiles that are multiplied at once: their transforms stay in the second-level cache.
const TILES: usize = 48;
/// Channels must come in whole vectors of every machine.
const LANES: usize = 16;

thread_local! {
    /// Transformed inputs and products of this thread's group.
    static SCRATCH: Cell<(Vec<f32>, Vec<f32>)> = const { Cell::new((Vec::new(), Vec::new())) };
}

/// Transform of a row of three weights (the matrix G of the paper).
const WEIGHTS: [[f32; 3]; IN] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// A 3x3 convolution of stride 1 and padding 1 with its weights transformed: `y = act(conv(x) + bias)`, or with a
/// shortcut `y = act(conv(x) + bias + shortcut)`. Activations are `(n, h, w, c)`.
pub struct Winograd {
    /// A matrix product over channels for each cell.
    places: Vec<DirectConvolution>,
    bias: Vec<f32>,
    inputs: usize,
    activation: Activation,
}

impl Winograd {
    /// Whether a convolution can be computed this way.
    pub fn fits(geometry: ConvGeometry, inputs: usize, outputs: usize) -> bool {
        geometry == ConvGeometry { kernel: 3, stride: 1, padding: 1 }
            && inputs.is_multiple_of(LANES)
            && outputs.is_multiple_of(LANES)
    }

    /// From a row-major matrix `(9 * inputs, outputs)` and one bias an output; numbers of channels as [`Winograd::fits`] asks.
    pub fn new(weights: &[f32], bias: &[f32], activation: Activation) -> Winograd {
        let plane = weights.len() / 9;
        let place = |row: &[f32; 3], column: &[f32; 3]| {
            let mut matrix = vec![0f32; plane];
            for (cell, weights) in weights.chunks_exact(plane).enumerate() {
                let factor = row[cell / 3] * column[cell % 3];
                matrix.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += factor * weight);
            }
            DirectConvolution::linear(&matrix, bias.len(), ConvGeometry { kernel: 1, stride: 1, padding: 0 })
        };
        let places = WEIGHTS.iter().flat_map(|row| WEIGHTS.iter().map(move |column| place(row, column)));
        Winograd { places: places.collect(), bias: bias.to_vec(), inputs: plane / bias.len().max(1), activation }
    }
}

impl Convolve for Winograd {
    fn output(&self, (n, h, w, c): Dims) -> Result<Dims> {
        if c != self.inputs || h * w * self.bias.len() == 0 {
            bail!("winograd: {:?} does not fit {} channels", (n, h, w, c), self.inputs)
        }
        Ok((n, h, w, self.bias.len()))
    }

    fn write(&self, x: &[f32], (_, h, w, c): Dims, shortcut: Option<&[f32]>, out: &mut [f32]) {
        let size = h * w * self.bias.len();
        let tiles = h.div_ceil(OUT) * w.div_ceil(OUT);
        // Small pictures share a product, large ones are cut into several: which, never changes a sum.
        let together = (TILES / tiles).max(1);
        let tasks = x.par_chunks(together * h * w * c).zip(out.par_chunks_mut(together * size)).enumerate();
        tasks.for_each(|(i, (x, out))| {
            let from = i * together * size;
            let shortcut = shortcut.map(|s| &s[from..from + out.len()]);
            let all = out.len() / size * tiles;
            let mut group = Group { winograd: self, size: (h, w), x, shortcut, out, first: 0, count: 0 };
            for first in (0..all).step_by(TILES) {
                (group.first, group.count) = (first, (all - first).min(TILES));
                group.convolve();
            }
        });
    }
}

/// Some tiles of some pictures.
struct Group<'a> {
    winograd: &'a Winograd,
    /// Height and width of a picture.
    size: (usize, usize),
    x: &'a [f32],
    shortcut: Option<&'a [f32]>,
    out: &'a mut [f32],
    first: usize,
    count: usize,
}

impl Group<'_> {
    fn convolve(&mut self) {
        let arch = Arch::new();
        let (inputs, outputs) = (self.winograd.inputs, self.winograd.bias.len());
        let (rows, results) = (plane(self.count, inputs), plane(self.count, outputs));
        // Kept between calls: clearing and freeing them would cost as much as the transforms.
        let (mut spread, mut products) = SCRATCH.take();
        spread.resize(PLACES * rows, 0.0);
        products.resize(PLACES * results, 0.0);
        arch.dispatch(InputTransform { group: self, spread: &mut spread });
        let planes = spread.chunks_exact(rows).zip(products.chunks_exact_mut(results));
        for (place, (rows, product)) in self.winograd.places.iter().zip(planes) {
            place.multiply(&rows[..self.count * inputs], &mut product[..self.count * outputs]);
        }
        arch.dispatch(OutputTransform { group: self, products: &products });
        SCRATCH.set((spread, products));
    }

    /// Picture, top and left of a tile of the group.
    fn place(&self, tile: usize) -> (usize, usize, usize) {
        let (rows, columns) = (self.size.0.div_ceil(OUT), self.size.1.div_ceil(OUT));
        let at = self.first + tile;
        (at / (rows * columns), at / columns % rows * OUT, at % columns * OUT)
    }
}

/// Elements from one cell of the tile to the next: odd in cache lines, or all cells of a tile would fall into the same
/// few sets of the cache.
fn plane(tiles: usize, channels: usize) -> usize {
    (tiles * channels).next_multiple_of(2 * LANES) + LANES
}

/// Transforms the inputs: `B^T d B` of every tile and channel.
struct InputTransform<'a, 'b> {
    group: &'a Group<'b>,
    spread: &'a mut [f32],
}

impl WithSimd for InputTransform<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Group { winograd: &Winograd { inputs, .. }, size: (h, w), x, count, .. } = *self.group;
        let (x, _) = S::as_simd_f32s(x);
        let (spread, _) = S::as_mut_simd_f32s(self.spread);
        let vectors = inputs / S::F32_LANES;
        let plane = plane(count, inputs) / S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        for tile in 0..count {
            let (picture, top, left) = self.group.place(tile);
            for v in 0..vectors {
                let mut cells = [[zero; IN]; IN];
                for (dy, row) in cells.iter_mut().enumerate() {
                    // The tile begins one pixel above and to the left of its outputs; outside the picture is zero.
                    let Some(y) = (top + dy).checked_sub(1).filter(|y| *y < h) else { continue };
                    for (dx, cell) in row.iter_mut().enumerate() {
                        let Some(x_at) = (left + dx).checked_sub(1).filter(|x| *x < w) else { continue };
                        *cell = x[((picture * h + y) * w + x_at) * vectors + v];
                    }
                }
                // No closures around vector operations: they would not be compiled for this machine's vectors.
                let cells = forth(simd, &forth(simd, &cells));
                for (at, value) in cells.as_flattened().iter().enumerate() {
                    spread[at * plane + tile * vectors + v] = *value;
                }
            }
        }
    }
}

/// Transforms the products back: `A^T m A` of every tile and channel, bias, shortcut, activation.
struct OutputTransform<'a, 'b> {
    group: &'a mut Group<'b>,
    products: &'a [f32],
}

impl WithSimd for OutputTransform<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ((h, w), count) = (self.group.size, self.group.count);
        let (bias, _) = S::as_simd_f32s(&self.group.winograd.bias);
        let (products, _) = S::as_simd_f32s(self.products);
        let vectors = bias.len();
        let plane = plane(count, self.group.winograd.bias.len()) / S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        let (low, high) = self.group.winograd.activation.bounds();
        let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
        for tile in 0..count {
            let (picture, top, left) = self.group.place(tile);
            let (out, _) = S::as_mut_simd_f32s(&mut *self.group.out);
            let shortcut = self.group.shortcut.map(|s| S::as_simd_f32s(s).0);
            for (v, bias) in bias.iter().enumerate() {
                let mut cells = [[zero; IN]; IN];
                for (at, cell) in cells.as_flattened_mut().iter_mut().enumerate() {
                    *cell = products[at * plane + tile * vectors + v];
                }
                let cells: [[S::f32s; OUT]; OUT] = back(simd, &back(simd, &cells));
                for (dy, row) in cells.iter().enumerate().take(h - top) {
                    for (dx, value) in row.iter().enumerate().take(w - left) {
                        let at = ((picture * h + top + dy) * w + left + dx) * vectors + v;
                        let mut value = simd.add_f32s(*value, *bias);
                        if let Some(shortcut) = shortcut {
                            value = simd.add_f32s(value, shortcut[at]);
                        }
                        out[at] = simd.min_f32s(simd.max_f32s(value, low), high);
                    }
                }
            }
        }
    }
}

/// `B^T d` of every column of `d`, transposed: applied twice, `B^T d B`.
#[inline(always)]
fn forth<S: Simd>(simd: S, d: &[[S::f32s; IN]; IN]) -> [[S::f32s; IN]; IN] {
    let (two, four, five) = (simd.splat_f32s(2.0), simd.splat_f32s(-4.0), simd.splat_f32s(-5.0));
    let plus_four = simd.splat_f32s(4.0);
    let mut out = *d;
    for (i, out) in out.iter_mut().enumerate() {
        let even = simd.mul_add_f32s(four, d[2][i], d[4][i]);
        let odd = simd.mul_add_f32s(four, d[1][i], d[3][i]);
        let even2 = simd.sub_f32s(d[4][i], d[2][i]);
        let odd2 = simd.mul_f32s(two, simd.sub_f32s(d[3][i], d[1][i]));
        out[0] = simd.mul_add_f32s(plus_four, d[0][i], simd.mul_add_f32s(five, d[2][i], d[4][i]));
        out[1] = simd.add_f32s(even, odd);
        out[2] = simd.sub_f32s(even, odd);
        out[3] = simd.add_f32s(even2, odd2);
        out[4] = simd.sub_f32s(even2, odd2);
        out[5] = simd.mul_add_f32s(plus_four, d[1][i], simd.mul_add_f32s(five, d[3][i], d[5][i]));
    }
    out
}

/// `A^T m` of every column of `m`, transposed: applied twice, `A^T m A`.
#[inline(always)]
fn back<S: Simd, const N: usize>(simd: S, m: &[[S::f32s; N]; IN]) -> [[S::f32s; OUT]; N] {
    let (two, four, eight) = (simd.splat_f32s(2.0), simd.splat_f32s(4.0), simd.splat_f32s(8.0));
    let mut out = [[two; OUT]; N];
    for (i, out) in out.iter_mut().enumerate() {
        let (sum1, gap1) = (simd.add_f32s(m[1][i], m[2][i]), simd.sub_f32s(m[1][i], m[2][i]));
        let (sum2, gap2) = (simd.add_f32s(m[3][i], m[4][i]), simd.sub_f32s(m[3][i], m[4][i]));
        out[0] = simd.add_f32s(m[0][i], simd.add_f32s(sum1, sum2));
        out[1] = simd.mul_add_f32s(two, gap2, gap1);
        out[2] = simd.mul_add_f32s(four, sum2, sum1);
        out[3] = simd.add_f32s(simd.mul_add_f32s(eight, gap2, gap1), m[5][i]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{CpuStorage, Shape};
    use proptest::prelude::*;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    fn floats(result: Result<(CpuStorage, Shape)>) -> Vec<f32> {
        match result.unwrap() {
            (CpuStorage::F32(values), _) => values,
            (other, _) => panic!("{other:?}"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn agrees_with_the_direct_sums(
            n in 1usize..8, h in 1usize..19, w in 1usize..19, c in 1usize..4, outputs in 1usize..4, seed in 0usize..99, shortcut: bool,
        ) {
            let (c, outputs) = (16 * c, 16 * outputs);
            let geometry = ConvGeometry { kernel: 3, stride: 1, padding: 1 };
            prop_assert!(Winograd::fits(geometry, c, outputs));
            let (weights, bias) = (values(9 * c * outputs, seed), values(outputs, seed + 1));
            let (x, shape) = (values(n * h * w * c, seed + 2), Shape::from((n, h, w, c)));
            let extra = values(n * h * w * outputs, seed + 3);
            let extra = shortcut.then_some(extra.as_slice());
            let ours = floats(Winograd::new(&weights, &bias, Activation::Relu).forward(&x, &shape, extra));
            let theirs = floats(DirectConvolution::new(&weights, &bias, geometry, Activation::Relu).forward(&x, &shape, extra));
            let largest = theirs.iter().fold(1f32, |a, b| a.max(*b));
            for (a, b) in ours.iter().zip(&theirs) {
                prop_assert!((a - b).abs() < 3e-5 * largest, "{a} {b} of {largest}");
            }
        }
    }

    #[test]
    fn a_picture_answers_the_same_alone_and_in_a_batch() {
        let winograd = Winograd::new(&values(9 * 16 * 32, 1), &values(32, 2), Activation::Relu);
        let x = values(30 * 7 * 9 * 16, 3);
        let together = floats(winograd.forward(&x, &Shape::from((30, 7, 9, 16)), None));
        let picture = 7 * 9 * 16;
        let alone = floats(winograd.forward(&x[17 * picture..18 * picture], &Shape::from((1, 7, 9, 16)), None));
        assert_eq!(together[17 * 2 * picture..18 * 2 * picture], alone[..]);
    }
}
