//! What the shortcuts cost: the same frame scanned exhaustively, and by the cascade without the cache.

use std::sync::Arc;

use super::jobs::Evaluator;
use super::search::{Search, Sight};
use super::settings::DetectSettings;
use crate::finding::{Audit, AuditedLesion, Finding, TrackState};
use crate::frame::Frame;
use crate::geometry::Circle;
use crate::model::{Model, ModelError};
use crate::scan::OperatingPoint;

/// Audits every so many frames of a film.
pub(super) struct Auditor {
    /// No cascade, no cache, each frame for itself.
    thorough: Search,
    /// The cascade without what earlier frames know.
    cascade: Search,
    every_frames: u64,
    frames: u64,
}

impl Auditor {
    /// An auditor, where the settings ask for one.
    pub(super) fn new(settings: &DetectSettings, point: OperatingPoint, model: &dyn Model) -> Option<Auditor> {
        let every_frames = u64::from(settings.scan.audit_frames?);
        let search = |exhaustive: bool| {
            let mut settings = settings.clone();
            settings.scan.exhaustive = exhaustive;
            Search::new(settings, point, model)
        };
        Some(Auditor { thorough: search(true), cascade: search(false), every_frames, frames: 0 })
    }

    /// See [`Search::set_conf`].
    pub(super) fn set_conf(&mut self, conf: f32) {
        self.thorough.set_conf(conf);
        self.cascade.set_conf(conf);
    }

    /// Audits a frame in which the run's own search made these findings, when it is its turn: the last of every so many, so that there
    /// is something in the cache.
    pub(super) fn audit(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
        own: &[Finding],
    ) -> Result<Option<Audit>, ModelError> {
        self.frames += 1;
        if !self.frames.is_multiple_of(self.every_frames) {
            return Ok(None);
        }
        self.thorough.reset();
        let Sight::Assessed(seen) = self.thorough.see(frame, evaluator)? else { return Ok(None) };
        let all = seen.findings.clone();
        let circles = self.thorough.conclude(frame, evaluator, Sight::Assessed(seen), 1)?.circles;
        self.cascade.reset();
        let Sight::Assessed(cascade) = self.cascade.see(frame, evaluator)? else { return Ok(None) };
        let lesions = circles.iter().filter(|circle| circle.state == TrackState::Confirmed).map(|circle| {
            let lesion = circle.finding.circle;
            AuditedLesion {
                on_skin: circle.on_skin,
                exhaustive: evidence_at(&all, &lesion).unwrap_or(circle.finding.evidence),
                cascade: evidence_at(&cascade.findings, &lesion),
                run: evidence_at(own, &lesion),
            }
        });
        Ok(Some(Audit { lesions: lesions.collect() }))
    }
}

/// The highest evidence of the findings that find a lesion.
fn evidence_at(findings: &[Finding], lesion: &Circle) -> Option<f32> {
    let at = findings.iter().filter(|finding| finding.circle.finds(lesion));
    at.map(|finding| finding.evidence).max_by(f32::total_cmp)
}
