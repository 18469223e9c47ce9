//! The detector: a search, and an audit of what its shortcuts miss where the settings ask for one.

use std::sync::Arc;

use super::audit::Auditor;
use super::jobs::Evaluator;
use super::search::{Search, Sight};
use super::settings::DetectSettings;
use crate::finding::Detection;
use crate::frame::Frame;
use crate::model::{Model, ModelError};
use crate::scan::OperatingPoint;

/// What turns a frame into circles: the detector, or a stand-in in a test.
pub trait Detect: Send {
    /// What the next frame of a film shows; windows are asked of the evaluator. Depends on the pixels of this frame and of those since the
    /// last reset, and on the settings alone.
    ///
    /// # Errors
    /// When the model failed, or its answers do not fit its geometry.
    fn detect(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError>;

    /// What a picture that stands alone shows: nothing is reused and every circle is confirmed at once.
    ///
    /// # Errors
    /// As [`Detect::detect`].
    fn detect_still(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError>;

    /// Changes the evidence from which a window counts as a lesion, `0..=1`, from the next frame on.
    fn set_conf(&mut self, conf: f32);

    /// Changes the part of the windows that a film's frame is looked at with, `0..=1`, from the next frame on: of those that the
    /// settings ask for, the first ones of each kind.
    fn set_effort(&mut self, effort: f32);
}

/// Owns what lives longer than a frame: the plan, the cache and the tracks. One thread owns it.
pub struct Detector {
    search: Search,
    /// Counts what cascade and cache miss, where that is asked for.
    auditor: Option<Box<Auditor>>,
}

impl Detector {
    /// A detector that searches with a model at these thresholds, and asks its second network where it has one and the settings say so.
    /// The model answers through the [`Evaluator`] of each frame; here its classes and geometry count. Class names in the settings that
    /// it does not have are passed over: see [`ScanSettings::unknown_classes`](crate::scan::ScanSettings::unknown_classes).
    pub fn new(settings: DetectSettings, point: OperatingPoint, model: &dyn Model) -> Detector {
        let auditor = Auditor::new(&settings, point, model).map(Box::new);
        Detector { search: Search::new(settings, point, model), auditor }
    }

    /// A detector for pictures that are shown as they come: where much of one is new, its coarse level takes a few frames.
    pub fn spread(mut self) -> Detector {
        self.search.setup.effort = self.search.setup.effort.spread();
        self
    }

    /// Forgets scores, tracks and places: the next frame has nothing to do with the last. Ids of tracks and numbers of places go on counting.
    pub fn reset(&mut self) {
        self.search.reset();
    }

    fn scan(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
        confirm_hits: u32,
    ) -> Result<Detection, ModelError> {
        let sight = self.search.see(frame, evaluator)?;
        let audit = match (&mut self.auditor, &sight) {
            (Some(auditor), Sight::Assessed(seen)) if confirm_hits > 1 => {
                auditor.audit(frame, evaluator, &seen.findings)?
            }
            _ => None,
        };
        Ok(Detection { audit, ..self.search.conclude(frame, evaluator, sight, confirm_hits)? })
    }
}

impl Detect for Detector {
    fn detect(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        self.scan(frame, evaluator, self.search.setup.settings.track.confirm_hits)
    }

    fn detect_still(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        self.reset();
        let detection = self.scan(frame, evaluator, 1);
        self.reset();
        detection
    }

    fn set_conf(&mut self, conf: f32) {
        self.search.set_conf(conf);
        self.auditor.iter_mut().for_each(|auditor| auditor.set_conf(conf));
    }

    fn set_effort(&mut self, effort: f32) {
        self.search.setup.effort = self.search.setup.effort.with_part(effort);
    }
}
