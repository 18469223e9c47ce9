//! The second round of the classifier: a few more windows around a peak, and one for its surroundings.

use crate::geometry::{Point, Square};
use crate::scan::plan::Plan;

/// Which window around a planned one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowView {
    /// The planned window itself.
    Planned,
    /// Half a step to the left.
    Left,
    /// Half a step to the right.
    Right,
    /// Half a step up.
    Up,
    /// Half a step down.
    Down,
    /// Twice the side: what surrounds it.
    Surroundings,
}

impl WindowView {
    /// The views that are looked at around a peak.
    pub const REFINED: [WindowView; 4] = [WindowView::Left, WindowView::Right, WindowView::Up, WindowView::Down];
}

/// What a view of a window of a level shows, moved and if need be shrunk to lie within the frame; `None` for a view that the border of
/// the frame pushes back onto the window itself.
pub fn view_square(plan: &Plan, level: usize, base: Square, view: WindowView) -> Option<Square> {
    let level = &plan.levels[level];
    let (half_x, half_y) = (half(level.step_x, level.side), half(level.step_y, level.side));
    let (dx, dy, side) = match view {
        WindowView::Planned => return Some(base),
        WindowView::Left => (-half_x, 0.0, 1.0),
        WindowView::Right => (half_x, 0.0, 1.0),
        WindowView::Up => (0.0, -half_y, 1.0),
        WindowView::Down => (0.0, half_y, 1.0),
        WindowView::Surroundings => (0.0, 0.0, 2.0),
    };
    let Point { x, y } = base.centre();
    let square = Square::around(Point { x: x + dx, y: y + dy }, base.side * side, plan.frame);
    let moved = (square.x - base.x).abs() + (square.y - base.y).abs() + (square.side - base.side).abs();
    (moved > 0.25).then_some(square)
}

/// Half a step; a sixth of the side where the frame has room for one column or row only.
fn half(step: f64, side: f64) -> f32 {
    (if step > 0.0 { step / 2.0 } else { side / 6.0 }) as f32
}
