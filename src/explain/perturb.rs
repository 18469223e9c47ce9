//! Explanations by trying: what happens to the score when parts of the window are hidden. Nothing is asked of the inside of
//! the classifier.

use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Explainer, Map, Question};
use crate::model::ModelError;

/// Patches along a side of [`occlusion`]; each covers [`COVER`] times as much, so that neighbours overlap.
const PATCHES: u32 = 16;
/// See [`PATCHES`].
const COVER: f32 = 3.0;
/// Masks of [`rise`].
const MASKS: usize = 400;
/// Cells along a side of a mask, and the odds that one shows what is under it.
const CELLS: usize = 7;
/// See [`CELLS`].
const SHOWN: f64 = 0.5;
/// Windows a batch.
const BATCH: usize = 16;

/// How far the score of the class falls when a patch is painted over with the mean colour of the window's rim: above 0 where
/// the patch speaks for the class. Zeiler and Fergus 2014.
pub fn occlusion(explainer: &Explainer, question: Question) -> Result<Map, ModelError> {
    let window = question.window;
    let whole = explainer.scores(std::slice::from_ref(window), question.class)?;
    let whole = whole.first().copied().unwrap_or(0.0);
    let colour = rim(window);
    let covered: Vec<RgbImage> = (0..PATCHES * PATCHES)
        .map(|i| {
            painted(window, colour, |x, y| {
                covers(i % PATCHES, x, window.width()) && covers(i / PATCHES, y, window.height())
            })
        })
        .collect();
    let mut values = Vec::with_capacity(covered.len());
    for windows in covered.chunks(BATCH) {
        values.extend(explainer.scores(windows, question.class)?.into_iter().map(|score| whole - score));
    }
    Ok(Map { cols: PATCHES as usize, rows: PATCHES as usize, values })
}

/// Whether patch `i` of a side of `side` px covers pixel `at`: it lies about the middle of cell `i` of the map.
fn covers(i: u32, at: u32, side: u32) -> bool {
    let (place, middle) = ((at as f32 + 0.5) / side as f32, (i as f32 + 0.5) / PATCHES as f32);
    (place - middle).abs() * PATCHES as f32 <= 0.5 * COVER
}

/// The window with a colour where `hidden` says so.
pub(super) fn painted(window: &RgbImage, colour: Rgb<u8>, hidden: impl Fn(u32, u32) -> bool) -> RgbImage {
    let mut out = window.clone();
    out.enumerate_pixels_mut().filter(|(x, y, _)| hidden(*x, *y)).for_each(|(_, _, pixel)| *pixel = colour);
    out
}

/// Mean colour of the outermost pixels: what surrounds the lesion, as a rule skin.
pub(super) fn rim(window: &RgbImage) -> Rgb<u8> {
    let (w, h) = window.dimensions();
    let (mut sums, mut count) = ([0u64; 3], 0u64);
    for (_, _, pixel) in window.enumerate_pixels().filter(|(x, y, _)| *x == 0 || *y == 0 || *x + 1 == w || *y + 1 == h)
    {
        sums.iter_mut().zip(pixel.0).for_each(|(sum, value)| *sum += u64::from(value));
        count += 1;
    }
    Rgb(sums.map(|sum| (sum / count.max(1)) as u8))
}

/// The mean score of the class under the random masks that show a pixel, minus the mean under all masks: above 0 where showing it helps. Petsiuk
/// et al. 2018; what is hidden has the colour of the rim.
pub fn rise(explainer: &Explainer, question: Question) -> Result<Map, ModelError> {
    let window = question.window;
    let (w, h) = window.dimensions();
    let colour = rim(window);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut sum, mut weight, mut total) = (vec![0f32; (w * h) as usize], vec![0f32; (w * h) as usize], 0f32);
    for _ in 0..MASKS / BATCH {
        let masks: Vec<Vec<f32>> = (0..BATCH).map(|_| mask((w, h), &mut rng)).collect();
        let windows: Vec<RgbImage> = masks.iter().map(|mask| mixed(window, colour, mask)).collect();
        for (mask, score) in masks.iter().zip(explainer.scores(&windows, question.class)?) {
            total += score;
            for ((sum, weight), shown) in sum.iter_mut().zip(&mut weight).zip(mask) {
                *sum += score * shown;
                *weight += shown;
            }
        }
    }
    let mean = total / (MASKS / BATCH * BATCH) as f32;
    let values = sum.iter().zip(&weight).map(|(sum, weight)| sum / weight.max(1e-6) - mean).collect();
    Ok(Map { cols: w as usize, rows: h as usize, values })
}

/// A mask of random cells, moved by up to a cell and smoothed: 1 shows, 0 hides.
fn mask((w, h): (u32, u32), rng: &mut ChaCha8Rng) -> Vec<f32> {
    let cells = CELLS + 1;
    let values = (0..cells * cells).map(|_| f32::from(u8::from(rng.random_bool(SHOWN)))).collect();
    let (cw, ch) = ((w as usize).div_ceil(CELLS), (h as usize).div_ceil(CELLS));
    let large = Map { cols: cells, rows: cells, values }.resized(cells * cw, cells * ch);
    let (dx, dy) = (rng.random_range(0..cw), rng.random_range(0..ch));
    let rows = large.values.chunks_exact(large.cols).skip(dy).take(h as usize);
    rows.flat_map(|row| row.iter().skip(dx).take(w as usize).map(|shown| shown.clamp(0.0, 1.0))).collect()
}

/// The window where the mask is 1, a colour where it is 0.
pub(super) fn mixed(window: &RgbImage, colour: Rgb<u8>, mask: &[f32]) -> RgbImage {
    let mut out = window.clone();
    for (pixel, shown) in out.pixels_mut().zip(mask) {
        for (value, hidden) in pixel.0.iter_mut().zip(colour.0) {
            *value = (f32::from(hidden) + (f32::from(*value) - f32::from(hidden)) * shown).round() as u8;
        }
    }
    out
}
