//! Settings of the places.

use serde::{Deserialize, Serialize};

/// Settings of the places; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSettings {
    /// A circle that belongs to no known place is a new one after this time, s.
    pub confirm_s: f64,
    /// Where the camera was lost, a circle that may be a known place is waited for this long, s.
    pub adrift_s: f64,
    /// A place is undecided where two answers to what it is called are closer than this, as a share of the lesion classes.
    pub margin: f32,
    /// Time between two decisions of what a place is called, s.
    pub rename_s: f64,
}
