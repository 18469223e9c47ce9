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
    gradient: Gradient,
}

/// Change of the brightness from pixel to pixel, grey levels.
#[derive(Clone, Copy, Debug)]
struct Gradient {
    /// To the right.
    x: f32,
    /// Down.
    y: f32,
}

/// A pixel of a level.
#[derive(Clone, Copy, Debug)]
struct Pixel {
    col: usize,
    row: usize,
}

/// How the brightness of the points differs between key frame and picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// The median difference.
    pub(super) offset: f32,
    /// The median distance from that.
    pub(super) scatter: f32,
}

/// A motion and the brightness that goes with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alignment {
    /// Px of the level.
    pub(super) motion: Similarity,
    pub(super) light: Light,
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
    /// Before the first step.
    pub(super) fn first(spread: Spread) -> Light {
        Light { gain: 0.0, offset: spread.offset, doubt: doubt(spread.scatter) }
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
                    .flat_map(|row| (left..(left + BLOCK).min(luma.cols - 1)).map(move |col| Pixel { col, row }));
                let slopes = block.map(|pixel| (pixel, Gradient::at(luma, pixel)));
                let steepest = slopes.max_by(|a, b| a.1.length().total_cmp(&b.1.length()));
                points.extend(steepest.and_then(|(pixel, gradient)| TexturePoint::new(luma, pixel, gradient)));
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

    /// How the points' brightness differs under a motion. Medians, which a quarter of points that do not move along cannot turn.
    pub(super) fn spread(&self, luma: &Luma, motion: &Similarity) -> Spread {
        let seen = self.points.iter().filter_map(|point| Some(sample(luma, motion.apply(point.at))? - point.value));
        let mut differences: Vec<f32> = seen.collect();
        if differences.len() < FEWEST.min(self.points.len() / 2) {
            return Spread { offset: 0.0, scatter: f32::MAX };
        }
        let offset = median(&mut differences);
        differences.iter_mut().for_each(|difference| *difference = (*difference - offset).abs());
        Spread { offset, scatter: median(&mut differences) }
    }

    /// The motion and the brightness at which the points fit best.
    pub(super) fn refine(&self, luma: &Luma, start: Alignment) -> Alignment {
        let Alignment { mut motion, mut light } = start;
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
        Alignment { motion, light }
    }

    /// The motion around the middle that a step's unknowns stand for, px of the level.
    fn small(&self, change: &[f64; UNKNOWNS]) -> Similarity {
        let half = f64::from(self.half);
        let (a, b) = (1.0 + change[0] / half, change[1] / half);
        let (x, y) = (f64::from(self.middle.x), f64::from(self.middle.y));
        Similarity { a, b, dx: change[2] + x - (a * x - b * y), dy: change[3] + y - (b * x + a * y) }
    }

    /// How the points look under a motion.
    pub(super) fn judge(&self, luma: &Luma, found: &Alignment) -> Fit {
        let Alignment { motion, light } = found;
        let (mut view, mut alike, mut close) = (0_usize, 0_usize, 0.0_f32);
        for point in &self.points {
            let Some(value) = sample(luma, motion.apply(point.at)) else { continue };
            view += 1;
            let off = value - point.value - light.gain * point.value - light.offset;
            alike += usize::from(off.abs() < ALIKE + 0.5 * point.gradient.length());
            close += 1.0 / (1.0 + (off / CLOSE).powi(2));
        }
        let all = self.points.len().max(1) as f32;
        let motion = off_level(motion, luma.tile);
        Fit { motion, view: view as f32 / all, alike: alike as f32 / view.max(1) as f32, close: close / all }
    }
}

impl TexturePoint {
    /// The point at a pixel; `None` where there is too little texture.
    fn new(luma: &Luma, pixel: Pixel, gradient: Gradient) -> Option<TexturePoint> {
        let value = luma.values[pixel.row * luma.cols + pixel.col];
        let at = Point { x: pixel.col as f32 + 0.5, y: pixel.row as f32 + 0.5 };
        (gradient.length() >= GRADIENT).then_some(TexturePoint { at, value, gradient })
    }

    /// Change of brightness with each unknown, zoom and turn around `middle`.
    fn row(&self, middle: Point, half: f32) -> [f32; UNKNOWNS] {
        let Gradient { x: gx, y: gy } = self.gradient;
        let (u, v) = ((self.at.x - middle.x) / half, (self.at.y - middle.y) / half);
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

impl Gradient {
    /// Central differences at a pixel that is not at the border.
    fn at(luma: &Luma, Pixel { col, row }: Pixel) -> Gradient {
        let value = |col: usize, row: usize| luma.values[row * luma.cols + col];
        let x = (value(col + 1, row) - value(col - 1, row)) / 2.0;
        let y = (value(col, row + 1) - value(col, row - 1)) / 2.0;
        Gradient { x, y }
    }

    /// Not `hypot`, whose care for overflow is in vain here and costs several times as much.
    fn length(self) -> f32 {
        (self.x * self.x + self.y * self.y).sqrt()
    }
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
