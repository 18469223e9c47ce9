//! Skin context: is a circle on skin? Decided with hysteresis, so that a circle at the border does not flicker.

use serde::{Deserialize, Serialize};

use crate::geometry::Circle;

/// Settings of the skin decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkinSettings {
    /// A circle that was off skin is on skin from this probability of skin around it, `0..=1`.
    pub enter: f32,
    /// A circle that was on skin is off skin below this probability, `0..=enter`.
    pub leave: f32,
}

impl SkinSettings {
    /// Whether a circle is on skin, from what it was before (`None` for a new one) and the probability of skin around it.
    pub fn decide(&self, before: Option<bool>, context: f32) -> bool {
        match before {
            Some(true) => context >= self.leave.min(self.enter),
            _ => context >= self.enter,
        }
    }
}

/// The probability of skin around a circle, `0..=1`: the mean of what the looks at it and the looks at its
/// surroundings said, each group counted once; 0 when nobody looked.
pub fn context(near: &[f32], far: &[f32]) -> f32 {
    let groups: Vec<f32> =
        [near, far].into_iter().filter(|g| !g.is_empty()).map(|g| g.iter().sum::<f32>() / g.len() as f32).collect();
    groups.iter().sum::<f32>() / groups.len().max(1) as f32
}

/// What crowding leaves of the context of each circle, `0..=1`: cloth repeats itself, lesions rarely do. With `n` other
/// circles of like size (radii within a factor of 2.5) within 7 radii: `1 / (1 + 0.6 (n - 1))`, and 1 for none or one.
pub fn uncrowded(circles: &[Circle]) -> Vec<f32> {
    let alike = |a: &Circle, b: &Circle| {
        let ratio = a.r.max(b.r) / a.r.min(b.r).max(f32::MIN_POSITIVE);
        ratio <= 2.5 && a.distance(b) <= 7.0 * a.r
    };
    let others = |at: usize, circle: &Circle| {
        circles.iter().enumerate().filter(|(other, near)| *other != at && alike(circle, near)).count()
    };
    let left = |n: usize| 1.0 / (1.0 + 0.6 * n.saturating_sub(1) as f32);
    circles.iter().enumerate().map(|(at, circle)| left(others(at, circle))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lattice_is_crowded_and_a_pair_is_not() {
        let circle = |x: u32, y: u32| Circle { x: x as f32 * 50.0, y: y as f32 * 50.0, r: 10.0 };
        let lattice: Vec<Circle> = (0..16).map(|i| circle(i % 4, i / 4)).collect();
        assert!(uncrowded(&lattice).iter().all(|left| *left < 0.5));
        assert_eq!(uncrowded(&[circle(0, 0), circle(1, 0)]), [1.0, 1.0]);
        let far = [circle(0, 0), circle(9, 0), circle(0, 9), circle(9, 9)];
        assert_eq!(uncrowded(&far), [1.0; 4]);
        let unlike = [circle(0, 0), Circle { r: 40.0, ..circle(1, 0) }, Circle { r: 40.0, ..circle(0, 1) }];
        assert_eq!(uncrowded(&unlike)[0], 1.0);
    }

    #[test]
    fn between_the_thresholds_nothing_changes() {
        let settings = SkinSettings { enter: 0.5, leave: 0.3 };
        assert!(!settings.decide(None, 0.4));
        assert!(!settings.decide(Some(false), 0.4));
        assert!(settings.decide(Some(true), 0.4));
        assert!(settings.decide(Some(false), 0.5));
        assert!(!settings.decide(Some(true), 0.29));
    }

    #[test]
    fn near_and_far_count_the_same() {
        assert_eq!(context(&[1.0, 1.0, 1.0], &[0.0]), 0.5);
        assert_eq!(context(&[0.4], &[]), 0.4);
        assert_eq!(context(&[], &[]), 0.0);
    }
}
