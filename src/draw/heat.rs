//! The score map as translucent heat: bilinear between cell centres, transparent where there is no evidence.

use image::{Rgb, RgbImage};

use super::area::{Area, plate};
use super::settings::ColourMap;
use crate::finding::HeatGrid;

/// Steps of the colour table, as many as 8-bit colours can show.
const STEPS: usize = 256;
/// Levels and positions are counted in 1/65536: the same result on every machine.
pub(super) const ONE: i64 = 1 << 16;
const OUTLINE: Rgb<u8> = Rgb([255, 255, 255]);

/// Mixes the heat into the picture. The opacity at a pixel is `opacity` times its evidence, so that zero evidence changes
/// nothing. A grid whose number of values is not `cols * rows` is not drawn.
pub(super) fn paint(image: &mut RgbImage, grid: &HeatGrid, map: ColourMap, opacity: f32) {
    let gradient = gradient(map);
    mix(image, grid, &table(|step| gradient.eval_rational(step, STEPS).into_array(), opacity));
}

/// Lays a map over the picture: as heat where nothing is below 0 (`values` are `0..=1`), else (`-1..=1`) red for and blue against.
pub(super) fn lay(image: &mut RgbImage, grid: &HeatGrid, signed: bool, map: ColourMap, opacity: f32) {
    if !signed {
        paint(image, grid, map, opacity);
        return;
    }
    // For and against by themselves, each with its half of the diverging scale.
    for (sign, colour) in
        [(1.0, colorous::RED_BLUE.eval_continuous(0.12)), (-1.0, colorous::RED_BLUE.eval_continuous(0.88))]
    {
        let values: Vec<f32> = grid.values.iter().map(|value| (sign * value).max(0.0)).collect();
        tint(image, &HeatGrid { values, ..*grid }, [colour.r, colour.g, colour.b], opacity);
    }
}

/// Heat in one colour.
pub(super) fn tint(image: &mut RgbImage, grid: &HeatGrid, colour: [u8; 3], opacity: f32) {
    mix(image, grid, &table(|_| colour, opacity));
}

fn mix(image: &mut RgbImage, grid: &HeatGrid, table: &[[u32; 4]; STEPS]) {
    let (cols, rows) = (grid.cols as usize, grid.rows as usize);
    if cols == 0 || rows == 0 || grid.values.len() != cols * rows || image.width() == 0 {
        return;
    }
    let levels: Vec<i64> =
        grid.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0 * ONE as f32) as i64).collect();
    let spans = spans(image.width(), grid.cols);
    let height = image.height();
    let stride = image.width() as usize * 3;
    let mut mixed = vec![0i64; cols];
    for (y, row) in image.as_flat_samples_mut().samples.chunks_exact_mut(stride).enumerate() {
        let (cell, part) = place(y as i64, i64::from(height), rows as i64);
        let upper = levels.iter().skip(cell * cols);
        let lower = levels.iter().skip((cell + 1).min(rows - 1) * cols);
        for (value, (a, b)) in mixed.iter_mut().zip(upper.zip(lower)) {
            *value = a + (b - a) * part / ONE;
        }
        for span in &spans {
            let (Some(&a), Some(&b)) = (mixed.get(span.from), mixed.get(span.to)) else { continue };
            if let Some(pixels) = row.get_mut(span.start * 3..span.end * 3)
                && (a > 0 || b > 0)
            {
                paint_span(pixels, a + (b - a) * span.part / ONE, (b - a) * span.step / ONE, table);
            }
        }
    }
}

/// Outlines the cells that are set in `mask`: a line along each border between a set and an unset cell.
pub(super) fn outline(image: &mut RgbImage, grid: &HeatGrid, mask: &[bool], line: f32) {
    let (cols, rows) = (i64::from(grid.cols), i64::from(grid.rows));
    if mask.len() as i64 != cols * rows {
        return;
    }
    let whole = Area::of(image);
    let thick = (line / 2.0).round().max(1.0) as i64;
    let set = |col: i64, row: i64| {
        (0..cols).contains(&col) && (0..rows).contains(&row) && mask.get((row * cols + col) as usize) == Some(&true)
    };
    for row in 0..=rows {
        for col in 0..=cols {
            let (x, y) = (col * whole.w / cols, row * whole.h / rows);
            if set(col, row) != set(col, row - 1) {
                let w = (col + 1) * whole.w / cols - x;
                plate(image, Area { x, y: y - thick / 2, w, h: thick }, 0.0, OUTLINE, 0.8);
            }
            if set(col, row) != set(col - 1, row) {
                let h = (row + 1) * whole.h / rows - y;
                plate(image, Area { x: x - thick / 2, y, w: thick, h }, 0.0, OUTLINE, 0.8);
            }
        }
    }
}

/// Pixels `start..end` of a row, whose levels run in a straight line from cell `from` to cell `to`.
struct LevelRun {
    start: usize,
    end: usize,
    from: usize,
    to: usize,
    /// How far the first pixel is on the way, in 1/65536.
    part: i64,
    /// How much farther each next pixel is, in 1/65536.
    step: i64,
}

/// Cuts a row of `width` px at the centres of `cols` cells.
fn spans(width: u32, cols: u32) -> Vec<LevelRun> {
    let (width, cols) = (i64::from(width), i64::from(cols));
    let mut spans: Vec<LevelRun> = Vec::new();
    for x in 0..width {
        let (from, part) = place(x, width, cols);
        match spans.last_mut() {
            Some(span) if span.from == from && (span.part == 0) == (part == 0) => span.end += 1,
            _ => {
                let (start, to) = (x as usize, (from + 1).min(cols as usize - 1));
                let step = if part == 0 { 0 } else { cols * ONE / width };
                spans.push(LevelRun { start, end: start + 1, from, to, part, step });
            }
        }
    }
    spans
}

/// The cell whose centre is at or before the centre of pixel `at`, and how far the pixel is on the way to the next, in 1/65536.
pub(super) fn place(at: i64, pixels: i64, cells: i64) -> (usize, i64) {
    let along = ((2 * at + 1) * cells * ONE / (2 * pixels) - ONE / 2).clamp(0, (cells - 1) * ONE);
    ((along / ONE) as usize, along % ONE)
}

/// Levels are at most 255 * 65536, so 32 bits hold them; narrow numbers make this inner loop faster.
fn paint_span(pixels: &mut [u8], level: i64, step: i64, table: &[[u32; 4]; STEPS]) {
    let (mut level, step) = (level as i32, step as i32);
    for [r, g, b] in pixels.as_chunks_mut::<3>().0 {
        let [red, green, blue, keep] = table[usize::from((level.max(0) >> 16) as u8)];
        *r = ((u32::from(*r) * keep + red) >> 8) as u8;
        *g = ((u32::from(*g) * keep + green) >> 8) as u8;
        *b = ((u32::from(*b) * keep + blue) >> 8) as u8;
        level += step;
    }
}

fn gradient(map: ColourMap) -> colorous::Gradient {
    match map {
        ColourMap::Inferno => colorous::INFERNO,
        ColourMap::Magma => colorous::MAGMA,
        ColourMap::Plasma => colorous::PLASMA,
        ColourMap::Viridis => colorous::VIRIDIS,
        ColourMap::Cividis => colorous::CIVIDIS,
    }
}

/// For each level: what to add to each channel (colour times alpha, plus half for rounding) and what to keep of the old one, all in 1/256.
fn table(colour: impl Fn(usize) -> [u8; 3], opacity: f32) -> [[u32; 4]; STEPS] {
    let opacity = opacity.clamp(0.0, 1.0);
    std::array::from_fn(|step| {
        let alpha = (opacity * step as f32 / (STEPS - 1) as f32 * 256.0).round() as u32;
        let [red, green, blue] = colour(step).map(|channel| u32::from(channel) * alpha + 128);
        [red, green, blue, 256 - alpha]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, pixel by pixel in floating point: bilinear between cell centres, edges held.
    fn naive(image: &RgbImage, grid: &HeatGrid, opacity: f64) -> RgbImage {
        let (width, height) = image.dimensions();
        let value = |col: i64, row: i64| {
            let col = col.clamp(0, i64::from(grid.cols) - 1);
            let row = row.clamp(0, i64::from(grid.rows) - 1);
            f64::from(grid.values[(row * i64::from(grid.cols) + col) as usize])
        };
        RgbImage::from_fn(width, height, |x, y| {
            let u = (f64::from(x) + 0.5) * f64::from(grid.cols) / f64::from(width) - 0.5;
            let v = (f64::from(y) + 0.5) * f64::from(grid.rows) / f64::from(height) - 0.5;
            let (col, row) = (u.floor() as i64, v.floor() as i64);
            let (s, t) = (u - u.floor(), v - v.floor());
            let upper = value(col, row) * (1.0 - s) + value(col + 1, row) * s;
            let lower = value(col, row + 1) * (1.0 - s) + value(col + 1, row + 1) * s;
            let heat = upper * (1.0 - t) + lower * t;
            let colour = colorous::INFERNO.eval_continuous(heat);
            let mut pixel = *image.get_pixel(x, y);
            for (old, new) in pixel.0.iter_mut().zip([colour.r, colour.g, colour.b]) {
                *old = (f64::from(*old) + (f64::from(new) - f64::from(*old)) * opacity * heat).round() as u8;
            }
            pixel
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn heat_is_what_the_definition_says(
            (width, height) in (1u32..70, 1u32..70),
            (cols, rows, values) in (1u32..9, 1u32..9).prop_flat_map(|(cols, rows)| {
                (Just(cols), Just(rows), prop::collection::vec(0.0f32..=1.0, (cols * rows) as usize))
            }),
            opacity in 0.0f32..=1.0,
        ) {
            let ground = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 3) as u8, (y * 3) as u8, 120]));
            let grid = HeatGrid { cols, rows, values };
            let mut fast = ground.clone();
            paint(&mut fast, &grid, ColourMap::Inferno, opacity);
            let slow = naive(&ground, &grid, f64::from(opacity));
            for (a, b) in fast.pixels().zip(slow.pixels()) {
                for (a, b) in a.0.iter().zip(b.0) {
                    prop_assert!(a.abs_diff(b) <= 4, "{a} is not {b}");
                }
            }
        }
    }

    #[test]
    fn no_evidence_leaves_the_picture_as_it_is() {
        let ground = RgbImage::from_fn(64, 48, |x, y| Rgb([x as u8, y as u8, 7]));
        let mut values = vec![0.0; 48];
        values[0] = f32::NAN;
        let mut heated = ground.clone();
        paint(&mut heated, &HeatGrid { cols: 8, rows: 6, values }, ColourMap::Viridis, 1.0);
        assert_eq!(heated, ground);
    }

    #[test]
    fn a_grid_of_the_wrong_length_is_not_drawn() {
        let ground = RgbImage::new(16, 16);
        let mut heated = ground.clone();
        let grid = HeatGrid { cols: 3, rows: 3, values: vec![1.0; 8] };
        paint(&mut heated, &grid, ColourMap::Inferno, 1.0);
        outline(&mut heated, &grid, &[true; 8], 2.0);
        assert_eq!(heated, ground);
    }

    #[test]
    fn the_outline_runs_along_the_border_of_the_mask_only() {
        let mut image = RgbImage::new(40, 40);
        let grid = HeatGrid { cols: 4, rows: 4, values: vec![0.0; 16] };
        let mut mask = vec![false; 16];
        mask[5] = true;
        outline(&mut image, &grid, &mask, 2.0);
        let lit = |x, y| image.get_pixel(x, y).0[0] > 100;
        assert!(lit(10, 15) && lit(20, 15) && lit(15, 10) && lit(15, 20));
        assert!(!lit(15, 15) && !lit(5, 5) && !lit(30, 30));
    }
}
