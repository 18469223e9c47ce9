//! Settings of video files and streams.

use serde::{Deserialize, Serialize};

/// Settings of video files and streams; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VideoSettings {
    /// Time without data after which a network stream counts as lost, s.
    pub timeout_s: f64,
    /// Time for which a lost network stream is tried again before the run ends, s; 0 ends it at once.
    pub reconnect_s: f64,
    /// Decoder threads; `None` takes half the cores.
    pub decode_threads: Option<usize>,
    /// Colour matrix of videos that do not name theirs.
    pub untagged_matrix: YuvMatrix,
}

/// A matrix between YCbCr and RGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum YuvMatrix {
    /// ITU-R BT.601: standard definition, and what FFmpeg and OpenCV write and assume when nothing is said.
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
}
