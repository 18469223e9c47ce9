//! Deletion and insertion: how the score falls when the highest cells of a map are hidden first, and rises when they are shown
//! first. Petsiuk et al. 2018.

use image::RgbImage;
use image::imageops::fast_blur;

use super::{Explainer, Map, Question};
use crate::model::ModelError;

/// Steps of a curve.
pub const STEPS: usize = 32;
/// Deviation of the blur that hides, as a fraction of the side: no lesion is left, the skin's colour is.
const BLUR: f32 = 0.12;

/// The scores on the way, from nothing done to everything, `STEPS + 1` of them each.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// Scores while the window is blurred, the highest cells of the map first.
    pub deletion: Vec<f32>,
    /// Scores while a blurred window becomes sharp, the highest cells first.
    pub insertion: Vec<f32>,
}

impl Curves {
    /// Mean score on the way of deletion: low for a map that found what the score rests on.
    pub fn deleted(&self) -> f32 {
        area(&self.deletion)
    }

    /// Mean score on the way of insertion: high for a map that found it.
    pub fn inserted(&self) -> f32 {
        area(&self.insertion)
    }
}

/// Area under a curve over `0..=1`, by trapezoids.
fn area(scores: &[f32]) -> f32 {
    let steps = scores.len().saturating_sub(1).max(1) as f32;
    scores.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).sum::<f32>() / steps
}

/// The curves of a map.
pub fn curves(explainer: &Explainer, question: Question, map: &Map) -> Result<Curves, ModelError> {
    let window = question.window;
    let (w, h) = window.dimensions();
    let order = map.resized(w as usize, h as usize).order();
    let blurred = fast_blur(window, BLUR * w.min(h) as f32);
    let deletion = on_the_way(window, &blurred, &order);
    let insertion = on_the_way(&blurred, window, &order);
    Ok(Curves {
        deletion: explainer.scores(&deletion, question.class)?,
        insertion: explainer.scores(&insertion, question.class)?,
    })
}

/// `from` with more and more of its pixels taken from `to`.
fn on_the_way(from: &RgbImage, to: &RgbImage, order: &[usize]) -> Vec<RgbImage> {
    let mut picture = from.clone();
    let mut out = vec![picture.clone()];
    let width = from.width().max(1) as usize;
    for step in 0..STEPS {
        for &at in &order[step * order.len() / STEPS..(step + 1) * order.len() / STEPS] {
            let (x, y) = ((at % width) as u32, (at / width) as u32);
            picture.put_pixel(x, y, *to.get_pixel(x, y));
        }
        out.push(picture.clone());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_curve_ends_where_everything_is_replaced() {
        let (from, to) = (RgbImage::from_pixel(10, 7, Rgb([1; 3])), RgbImage::from_pixel(10, 7, Rgb([9; 3])));
        let order: Vec<usize> = (0..70).rev().collect();
        let way = on_the_way(&from, &to, &order);
        assert_eq!((way.len(), &way[0], &way[STEPS]), (STEPS + 1, &from, &to));
        let replaced = |i: usize| way[i].pixels().filter(|p| p.0[0] == 9).count();
        assert!((1..=STEPS).all(|i| replaced(i) >= replaced(i - 1)));
        assert_eq!(way[1].get_pixel(9, 6).0[0], 9, "the first of the order goes first");
    }

    #[test]
    fn the_area_of_a_line_is_half() {
        assert!((area(&[0.0, 0.25, 0.5, 0.75, 1.0]) - 0.5).abs() < 1e-6);
    }
}
