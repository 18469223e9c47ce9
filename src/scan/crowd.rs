//! Crowding: cloth repeats itself, lesions rarely do. How many places of the same size around a window look like a lesion too.

use crate::scan::plan::{Plan, WindowId};

/// Windows that look like a lesion at first sight, by level, as their corners.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crowd {
    levels: Vec<Vec<(f32, f32)>>,
}

impl Crowd {
    /// The crowd of these windows.
    pub fn new(plan: &Plan, windows: impl IntoIterator<Item = WindowId>) -> Crowd {
        let mut levels = vec![Vec::new(); plan.levels.len()];
        for window in windows {
            if let (Some(level), Some(square)) = (levels.get_mut(window.level), plan.square(window)) {
                level.push((square.x, square.y));
            }
        }
        Crowd { levels }
    }

    /// Others of the crowd on the same level whose centres lie within two sides; its immediate neighbours, within 0.8 sides,
    /// see the same thing and do not count.
    pub fn around(&self, plan: &Plan, window: WindowId) -> usize {
        let (Some(here), Some(others)) = (plan.square(window), self.levels.get(window.level)) else { return 0 };
        let reach = (0.8 * here.side).powi(2)..(2.0 * here.side).powi(2);
        others.iter().filter(|(x, y)| reach.contains(&((x - here.x).powi(2) + (y - here.y).powi(2)))).count()
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
    use crate::model::CoarseGeometry;
    use crate::scan::test_settings;

    #[test]
    fn a_lattice_is_a_crowd_and_a_pair_is_not() {
        let plan = Plan::new(640, 480, &test_settings(), CoarseGeometry { side: 24, stride: 8 });
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
