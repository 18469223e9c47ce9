//! What is drawn over a frame, and how.

use serde::{Deserialize, Serialize};

/// A perceptually uniform colour map for the heat overlay: equal steps of evidence look like equal steps of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourMap {
    /// Black through red to pale yellow.
    Inferno,
    /// Black through purple to pale pink.
    Magma,
    /// Blue through pink to yellow.
    Plasma,
    /// Violet through green to yellow.
    Viridis,
    /// Blue through grey to yellow; looks the same to most colour-blind eyes.
    Cividis,
}

/// Which circles get a label with class and score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelChoice {
    /// Those on skin.
    #[default]
    OnSkin,
    /// All.
    All,
    /// None.
    None,
}

impl LabelChoice {
    /// What the key `l` goes on to.
    pub fn next(self) -> LabelChoice {
        match self {
            LabelChoice::OnSkin => LabelChoice::All,
            LabelChoice::All => LabelChoice::None,
            LabelChoice::None => LabelChoice::OnSkin,
        }
    }
}

/// What is drawn over a frame, and how; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawSettings {
    /// Draw the circles.
    pub circles: bool,
    /// Which circles get a label (needs `circles`).
    pub labels: LabelChoice,
    /// Lay the score map over the frame as heat.
    pub heat: bool,
    /// Outline the cells of the score map that are above the threshold.
    pub mask: bool,
    /// Opacity of the heat, and of explanations, where the evidence is 1; less evidence is more transparent in proportion.
    pub heat_opacity: f32,
    /// Colours of the heat, and of explanations that have no parts against the class.
    pub colour_map: ColourMap,
    /// Width of a circle's line, px of the frame; `None`: a 240th of the frame's shorter side, at least 2.
    pub line_width_px: Option<f32>,
}
