//! Small copies of a picture: the means of its 4x4 px tiles, and of ever larger ones. The cheap look that tells how the camera
//! moved and where the picture changed.

use image::RgbImage;
use pulp::{Arch, Simd, WithSimd};

use crate::geometry::{Point, Similarity, Square};

/// Side of a tile of the finest level, px.
pub const TILE: u32 = 4;

/// Units of a value in one grey level.
pub const UNITS: u16 = 64;

/// A level is not halved any more when a side would fall below this.
const SMALLEST: u32 = 8;

/// Means of red, green and blue, and a zero: a value is one vector.
pub type TileColour<T> = [T; 4];

/// Weights of red, green and blue in luma (BT.601), 256ths.
const LUMA: [u32; 3] = [77, 150, 29];

/// One level: the mean of every tile of one size, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PyramidLevel {
    /// Side of a tile, px. Tiles at the right and bottom border may be cut off.
    pub tile: u32,
    /// Tiles across.
    pub cols: u32,
    /// Tiles down.
    pub rows: u32,
    /// In 1/64 grey level.
    pub values: Vec<TileColour<u16>>,
}

/// A picture at a quarter of its size, an eighth, and so on. Never without a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pyramid {
    levels: Vec<PyramidLevel>,
}

/// Brightness of one level, grey levels `0..=255`, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Luma {
    /// Side of its pixels, px of the picture.
    pub tile: u32,
    /// Pixels across.
    pub cols: usize,
    /// Pixels down.
    pub rows: usize,
    /// The brightness.
    pub values: Vec<f32>,
}

impl Pyramid {
    /// The levels of a picture. All three channels are kept: a change of colour alone is a change too.
    pub fn of(picture: &RgbImage) -> Pyramid {
        let mut levels = vec![tiles(picture)];
        while let Some(last) = levels.last().filter(|last| last.cols.min(last.rows) >= 2 * SMALLEST) {
            let next = halved(last);
            levels.push(next);
        }
        Pyramid { levels }
    }

    /// The levels, finest first.
    pub fn levels(&self) -> &[PyramidLevel] {
        &self.levels
    }

    /// Mean luma of the picture, grey levels `0..=255`; 0 for an empty picture.
    pub fn luma(&self) -> f32 {
        let Some(level) = self.levels.first() else { return 0.0 };
        let sum: u64 = level.values.iter().map(|value| u64::from(luma(value))).sum();
        (sum as f64 / (f64::from(UNITS) * level.values.len().max(1) as f64)) as f32
    }

    /// Mean colours of the `CELLS` x `CELLS` cells of a square that was moved by `motion`, row-major, in grey levels; `None` when
    /// the square does not lie within the picture. Each is the mean of four samples, about as far apart as the pixels of
    /// the level that they are taken from.
    pub fn cells<const CELLS: usize>(&self, square: Square, motion: &Similarity) -> Option<Vec<TileColour<f32>>> {
        let samples = 2 * CELLS;
        let step = square.side / samples as f32;
        let spacing = step * motion.scale() as f32;
        let level = self.levels.iter().rev().find(|level| level.tile as f32 <= spacing).or(self.levels.first())?;
        let tile = level.tile as f32;
        let at = |x: f32, y: f32| motion.apply(Point { x: square.x + x, y: square.y + y });
        let (width, height) = (level.cols as f32 * tile, level.rows as f32 * tile);
        // Half a tile beyond the border is still the tile at the border.
        let inside = |point: Point| {
            (-0.5 * tile..=width + 0.5 * tile).contains(&point.x)
                && (-0.5 * tile..=height + 0.5 * tile).contains(&point.y)
        };
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
        if level.cols.min(level.rows) < 2
            || !corners.into_iter().all(|(x, y)| inside(at(x * square.side, y * square.side)))
        {
            return None;
        }
        let Point { x, y } = at(0.5 * step, 0.5 * step);
        let mut cells = vec![[0.0; 4]; CELLS * CELLS];
        Arch::new().dispatch(Samples::<CELLS> {
            level,
            first: (x / tile - 0.5, y / tile - 0.5),
            step: ((motion.a as f32) * step / tile, (motion.b as f32) * step / tile),
            cells: &mut cells,
        });
        Some(cells)
    }
}

/// The samples of a square: rows of places of a level, none of which has a single row or column, the first at `first`, the next of
/// its row further by `step`, all in tiles.
struct Samples<'a, const CELLS: usize> {
    level: &'a PyramidLevel,
    first: (f32, f32),
    step: (f32, f32),
    /// Get the means of four samples each, in grey levels.
    cells: &'a mut [TileColour<f32>],
}

/// Not a closure: what is called through one is not inlined, and so built without the vectors that it is dispatched for.
impl<const CELLS: usize> WithSimd for Samples<'_, CELLS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let scale = 0.25 / f32::from(UNITS);
        for index in 0..self.cells.len() {
            let (row, col) = (index / CELLS * 2, index % CELLS * 2);
            let (p, q) = (self.at(col, row), self.at(col + 1, row));
            let (r, s) = (self.at(col, row + 1), self.at(col + 1, row + 1));
            self.cells[index] = std::array::from_fn(|c| (p[c] + q[c] + r[c] + s[c]) * scale);
        }
    }
}

impl<const CELLS: usize> Samples<'_, CELLS> {
    #[inline(always)]
    fn at(&self, col: usize, row: usize) -> TileColour<f32> {
        let ((left, top), (a, b), (u, v)) = (self.first, self.step, (col as f32, row as f32));
        self.level.sample(left + a * u - b * v, top + b * u + a * v)
    }
}

impl PyramidLevel {
    /// Bilinear sample at a place in tiles, the middle of the first tile at (0, 0), in 1/64 grey level; beyond the border the
    /// nearest tile. For levels of two rows and columns at least.
    #[inline(always)]
    fn sample(&self, x: f32, y: f32) -> TileColour<f32> {
        let (x, y) = (x.clamp(0.0, (self.cols - 1) as f32), y.clamp(0.0, (self.rows - 1) as f32));
        // The last tile is all of its right or lower neighbour.
        let (col, row) = ((x as u32).min(self.cols - 2), (y as u32).min(self.rows - 2));
        let (s, t) = (x - col as f32, y - row as f32);
        let at = row as usize * self.cols as usize + col as usize;
        let pair = |at: usize| self.values.get(at..at + 2);
        let (Some([p, q]), Some([r, w])) = (pair(at), pair(at + self.cols as usize)) else { return [0.0; 4] };
        std::array::from_fn(|c| {
            let (p, q, r, w) = (f32::from(p[c]), f32::from(q[c]), f32::from(r[c]), f32::from(w[c]));
            let (upper, lower) = (p + s * (q - p), r + s * (w - r));
            upper + t * (lower - upper)
        })
    }

    /// The brightness of this level.
    pub fn brightness(&self) -> Luma {
        let scale = 1.0 / f32::from(UNITS);
        let values = self.values.iter().map(|value| luma(value) as f32 * scale).collect();
        Luma { tile: self.tile, cols: self.cols as usize, rows: self.rows as usize, values }
    }
}

/// Luma of a value, in its units.
fn luma(value: &TileColour<u16>) -> u32 {
    value.iter().zip(LUMA).map(|(channel, weight)| u32::from(*channel) * weight).sum::<u32>() >> 8
}

/// The finest level.
fn tiles(picture: &RgbImage) -> PyramidLevel {
    let (width, height) = picture.dimensions();
    let (cols, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let mut values = vec![[0; 4]; cols as usize * rows as usize];
    let stride = width as usize * 3;
    if stride > 0 {
        Arch::new().dispatch(Bands { pixels: picture.as_raw(), stride, cols: cols as usize, values: &mut values });
    }
    PyramidLevel { tile: TILE, cols, rows, values }
}

/// The pixels of a picture, `stride` numbers a row, whose tiles are wanted, `cols` a row.
struct Bands<'a> {
    pixels: &'a [u8],
    stride: usize,
    cols: usize,
    values: &'a mut [TileColour<u16>],
}

impl WithSimd for Bands<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut sums = vec![0_u16; self.stride];
        let bands = self.pixels.chunks(self.stride * TILE as usize);
        for (band, values) in bands.zip(self.values.chunks_exact_mut(self.cols)) {
            tile_row(band, &mut sums, values);
        }
    }
}

/// The tiles of a band of `TILE` pixel rows, fewer at the lower border.
#[inline(always)]
fn tile_row(band: &[u8], sums: &mut [u16], values: &mut [TileColour<u16>]) {
    sum_rows(band, sums);
    let high = band.len() / sums.len().max(1);
    let (whole, cut) = sums.as_chunks::<{ 3 * TILE as usize }>();
    let full = high == TILE as usize;
    for (value, tile) in values.iter_mut().zip(whole) {
        let sum = |c: usize| tile[c] + tile[c + 3] + tile[c + 6] + tile[c + 9];
        let sums = [sum(0), sum(1), sum(2), 0];
        // Division by a number known beforehand is a shift.
        *value = if full {
            sums.map(|sum| mean(sum, (TILE * TILE) as usize))
        } else {
            sums.map(|sum| mean(sum, TILE as usize * high))
        };
    }
    if let (Some(value), false) = (values.last_mut(), cut.is_empty()) {
        let sum = |c: usize| cut.iter().skip(c).step_by(3).sum::<u16>();
        *value = [sum(0), sum(1), sum(2), 0].map(|sum| mean(sum, cut.len() / 3 * high));
    }
}

/// The mean of so many pixels with this sum, in 1/64 grey level.
#[inline(always)]
fn mean(sum: u16, pixels: usize) -> u16 {
    (u32::from(sum) * u32::from(UNITS) / pixels.max(1) as u32) as u16
}

/// Adds up the pixel rows of a band, column by column: the one pass over all pixels.
#[inline(always)]
fn sum_rows(band: &[u8], sums: &mut [u16]) {
    sums.fill(0);
    for row in band.chunks_exact(sums.len()) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += u16::from(value);
        }
    }
}

/// The next level: means of 2x2 tiles; where a border cuts them off, of those that are there.
fn halved(level: &PyramidLevel) -> PyramidLevel {
    let (cols, rows) = (level.cols.div_ceil(2), level.rows.div_ceil(2));
    let line = |row: u32| {
        let start = row.min(level.rows - 1) as usize * level.cols as usize;
        level.values.get(start..start + level.cols as usize).unwrap_or_default()
    };
    let mut values = Vec::with_capacity(cols as usize * rows as usize);
    for row in 0..rows {
        let (upper, lower) = (line(2 * row), line(2 * row + 1));
        for (upper, lower) in upper.chunks(2).zip(lower.chunks(2)) {
            let (Some(p), Some(q), Some(r), Some(s)) = (upper.first(), upper.last(), lower.first(), lower.last())
            else {
                continue;
            };
            // Four values of 255 * 64 fit 16 bits.
            values.push(std::array::from_fn(|c| (p[c] + q[c] + r[c] + s[c]) / 4));
        }
    }
    PyramidLevel { tile: 2 * level.tile, cols, rows, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn means_equal_the_naive_ones(width in 1_u32..80, height in 1_u32..80, seed in 0_u32..1000) {
            let picture = RgbImage::from_fn(width, height, |x, y| {
                let v = x.wrapping_mul(31).wrapping_add(y.wrapping_mul(17)).wrapping_add(seed).wrapping_mul(2_654_435_761);
                Rgb([(v >> 8) as u8, (v >> 16) as u8, (v >> 24) as u8])
            });
            let pyramid = Pyramid::of(&picture);
            let finest = &pyramid.levels()[0];
            prop_assert_eq!(finest.values.len(), (finest.cols * finest.rows) as usize);
            for level in pyramid.levels().iter().take(2) {
                for (index, value) in level.values.iter().enumerate() {
                    let (col, row) = (index as u32 % level.cols, index as u32 / level.cols);
                    if level.tile > TILE && ((col + 1) * level.tile > width || (row + 1) * level.tile > height) {
                        continue;
                    }
                    let (mut sums, mut count) = ([0_u32; 3], 0);
                    for y in row * level.tile..((row + 1) * level.tile).min(height) {
                        for x in col * level.tile..((col + 1) * level.tile).min(width) {
                            for (sum, value) in sums.iter_mut().zip(picture.get_pixel(x, y).0) {
                                *sum += u32::from(value);
                            }
                            count += 1;
                        }
                    }
                    for (a, b) in value.iter().zip(sums.map(|sum| sum * 64 / count)) {
                        prop_assert!(u32::from(*a).abs_diff(b) < level.tile / TILE, "tile {} of {}", index, level.tile);
                    }
                }
            }
        }

        #[test]
        fn cells_of_a_slope_are_where_they_should_be(x in 10.0_f32..60.0, y in 10.0_f32..40.0, side in 24.0_f32..70.0, dx in -8.0_f64..8.0) {
            let picture = RgbImage::from_fn(160, 120, |x, y| Rgb([x as u8, y as u8, 128]));
            let pyramid = Pyramid::of(&picture);
            let motion = Similarity { dx, ..Similarity::IDENTITY };
            let cells = pyramid.cells::<8>(Square { x, y, side }, &motion).unwrap();
            for (index, [r, g, b, _]) in cells.iter().enumerate() {
                let (u, v) = ((index % 8) as f32 + 0.5, (index / 8) as f32 + 0.5);
                prop_assert!((r - (x + dx as f32 + u * side / 8.0 - 0.5)).abs() < 1.5, "{} {}", index, r);
                prop_assert!((g - (y + v * side / 8.0 - 0.5)).abs() < 1.5 && (b - 128.0).abs() < 0.1);
            }
        }
    }

    #[test]
    fn luma_of_a_flat_picture_and_of_none() {
        let grey = RgbImage::from_pixel(50, 20, Rgb([100, 100, 100]));
        assert!((Pyramid::of(&grey).luma() - 100.0).abs() < 0.1);
        assert_eq!(Pyramid::of(&RgbImage::new(0, 0)).luma(), 0.0);
    }

    #[test]
    fn a_square_that_left_the_picture_has_no_cells() {
        let pyramid = Pyramid::of(&RgbImage::new(160, 120));
        let square = Square { x: 100.0, y: 60.0, side: 40.0 };
        assert!(pyramid.cells::<8>(square, &Similarity::IDENTITY).is_some());
        assert!(pyramid.cells::<8>(square, &Similarity { dx: 30.0, ..Similarity::IDENTITY }).is_none());
        assert!(Pyramid::of(&RgbImage::new(0, 0)).cells::<8>(square, &Similarity::IDENTITY).is_none());
    }
}
