//! The capture stage: reads the source, alone sees the wish to stop, and decides which pictures are looked at.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::controls::Controls;
use super::latest::LatestSender;
use super::link::Outlet;
use super::settings::RunSettings;
use super::stage::{PipelineError, StageResult};
use crate::frame::Frame;
use crate::source::{Source, Stop};

/// Longest sleep between two looks at the wish to stop.
const NAP: Duration = Duration::from_millis(20);

/// A picture on its way to the detect stage.
pub(super) struct CapturedFrame {
    pub(super) frame: Arc<Frame>,
    /// Time spent on waiting for and decoding it and the pictures passed over before it.
    pub(super) decode: Duration,
    /// Pictures that the source itself had to drop, since its start: holes in the numbers of a live source.
    pub(super) missed: u64,
}

/// Which pictures of the source are looked at: a pure function of their indices and times.
struct Selection {
    stride: u64,
    /// Least time between two pictures.
    gap: Duration,
    last: Option<Duration>,
}

impl Selection {
    fn new(settings: &RunSettings) -> Selection {
        let gap = settings.max_fps.map_or(0.0, |fps| 1.0 / fps);
        Selection { stride: settings.vid_stride.max(1), gap: Duration::from_secs_f64(gap), last: None }
    }

    fn wants(&mut self, frame: &Frame) -> bool {
        // Half a millisecond of grace: times in containers are rounded, and 30 of 30 pictures a second are meant to pass.
        let grace = Duration::from_micros(500);
        let early = self.last.is_some_and(|last| frame.pts + grace < last + self.gap);
        if early || !frame.index.is_multiple_of(self.stride) {
            return false;
        }
        self.last = Some(frame.pts);
        true
    }
}

/// Holds the pictures of a file back to the speed at which they were taken.
struct Pace {
    /// When a picture with time zero is due.
    zero: Option<Instant>,
}

impl Pace {
    fn wait(&mut self, pts: Duration, stop: &Stop) {
        let now = Instant::now();
        let due = *self.zero.get_or_insert_with(|| now.checked_sub(pts).unwrap_or(now)) + pts;
        while !stop.requested() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            sleep(left.min(NAP));
        }
    }
}

/// Where the pictures go, and what holds them back.
pub(super) struct CaptureStage {
    /// To the detect stage.
    pub(super) out: Outlet<CapturedFrame>,
    /// To the window.
    pub(super) preview: LatestSender<Arc<Frame>>,
    /// Asked for by the signal handler or the window.
    pub(super) stop: Stop,
    /// Pause, asked for by the window.
    pub(super) controls: Controls,
    /// Whether pictures of a file come at the speed at which they were taken.
    pub(super) paced: bool,
}

impl CaptureStage {
    /// Reads the source to its end, the wish to stop, the limit of pictures, or its failure.
    pub(super) fn run(self, source: &mut dyn Source, settings: &RunSettings) -> StageResult {
        let (mut selection, mut pace) = (Selection::new(settings), Pace { zero: None });
        let live = source.info().live;
        let (mut looked_at, mut decode) = (0_u64, Duration::ZERO);
        let (mut expected, mut missed) = (None, 0_u64);
        while settings.frames.is_none_or(|frames| looked_at < frames) {
            let asked = Instant::now();
            let Some(frame) = source.next_frame(&self.stop)? else { break };
            decode += asked.elapsed();
            if live {
                missed += frame.index.saturating_sub(expected.unwrap_or(frame.index));
                expected = Some(frame.index.saturating_add(1));
            }
            if !selection.wants(&frame) {
                continue;
            }
            if self.controls.paused() {
                if live {
                    continue;
                }
                self.wait_while_paused();
                pace.zero = None;
            }
            if self.paced && !live {
                pace.wait(frame.pts, &self.stop);
            }
            let frame = Arc::new(frame);
            // The window may close before the source ends; nobody looking is no fault.
            self.preview.put(frame.clone()).ok();
            let item = CapturedFrame { frame, decode: std::mem::take(&mut decode), missed };
            let displaced = self.out.send(item).map_err(|_| PipelineError::Disconnected("capture"))?;
            looked_at += u64::from(!displaced);
        }
        Ok(())
    }

    fn wait_while_paused(&self) {
        while self.controls.paused() && !self.stop.requested() {
            sleep(NAP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(index: u64, ms: u64) -> Frame {
        Frame { index, pts: Duration::from_millis(ms), pixels: image::RgbImage::new(1, 1), file: None }
    }

    fn chosen(stride: u64, max_fps: Option<f64>, step_ms: u64) -> Vec<u64> {
        let settings = RunSettings { workers: Some(1), vid_stride: stride, max_fps, frames: None, budget_ms: None };
        let mut selection = Selection::new(&settings);
        (0..12).filter(|&i| selection.wants(&frame(i, i * step_ms))).collect()
    }

    #[test]
    fn stride_and_rate_choose_by_index_and_time() {
        assert_eq!(chosen(1, None, 33), (0..12).collect::<Vec<_>>());
        assert_eq!(chosen(5, None, 33), [0, 5, 10]);
        assert_eq!(chosen(1, Some(10.0), 33), [0, 4, 8], "33 ms apart, at least 100 ms wanted");
        assert_eq!(chosen(1, Some(1000.0 / 33.0), 33).len(), 12, "a limit at the source's own rate passes everything");
    }
}
