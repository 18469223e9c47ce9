//! The detect stage: one thread owns plan, cache and tracks; the pool answers for the windows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::capture::Captured;
use super::controls::Controls;
use super::link::Inlet;
use super::stage::{PipelineError, StageResult};
use crate::detect::Evaluator;
use crate::finding::Detection;
use crate::frame::Frame;
use crate::model::ModelError;

/// What turns a frame into circles: the detector, or a stand-in in a test.
pub trait Detect: Send {
    /// What is seen on the frame; windows are asked of the evaluator.
    fn detect(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError>;

    /// Forgets all former frames.
    fn reset(&mut self);

    /// Sets the threshold, `0..=1`, above which a lesion is circled.
    fn set_threshold(&mut self, threshold: f32);
}

/// A frame on its way to the render stage.
pub(super) struct Detected {
    pub(super) frame: Arc<Frame>,
    pub(super) detection: Arc<Detection>,
    pub(super) dropped: u64,
    pub(super) decode: Duration,
    pub(super) detect: Duration,
}

/// Scans every frame that arrives. `stills`: the pictures have nothing to do with each other.
pub(super) fn detect_stage(
    detector: &mut dyn Detect,
    evaluator: &mut dyn Evaluator,
    (inlet, out): (Inlet<Captured>, Sender<Detected>),
    (controls, stills): (&Controls, bool),
) -> StageResult {
    let mut threshold = None;
    let mut missed_before = 0;
    while let Some((Captured { frame, decode, missed }, displaced)) = inlet.recv() {
        let dropped = displaced + (missed - missed_before);
        missed_before = missed;
        let started = Instant::now();
        if let Some(wanted) = controls.threshold().filter(|wanted| threshold != Some(*wanted)) {
            detector.set_threshold(wanted);
            threshold = Some(wanted);
        }
        if stills {
            detector.reset();
        }
        let detection = detector
            .detect(&frame, evaluator)
            .map_err(|error| PipelineError::Model { frame: frame.index, error })?;
        let detection = Arc::new(detection);
        let detected = Detected { frame, detection, dropped, decode, detect: started.elapsed() };
        out.send(detected).map_err(|_| PipelineError::Disconnected("detect"))?;
    }
    Ok(())
}
