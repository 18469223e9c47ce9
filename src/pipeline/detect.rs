//! The detect stage: one thread owns plan, cache and tracks; the pool answers for the windows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::budget::Budget;
use super::capture::CapturedFrame;
use super::controls::Controls;
use super::explain::Maps;
use super::latest::Arrival;
use super::link::Inlet;
use super::stage::{PipelineError, StageResult};
use crate::detect::{Detect, Evaluator};
use crate::finding::{Detection, FaceRegion};
use crate::frame::Frame;
use crate::model::ModelError;
use crate::pixels::cover::covered;

/// A frame on its way to the render stage.
pub(super) struct DetectedFrame {
    pub(super) frame: Arc<Frame>,
    pub(super) detection: Arc<Detection>,
    pub(super) dropped: u64,
    pub(super) decode: Duration,
    pub(super) detect: Duration,
}

/// The detect stage, which owns plan, cache and tracks.
pub(super) struct DetectStage {
    /// From the capture stage.
    pub(super) inlet: Inlet<CapturedFrame>,
    /// To the render stage.
    pub(super) out: Sender<DetectedFrame>,
    /// The threshold and the method of explanations, which the window may change.
    pub(super) controls: Controls,
    /// The pictures have nothing to do with each other.
    pub(super) stills: bool,
    /// Time allowed for the search of a film's frame.
    pub(super) budget: Option<Budget>,
    /// What explains the circles.
    pub(super) maps: Option<Maps>,
}

impl DetectStage {
    /// Scans every frame that arrives.
    pub(super) fn run(self, detector: &mut dyn Detect, evaluator: &mut dyn Evaluator) -> StageResult {
        let DetectStage { inlet, out, controls, stills, mut budget, mut maps } = self;
        let mut threshold = None;
        let mut missed_before = 0;
        while let Some(Arrival { item: CapturedFrame { frame, decode, missed }, displaced }) = inlet.recv() {
            let dropped = displaced + (missed - missed_before);
            missed_before = missed;
            let started = Instant::now();
            if let Some(wanted) = controls.threshold().filter(|wanted| threshold != Some(*wanted)) {
                detector.set_conf(wanted);
                threshold = Some(wanted);
            }
            let searching = Instant::now();
            budget.iter().for_each(|budget| detector.set_effort(budget.effort()));
            let detection =
                if stills { detector.detect_still(&frame, evaluator) } else { detector.detect(&frame, evaluator) };
            let mut detection = match detection {
                Err(ModelError::Stopped) => {
                    // Nobody waits in vain for room in the queue.
                    while inlet.recv().is_some() {}
                    return Ok(());
                }
                detection => detection.map_err(|error| PipelineError::Model { frame: frame.index, error })?,
            };
            budget.iter_mut().for_each(|budget| budget.took(searching.elapsed()));
            if let Some(maps) = &mut maps {
                maps.attach(&frame, &mut detection, controls.method())?;
            }
            let frame = without_faces(frame, &detection.faces);
            let detection = Arc::new(detection);
            let detected = DetectedFrame { frame, detection, dropped, decode, detect: started.elapsed() };
            out.send(detected).map_err(|_| PipelineError::Disconnected("detect"))?;
        }
        Ok(())
    }
}

/// The frame as it goes on: what is written and shown is cut from it. The frame itself is not touched.
fn without_faces(frame: Arc<Frame>, faces: &[FaceRegion]) -> Arc<Frame> {
    if faces.is_empty() {
        return frame;
    }
    let Frame { index, pts, file, .. } = &*frame;
    Arc::new(Frame { index: *index, pts: *pts, pixels: covered(&frame.pixels, faces), file: file.clone() })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::geometry::Square;
    use image::{Rgb, RgbImage};

    #[test]
    fn faces_are_covered_on_a_copy() {
        let pixels = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, ((x + y) % 7) as u8]));
        let frame = Arc::new(Frame { index: 7, pts: Duration::from_millis(70), pixels: pixels.clone(), file: None });
        assert!(Arc::ptr_eq(&without_faces(frame.clone(), &[]), &frame));
        let face = FaceRegion { squares: vec![Square { x: 8.0, y: 8.0, side: 24.0 }] };
        let without = without_faces(frame.clone(), &[face]);
        assert_eq!((without.index, without.pts), (7, Duration::from_millis(70)));
        assert_eq!(frame.pixels, pixels);
        assert_ne!(without.pixels.get_pixel(10, 10), pixels.get_pixel(10, 10));
        assert_eq!(without.pixels.get_pixel(40, 40), pixels.get_pixel(40, 40));
    }
}
