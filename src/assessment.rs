//! How well a circle can be judged by its picture, and what would help.

use serde::{Deserialize, Serialize};

/// What somebody who films can do for a better picture, in the order in which it is asked for: what hides a lesion first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// It is too dark.
    MoreLight,
    /// It is too bright.
    LessLight,
    /// A lamp glances off the skin.
    TurnAway,
    /// It is blurred by motion or out of focus.
    HoldStill,
    /// The lesion is too small in the picture.
    ComeCloser,
}

impl Hint {
    /// All of them.
    pub const ALL: [Hint; 5] = [Hint::MoreLight, Hint::LessLight, Hint::TurnAway, Hint::HoldStill, Hint::ComeCloser];

    /// What is said to who films.
    pub fn words(self) -> &'static str {
        match self {
            Hint::MoreLight => "more light",
            Hint::LessLight => "less light",
            Hint::TurnAway => "turn away from the lamp",
            Hint::HoldStill => "hold still",
            Hint::ComeCloser => "come closer",
        }
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Hint::MoreLight => "more_light",
            Hint::LessLight => "less_light",
            Hint::TurnAway => "turn_away",
            Hint::HoldStill => "hold_still",
            Hint::ComeCloser => "come_closer",
        }
    }
}

/// How well a circle can be judged by its picture on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assessment {
    /// Detail of the picture over the most that the same place ever had, `0..=1`.
    pub sharpness: f32,
    /// Mean luma of lesion and surroundings, grey levels `0..=255`.
    pub luma_levels: f32,
    /// Share of the pixels that are too dark to show anything, `0..=1`.
    pub dark: f32,
    /// Share of the pixels that are too bright to show anything, `0..=1`.
    pub bright: f32,
    /// Share of the pixels within the circle that are white without colour, as a lamp is that glances off the skin, `0..=1`.
    pub glare: f32,
    /// Diameter of the circle, px of the frame.
    pub across_px: f32,
    /// How far it moved across the picture since the frame before, radii a frame.
    pub motion_radii: f32,
    /// What would help most; `None`: it can be judged.
    pub hint: Option<Hint>,
}

impl Assessment {
    /// Whether the circle can be judged by this picture.
    pub fn passes(&self) -> bool {
        self.hint.is_none()
    }

    /// How good the picture is, `0..=1`, to choose the best of a place by: sharp, well lit, without glare, and large. Pictures that pass are above 0.5,
    /// the others below.
    pub fn quality(&self) -> f32 {
        let lit = 1.0 - self.dark.max(self.bright);
        let large = (self.across_px / LARGE_PX).min(1.0);
        let good = self.sharpness * lit * (1.0 - self.glare) * (0.5 + 0.5 * large);
        0.5 * good.clamp(0.0, 1.0) + if self.passes() { 0.5 } else { 0.0 }
    }
}

/// From this diameter on a larger picture shows a network nothing more, px.
const LARGE_PX: f32 = 96.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_files_are_those_that_serde_writes() {
        for hint in Hint::ALL {
            assert_eq!(serde_json::to_value(hint).unwrap(), hint.name());
        }
    }

    #[test]
    fn a_picture_that_passes_is_better_than_one_that_does_not() {
        let good = Assessment {
            sharpness: 0.5,
            luma_levels: 120.0,
            dark: 0.0,
            bright: 0.1,
            glare: 0.0,
            across_px: 30.0,
            motion_radii: 0.0,
            hint: None,
        };
        let bad = Assessment { sharpness: 1.0, bright: 0.0, across_px: 500.0, hint: Some(Hint::TurnAway), ..good };
        assert!(good.passes() && !bad.passes() && good.quality() > bad.quality());
        assert!(good.quality() > Assessment { sharpness: 0.45, ..good }.quality());
        assert!(good.quality() < Assessment { across_px: 60.0, ..good }.quality());
    }
}
