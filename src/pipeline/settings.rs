//! Settings of a run.

use serde::{Deserialize, Serialize};

use crate::cores::cores;

/// How a run is paced and spread; section `[run]` of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Worker threads of the classifier, `0..=256`; 0: one a core.
    pub workers: usize,
    /// Time allowed for the search of a film's frame, ms, `0..=10000`; 0: no limit.
    pub budget_ms: f64,
    /// Look at every n-th picture, `1..=1000`.
    pub vid_stride: u64,
    /// Look at no more pictures than this a second of the source's time, `0..=1000`; 0: no limit.
    pub max_fps: f64,
    /// End after this many pictures were looked at; 0: no limit.
    pub frames: u64,
}

impl RunSettings {
    /// The number of worker threads: as set, or one a core.
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => cores(),
            n => n,
        }
    }
}
