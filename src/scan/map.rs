//! The score map H: what the classifier said of the windows, one slot a planned window.

use std::collections::BTreeMap;

use crate::finding::{HeatGrid, ScoreOrigin};
use crate::geometry::{Point, Size, Square};
use crate::model::Scores;
use crate::scan::plan::WindowId;

/// What the classifier said of one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The window, px of the frame.
    pub square: Square,
    /// The classifier's answer `F(B[m,n])`.
    pub scores: Scores,
    /// The evidence for the classes searched for, `0..=1`.
    pub evidence: f32,
    /// Frames since it was computed; 0 when fresh.
    pub age_frames: u32,
}

impl Look {
    /// Where the score comes from.
    pub fn origin(&self) -> ScoreOrigin {
        if self.age_frames == 0 { ScoreOrigin::Fresh } else { ScoreOrigin::Reused }
    }
}

/// The score map `H[m,n]`. A window without an entry was skipped: a coarser level said no.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreMap {
    slots: BTreeMap<WindowId, Look>,
}

impl ScoreMap {
    /// A map of the windows looked at.
    pub fn new(looks: impl IntoIterator<Item = (WindowId, Look)>) -> ScoreMap {
        ScoreMap { slots: looks.into_iter().collect() }
    }

    /// What was said of a window; `None` when it was skipped.
    pub fn get(&self, id: WindowId) -> Option<&Look> {
        self.slots.get(&id)
    }

    /// The windows looked at, in order.
    pub fn iter(&self) -> impl Iterator<Item = (WindowId, &Look)> {
        self.slots.iter().map(|(id, look)| (*id, look))
    }

    /// Number of windows looked at.
    pub fn windows(&self) -> u64 {
        self.slots.len() as u64
    }
}

/// Cells of the heat grid along the longer side of the frame, at most.
const HEAT_CELLS: u32 = 160;

/// Side of a cell of the heat grid, px, at least.
const HEAT_CELL: u32 = 8;

/// The evidence of looks laid over a frame.
///
/// A look counts fully over the middle of its window, where the classifier expects the lesion (up to 0.6 of the way
/// from the centre to an edge), and fades to nothing at the edge; a cell has the highest value of all looks over it.
/// Where no window was looked at, the value is 0.
pub fn heat<'a>(looks: impl IntoIterator<Item = &'a Look>, frame: Size) -> HeatGrid {
    let Size { width, height } = frame;
    let cell = HEAT_CELL.max(width.max(height).div_ceil(HEAT_CELLS));
    let (cols, rows) = (width.div_ceil(cell).max(1), height.div_ceil(cell).max(1));
    let (cell_w, cell_h) = (width as f32 / cols as f32, height as f32 / rows as f32);
    let mut values = vec![0.0_f32; cols as usize * rows as usize];
    for look in looks {
        let Point { x, y } = look.square.centre();
        let reach = look.square.side / 2.0;
        for row in cells(y, reach, cell_h, rows) {
            let dy = ((row as f32 + 0.5) * cell_h - y) / reach;
            for col in cells(x, reach, cell_w, cols) {
                let dx = ((col as f32 + 0.5) * cell_w - x) / reach;
                let value = &mut values[row * cols as usize + col];
                *value = value.max(look.evidence * fade((dx * dx + dy * dy).sqrt()));
            }
        }
    }
    HeatGrid { cols, rows, values }
}

fn cells(centre: f32, reach: f32, cell: f32, count: u32) -> std::ops::Range<usize> {
    let first = ((centre - reach) / cell).floor().max(0.0) as usize;
    let end = ((centre + reach) / cell).ceil().max(0.0) as usize;
    first..end.min(count as usize)
}

/// 1 up to 0.6, 0 from 1 on, smooth (cubic) in between.
fn fade(distance: f32) -> f32 {
    let t = ((1.0 - distance) / 0.4).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(x: f32, y: f32, side: f32, evidence: f32) -> Look {
        let scores = Scores { classes: vec![1.0 - evidence, evidence], context: 1.0, familiar: 1.0 };
        Look { square: Square { x, y, side }, scores, evidence, age_frames: 0 }
    }

    #[test]
    fn heat_peaks_at_the_centre_and_ends_at_the_edge() {
        let grid = heat(&[look(100.0, 60.0, 80.0, 0.9), look(0.0, 0.0, 36.0, 0.4)], Size { width: 320, height: 200 });
        assert_eq!((grid.cols, grid.rows, grid.values.len()), (40, 25, 1000));
        let at = |x: usize, y: usize| grid.values[y / 8 * 40 + x / 8];
        assert_eq!(at(140, 100), 0.9);
        assert_eq!(at(18, 18), 0.4);
        assert_eq!(at(92, 100), 0.0);
        assert!(at(108, 100) > 0.0 && at(108, 100) < 0.9);
        assert!(grid.values.iter().all(|v| (0.0..=0.9).contains(v)));
    }

    #[test]
    fn every_window_of_the_smallest_size_is_seen_in_the_heat() {
        for x in 0..40 {
            let grid = heat(&[look(x as f32, x as f32 * 0.7, 36.0, 0.8)], Size { width: 640, height: 480 });
            assert!(grid.values.contains(&0.8), "{x}");
        }
    }

    #[test]
    fn odd_frames_have_a_grid() {
        for (width, height) in [(1, 1), (1, 5000), (8000, 6000)] {
            let grid = heat(&[look(0.0, 0.0, 1.0, 1.0)], Size { width, height });
            assert_eq!(grid.values.len(), (grid.cols * grid.rows) as usize);
            assert!(grid.cols <= 160 && grid.rows <= 160 && grid.cols > 0 && grid.rows > 0);
        }
    }
}
