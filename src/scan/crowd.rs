//! Crowding: cloth repeats itself, lesions rarely do. How many windows of the same size around one look like a lesion too.

use crate::geometry::Point;
use crate::scan::plan::{Plan, WindowId};

/// Windows that look like a lesion at first sight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crowd {
    /// Their top left corners, by level.
    levels: Vec<Vec<Point>>,
}

impl Crowd {
    /// The crowd of these windows.
    pub fn new(plan: &Plan, windows: impl IntoIterator<Item = WindowId>) -> Crowd {
        let mut levels = vec![Vec::new(); plan.levels.len()];
        for window in windows {
            let square = plan.square(window);
            levels[window.level].push(Point { x: square.x, y: square.y });
        }
        Crowd { levels }
    }

    /// Others of the crowd on the same level whose centres lie within two sides; its immediate neighbours, within 0.8 sides,
    /// see the same thing and do not count.
    pub fn around(&self, plan: &Plan, window: WindowId) -> usize {
        let here = plan.square(window);
        let reach = (0.8 * here.side).powi(2)..(2.0 * here.side).powi(2);
        let near = |other: &&Point| reach.contains(&((other.x - here.x).powi(2) + (other.y - here.y).powi(2)));
        self.levels[window.level].iter().filter(near).count()
    }

    /// What crowding leaves of a window's standing, `0..=1`: `1 / (1 + (n / 6)^2)` with `n` others around it.
    pub fn leaves(&self, plan: &Plan, window: WindowId) -> f32 {
        let share = self.around(plan, window) as f32 / 6.0;
        1.0 / (1.0 + share * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::model::CoarseGeometry;
    use crate::scan::test_settings;

    #[test]
    fn a_lattice_is_a_crowd_and_a_pair_is_not() {
        let plan =
            Plan::new(Size { width: 640, height: 480 }, &test_settings(), CoarseGeometry { side: 24, stride: 8 });
        let window = |col, row| WindowId { level: 0, row, col };
        let lattice = Crowd::new(&plan, (0..100).map(|i| window(i % 10 * 3, i / 10 * 3)));
        assert!(lattice.around(&plan, window(15, 15)) >= 8);
        assert!(lattice.leaves(&plan, window(15, 15)) < 0.4);
        let pair = Crowd::new(&plan, [window(10, 10), window(13, 10), window(11, 10)]);
        assert_eq!(pair.around(&plan, window(10, 10)), 1);
        assert!(pair.leaves(&plan, window(10, 10)) > 0.9);
        assert_eq!(pair.leaves(&plan, WindowId { level: 1, row: 3, col: 3 }), 1.0);
    }
}
