//! Sinks: window, video files, JSONL, snapshots, session summary. One file a kind.

mod audit;
mod explanation;
mod feed;
mod jsonl;
mod kept;
mod pictures;
mod places;
#[cfg(feature = "cli")]
mod places_csv;
mod recorder;
mod session;
mod snapshots;
mod spare;
mod take;
#[cfg(feature = "video")]
pub mod video;
#[cfg(feature = "window")]
pub mod window;

pub use self::audit::{AuditEntry, AuditReport, EvidenceShift, MissedShare, Shortcuts};
pub use self::explanation::{ExplanationFiles, ExplanationRecord, MapRecord};
pub use self::feed::feed;
pub use self::jsonl::{DETECTIONS_SCHEMA, JsonlSink};
pub use self::pictures::{BestPictureSink, PictureNames, PicturesSink};
pub use self::places::{PlaceEntry, PlaceTally};
pub use self::recorder::{RecordSwitch, Recorder, TakeOpener, TakeRules};
pub use self::session::{
    Percentiles, RunEnd, SESSION_SCHEMA, Session, ShownAfter, StagePercentiles, peak_rss_mib, settings_hash,
};
pub use self::snapshots::{SnapshotFiles, Snapshots};
pub use self::spare::{PictureCount, RecordedPictures, SpareTimeSink};
pub use self::take::{TAKE_FILES, Take, TakeAccount, TakeEnd};

#[cfg(test)]
mod schemas_tests;

use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;

use crate::finding::Detection;
use crate::frame::Frame;

/// Time spent on a frame, by stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTimes {
    /// Waiting for and decoding the picture.
    pub decode: Duration,
    /// Scan and tracks.
    pub detect: Duration,
    /// Drawing.
    pub render: Duration,
}

/// A frame with all that is known about it and its annotated copy: what every sink receives.
#[derive(Clone, Debug)]
pub struct RenderedFrame {
    /// The frame as it came from the source.
    pub frame: Arc<Frame>,
    /// The copy with the overlays.
    pub annotated: Arc<RgbImage>,
    /// Circles, counts and score map.
    pub detection: Arc<Detection>,
    /// Frames dropped between this and the frame before.
    pub dropped: u64,
    /// Time spent, by stage.
    pub times: StageTimes,
}

/// Errors of a sink, each a sentence that names the file and what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// There is no display that a window could be opened on.
    #[error("{0}")]
    NoWindow(String),
    /// This FFmpeg has no encoder to record with.
    #[error("{0}")]
    NoEncoder(String),
    /// The file cannot be created or written as asked, for another reason; nothing was recorded.
    #[error("{0}")]
    Unusable(String),
    /// Writing failed in mid-run (disk full, encoder error).
    #[error("{0}")]
    Failed(String),
}

impl SinkError {
    /// Whether the sink could not be used from the start (exit code 2), not one that failed on the way (exit code 1).
    pub fn is_unusable(&self) -> bool {
        !matches!(self, SinkError::Failed(_))
    }
}

/// A consumer of rendered frames, owned by one thread.
pub trait Sink: Send {
    /// Takes one frame.
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError>;

    /// Brings to the disk what has waited for long enough. Called a few times a second while no frame comes.
    fn settle(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Finishes the files. Called once, also after an error or Ctrl-C.
    fn finish(&mut self) -> Result<(), SinkError>;

    /// Sentences for the user about what is not as asked, without being an error. Asked for after `finish`.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A number with the given count of decimals.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}
