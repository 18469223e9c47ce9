//! Aligns a picture with a key frame: inverse compositional Gauss-Newton from coarse to fine (Baker and Matthews 2004, "Lucas-Kanade
//! 20 years on") for a similarity, with gain and offset of the brightness as further unknowns (the camera's exposure), and weights that
//! let go of what does not move along (iteratively reweighted, Geman and McClure's function).

use std::ops::RangeInclusive;

use super::points::{Alignment, FEWEST, Fit, Light, TexturePoints, off_level, on_level};
use crate::geometry::Similarity;
use crate::pixels::pyramid::{Luma, Pyramid, PyramidLevel};

/// Width of the finest level that is used, px, at most: more pixels make the motion no more certain than is needed.
const WIDEST: u32 = 400;
/// Levels used.
const LEVELS: usize = 3;
/// What the camera's exposure may do between key frame and picture: gains of the brightness, less one. Beyond, it would explain everything
/// by nothing: a picture without any texture fits all of them with a gain of zero.
const EXPOSURE: RangeInclusive<f32> = -0.5..=1.0;
/// The wider search goes as far as this in every direction, px of the coarsest level.
const FAR: i32 = 4;
/// The wider search goes on from so many of the shifts.
const STARTS: usize = 8;

/// What a key frame keeps: points with texture on some levels.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// Coarsest first.
    levels: Vec<TexturePoints>,
}

impl Template {
    /// The points of a key frame.
    pub(super) fn of(picture: &Pyramid) -> Template {
        let levels = picture.levels();
        let first = levels.iter().position(|level| level.cols <= WIDEST).unwrap_or(levels.len().saturating_sub(1));
        let used = (first..levels.len()).take(LEVELS).rev();
        let points = used.filter_map(|level| Some(TexturePoints::of(level, &levels.get(level)?.brightness())));
        Template { levels: points.filter(|level| level.points.len() >= FEWEST).collect() }
    }

    /// Aligns a picture, from the best of some guesses of the motion; where the points then fit less closely than `sure` (`0..=1`),
    /// from the best of the shifts around the first guess too. `None` when there is too little texture.
    pub(super) fn align(&self, picture: &Pyramid, guesses: &[Similarity], sure: f32) -> Option<Fit> {
        let lumas: Option<Vec<Luma>> =
            self.levels.iter().map(|points| picture.levels().get(points.level).map(PyramidLevel::brightness)).collect();
        let lumas = lumas?;
        let fit = self.descend(&lumas, guesses);
        if fit.is_some_and(|fit| fit.close >= sure) {
            return fit;
        }
        let around = self.shifts(&lumas, guesses.first()?);
        let others = around.iter().filter_map(|start| self.descend(&lumas, &[*start]));
        others.chain(fit).max_by(|a, b| a.close.total_cmp(&b.close))
    }

    /// From the best of the guesses on the coarsest level down to the finest.
    fn descend(&self, lumas: &[Luma], guesses: &[Similarity]) -> Option<Fit> {
        let (points, luma) = (self.levels.first()?, lumas.first()?);
        let spread = |guess| (guess, points.spread(luma, &on_level(guess, luma.tile)));
        let (start, spread) = guesses.iter().map(spread).min_by(|a, b| a.1.scatter.total_cmp(&b.1.scatter))?;
        let (mut motion, mut light) = (*start, Light::first(spread));
        let mut fit = None;
        for (points, luma) in self.levels.iter().zip(lumas) {
            let found = points.refine(luma, Alignment { motion: on_level(&motion, luma.tile), light });
            (motion, light) = (off_level(&found.motion, luma.tile), found.light);
            fit = Some((points, luma, found));
        }
        let (points, luma, found) = fit?;
        EXPOSURE.contains(&light.gain).then(|| points.judge(luma, &found))
    }

    /// Of the shifts around a motion, in steps of a pixel of the coarsest level, those under which the picture looks most alike there.
    fn shifts(&self, lumas: &[Luma], around: &Similarity) -> Vec<Similarity> {
        let (Some(points), Some(luma)) = (self.levels.first(), lumas.first()) else { return Vec::new() };
        let step = f64::from(luma.tile);
        let shifts = (-FAR..=FAR).flat_map(|down| (-FAR..=FAR).map(move |right| (f64::from(right), f64::from(down))));
        let shifted = |(x, y): (f64, f64)| Similarity { dx: around.dx + step * x, dy: around.dy + step * y, ..*around };
        let scatter = |shift: Similarity| (points.spread(luma, &on_level(&shift, luma.tile)).scatter, shift);
        let mut shifts: Vec<(f32, Similarity)> = shifts.map(shifted).map(scatter).collect();
        shifts.sort_by(|a, b| a.0.total_cmp(&b.0));
        shifts.into_iter().take(STARTS).map(|(_, shift)| shift).collect()
    }
}
