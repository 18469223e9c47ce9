//! Remove and debias: how the score falls when pixels are not painted over but filled in from what surrounds them,
//! so that the shape of what was removed says nothing. Rong et al. 2022.

use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Explainer, Map, Question};
use crate::model::ModelError;

/// Parts of the window that are removed.
const PARTS: [f32; 4] = [0.2, 0.4, 0.6, 0.8];
/// Sweeps over the removed pixels, and how far each goes beyond its equation (successive over-relaxation): large holes are filled
/// from their rims in few.
const SWEEPS: usize = 40;
/// See [`SWEEPS`].
const BEYOND: f32 = 1.85;
/// Largest noise that is added to a filled pixel, of 255.
const NOISE: f32 = 2.5;
/// Neighbours of a pixel: across, down and their weight; those at the corners count half.
const NEIGHBOURS: [(isize, isize, f32); 8] =
    [(-1, 0, 2.0), (1, 0, 2.0), (0, -1, 2.0), (0, 1, 2.0), (-1, -1, 1.0), (1, -1, 1.0), (-1, 1, 1.0), (1, 1, 1.0)];

/// Mean scores with the highest pixels of a map removed, and with the lowest ones removed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Road {
    /// The highest pixels of the map removed first: low for a map that found what the score rests on.
    pub most_first: f32,
    /// The lowest first: high for a map that found it.
    pub least_first: f32,
}

/// The scores of a map.
pub fn road(explainer: &Explainer, question: Question, map: &Map) -> Result<Road, ModelError> {
    let (w, h) = question.window.dimensions();
    let order = map.resized(w as usize, h as usize).order();
    let removed = |part: &f32, first: bool| {
        let count = (part * order.len() as f32) as usize;
        let places = if first { &order[..count] } else { &order[order.len() - count..] };
        filled(question.window, places)
    };
    let windows: Vec<RgbImage> =
        [true, false].iter().flat_map(|first| PARTS.iter().map(|part| removed(part, *first))).collect();
    let scores = explainer.scores(&windows, question.class)?;
    let mean = |scores: &[f32]| scores.iter().sum::<f32>() / PARTS.len() as f32;
    let (most, least) = scores.split_at(PARTS.len().min(scores.len()));
    Ok(Road { most_first: mean(most), least_first: mean(least) })
}

/// The picture with some pixels replaced by the weighted mean of their neighbours, which may have been replaced
/// as well, and a little noise.
fn filled(picture: &RgbImage, places: &[usize]) -> RgbImage {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let mut removed = vec![false; w * h];
    places.iter().for_each(|&at| removed[at] = true);
    let mut values: Vec<[f32; 3]> = picture.pixels().map(|pixel| pixel.0.map(f32::from)).collect();
    let kept: Vec<[f32; 3]> = values.iter().zip(&removed).filter(|(_, gone)| !**gone).map(|(v, _)| *v).collect();
    let mean: [f32; 3] = std::array::from_fn(|c| kept.iter().map(|v| v[c]).sum::<f32>() / kept.len().max(1) as f32);
    let mut holes: Vec<usize> = (0..w * h).filter(|&at| removed[at]).collect();
    holes.iter().for_each(|&at| values[at] = mean);
    for _ in 0..SWEEPS {
        for &at in &holes {
            let target = around(&values, (w, h), at);
            let value = &mut values[at];
            (0..3).for_each(|c| value[c] += BEYOND * (target[c] - value[c]));
        }
        // To and fro, so that no side is favoured.
        holes.reverse();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut out = picture.clone();
    for (at, pixel) in out.pixels_mut().enumerate().filter(|(at, _)| removed[*at]) {
        pixel.0 = values[at].map(|v| (v + rng.random_range(-NOISE..=NOISE)).round().clamp(0.0, 255.0) as u8);
    }
    out
}

/// Weighted mean of the neighbours of a pixel.
fn around(values: &[[f32; 3]], (w, h): (usize, usize), at: usize) -> [f32; 3] {
    let (x, y) = (at % w, at / w);
    let (mut sums, mut weights) = ([0f32; 3], 0f32);
    for (dx, dy, weight) in NEIGHBOURS {
        let (Some(x), Some(y)) = (x.checked_add_signed(dx), y.checked_add_signed(dy)) else { continue };
        if x < w && y < h {
            let value = &values[y * w + x];
            (0..3).for_each(|c| sums[c] += weight * value[c]);
            weights += weight;
        }
    }
    sums.map(|sum| sum / weights.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_slope_is_filled_in_as_it_was() {
        let slope = RgbImage::from_fn(32, 32, |x, y| Rgb([(4 * x + 2 * y) as u8, 200, (255 - 3 * x) as u8]));
        let hole: Vec<usize> =
            (0..32 * 32).filter(|at| (6..26).contains(&(at % 32)) && (6..26).contains(&(at / 32))).collect();
        let out = filled(&slope, &hole);
        for (a, b) in slope.pixels().zip(out.pixels()) {
            assert!(a.0.iter().zip(b.0).all(|(a, b)| a.abs_diff(b) <= 4), "{a:?} {b:?}");
        }
        assert_eq!(out.get_pixel(0, 0), slope.get_pixel(0, 0), "the rest is left alone");
    }

    #[test]
    fn a_spot_is_gone_and_a_picture_removed_as_a_whole_is_something_still() {
        let spot =
            RgbImage::from_fn(24, 24, |x, y| Rgb([if x.abs_diff(12) < 4 && y.abs_diff(12) < 4 { 20 } else { 200 }; 3]));
        let hole: Vec<usize> =
            (0..24 * 24usize).filter(|at| (at % 24).abs_diff(12) < 6 && (at / 24).abs_diff(12) < 6).collect();
        assert!(filled(&spot, &hole).pixels().all(|pixel| pixel.0[0] >= 195));
        let all: Vec<usize> = (0..24 * 24).collect();
        assert!(filled(&spot, &all).pixels().all(|pixel| pixel.0[0] <= 3));
    }
}
