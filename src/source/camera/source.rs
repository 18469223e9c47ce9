//! A camera as a source of frames: pictures are decoded here, gaps counted, and one that stays away too long is given up.

use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use super::decode::decode;
use super::device::CameraDevice;
use super::error::DecodeError;
use super::gaps::Gaps;
use super::platform::{System, list_cameras};
use super::problem::CameraError;
use super::rate::FrameRate;
use super::reader::{CameraOpener, CameraReader, RawPicture};
use super::settings::CameraSettings;
use super::system::CameraSystem;
use super::trouble::CameraTrouble;
use crate::frame::Frame;
use crate::geometry::Size;
use crate::source::{Source, SourceError, SourceInfo, SourceStats, Stop};

/// How often a wait for a picture looks for a request to stop.
const LOOK: Duration = Duration::from_millis(50);

/// A camera that is open. Pictures that come faster than they are fetched are dropped, the oldest first; their numbers
/// are missing.
pub struct CameraSource {
    info: SourceInfo,
    reader: CameraReader,
    gaps: Gaps,
    patience: Option<Duration>,
    /// When the last readable picture arrived; before that, when the camera was opened.
    last_readable: Instant,
    unreadable: u64,
    /// What was wrong with the last picture that could not be read, until one can.
    why_unreadable: Option<DecodeError>,
    /// Whether a gap is going on that was told of in the log.
    told: bool,
}

impl CameraSource {
    /// Opens a camera in the format nearest to the wish.
    ///
    /// # Errors
    /// [`SourceError::Camera`] when there is no such camera, it is in use, may not be opened, or delivers nothing readable.
    pub fn open(index: u32, settings: &CameraSettings) -> Result<Self, SourceError> {
        let device = CameraDevice { index, name: System::name(index), wish: settings.wish() };
        let name = device.name.clone();
        let opener = Box::new(move || device.open());
        Self::start(index, name.as_deref().unwrap_or("unnamed"), opener, settings).map_err(|trouble| {
            let others = list_cameras(Size { width: settings.width, height: settings.height });
            SourceError::Camera(CameraError { index, name, trouble, others })
        })
    }

    /// Starts reading from what `opener` opens.
    fn start(index: u32, name: &str, opener: CameraOpener, settings: &CameraSettings) -> Result<Self, CameraTrouble> {
        let seconds = |value: f64| Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX);
        let (reader, format) = CameraReader::start(opener, seconds(settings.open_timeout_s))?;
        let now = Instant::now();
        let info = SourceInfo {
            label: format!("camera {index}: {name}, {format}"),
            stem: format!("camera-{index}"),
            live: true,
            size: Some(Size { width: format.width, height: format.height }),
            frames: None,
            fps: format.rate.map(FrameRate::per_second),
            #[cfg(feature = "video")]
            sound: None,
            stills: false,
        };
        Ok(Self {
            info,
            reader,
            gaps: Gaps::new(seconds(settings.stall_s), now),
            patience: settings.patience(),
            last_readable: now,
            unreadable: 0,
            why_unreadable: None,
            told: false,
        })
    }

    /// A frame of what the camera delivered, or `None` when it cannot be decoded, which is counted.
    fn frame(&mut self, raw: &RawPicture) -> Option<Frame> {
        let now = Instant::now();
        let (pts, gap) = self.gaps.picture(now, raw.taken, raw.reopened);
        if let Some(gap) = gap {
            tracing::info!("{} is back after {:.1} s", self.info.stem, gap.as_secs_f64());
        }
        self.told = false;
        match decode(raw.buffer.buffer(), &raw.layout) {
            Ok(pixels) => {
                self.last_readable = now;
                self.why_unreadable = None;
                Some(Frame { index: raw.number, pts, pixels, file: None })
            }
            Err(error) => {
                tracing::debug!("picture {} of {}: {error}", raw.number, self.info.stem);
                self.unreadable += 1;
                self.why_unreadable = Some(error);
                None
            }
        }
    }

    /// Gives up on a camera that has given no readable picture for too long.
    fn check_patience(&mut self) -> Result<(), SourceError> {
        let now = Instant::now();
        let silence = self.gaps.silence(now);
        if self.gaps.is_gap(silence) && !self.told {
            self.told = true;
            tracing::warn!("{} gives no pictures; waiting for it ({})", self.info.stem, self.reader.last_words());
        }
        let waited = now.saturating_duration_since(self.last_readable);
        match self.patience {
            Some(limit) if waited > limit => Err(SourceError::Failed(self.complaint(waited))),
            _ => Ok(()),
        }
    }

    fn complaint(&self, waited: Duration) -> String {
        let (who, waited) = (&self.info.label, waited.as_secs_f64());
        let words = self.reader.last_words();
        match &self.why_unreadable {
            Some(why) => format!("{who}: no picture could be read for {waited:.1} s: {why}"),
            None if words.is_empty() => {
                format!("{who}: no picture came for {waited:.1} s, and no error either: it hangs")
            }
            None => format!("{who}: went away and did not come back within {waited:.1} s ({words})"),
        }
    }
}

impl Source for CameraSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        while !stop.requested() {
            match self.reader.next(LOOK) {
                Ok(raw) => {
                    if let Some(frame) = self.frame(&raw) {
                        return Ok(Some(frame));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let words = self.reader.last_words();
                    return Err(SourceError::Failed(format!("{}: its reader ended: {words}", self.info.label)));
                }
            }
            self.check_patience()?;
        }
        Ok(None)
    }

    fn stats(&self) -> SourceStats {
        let (gaps, gap_time) = (self.gaps.count, self.gaps.time);
        SourceStats { gaps, gap_time, unreadable: self.unreadable, ..SourceStats::default() }
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
