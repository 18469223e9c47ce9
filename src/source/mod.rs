//! Sources: camera, video file or stream, stills, generated scene. One file a kind.

#[cfg(feature = "camera")]
pub mod camera;
#[cfg(feature = "video")]
pub mod open;
pub mod scene;
pub mod stills;
#[cfg(feature = "video")]
pub mod video;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::frame::Frame;
use crate::geometry::Size;
pub use crate::pictures::{MAX_PIXELS, MAX_SIDE_PX};
#[cfg(feature = "video")]
use crate::sound::SoundTap;

/// Asks a source to end; shared with the signal handler and the window.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the source to end at its next chance.
    pub fn request(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the end was asked for.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What is known of a source once it is open.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// A short description for people: `camera 0: vivid, 640x480 YUYV at 30 fps`, `clip.mp4`.
    pub label: String,
    /// A short name fit for a folder or file name.
    pub stem: String,
    /// Live sources deliver in their own time: the newest frame wins. Others deliver every frame.
    pub live: bool,
    /// Upright size of the pictures, when all have one size known from the start.
    pub size: Option<Size>,
    /// Number of pictures, when known (an estimate is fine: it feeds the progress bar).
    pub frames: Option<u64>,
    /// Nominal rate, pictures a second, when there is one.
    pub fps: Option<f64>,
    /// The sound that comes with the pictures, when there is any that recordings can take.
    #[cfg(feature = "video")]
    pub sound: Option<SoundTap>,
    /// Whether the pictures are independent stills (no tracking over time).
    pub stills: bool,
}

/// What went wrong without ending the source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceStats {
    /// Times that a camera or stream went away and came back.
    pub gaps: u32,
    /// Time without pictures in those gaps.
    pub gap_time: Duration,
    /// Pictures that could not be decoded.
    pub unreadable: u64,
    /// A sentence when the source ended before its announced end (a truncated file).
    pub ended_early: Option<String>,
    /// Sentences about what was left out, taken otherwise than it stands there, or guessed: they go to the run's warnings.
    pub notes: Vec<String>,
}

/// Errors of opening or reading a source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The source cannot be used as named; the sentence names it, what is wrong and what would be right. Exit code 2.
    #[error("{0}")]
    Unusable(String),
    /// The source was open and failed for good. Exit code 1.
    #[error("{0}")]
    Failed(String),
}

/// A stream of frames. Owned by the capture thread; nothing else reads it.
pub trait Source: Send {
    /// What is known of the source.
    fn info(&self) -> &SourceInfo;

    /// The next frame, or `None` at the end or once `stop` was requested. Blocks; returns within 200 ms of the request.
    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError>;

    /// What went wrong so far without ending the source.
    fn stats(&self) -> SourceStats {
        SourceStats::default()
    }
}
