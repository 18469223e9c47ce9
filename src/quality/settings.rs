//! From where on a picture is too poor to judge by, and how hints are given.

use serde::{Deserialize, Serialize};

/// Settings of the quality of pictures; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualitySettings {
    /// A circle is blurred below this part of the most detail that its place ever showed, `0..=1`.
    pub sharpness: f32,
    /// It is too dark below this mean luma, grey levels.
    pub dark_levels: f32,
    /// It is too bright from this share of clipped pixels on, `0..=1`.
    pub bright_share: f32,
    /// A lamp glances off it from this share of white pixels within the circle on, `0..=1`.
    pub glare_share: f32,
    /// It is too far away below this diameter, px.
    pub across_px: f32,
    /// It moves too fast from this many radii a frame on.
    pub motion_radii: f32,
}

/// Settings of the hints to who films; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoachSettings {
    /// Give no hints.
    pub silent: bool,
    /// A hint is shown once it has been wanted for so long, and goes once it has not been for so long.
    pub after_s: f64,
    /// A hint stays for at least so long.
    pub least_s: f64,
}
