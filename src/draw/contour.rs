//! A line around the highest places of a map.

use image::{Rgb, RgbImage};

use super::area::mix;
use super::heat::{ONE, place};
use crate::finding::HeatGrid;

/// The line, seen on skin and on the bright end of the colour maps alike.
const LINE: Rgb<u8> = Rgb([70, 240, 255]);
const OPACITY: f32 = 0.9;

/// Draws a line, `line` px wide, around the pixels at which a map laid over the picture is at or above a quantile of what it is at
/// all of them, `0..=1`: 0.8 encloses the highest fifth of the picture. `None` draws nothing, nor does a map that is the same
/// everywhere. The edge of the picture is no part of the line.
pub(super) fn paint(image: &mut RgbImage, grid: &HeatGrid, quantile: Option<f32>, line: f32) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let Some(quantile) = quantile else { return };
    let values = spread(grid, width, height);
    if values.is_empty() {
        return;
    }
    let mut order = values.clone();
    let at = (quantile.min(1.0) * (values.len() - 1) as f32).round() as usize;
    let level = *order.select_nth_unstable_by(at, f32::total_cmp).1;
    let lowest = values.iter().copied().fold(f32::MAX, f32::min);
    let inside: Vec<bool> = values.iter().map(|value| *value >= level && *value > lowest).collect();
    let reach = line.round().max(1.0) as usize;
    for (i, pixel) in image.pixels_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        let out = |x: usize, y: usize| inside.get(y * width + x) == Some(&false);
        let near = |by: usize| {
            (x >= by && out(x - by, y))
                || (x + by < width && out(x + by, y))
                || (y >= by && out(x, y - by))
                || (y + by < height && out(x, y + by))
        };
        if inside.get(i) == Some(&true) && (1..=reach).any(near) {
            mix(pixel, LINE, OPACITY);
        }
    }
}

/// What a map is at every pixel, in straight lines between the centres of its cells; nothing for a grid of the wrong length.
fn spread(grid: &HeatGrid, width: usize, height: usize) -> Vec<f32> {
    let (cols, rows) = (grid.cols as usize, grid.rows as usize);
    if grid.values.is_empty() || grid.values.len() != cols * rows {
        return Vec::new();
    }
    let value = |col: usize, row: usize| {
        let value = grid.values.get(row.min(rows - 1) * cols + col.min(cols - 1)).copied().unwrap_or(0.0);
        if value.is_finite() { value } else { 0.0 }
    };
    let pixel = |i: usize| {
        let (col, s) = place((i % width) as i64, width as i64, cols as i64);
        let (row, t) = place((i / width) as i64, height as i64, rows as i64);
        let (s, t) = (s as f32 / ONE as f32, t as f32 / ONE as f32);
        let upper = value(col, row) * (1.0 - s) + value(col + 1, row) * s;
        let lower = value(col, row + 1) * (1.0 - s) + value(col + 1, row + 1) * s;
        upper * (1.0 - t) + lower * t
    };
    (0..width * height).map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Falls with the distance from a place.
    fn hill(cols: u32, (x, y): (f32, f32)) -> HeatGrid {
        let far = |i: u32| ((i % cols) as f32 - x).hypot((i / cols) as f32 - y);
        HeatGrid { cols, rows: cols, values: (0..cols * cols).map(|i| 1.0 / (1.0 + far(i))).collect() }
    }

    fn lit(grid: &HeatGrid, quantile: f32) -> Vec<(u32, u32)> {
        let mut image = RgbImage::new(120, 120);
        paint(&mut image, grid, Some(quantile), 1.0);
        image.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 != [0; 3]).map(|(x, y, _)| (x, y)).collect()
    }

    #[test]
    fn the_line_runs_around_the_part_that_was_asked_for() {
        let line = lit(&hill(60, (30.0, 30.0)), 0.8);
        // A fifth of 120 x 120 px is a disc of 30.3 px.
        let radius = |&(x, y): &(u32, u32)| (x as f32 - 60.5).hypot(y as f32 - 60.5);
        let (least, most) = line.iter().map(radius).fold((f32::MAX, 0f32), |(a, b), r| (a.min(r), b.max(r)));
        assert!(line.len() > 120 && least > 27.5 && most < 32.5, "{} px, {least} to {most}", line.len());
        // At the edge of the picture the line is open.
        let cut = lit(&hill(60, (0.0, 30.0)), 0.8);
        assert!(!cut.is_empty() && !cut.contains(&(0, 60)));
    }

    #[test]
    fn no_quantile_no_shape_or_no_map_is_no_line() {
        assert!(lit(&HeatGrid { cols: 4, rows: 4, values: vec![0.3; 16] }, 0.8).is_empty());
        assert!(lit(&HeatGrid { cols: 4, rows: 4, values: vec![0.3; 15] }, 0.8).is_empty());
        // Where most of a map is nothing, the line is around what is not.
        let mut values = vec![0.0; 64];
        values[27] = 1.0;
        let line = lit(&HeatGrid { cols: 8, rows: 8, values }, 0.5);
        assert!(!line.is_empty() && line.iter().all(|(x, y)| (30..75).contains(x) && (30..75).contains(y)));
    }
}
