//! The points of a picture that say something about motion, and the motion under which another picture fits them best.

use super::solve::{LANES, Lanes, Normal, UNKNOWNS};
use crate::geometry::{Point, Similarity};
use crate::pixels::pyramid::Luma;

/// Of so many neighbouring pixels of a level in both directions the one with the strongest gradient is used.
const BLOCK: usize = 4;
/// Gradient from which a pixel says something about motion, grey levels a pixel: above the noise of a webcam.
const GRADIENT: f32 = 2.0;
/// Points that a level must have to be believed.
pub(super) const FEWEST: usize = 60;
/// Points used of a level, at most.
const MOST: usize = 2500;
/// Steps on a level, at most.
const STEPS: usize = 10;
/// Steps end when they move no point of the picture by more than this, px of the level.
const SMALL: f64 = 0.01;
/// A point looks as it did when its brightness differs by less than this, grey levels, plus half of what a pixel's shift would change.
const ALIKE: f32 = 6.0;
/// A difference in brightness at which a point fits half as closely as it can, grey levels.
const CLOSE: f32 = 4.0;

/// TexturePoints of one level.
#[derive(Clone, Debug)]
pub(super) struct TexturePoints {
    /// Which level of the pyramid.
    pub(super) level: usize,
    /// Half the length of the longer side, px of the level: the unit of zoom and turn.
    half: f32,
    middle: Point,
    pub(super) points: Vec<TexturePoint>,
    /// Change of the points' brightness with each unknown: their rows of the least-squares problem, zeros after the last.
    rows: Vec<[Lanes; UNKNOWNS]>,
}

/// One pixel with texture.
#[derive(Clone, Copy, Debug)]
pub(super) struct TexturePoint {
    at: Point,
    value: f32,
    gradient: (f32, f32),
}

/// How a picture lies to the key frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// From points of the key frame to those of the picture, px.
    pub(super) motion: Similarity,
    /// Part of the key frame's points that is in view.
    pub(super) view: f32,
    /// Part of these that looks as it did.
    pub(super) alike: f32,
    /// How closely the points fit, `0..=1`: the mean of Geman and McClure's weight, which tells a motion that half fits everything from
    /// one that fits most points well.
    pub(super) close: f32,
}

/// What is known besides the motion, from level to level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    /// Gain and offset of the picture's brightness against the key frame's.
    pub(super) gain: f32,
    offset: f32,
    /// Difference in brightness from which a point is let go of, grey levels.
    doubt: f32,
}

impl Light {
    /// Before the first step, of differences with this median and this scatter around it.
    pub(super) fn first(offset: f32, scatter: f32) -> Light {
        Light { gain: 0.0, offset, doubt: doubt(scatter) }
    }
}

impl TexturePoints {
    pub(super) fn of(level: usize, luma: &Luma) -> TexturePoints {
        let middle = Point { x: luma.cols as f32 / 2.0, y: luma.rows as f32 / 2.0 };
        let half = middle.x.max(middle.y);
        let mut points: Vec<TexturePoint> = Vec::new();
        for top in (1..luma.rows.saturating_sub(1)).step_by(BLOCK) {
            for left in (1..luma.cols.saturating_sub(1)).step_by(BLOCK) {
                let block = (top..(top + BLOCK).min(luma.rows - 1))
                    .flat_map(|row| (left..(left + BLOCK).min(luma.cols - 1)).map(move |col| (col, row)));
                let slopes = block.filter_map(|at| Some((at, slope(luma, at)?)));
                let steepest = slopes.max_by(|a, b| length(a.1).total_cmp(&length(b.1)));
                points.extend(steepest.and_then(|(at, gradient)| TexturePoint::new(luma, at, gradient)));
            }
        }
        // Evenly thinned: points all over the picture tell zoom from turn.
        let every = points.len().div_ceil(MOST).max(1);
        let points: Vec<TexturePoint> = points.into_iter().step_by(every).collect();
        let mut rows = vec![[[0.0; LANES]; UNKNOWNS]; points.len().div_ceil(LANES)];
        for (block, points) in rows.iter_mut().zip(points.chunks(LANES)) {
            for (lane, point) in points.iter().enumerate() {
                block.iter_mut().zip(point.row(middle, half)).for_each(|(lanes, value)| lanes[lane] = value);
            }
        }
        TexturePoints { level, half, middle, points, rows }
    }

    /// Median difference in brightness of the points under a motion, and the median distance from that: the offset and scatter that
    /// a quarter of points that do not move along cannot turn.
    pub(super) fn spread(&self, luma: &Luma, motion: &Similarity) -> (f32, f32) {
        let seen = self.points.iter().filter_map(|point| Some(sample(luma, motion.apply(point.at))? - point.value));
        let mut differences: Vec<f32> = seen.collect();
        if differences.len() < FEWEST.min(self.points.len() / 2) {
            return (0.0, f32::MAX);
        }
        let offset = median(&mut differences);
        differences.iter_mut().for_each(|difference| *difference = (*difference - offset).abs());
        (offset, median(&mut differences))
    }

    /// The motion, px of the level, and the brightness at which the points fit best.
    pub(super) fn refine(&self, luma: &Luma, start: Similarity, mut light: Light) -> (Similarity, Light) {
        let mut motion = start;
        let mut differences: Vec<f32> = Vec::with_capacity(self.points.len());
        let nothing = vec![[0.0; LANES]; self.rows.len()];
        let (mut rests, mut weights) = (nothing.clone(), nothing);
        for _ in 0..STEPS {
            differences.clear();
            let lanes = rests.as_flattened_mut().iter_mut().zip(weights.as_flattened_mut());
            for (point, (rest, weight)) in self.points.iter().zip(lanes) {
                *weight = 0.0;
                let Some(value) = sample(luma, motion.apply(point.at)) else { continue };
                *rest = value - point.value;
                let off = *rest - light.gain * point.value - light.offset;
                *weight = (1.0 + (off / light.doubt).powi(2)).powi(-2);
                differences.push(off.abs());
            }
            let normal = Normal::of(&self.rows, &rests, &weights);
            let Some(change) = normal.solve(1e-6).filter(|_| differences.len() >= FEWEST) else { break };
            let small = self.small(&change);
            motion = small.inverse().then(&motion);
            let doubt = doubt(median(&mut differences));
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
        let (x, y) = (f64::from(self.middle.x), f64::from(self.middle.y));
        Similarity { a, b, dx: change[2] + x - (a * x - b * y), dy: change[3] + y - (b * x + a * y) }
    }

    /// How the points look under a motion, px of the level.
    pub(super) fn judge(&self, luma: &Luma, motion: &Similarity, light: Light) -> Fit {
        let (mut view, mut alike, mut close) = (0_usize, 0_usize, 0.0_f32);
        for point in &self.points {
            let Some(value) = sample(luma, motion.apply(point.at)) else { continue };
            view += 1;
            let off = value - point.value - light.gain * point.value - light.offset;
            alike += usize::from(off.abs() < ALIKE + 0.5 * length(point.gradient));
            close += 1.0 / (1.0 + (off / CLOSE).powi(2));
        }
        let all = self.points.len().max(1) as f32;
        let motion = off_level(motion, luma.tile);
        Fit { motion, view: view as f32 / all, alike: alike as f32 / view.max(1) as f32, close: close / all }
    }
}

impl TexturePoint {
    /// The point at a pixel; `None` where there is too little texture.
    fn new(luma: &Luma, (col, row): (usize, usize), gradient: (f32, f32)) -> Option<TexturePoint> {
        let value = *luma.values.get(row * luma.cols + col)?;
        let at = Point { x: col as f32 + 0.5, y: row as f32 + 0.5 };
        (length(gradient) >= GRADIENT).then_some(TexturePoint { at, value, gradient })
    }

    /// Change of brightness with each unknown, zoom and turn around `middle`.
    fn row(&self, middle: Point, half: f32) -> [f32; UNKNOWNS] {
        let ((gx, gy), (u, v)) = (self.gradient, ((self.at.x - middle.x) / half, (self.at.y - middle.y) / half));
        [gx * u + gy * v, gy * u - gx * v, gx, gy, self.value, 1.0]
    }
}

/// Difference from which a point is let go of when half of them differ by less than `median`: what moves along lies well within, a
/// hand that does not is beyond.
fn doubt(median: f32) -> f32 {
    (2.0 * median).clamp(2.0, 40.0)
}

/// The median of some values, which are put into another order; 0 of none.
fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    match values.is_empty() {
        true => 0.0,
        false => *values.select_nth_unstable_by(middle, f32::total_cmp).1,
    }
}

/// The length of a gradient. Not `hypot`, whose care for overflow is in vain here and costs several times as much.
fn length((x, y): (f32, f32)) -> f32 {
    (x * x + y * y).sqrt()
}

/// Central differences of the brightness at a pixel that is not at the border.
fn slope(luma: &Luma, (col, row): (usize, usize)) -> Option<(f32, f32)> {
    let at = |col: usize, row: usize| luma.values.get(row * luma.cols + col).copied();
    let gx = (at(col + 1, row)? - at(col.checked_sub(1)?, row)?) / 2.0;
    let gy = (at(col, row + 1)? - at(col, row.checked_sub(1)?)?) / 2.0;
    Some((gx, gy))
}

/// Bilinear sample at a point, px of the level; `None` out of view.
fn sample(luma: &Luma, point: Point) -> Option<f32> {
    let (x, y) = (point.x - 0.5, point.y - 0.5);
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

/// The same motion in pixels of a level.
pub(super) fn on_level(motion: &Similarity, tile: u32) -> Similarity {
    Similarity { dx: motion.dx / f64::from(tile), dy: motion.dy / f64::from(tile), ..*motion }
}

/// The same motion in pixels of the picture.
pub(super) fn off_level(motion: &Similarity, tile: u32) -> Similarity {
    Similarity { dx: motion.dx * f64::from(tile), dy: motion.dy * f64::from(tile), ..*motion }
}
