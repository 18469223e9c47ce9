//! Settings of the tracks.

use serde::{Deserialize, Serialize};

/// Settings of the tracks; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackSettings {
    /// Frames with a finding from which a track is confirmed.
    pub confirm_hits: u32,
    /// Frames in a row without a finding that a tentative track survives.
    pub tentative_misses: u32,
    /// Frames in a row without a finding during which a confirmed track is still listed, where it is predicted to be.
    pub hold_frames: u32,
    /// Frames in a row without a finding after which a confirmed track is forgotten; until then it comes back under its id.
    pub lost_after_frames: u32,
    /// A finding with less evidence than the threshold, but at least this fraction of it, keeps a track alive without
    /// starting one.
    pub keep: f32,
    /// A finding belongs to a track when the centres are at most this far apart, in mean radii.
    pub max_distance_radii: f32,
    /// A finding belongs to a track when the ratio of the radii is at most this.
    pub max_ratio: f32,
    /// Weight of a frame's scores and skin context in the smoothed ones.
    pub score_weight: f32,
    /// Weight of a frame's position against the predicted one.
    pub position_weight: f32,
    /// Weight of the difference between a frame's position and the predicted one in the estimated velocity.
    pub velocity_weight: f32,
}

impl TrackSettings {
    /// Evidence that keeps a track alive, given that which starts one, `0..=1`.
    pub fn keep_conf(&self, conf: f32) -> f32 {
        conf * self.keep.clamp(0.0, 1.0)
    }
}
