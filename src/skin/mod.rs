//! Skin context: is a circle on skin? Decided with hysteresis, so that a circle at the border does not flicker.

mod faces;

pub use self::faces::faces;

use serde::{Deserialize, Serialize};

use crate::model::skin_map::PlaceShares;

/// Radius, in cells of a skin map, from which it shows what a lesion is and how far it reaches.
pub const WELL_SHOWN_CELLS: f32 = 1.25;
/// Radius, in cells, up to which it may show nothing of a lesion.
const HIDDEN_CELLS: f32 = 0.6;

/// Settings of the skin decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkinSettings {
    /// A circle that was off skin is on skin from this probability of skin around it, `0..=1`.
    pub enter: f32,
    /// A circle that was on skin is off skin below this probability, `0..=enter`.
    pub leave: f32,
    /// The skin map is computed anew after this many frames or, where the frame shows the same, later; between, it is carried along with
    /// the camera.
    pub every_frames: u32,
    /// What is circled is no lesion from this share of other things and parts of bodies within the circle on, `0..=1`; `None`: whatever the map says.
    pub part_from: Option<f32>,
    /// What is circled is no lesion where the skin map, which shows it well, gives no place within the circle this share of lesion, `0..=1`;
    /// `None`: whatever the map says.
    pub lesion_least: Option<f32>,
    /// Cells of the skin map with at least this share of lesion are looked at as one lesion, `0..=1`; `None`: none are.
    pub lesion_from: Option<f32>,
    /// Weight of the skin map in the probability of skin around a circle, `0..=1`; what the networks say of windows has the rest.
    pub map_weight: f32,
}

impl SkinSettings {
    /// Whether a circle is on skin, from what it was before (`None` for a new one) and the probability of skin around it.
    pub fn decide(&self, before: Option<bool>, context: f32) -> bool {
        match before {
            Some(true) => context >= self.leave.min(self.enter),
            _ => context >= self.enter,
        }
    }

    /// Whether a skin map shows too little of a lesion: `most` is the highest share of lesion within a circle, whose radius is `radius_cells`
    /// cells of the map. Of a lesion that is smaller than its cells a map shows less, and then nothing.
    pub fn shows_too_little(&self, most: f32, radius_cells: f32) -> bool {
        let shown = ((radius_cells - HIDDEN_CELLS) / (WELL_SHOWN_CELLS - HIDDEN_CELLS)).clamp(0.0, 1.0);
        self.lesion_least.is_some_and(|least| most < least * shown * shown)
    }

    /// Whether there is clearly no lesion within a circle, but a part of a body rather than another thing.
    pub fn is_part(&self, within: PlaceShares) -> bool {
        self.is_none(within) && within.part > within.other
    }

    /// The probability of skin around a circle, `0..=1`: what the networks that looked at windows `said`, and what the skin map has around it.
    /// Another thing than a lesion is on no skin.
    pub fn context(&self, said: f32, within: PlaceShares, around: PlaceShares) -> f32 {
        if self.is_none(within) && within.part <= within.other {
            return 0.0;
        }
        said + self.map_weight * (around.on_body() - said)
    }

    fn is_none(&self, within: PlaceShares) -> bool {
        self.part_from.is_some_and(|from| within.part + within.other >= from)
    }
}

/// The probability of skin around a circle, `0..=1`: the mean of what the looks at it and the looks at its
/// surroundings said, each group counted once; 0 when nobody looked.
pub fn context(near: &[f32], far: &[f32]) -> f32 {
    let groups: Vec<f32> =
        [near, far].into_iter().filter(|g| !g.is_empty()).map(|g| g.iter().sum::<f32>() / g.len() as f32).collect();
    groups.iter().sum::<f32>() / groups.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: SkinSettings = SkinSettings {
        enter: 0.5,
        leave: 0.3,
        every_frames: 6,
        part_from: Some(0.5),
        lesion_least: Some(0.4),
        lesion_from: Some(0.5),
        map_weight: 0.5,
    };

    #[test]
    fn between_the_thresholds_nothing_changes() {
        let settings = SETTINGS;
        assert!(!settings.decide(None, 0.4));
        assert!(!settings.decide(Some(false), 0.4));
        assert!(settings.decide(Some(true), 0.4));
        assert!(settings.decide(Some(false), 0.5));
        assert!(!settings.decide(Some(true), 0.29));
    }

    #[test]
    fn what_a_map_says_counts_by_its_weight() {
        let (bare, around) = (PlaceShares::of([0.1, 0.9, 0.0, 0.0]), PlaceShares::of([0.25, 0.25, 0.25, 0.25]));
        let context = |map_weight| SkinSettings { map_weight, ..SETTINGS }.context(0.3, bare, around);
        assert_eq!(context(0.0), 0.3);
        assert!((context(1.0) - 0.75).abs() < 1e-6 && (context(0.5) - 0.525).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_lesion_is_a_part_or_another_thing() {
        let (part, other) = (PlaceShares::of([0.1, 0.3, 0.5, 0.1]), PlaceShares::of([0.5, 0.3, 0.1, 0.1]));
        let around = PlaceShares::of([0.0, 1.0, 0.0, 0.0]);
        assert!(SETTINGS.is_part(part) && !SETTINGS.is_part(other));
        assert_eq!(SETTINGS.context(1.0, other, around), 0.0);
        let unclear = SkinSettings { part_from: Some(0.7), ..SETTINGS };
        assert!(!unclear.is_part(part));
        assert_eq!(unclear.context(1.0, other, around), 1.0);
        assert!(!SkinSettings { part_from: None, ..SETTINGS }.is_part(part));
    }

    #[test]
    fn the_better_a_map_shows_a_circle_the_more_of_a_lesion_it_is_to_show() {
        let too_little = |most, cells| SETTINGS.shows_too_little(most, cells);
        assert!(too_little(0.39, 1.25) && too_little(0.39, 40.0) && !too_little(0.4, 40.0));
        assert!(!too_little(0.0, 0.6) && too_little(0.01, 0.9) && !too_little(0.11, 0.9));
        assert!(!SkinSettings { lesion_least: None, ..SETTINGS }.shows_too_little(0.0, 9.0));
    }

    #[test]
    fn near_and_far_count_the_same() {
        assert_eq!(context(&[1.0, 1.0, 1.0], &[0.0]), 0.5);
        assert_eq!(context(&[0.4], &[]), 0.4);
        assert_eq!(context(&[], &[]), 0.0);
    }
}
