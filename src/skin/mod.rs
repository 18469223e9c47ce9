//! Skin context: is a circle on skin? Decided with hysteresis, so that a circle at the border does not flicker.

use serde::{Deserialize, Serialize};

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

/// What crowding leaves of the context, `0..=1`: cloth repeats itself, lesions rarely do. `n` is the number of other places
/// of the same size within two window sides that look like a lesion at first sight: `1 / (1 + (n / 6)^2)`.
pub fn uncrowded(n: usize) -> f32 {
    let share = n as f32 / 6.0;
    1.0 / (1.0 + share * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_neighbours_are_no_crowd_and_many_are() {
        assert_eq!(uncrowded(0), 1.0);
        assert!(uncrowded(2) > 0.85);
        assert!(uncrowded(8) < 0.4);
        assert!((1..50).all(|n| uncrowded(n) < uncrowded(n - 1)));
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
