//! Sources: camera, video file or stream, stills, generated scene. One file a kind.

#[cfg(feature = "camera")]
pub mod camera;
#[cfg(feature = "video")]
mod open;
mod scene;
mod stills;
#[cfg(feature = "video")]
pub mod video;

#[cfg(feature = "video")]
pub use self::open::SourceKind;
pub use self::scene::{MOTIONS, SceneMotion, SceneSettings, SceneSource};
pub use self::stills::StillsSource;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::counted;
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
    /// Whether frames come in their own time, so that a late reader gets the newest and misses others; else every frame is delivered.
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
    /// Sentences for the run's warnings: what was left out, converted or guessed.
    pub notes: Vec<String>,
}

/// Errors of opening or reading a source. Each is displayed as a sentence that names the source, what is wrong and what would be right;
/// `name` is the source as people name it, without the secrets of an address.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A camera cannot be used: there is none of that number, or it is in use, forbidden or of no use.
    #[cfg(feature = "camera")]
    #[error(transparent)]
    Camera(#[from] camera::CameraError),
    /// There is no file or folder of that name.
    #[error("{name}: there is no such {kind}; {remedy}")]
    NotFound {
        /// The source.
        name: String,
        /// What was looked for.
        kind: &'static str,
        /// What would be right.
        remedy: &'static str,
    },
    /// A server did not answer in time.
    #[error("{name} did not answer within {waited_s} s; check the address and the network, or raise video.timeout_s")]
    NoAnswer {
        /// The address.
        name: String,
        /// How long it was waited for, s.
        waited_s: f64,
    },
    /// A video is in a codec that cannot be decoded here.
    #[error("{name}: this FFmpeg cannot decode its video codec {codec} ({reason}); convert it to H.264 first")]
    UnsupportedCodec {
        /// The source.
        name: String,
        /// The codec, in libav's words.
        codec: String,
        /// What libav says.
        reason: String,
    },
    /// Its pictures are larger than what can be handled.
    #[error(
        "{name} announces pictures of {size} px; up to {MAX_SIDE_PX} px a side and {} megapixels can be handled",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// The source.
        name: String,
        /// Size of its pictures.
        size: Size,
    },
    /// A video whose pictures are all damaged.
    #[error(
        "{name} has a video stream, but not one picture of it can be decoded: it is cut off or damaged; copy it again"
    )]
    NoPicture {
        /// The source.
        name: String,
    },
    /// The source cannot be used as named, for another reason.
    #[error("{0}")]
    Unusable(String),
    /// A stream was lost in mid-run and did not come back.
    #[error(
        "{name} was lost after {} and did not come back within {waited_s} s; check the camera and the network, or raise \
         video.reconnect_s",
        counted(*pictures, "picture")
    )]
    Lost {
        /// The address.
        name: String,
        /// Pictures that came before.
        pictures: u64,
        /// How long it was tried again, s.
        waited_s: f64,
    },
    /// The source was open and failed for good, for another reason.
    #[error("{0}")]
    Failed(String),
}

impl SourceError {
    /// Whether the source could not be used from the start (exit code 2), not one that failed on the way (exit code 1).
    pub fn is_unusable(&self) -> bool {
        !matches!(self, SourceError::Lost { .. } | SourceError::Failed(_))
    }
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
