//! Means of the 8x8 px tiles of a picture: the cheap look that tells where it changed.

use image::RgbImage;

/// Side of a tile, px.
pub const TILE: u32 = 8;

/// Units of a tile mean in one grey level.
pub const UNITS: u16 = 64;

/// The mean of every tile of a picture. Tiles at the right and bottom border may be cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileMeans {
    /// Tiles across.
    pub cols: u32,
    /// Tiles down.
    pub rows: u32,
    /// Row-major means of red, green and blue, in 1/64 grey level.
    pub values: Vec<[u16; 3]>,
}

impl TileMeans {
    /// The means of a picture. All three channels are kept: a change of colour alone is a change too.
    pub fn of(picture: &RgbImage) -> TileMeans {
        let (width, height) = picture.dimensions();
        let (cols, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
        let mut values = Vec::with_capacity(cols as usize * rows as usize);
        let stride = width as usize * 3;
        if stride > 0 {
            let mut sums = vec![0_u16; stride];
            for band in picture.as_raw().chunks(stride * TILE as usize) {
                sum_rows(band, &mut sums);
                let high = (band.len() / stride).max(1);
                values.extend(sums.chunks(3 * TILE as usize).map(|tile| mean(tile, high)));
            }
        }
        TileMeans { cols, rows, values }
    }

    /// Mean luma of the picture, grey levels `0..=255` (weights of BT.601); 0 for an empty picture.
    pub fn luma(&self) -> f32 {
        let mut sums = [0_u64; 3];
        for value in &self.values {
            for (sum, channel) in sums.iter_mut().zip(value) {
                *sum += u64::from(*channel);
            }
        }
        let scale = f64::from(UNITS) * self.values.len().max(1) as f64;
        let [r, g, b] = sums.map(|sum| sum as f64 / scale);
        (0.299 * r + 0.587 * g + 0.114 * b) as f32
    }
}

/// Adds up the pixel rows of a band, column by column: the one pass over all pixels, written so that it vectorises.
fn sum_rows(band: &[u8], sums: &mut [u16]) {
    sums.fill(0);
    for row in band.chunks_exact(sums.len()) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += u16::from(value);
        }
    }
}

/// The mean of a tile from its interleaved column sums over `high` rows, in 1/64 grey level.
fn mean(tile: &[u16], high: usize) -> [u16; 3] {
    let mut sums = [0_u32; 3];
    for pixel in tile.chunks_exact(3) {
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += u32::from(value);
        }
    }
    let pixels = (tile.len() / 3 * high).max(1) as u32;
    sums.map(|sum| (sum * u32::from(UNITS) / pixels) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn means_equal_the_naive_ones(width in 1_u32..40, height in 1_u32..40, seed in 0_u32..1000) {
            let picture = RgbImage::from_fn(width, height, |x, y| {
                let v = x.wrapping_mul(31).wrapping_add(y.wrapping_mul(17)).wrapping_add(seed).wrapping_mul(2_654_435_761);
                Rgb([(v >> 8) as u8, (v >> 16) as u8, (v >> 24) as u8])
            });
            let tiles = TileMeans::of(&picture);
            prop_assert_eq!(tiles.values.len(), (tiles.cols * tiles.rows) as usize);
            for (index, value) in tiles.values.iter().enumerate() {
                let (col, row) = (index as u32 % tiles.cols, index as u32 / tiles.cols);
                let mut sums = [0_u32; 3];
                let mut count = 0;
                for y in row * TILE..((row + 1) * TILE).min(height) {
                    for x in col * TILE..((col + 1) * TILE).min(width) {
                        for (sum, value) in sums.iter_mut().zip(picture.get_pixel(x, y).0) {
                            *sum += u32::from(value);
                        }
                        count += 1;
                    }
                }
                prop_assert_eq!(*value, sums.map(|sum| (sum * 64 / count) as u16));
            }
        }
    }

    #[test]
    fn luma_of_a_flat_picture_and_of_none() {
        let grey = RgbImage::from_pixel(50, 20, Rgb([100, 100, 100]));
        assert!((TileMeans::of(&grey).luma() - 100.0).abs() < 0.1);
        assert_eq!(TileMeans::of(&RgbImage::new(0, 0)).luma(), 0.0);
    }
}
