//! Aligns a picture with a key frame: inverse compositional Gauss-Newton from coarse to fine (Baker and Matthews 2004, "Lucas-Kanade
//! 20 years on") for a similarity, with gain and offset of the brightness as further unknowns (the camera's exposure), and weights that
//! let go of what does not move along (iteratively reweighted, Geman and McClure's function).

use super::solve::{Normal, UNKNOWNS};
use crate::geometry::Similarity;
use crate::pixels::pyramid::{Luma, Pyramid};

/// Width of the finest level that is used, px, at most: more pixels make the motion no more certain than is needed.
const WIDEST: u32 = 400;
/// Levels used.
const LEVELS: usize = 3;
/// Of so many neighbouring pixels of a level in both directions the one with the strongest gradient is used.
const BLOCK: usize = 4;
/// Gradient from which a pixel says something about motion, grey levels a pixel: above the noise of a webcam.
const GRADIENT: f32 = 2.0;
/// Places that a level must have to be believed.
const FEWEST: usize = 60;
/// Places used of a level, at most.
const MOST: usize = 2500;
/// Steps on a level, at most.
const STEPS: usize = 10;
/// Steps end when they move no place of the picture by more than this, px of the level.
const SMALL: f64 = 0.01;
/// A place looks as it did when its brightness differs by less than this, grey levels, plus half of what a pixel's shift would change.
const ALIKE: f32 = 6.0;

/// What a key frame keeps: places with texture on some levels.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// Coarsest first.
    levels: Vec<Places>,
}

/// Places of one level.
#[derive(Clone, Debug)]
struct Places {
    /// Which level of the pyramid.
    level: usize,
    /// Half the length of the longer side, px of the level: the unit of zoom and turn.
    half: f32,
    middle: (f32, f32),
    places: Vec<Place>,
}

/// One pixel with texture.
#[derive(Clone, Copy, Debug)]
struct Place {
    x: f32,
    y: f32,
    value: f32,
    /// Length of the gradient.
    slope: f32,
    /// Change of brightness with each unknown.
    row: [f32; UNKNOWNS],
}

/// How a picture lies to the key frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// From places of the key frame to those of the picture, px.
    pub(super) motion: Similarity,
    /// Part of the key frame's places that is in view.
    pub(super) view: f32,
    /// Part of these that looks as it did.
    pub(super) alike: f32,
}

/// What is known besides the motion, from level to level.
#[derive(Clone, Copy, Debug)]
struct Light {
    /// Gain and offset of the picture's brightness against the key frame's.
    gain: f32,
    offset: f32,
    /// Difference in brightness from which a place is let go of, grey levels.
    doubt: f32,
}

impl Template {
    /// The places of a key frame.
    pub(super) fn of(picture: &Pyramid) -> Template {
        let levels = picture.levels();
        let first = levels.iter().position(|level| level.cols <= WIDEST).unwrap_or(levels.len().saturating_sub(1));
        let used = (first..levels.len()).take(LEVELS).rev();
        let places = used.filter_map(|level| Some(Places::of(level, &levels.get(level)?.brightness())));
        Template { levels: places.filter(|level| level.places.len() >= FEWEST).collect() }
    }

    /// Aligns a picture, from the best of some guesses of the motion; `None` when there is too little texture.
    pub(super) fn align(&self, picture: &Pyramid, guesses: &[Similarity]) -> Option<Fit> {
        let mut motion: Option<Similarity> = None;
        // The first steps may be wide of the mark: nothing is let go of yet.
        let mut light = Light { gain: 0.0, offset: 0.0, doubt: f32::MAX };
        let mut fit = None;
        for places in &self.levels {
            let luma = picture.levels().get(places.level)?.brightness();
            let start = match motion {
                Some(motion) => motion,
                None => *guesses.iter().min_by(|a, b| {
                    let cost = |guess: &Similarity| places.cost(&luma, &on_level(guess, luma.tile));
                    cost(a).total_cmp(&cost(b))
                })?,
            };
            let (found, lit) = places.refine(&luma, on_level(&start, luma.tile), light);
            light = lit;
            fit = Some(places.judge(&luma, &found, light));
            motion = Some(off_level(&found, luma.tile));
        }
        let (motion, (view, alike)) = (motion?, fit?);
        Some(Fit { motion, view, alike })
    }
}

/// The same motion in pixels of a level.
fn on_level(motion: &Similarity, tile: u32) -> Similarity {
    Similarity { dx: motion.dx / f64::from(tile), dy: motion.dy / f64::from(tile), ..*motion }
}

/// The same motion in pixels of the picture.
fn off_level(motion: &Similarity, tile: u32) -> Similarity {
    Similarity { dx: motion.dx * f64::from(tile), dy: motion.dy * f64::from(tile), ..*motion }
}

impl Places {
    fn of(level: usize, luma: &Luma) -> Places {
        let middle = (luma.cols as f32 / 2.0, luma.rows as f32 / 2.0);
        let half = middle.0.max(middle.1);
        let mut places: Vec<Place> = Vec::new();
        for top in (1..luma.rows.saturating_sub(1)).step_by(BLOCK) {
            for left in (1..luma.cols.saturating_sub(1)).step_by(BLOCK) {
                let block = (top..(top + BLOCK).min(luma.rows - 1))
                    .flat_map(|row| (left..(left + BLOCK).min(luma.cols - 1)).map(move |col| (col, row)));
                let slopes = block.filter_map(|at| Some((at, slope(luma, at)?)));
                let steepest = slopes.max_by(|a, b| a.1.0.hypot(a.1.1).total_cmp(&b.1.0.hypot(b.1.1)));
                places.extend(steepest.and_then(|(at, slope)| Place::new(luma, at, slope, (middle, half))));
            }
        }
        // Evenly thinned: places all over the picture tell zoom from turn.
        let every = places.len().div_ceil(MOST).max(1);
        Places { level, half, middle, places: places.into_iter().step_by(every).collect() }
    }

    /// Mean difference in brightness of the places under a motion; half the grey levels for those out of view.
    fn cost(&self, luma: &Luma, motion: &Similarity) -> f32 {
        let difference =
            |place: &Place| sample(luma, motion.apply((place.x, place.y))).map_or(128.0, |v| (v - place.value).abs());
        self.places.iter().map(difference).sum::<f32>() / self.places.len().max(1) as f32
    }

    /// The motion, px of the level, and the brightness at which the places fit best.
    fn refine(&self, luma: &Luma, start: Similarity, mut light: Light) -> (Similarity, Light) {
        let mut motion = start;
        let mut differences: Vec<f32> = Vec::with_capacity(self.places.len());
        for _ in 0..STEPS {
            let mut normal = Normal::default();
            differences.clear();
            for place in &self.places {
                let Some(value) = sample(luma, motion.apply((place.x, place.y))) else { continue };
                let rest = value - place.value;
                let off = rest - light.gain * place.value - light.offset;
                let weight = 1.0 / (1.0 + (off / light.doubt).powi(2));
                normal.add(&place.row, rest, weight * weight);
                differences.push(off.abs());
            }
            let Some(change) = normal.solve(1e-6).filter(|_| differences.len() >= FEWEST) else { break };
            let small = self.small(&change);
            motion = small.inverse().then(&motion);
            let middle = differences.len() / 2;
            let median = *differences.select_nth_unstable_by(middle, f32::total_cmp).1;
            // Two medians: what moves along lies well within, a hand that does not is beyond.
            let doubt = (2.0 * median).clamp(2.0, 40.0);
            light = Light { gain: change[4] as f32, offset: change[5] as f32, doubt };
            let half = f64::from(self.half);
            if change[2].abs() + change[3].abs() + half * (small.a - 1.0).hypot(small.b) < SMALL {
                break;
            }
        }
        (motion, light)
    }

    /// The motion around the middle that a step's unknowns stand for, px of the level.
    fn small(&self, change: &[f64; UNKNOWNS]) -> Similarity {
        let half = f64::from(self.half);
        let (a, b) = (1.0 + change[0] / half, change[1] / half);
        let (x, y) = (f64::from(self.middle.0), f64::from(self.middle.1));
        Similarity { a, b, dx: change[2] + x - (a * x - b * y), dy: change[3] + y - (b * x + a * y) }
    }

    /// Part of the places in view, and part of these that look as they did.
    fn judge(&self, luma: &Luma, motion: &Similarity, light: Light) -> (f32, f32) {
        let (mut view, mut alike) = (0_usize, 0_usize);
        for place in &self.places {
            let Some(value) = sample(luma, motion.apply((place.x, place.y))) else { continue };
            view += 1;
            let off = value - place.value - light.gain * place.value - light.offset;
            alike += usize::from(off.abs() < ALIKE + 0.5 * place.slope);
        }
        (view as f32 / self.places.len().max(1) as f32, alike as f32 / view.max(1) as f32)
    }
}

impl Place {
    /// The place with its row of the least-squares problem; `None` where there is too little texture.
    fn new(
        luma: &Luma,
        (col, row): (usize, usize),
        (gx, gy): (f32, f32),
        (middle, half): ((f32, f32), f32),
    ) -> Option<Place> {
        let slope = gx.hypot(gy);
        let value = *luma.values.get(row * luma.cols + col)?;
        let (x, y) = (col as f32 + 0.5, row as f32 + 0.5);
        let (u, v) = ((x - middle.0) / half, (y - middle.1) / half);
        let row = [gx * u + gy * v, gy * u - gx * v, gx, gy, value, 1.0];
        (slope >= GRADIENT).then_some(Place { x, y, value, slope, row })
    }
}

/// Central differences of the brightness at a pixel that is not at the border.
fn slope(luma: &Luma, (col, row): (usize, usize)) -> Option<(f32, f32)> {
    let at = |col: usize, row: usize| luma.values.get(row * luma.cols + col).copied();
    let gx = (at(col + 1, row)? - at(col.checked_sub(1)?, row)?) / 2.0;
    let gy = (at(col, row + 1)? - at(col, row.checked_sub(1)?)?) / 2.0;
    Some((gx, gy))
}

/// Bilinear sample at a place, px of the level; `None` out of view.
fn sample(luma: &Luma, (x, y): (f32, f32)) -> Option<f32> {
    let (x, y) = (x - 0.5, y - 0.5);
    if !(x >= 0.0 && y >= 0.0 && x < (luma.cols - 1) as f32 && y < (luma.rows - 1) as f32) {
        return None;
    }
    let (col, row) = (x as usize, y as usize);
    let (s, t) = (x - col as f32, y - row as f32);
    let at = row * luma.cols + col;
    let (upper, lower) = (luma.values.get(at..at + 2)?, luma.values.get(at + luma.cols..at + luma.cols + 2)?);
    if let ([p, q], [r, w]) = (upper, lower) {
        let (u, v) = (p + s * (q - p), r + s * (w - r));
        return Some(u + t * (v - u));
    }
    None
}
