//! Settings of recorded video.

use serde::{Deserialize, Serialize};

/// Settings of recorded video and of takes; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VideoSinkSettings {
    /// Name of an FFmpeg encoder (`libx264`, `libopenh264`, `mpeg4`), or `auto` for the first of these that is there.
    pub encoder: String,
    /// How much time libx264 takes to make the file small.
    pub preset: Preset,
    /// Quality of libx264: lower is better and larger; 18 is hard to tell from the source.
    pub crf: u8,
    /// Longest time between pictures that can be jumped to, s.
    pub keyframe_s: f64,
    /// Longest piece in which the file is written, s. Pieces are shorter where pictures come slowly: of those that came more than
    /// two seconds ago none is lost when the process is killed.
    pub fragment_s: f64,
    /// Encoder threads; `None` takes half the cores.
    pub threads: Option<usize>,
    /// The run ends after so much time of the source, minutes.
    pub max_minutes: Option<f64>,
    /// A new take begins after so much time, minutes.
    pub segment_minutes: Option<f64>,
    /// All takes of a run together have no more than this on the disk, 10^9 bytes: the oldest that have ended go first.
    pub max_disk_gb: Option<f64>,
}

/// Speeds of libx264, from fastest with large files to slowest with small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
    Slow,
    Slower,
    Veryslow,
}
