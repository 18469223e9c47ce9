//! The plan: all windows that a full scan looks at, a pure function of frame size and settings.

use std::ops::Range;

use crate::geometry::{Point, Region, Size, Square};
use crate::model::CoarseGeometry;
use crate::scan::ScanSettings;

/// Name of a planned window `B[m,n]`: its level, row and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowId {
    /// Index of the level, from the smallest windows.
    pub level: usize,
    /// Row, from the top.
    pub row: u32,
    /// Column, from the left.
    pub col: u32,
}

/// The grid of the coarse level over one level. It spans the frame exactly, so its windows may be a little wider or
/// higher than the level's, the more so the fewer there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoarseGrid {
    /// Windows across, at least 1.
    pub cols: u32,
    /// Windows down, at least 1.
    pub rows: u32,
    /// Width of a pixel of the level image, px of the frame.
    pub scale_x: f64,
    /// Height of a pixel of the level image, px of the frame.
    pub scale_y: f64,
}

/// All windows of one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanLevel {
    /// Side of the windows, px of the frame.
    pub side: f64,
    /// Windows across, at least 1.
    pub cols: u32,
    /// Windows down, at least 1.
    pub rows: u32,
    /// Horizontal step, px of the frame; 0 when there is one column.
    pub step_x: f64,
    /// Vertical step, px of the frame; 0 when there is one row.
    pub step_y: f64,
    /// The coarse level's grid.
    pub coarse: CoarseGrid,
}

impl PlanLevel {
    /// The window in a column and row.
    pub fn square(&self, col: u32, row: u32) -> Square {
        let (x, y) = (f64::from(col) * self.step_x, f64::from(row) * self.step_y);
        Square { x: x as f32, y: y as f32, side: self.side as f32 }
    }

    /// Number of windows.
    pub fn windows(&self) -> u64 {
        u64::from(self.cols) * u64::from(self.rows)
    }
}

/// A cell of a level's coarse grid, which stands for one window; also one beyond the border of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoarseCell {
    /// Column, from the left.
    pub col: i64,
    /// Row, from the top.
    pub row: i64,
}

/// A rectangle of a level's coarse grid: the unit of coarse work and of its reuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CoarseTile {
    /// Index of the level.
    pub level: usize,
    /// First row of the coarse grid.
    pub row: u32,
    /// First column of it.
    pub col: u32,
    /// Number of rows, at least 1.
    pub rows: u32,
    /// Number of columns, at least 1.
    pub cols: u32,
}

impl CoarseTile {
    /// Number of its windows, at least 1.
    pub fn windows(&self) -> usize {
        self.rows as usize * self.cols as usize
    }

    /// Its windows among those of the level's coarse grid, a range a row.
    pub fn lines(&self, level: &PlanLevel) -> impl Iterator<Item = Range<usize>> + use<> {
        let (cols, col, count) = (level.coarse.cols as usize, self.col as usize, self.cols as usize);
        (self.row..self.row + self.rows).map(move |row| row as usize * cols + col..row as usize * cols + col + count)
    }

    /// Number of a cell among the tile's, row by row; `None` where it lies outside.
    pub fn index(&self, cell: CoarseCell) -> Option<usize> {
        let col = u32::try_from(cell.col).ok()?.checked_sub(self.col).filter(|col| *col < self.cols)?;
        let row = u32::try_from(cell.row).ok()?.checked_sub(self.row).filter(|row| *row < self.rows)?;
        Some(row as usize * self.cols as usize + col as usize)
    }
}

/// What a tile of the coarse level looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TilePart {
    /// The part of the frame.
    pub part: Region,
    /// Size of the level image that it is resized to.
    pub level: Size,
}

/// All windows of a frame size.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Size of the frame.
    pub frame: Size,
    /// Geometry of the coarse level.
    pub geometry: CoarseGeometry,
    /// The levels, smallest windows first; none when the frame is smaller than the smallest window.
    pub levels: Vec<PlanLevel>,
}

impl Plan {
    /// The plan for frames of a size.
    ///
    /// Sides grow by the scale factor from the smallest as long as they fit the frame. Of each level the first and
    /// the last window touch the borders, and the steps between are equal and at most `stride_sides` of the side. Settings
    /// outside their ranges are taken as the nearest value inside.
    pub fn new(frame: Size, settings: &ScanSettings, geometry: CoarseGeometry) -> Plan {
        let Size { width, height } = frame;
        let geometry = CoarseGeometry { side: geometry.side.max(1), stride: geometry.stride.max(1) };
        let short = f64::from(frame.short());
        let limit = settings.max_size_px.map_or(short, |px| short.min(f64::from(px)));
        let factor = f64::from(settings.scale_factor.max(1.05));
        let step = f64::from(settings.stride_sides.clamp(0.05, 1.0));
        let coarse_step = f64::from(geometry.stride) / f64::from(geometry.side);
        let mut levels = Vec::new();
        let mut side = f64::from(settings.smallest(frame.short()));
        while side <= limit {
            let along = |length: u32, longest: f64| Steps::along(f64::from(length), side, longest * side);
            let scale = |length: u32, count: u32| f64::from(length) / f64::from(level_length(geometry, count));
            let (cols, rows) = (along(width, coarse_step).windows, along(height, coarse_step).windows);
            let coarse = CoarseGrid { cols, rows, scale_x: scale(width, cols), scale_y: scale(height, rows) };
            let (x, y) = (along(width, step), along(height, step));
            let level = PlanLevel { side, cols: x.windows, rows: y.windows, step_x: x.step, step_y: y.step, coarse };
            levels.push(level);
            side *= factor;
        }
        Plan { frame, geometry, levels }
    }

    /// Number of windows of all levels.
    pub fn windows(&self) -> u64 {
        self.levels.iter().map(PlanLevel::windows).sum()
    }

    /// Number of windows of the coarse grids of all levels.
    pub fn coarse_windows(&self) -> u64 {
        self.levels.iter().map(|level| u64::from(level.coarse.cols) * u64::from(level.coarse.rows)).sum()
    }

    /// A window of the plan.
    pub fn square(&self, id: WindowId) -> Square {
        let level = &self.levels[id.level];
        debug_assert!(id.col < level.cols && id.row < level.rows, "{id:?}");
        level.square(id.col, id.row)
    }

    /// All windows, level by level, row by row.
    pub fn ids(&self) -> impl Iterator<Item = WindowId> + '_ {
        self.levels.iter().enumerate().flat_map(|(level, grid)| {
            (0..grid.rows).flat_map(move |row| (0..grid.cols).map(move |col| WindowId { level, row, col }))
        })
    }

    /// The coarse grid cut into tiles of at most `side` rows and columns, level by level, row by row. The cut depends on nothing but
    /// the plan.
    pub fn tiles(&self, side: u32) -> Vec<CoarseTile> {
        let side = side.max(1);
        // Tiles of nearly equal size, so that workers get equal shares.
        let cut = |length: u32| {
            let count = length.div_ceil(side).max(1);
            (0..count).map(move |index| (index * length / count, (index + 1) * length / count))
        };
        let mut tiles = Vec::new();
        for (level, grid) in self.levels.iter().enumerate() {
            for (row, below) in cut(grid.coarse.rows) {
                let line = cut(grid.coarse.cols);
                tiles.extend(line.map(|(col, right)| CoarseTile {
                    level,
                    row,
                    col,
                    rows: below - row,
                    cols: right - col,
                }));
            }
        }
        tiles
    }

    /// What one of [`Plan::tiles`] looks at.
    pub fn tile_part(&self, tile: CoarseTile) -> TilePart {
        let grid = self.levels[tile.level].coarse;
        debug_assert!(tile.row + tile.rows <= grid.rows && tile.col + tile.cols <= grid.cols, "{tile:?}");
        let length = |count: u32| level_length(self.geometry, count);
        let level = Size { width: length(tile.cols), height: length(tile.rows) };
        let stride = f64::from(self.geometry.stride);
        let (left, top) = (f64::from(tile.col) * stride, f64::from(tile.row) * stride);
        let (width, height) = (f64::from(level.width) * grid.scale_x, f64::from(level.height) * grid.scale_y);
        TilePart { part: Region { left: left * grid.scale_x, top: top * grid.scale_y, width, height }, level }
    }

    /// The planned window of a level whose centre is nearest to a point of the frame.
    pub fn nearest(&self, level: usize, point: Point) -> WindowId {
        let grid = &self.levels[level];
        let index = |centre: f32, step: f64, count: u32| {
            let nearest = if step > 0.0 { ((f64::from(centre) - grid.side / 2.0) / step).round() } else { 0.0 };
            (nearest.max(0.0) as u32).min(count - 1)
        };
        let (row, col) = (index(point.y, grid.step_y, grid.rows), index(point.x, grid.step_x, grid.cols));
        WindowId { level, row, col }
    }

    /// Centre of a window of the coarse grid.
    pub fn coarse_centre(&self, grid: &PlanLevel, col: u32, row: u32) -> Point {
        let half = f64::from(self.geometry.side) / 2.0;
        let stride = f64::from(self.geometry.stride);
        let x = (f64::from(col) * stride + half) * grid.coarse.scale_x;
        let y = (f64::from(row) * stride + half) * grid.coarse.scale_y;
        Point { x: x as f32, y: y as f32 }
    }

    /// Centres of all windows of a level's coarse grid, row by row.
    pub fn coarse_centres<'a>(&'a self, grid: &'a PlanLevel) -> impl Iterator<Item = Point> + 'a {
        (0..grid.coarse.rows)
            .flat_map(move |row| (0..grid.coarse.cols).map(move |col| self.coarse_centre(grid, col, row)))
    }

    /// The cell of the coarse grid whose window's centre is nearest to a point of the frame; outside of the grid for a point beyond the
    /// outermost windows.
    pub fn coarse_cell(&self, grid: &PlanLevel, point: Point) -> CoarseCell {
        let stride = f64::from(self.geometry.stride);
        let first = f64::from(self.geometry.side) / (2.0 * stride) - 0.5;
        let index = |at: f32, scale: f64| {
            // The division does not depend on the point: where many are asked for it is done once.
            let cell = f64::from(at) * (1.0 / (scale * stride)) - first;
            // Rounded by hand: without SSE 4.1 `round` is a call, and this is asked for thousands of points a frame.
            if cell < 0.0 { -1 } else { cell as i64 }
        };
        CoarseCell { col: index(point.x, grid.coarse.scale_x), row: index(point.y, grid.coarse.scale_y) }
    }
}

/// Length of the level image that holds `count` coarse windows in a row, px.
fn level_length(geometry: CoarseGeometry, count: u32) -> u32 {
    geometry.stride.saturating_mul(count.saturating_sub(1)).saturating_add(geometry.side)
}

/// Windows along one side of the frame.
struct Steps {
    /// How many.
    windows: u32,
    /// From one to the next, px; 0 for a single one.
    step: f64,
}

impl Steps {
    /// As few windows of a side along a length as keep the step within `longest`.
    fn along(length: f64, side: f64, longest: f64) -> Steps {
        let room = (length - side).max(0.0);
        // The margin keeps rounding from adding a window where the step fits exactly.
        let gaps = (room / longest - 1e-9).ceil().max(0.0);
        let step = if gaps > 0.0 { room / gaps } else { 0.0 };
        Steps { windows: gaps as u32 + 1, step }
    }
}
