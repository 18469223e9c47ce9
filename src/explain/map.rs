//! A map over the pixels of a window.

use candle_core::{Result, Tensor};
use image::imageops::FilterType;
use image::{ImageBuffer, Luma};

use super::inside::ReceptiveGrid;

/// What a score rests on, cell by cell: a higher value means more. Values below 0, which some methods have, speak against the class.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Values a row.
    pub cols: usize,
    /// Rows.
    pub rows: usize,
    /// Row by row.
    pub values: Vec<f32>,
}

impl Map {
    /// The sum over channels of a picture-shaped tensor `(1, h, w, c)`.
    pub(super) fn summed(tensor: &Tensor) -> Result<Map> {
        let (_, rows, cols, _) = tensor.dims4()?;
        Ok(Map { cols, rows, values: tensor.sum(3)?.flatten_all()?.to_vec1()? })
    }

    /// The map at another size, in smooth curves between its values and never beyond them.
    pub fn resized(&self, cols: usize, rows: usize) -> Map {
        if (cols, rows) == (self.cols, self.rows) {
            return self.clone();
        }
        // The library cuts floating-point pixels off at 0 and 1.
        let (low, high) = self.range().unwrap_or((0.0, 0.0));
        if low == high {
            return Map { cols, rows, values: vec![low; cols * rows] };
        }
        let range = high - low;
        let parts = self.values.iter().map(|v| if v.is_finite() { (v - low) / range } else { 0.0 }).collect();
        let picture: Option<ImageBuffer<Luma<f32>, Vec<f32>>> =
            ImageBuffer::from_raw(self.cols as u32, self.rows as u32, parts);
        let resized = picture.map(|p| image::imageops::resize(&p, cols as u32, rows as u32, FilterType::CatmullRom));
        let values = resized.map_or_else(Vec::new, ImageBuffer::into_raw);
        Map { cols, rows, values: values.into_iter().map(|part| low + part * range).collect() }
    }

    /// Upsamples a coarse map to the pixels of its window, given the receptive fields of its cells: in smooth curves between their centres
    /// (Catmull and Rom 1974), never beyond their values, and level outside the outermost.
    pub fn laid(&self, receptive_grid: &ReceptiveGrid, (cols, rows): (usize, usize)) -> Map {
        let taps = |axis: usize, pixels: usize, values: usize| -> Vec<[(usize, f32); 4]> {
            (0..pixels)
                .map(|at| {
                    taps((at as f32 + 0.5 - receptive_grid.first_px[axis]) / receptive_grid.step_px[axis], values)
                })
                .collect()
        };
        let (across, down) = (taps(1, cols, self.cols), taps(0, rows, self.rows));
        let value = |col: usize, row: usize| self.values.get(row * self.cols + col).filter(|v| v.is_finite());
        let (low, high) = self.range().unwrap_or((0.0, 0.0));
        let blend = |col: &[(usize, f32); 4], row: &[(usize, f32); 4]| -> f32 {
            let along = |y: usize| col.iter().map(|(x, part)| part * value(*x, y).copied().unwrap_or(0.0)).sum::<f32>();
            row.iter().map(|(y, part)| part * along(*y)).sum::<f32>().clamp(low, high)
        };
        let values = down.iter().flat_map(|row| across.iter().map(|col| blend(col, row))).collect();
        Map { cols, rows, values }
    }

    /// From 0 where it is lowest to 1 where it is highest; a few stray values at both ends count as the next ones.
    pub fn stretched(&self) -> Map {
        let (low, high) = (self.quantile(STRAY), self.quantile(1.0 - STRAY));
        let part = |v: &f32| if high > low && v.is_finite() { ((v - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        Map { values: self.values.iter().map(part).collect(), ..*self }
    }

    /// Its values divided by the largest absolute one, but for a few stray ones: `-1..=1`.
    pub fn scaled(&self) -> Map {
        let absolute = Map { values: self.values.iter().map(|v| v.abs()).collect(), ..*self };
        let most = absolute.quantile(1.0 - STRAY);
        let part = |v: &f32| if most > 0.0 && v.is_finite() { (v / most).clamp(-1.0, 1.0) } else { 0.0 };
        Map { values: self.values.iter().map(part).collect(), ..*self }
    }

    /// Its lowest and highest finite values; `None` when there is none.
    fn range(&self) -> Option<(f32, f32)> {
        let mut finite = self.values.iter().copied().filter(|v| v.is_finite());
        let first = finite.next()?;
        Some(finite.fold((first, first), |(low, high), v| (low.min(v), high.max(v))))
    }

    /// A quantile of its finite values; 0 when there is none.
    fn quantile(&self, part: f32) -> f32 {
        let mut values: Vec<f32> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        values.sort_by(f32::total_cmp);
        let at = (part * values.len().saturating_sub(1) as f32).round() as usize;
        values.get(at).copied().unwrap_or(0.0)
    }

    /// Averaged over squares of about a sixteenth of its side: pixel-wise maps are grainy, and people look at regions.
    pub fn smoothed(&self) -> Map {
        let cells = |side: usize| side.div_ceil(SMOOTH).max(1);
        if self.cols.min(self.rows) < 4 * SMOOTH {
            return self.clone();
        }
        self.resized(cells(self.cols), cells(self.rows)).resized(self.cols, self.rows)
    }

    /// Indices of its values, the highest first; of equals the first in reading order.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        let value = |i: &usize| self.values.get(*i).copied().unwrap_or(f32::NEG_INFINITY);
        order.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.cmp(b)));
        order
    }
}

/// The four cells of a row of `values` from which a point between them is blended, with their shares.
fn taps(at: f32, values: usize) -> [(usize, f32); 4] {
    let last = values.saturating_sub(1);
    let at = at.clamp(0.0, last as f32);
    let (before, t) = (at as usize, at.fract());
    let parts = [
        -0.5 * t + t * t - 0.5 * t.powi(3),
        1.0 - 2.5 * t * t + 1.5 * t.powi(3),
        0.5 * t + 2.0 * t * t - 1.5 * t.powi(3),
        -0.5 * t * t + 0.5 * t.powi(3),
    ];
    std::array::from_fn(|tap| ((before + tap).saturating_sub(1).min(last), parts[tap]))
}

/// Side of the squares of [`Map::smoothed`], values.
const SMOOTH: usize = 8;
/// Part of the values at an end that counts as stray: one pixel-wise gradient in a hundred is far above the others.
const STRAY: f32 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_keeps_signs_and_stretching_uses_the_whole_range() {
        let map = Map { cols: 2, rows: 2, values: vec![-4.0, 1.0, 2.0, f32::NAN] };
        assert_eq!(map.scaled().values, [-1.0, 0.25, 0.5, 0.0]);
        assert_eq!(map.stretched().values, [0.0, 5.0 / 6.0, 1.0, 0.0]);
        assert_eq!(Map { values: vec![0.0; 4], ..map }.scaled().values, [0.0; 4]);
    }

    #[test]
    fn one_stray_value_does_not_darken_the_rest() {
        let values = (0..1000).map(|i| if i == 500 { 1e6 } else { (i % 10) as f32 }).collect();
        let map = Map { cols: 100, rows: 10, values };
        assert!(map.stretched().values[9] > 0.99 && map.scaled().values[9] > 0.99);
    }

    #[test]
    fn resizing_keeps_values_of_any_size_and_sign() {
        let map = Map { cols: 8, rows: 8, values: (0..64).map(|i| i as f32 * 3.0 - 150.0).collect() };
        let large = map.resized(64, 64);
        let (low, high) = large.values.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        assert!((low + 150.0).abs() < 8.0 && (high - 39.0).abs() < 8.0, "{low} {high}");
        assert!((large.values[4095] - high).abs() < 1.0 && (large.values[0] - low).abs() < 1.0);
        let same = Map { cols: 3, rows: 1, values: vec![-7.0; 3] };
        assert_eq!(same.resized(5, 5).values, [-7.0; 25]);
    }

    #[test]
    fn a_map_laid_out_has_its_values_where_the_lattice_says() {
        let map = Map { cols: 3, rows: 2, values: vec![0.0, 3.0, -1.0, 1.0, 9.0, 2.0] };
        let laid = map.laid(&ReceptiveGrid { first_px: [4.5, 0.5], step_px: [8.0, 16.0] }, (48, 20));
        assert_eq!((laid.cols, laid.rows, laid.values.len()), (48, 20, 960));
        for (at, value) in map.values.iter().enumerate() {
            let (col, row) = (at % 3 * 16, 4 + at / 3 * 8);
            assert!((laid.values[row * 48 + col] - value).abs() < 1e-5, "{at}");
        }
        assert!(laid.values.iter().all(|v| (-1.0..=9.0).contains(v)));
        assert_eq!(laid.values[47], -1.0, "level beyond the last");
        let one = Map { cols: 1, rows: 1, values: vec![-2.0] }.laid(&ReceptiveGrid::PIXELS, (4, 4));
        assert_eq!(one.values, [-2.0; 16]);
    }

    #[test]
    fn a_map_on_equal_shares_is_laid_out_as_by_plain_enlarging() {
        let map = Map { cols: 4, rows: 4, values: (0..16).map(|i| ((i * 7) % 11) as f32).collect() };
        let laid = map.laid(&ReceptiveGrid { first_px: [4.0; 2], step_px: [8.0; 2] }, (32, 32));
        let enlarged = map.resized(32, 32);
        // At the borders the library goes on as the curve went.
        for (x, y) in (12..20).flat_map(|x| (12..20).map(move |y| (x, y))) {
            assert!((laid.values[y * 32 + x] - enlarged.values[y * 32 + x]).abs() < 0.02, "{x} {y}");
        }
    }

    #[test]
    fn resizing_keeps_where_things_are() {
        let mut values = vec![0.0; 16];
        values[6] = 1.0;
        let map = Map { cols: 4, rows: 4, values }.resized(40, 40);
        assert_eq!((map.cols, map.rows, map.values.len()), (40, 40, 1600));
        let best = map.order()[0];
        assert!((best % 40).abs_diff(25) <= 5 && (best / 40).abs_diff(15) <= 5, "{best}");
    }
}
