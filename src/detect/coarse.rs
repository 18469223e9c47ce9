//! The coarse level's answers, carried along with the camera and computed anew in turns.

use std::collections::BTreeMap;

use super::origin::{AnswerOrigin, cover};
use super::setup::Setup;
use crate::cache::{Limits, PresentFrame, STILL};
use crate::geometry::{Point, Similarity, Square};
use crate::scan::candidates::CoarseAnswers;
use crate::scan::plan::{CoarseTile, Plan, PlanLevel};

/// Rows and columns of a tile of the coarse level, at most: the pieces of it that are shared out and reused. Smaller ones reuse more
/// of a picture that changed in one spot, and read more pixels twice.
const SIDE: u32 = 32;
/// A tile is computed anew when more than this many of the cells of its fingerprints changed otherwise than by the camera's motion: one may be
/// noise, and a small lesion that comes into view changes two.
const CHANGED: usize = 1;
/// It is computed anew at once when for more than this part of it nothing is known: the camera turned there.
const UNKNOWN: f32 = 0.3;
/// What was seen at another scale than this says nothing of the present level.
const ZOOM: f64 = 1.12;

/// The coarse answers of earlier frames.
#[derive(Default)]
pub(super) struct CoarseMemory {
    tiles: BTreeMap<CoarseTile, TileAnswer>,
    puts: u64,
}

/// The answers for one tile, and what they were given about.
struct TileAnswer {
    values: Vec<f32>,
    /// Last frame in which they may be used.
    expires: Limits<u64>,
    origin: AnswerOrigin,
}

/// What is known of the present frame's coarse level.
pub(super) struct CoarseMap {
    /// One a level.
    pub(super) levels: Vec<CoarseAnswers>,
    /// Tiles that must be computed, those with the oldest answers first.
    pub(super) due: Vec<CoarseTile>,
}

/// One level as far as it is known from earlier frames.
struct LevelView {
    coarse: CoarseAnswers,
    /// Of which cells nothing is known.
    unknown: Vec<bool>,
}

impl CoarseMemory {
    /// The answers of earlier frames laid over the present one, and the tiles that need new ones. A cell without an answer has a zero.
    pub(super) fn map(&self, setup: &Setup, present: &PresentFrame) -> CoarseMap {
        let plan = &setup.plan;
        let mut map = CoarseMap { levels: Vec::with_capacity(plan.levels.len()), due: Vec::new() };
        let tiles = plan.tiles(SIDE);
        for (index, level) in plan.levels.iter().enumerate() {
            let LevelView { coarse, unknown } = self.laid(plan, index, present);
            for tile in tiles.iter().filter(|tile| tile.level == index) {
                let cells = tile.lines(level).flat_map(|line| &unknown[line]);
                let missing = cells.filter(|unknown| **unknown).count() as f32 / tile.windows() as f32;
                let own = self.tiles.get(tile);
                if missing > UNKNOWN || own.is_none_or(|own| own.due(setup, present)) {
                    map.due.push(*tile);
                }
            }
            map.levels.push(coarse);
        }
        map.due.sort_by_key(|tile| self.tiles.get(tile).map_or(0, |own| own.origin.computed));
        map
    }

    /// What is known of a level: of several answers for a cell the newest.
    fn laid(&self, plan: &Plan, index: usize, present: &PresentFrame) -> LevelView {
        let level = &plan.levels[index];
        let mut centres: Vec<Point> = plan.coarse_centres(level).collect();
        let (mut values, mut unknown) = (vec![0.0; centres.len()], vec![true; centres.len()]);
        let mut known: Vec<(CoarseTile, &TileAnswer)> =
            self.tiles.iter().filter(|(tile, _)| tile.level == index).map(|(tile, known)| (*tile, known)).collect();
        known.sort_by_key(|(tile, known)| (std::cmp::Reverse(known.origin.computed), *tile));
        for earlier in known.into_iter().filter_map(|(tile, known)| EarlierTile::new(tile, known, present)) {
            for line in earlier.reach(plan, level).lines(level) {
                let (centres, values) = (&mut centres[line.clone()], &mut values[line.clone()]);
                let unknown = &mut unknown[line];
                for ((centre, value), unknown) in centres.iter_mut().zip(values).zip(unknown).filter(|cell| *cell.1) {
                    if let Some(answer) = earlier.answer(plan, level, *centre) {
                        (*value, *centre) = (answer.value, answer.centre);
                        *unknown = false;
                    }
                }
            }
        }
        LevelView { coarse: CoarseAnswers { values, centres }, unknown }
    }

    /// Keeps the answers for a tile of the present frame.
    pub(super) fn put(&mut self, setup: &Setup, present: &PresentFrame, tile: CoarseTile, values: Vec<f32>) {
        let expires = present.expiry(setup.settings.cache.coarse_limits(), self.puts);
        self.puts += 1;
        let origin = AnswerOrigin::present(present, squares(&setup.plan, tile));
        self.tiles.insert(tile, TileAnswer { values, expires, origin });
    }
}

impl CoarseMap {
    /// Lays the answers for a tile of the present frame over what was known of it.
    pub(super) fn lay(&mut self, plan: &Plan, tile: CoarseTile, values: &[f32]) {
        let (coarse, level) = (&mut self.levels[tile.level], &plan.levels[tile.level]);
        let rows = (tile.row..).zip(tile.lines(level)).zip(values.chunks_exact(tile.cols as usize));
        for ((row, line), values) in rows {
            coarse.values[line.clone()].copy_from_slice(values);
            for (col, centre) in (tile.col..).zip(&mut coarse.centres[line]) {
                *centre = plan.coarse_centre(level, col, row);
            }
        }
    }
}

impl TileAnswer {
    /// Whether it is time for new answers.
    fn due(&self, setup: &Setup, present: &PresentFrame) -> bool {
        let moved = self.origin.moved_px(setup.plan.frame, present) > STILL;
        present.now() > self.expires.when(moved) || self.origin.changed(&setup.settings.cache, present) > CHANGED
    }
}

/// A tile of an earlier frame as it lies to the present one.
struct EarlierTile<'a> {
    tile: CoarseTile,
    values: &'a [f32],
    to_tile: Similarity,
    from_tile: Similarity,
}

impl<'a> EarlierTile<'a> {
    fn new(tile: CoarseTile, known: &'a TileAnswer, present: &PresentFrame) -> Option<EarlierTile<'a>> {
        let from_tile = known.origin.motion(present);
        let to_tile = present.to_first().then(&known.origin.from_first);
        (1.0 / ZOOM..=ZOOM).contains(&from_tile.scale()).then_some(EarlierTile {
            tile,
            values: &known.values,
            to_tile,
            from_tile,
        })
    }

    /// The cells of the level's coarse grid that the tile may have answers for: the upright rectangle around where it is now.
    fn reach(&self, plan: &Plan, level: &PlanLevel) -> CoarseTile {
        let first = plan.coarse_centre(level, self.tile.col, self.tile.row);
        let end = |first: u32, count: u32| first + count.saturating_sub(1);
        let last = plan.coarse_centre(level, end(self.tile.col, self.tile.cols), end(self.tile.row, self.tile.rows));
        let corners = [first, Point { x: last.x, ..first }, Point { y: last.y, ..first }, last];
        let cells = corners.map(|corner| plan.coarse_cell(level, self.from_tile.apply(corner)));
        // Its answers are nearest to cells up to half a step beyond its outermost windows, along diagonals further, and half a step
        // goes by rounding.
        let span = |along: [i64; 4], limit: u32| {
            let within = |cell: i64| cell.clamp(0, i64::from(limit)) as u32;
            let (first, last) =
                (along.into_iter().fold(i64::MAX, i64::min), along.into_iter().fold(i64::MIN, i64::max));
            within(first.saturating_sub(2))..within(last.saturating_add(3))
        };
        let cols = span(cells.map(|cell| cell.col), level.coarse.cols);
        let rows = span(cells.map(|cell| cell.row), level.coarse.rows);
        let (row, col) = (rows.start, cols.start);
        CoarseTile { level: self.tile.level, row, col, rows: rows.end - row, cols: cols.end - col }
    }

    /// The answer nearest to a point of the present frame.
    fn answer(&self, plan: &Plan, level: &PlanLevel, at: Point) -> Option<CarriedAnswer> {
        let cell = plan.coarse_cell(level, self.to_tile.apply(at));
        let value = self.values[self.tile.index(cell)?];
        let centre = self.from_tile.apply(plan.coarse_centre(level, cell.col as u32, cell.row as u32));
        Some(CarriedAnswer { value, centre })
    }
}

/// An answer, and where the centre of its window is now.
struct CarriedAnswer {
    value: f32,
    centre: Point,
}

/// Squares that cover the part of the frame that a tile looks at.
fn squares(plan: &Plan, tile: CoarseTile) -> Vec<Square> {
    let part = plan.tile_part(tile).part;
    cover(part, part.width.min(part.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::model::CoarseGeometry;
    use crate::scan::test_settings;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_answer_lies_beyond_reach(
            (width, height) in (60_u32..400, 60_u32..300), which: prop::sample::Index, zoom in 0.9_f64..1.12, turn in -0.8_f64..0.8,
            shift in (-90.0_f64..90.0, -90.0_f64..90.0)
        ) {
            let plan = Plan::new(Size { width, height }, &test_settings(), CoarseGeometry { side: 20, stride: 4 });
            let tile = *which.get(&plan.tiles(13));
            let from_tile = Similarity { a: zoom * turn.cos(), b: zoom * turn.sin(), dx: shift.0, dy: shift.1 };
            let values = vec![0.5; tile.windows()];
            let earlier = EarlierTile { tile, values: &values, to_tile: from_tile.inverse(), from_tile };
            let level = &plan.levels[tile.level];
            let reached: Vec<usize> = earlier.reach(&plan, level).lines(level).flatten().collect();
            for (cell, centre) in plan.coarse_centres(level).enumerate() {
                let answered = earlier.answer(&plan, level, centre).is_some();
                prop_assert!(!answered || reached.contains(&cell), "{cell} of {tile:?}");
            }
        }
    }
}
