//! Settings of a run.

use serde::{Deserialize, Serialize};

use crate::cores::cores;

/// How a run is paced and spread; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Worker threads of the classifier; `None`: one a core.
    pub workers: Option<usize>,
    /// Time allowed for the search of a film's frame, ms.
    pub budget_ms: Option<f64>,
    /// Look at every n-th picture.
    pub vid_stride: u64,
    /// Look at no more pictures than this a second of the source's time.
    pub max_fps: Option<f64>,
    /// End after this many pictures were looked at.
    pub frames: Option<u64>,
}

impl RunSettings {
    /// The number of worker threads: as set, or one a core.
    pub fn worker_count(&self) -> usize {
        self.workers.unwrap_or_else(cores)
    }
}
