//! Settings of the tracks.

use serde::{Deserialize, Serialize};

/// Settings of the tracks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackSettings {
    /// Frames with a finding from which a track is confirmed, at least 1.
    pub confirm_hits: u32,
    /// Frames in a row without a finding that a tentative track survives.
    pub tentative_misses: u32,
    /// Frames in a row without a finding during which a confirmed track is still listed, at the place predicted for it.
    pub hold: u32,
    /// Frames in a row without a finding after which a confirmed track is forgotten; until then it comes back under its id.
    pub lost_after: u32,
    /// A finding with less evidence than the threshold, but at least this fraction of it, keeps a track alive without
    /// starting one, `0..=1`.
    pub keep: f32,
    /// A finding belongs to a track when the centres are at most this far apart, in mean radii, above 0.
    pub max_distance: f32,
    /// A finding belongs to a track when the ratio of the radii is at most this, at least 1.
    pub max_ratio: f32,
    /// Weight of a frame's scores and skin context in the smoothed ones, above 0 up to 1.
    pub score_weight: f32,
    /// Weight of a frame's place against the predicted one, above 0 up to 1.
    pub position_weight: f32,
    /// Weight of a frame's surprise in the estimated velocity, `0..=1`.
    pub velocity_weight: f32,
}

impl TrackSettings {
    /// Evidence that keeps a track alive, given that which starts one, `0..=1`.
    pub fn keep_conf(&self, conf: f32) -> f32 {
        conf * self.keep.clamp(0.0, 1.0)
    }
}
