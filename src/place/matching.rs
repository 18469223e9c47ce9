//! Which new circle belongs to which place: the assignment of all at once that is worth most (Kuhn 1955, Munkres 1957).

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use crate::geometry::Circle;

/// Circles are about one lesion where this share of the smaller one lies within the other.
pub(super) const SAME: f32 = 0.5;
/// Appearances that differ more are of two lesions. Of true lesions in the open scenes, twelve seconds apart and with circles that are a
/// little off, all but a hundredth differ less; a fifth of the pairs of two lesions of one arm do, too.
pub(super) const UNLIKE: f32 = 0.36;
/// Circles whose radii differ by more than this factor are of two lesions.
const RATIO: f32 = 2.0;
/// A circle may be this far from where its place is expected, mean radii of the two...
const REACH_RADII: f32 = 1.5;
/// ... and this part of the frame's shorter side: the camera's way is known less well while nothing is in view.
const REACH_SIDES: f32 = 0.03;
/// Parts of a worth in the whole numbers that the assignment takes.
const PARTS: f32 = 1000.0;

/// A confirmed circle on skin, and how its appearance differs from that of each place that it may belong to.
pub(super) struct Newcomer {
    pub(super) circle: Circle,
    /// One difference a place, `0..=1`.
    pub(super) differences: Vec<f32>,
}

/// Which place each newcomer belongs to, by index, and what that is worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Assignment {
    pub(super) places: Vec<Option<usize>>,
    /// Sum of the worths of its pairs.
    pub(super) worth: f32,
}

/// The assignment of newcomers to places that is worth most, given where each place is expected in a frame with this shorter side, px; `None`:
/// the place is not to be had.
pub(super) fn assign(newcomers: &[Newcomer], expected: &[Option<Circle>], short_px: f32) -> Assignment {
    if newcomers.is_empty() {
        return Assignment::default();
    }
    let worth = |row: usize, column: usize| {
        let (newcomer, circle) = (newcomers.get(row)?, (*expected.get(column)?)?);
        worth(newcomer.circle, circle, *newcomer.differences.get(column)?, short_px)
    };
    let scaled = |(row, column)| worth(row, column).map_or(0, |worth| (worth * PARTS) as i64);
    // As many columns that are worth nothing as there are rows: each may be left without a place.
    let weights = Matrix::from_fn(newcomers.len(), expected.len() + newcomers.len(), scaled);
    let (_, columns) = kuhn_munkres(&weights);
    let pairs = columns.iter().enumerate().map(|(row, column)| worth(row, *column).map(|worth| (*column, worth)));
    let pairs: Vec<Option<(usize, f32)>> = pairs.collect();
    Assignment {
        places: pairs.iter().map(|pair| pair.map(|(column, _)| column)).collect(),
        worth: pairs.iter().flatten().map(|(_, worth)| worth).sum(),
    }
}

/// What it is worth to take a circle for a place that is expected there, `0..=3`: one each for position, radius and appearance. `None` where
/// one of them forbids it.
fn worth(circle: Circle, expected: Circle, difference: f32, short_px: f32) -> Option<f32> {
    let reach = REACH_RADII * (circle.r + expected.r) / 2.0 + REACH_SIDES * short_px;
    let misfits = [
        circle.distance(&expected) / reach.max(1e-3),
        (circle.r.max(1e-3) / expected.r.max(1e-3)).ln().abs() / RATIO.ln(),
        difference / UNLIKE,
    ];
    misfits.iter().all(|misfit| *misfit < 1.0).then(|| misfits.iter().map(|misfit| 1.0 - misfit).sum())
}
