//! What the classifier says of windows: from the cache where that still holds, else from the model.

use super::frame_model::FrameModel;
use super::memory::{Memory, WindowKind};
use super::setup::Setup;
use crate::cache::{Aim, CachedAnswer, FreshAnswer};
use crate::geometry::{Point, Square};
use crate::model::{ModelError, Scores};
use crate::scan::candidates::CandidateWindow;
use crate::scan::map::Look;
use crate::scan::plan::{Plan, WindowId};
use crate::scan::refine::{WindowView, view_square};

/// A window that the classifier is to look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowQuestion {
    /// The planned window that it belongs to.
    window: WindowId,
    view: WindowView,
    /// Where it is, if it must be looked at anew.
    square: Square,
    /// Where the centre of a known window must be near to stand for it.
    centre: Point,
}

/// The window at which a peak stands, where it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeakWindow {
    pub(super) window: WindowId,
    pub(super) square: Square,
}

impl WindowQuestion {
    /// About a candidate.
    pub(super) fn planned(plan: &Plan, candidate: CandidateWindow) -> WindowQuestion {
        let CandidateWindow { window, centre } = candidate;
        WindowQuestion { window, view: WindowView::Planned, square: plan.square(window), centre }
    }

    /// About a view of a peak; `None` where the border pushes it back onto the peak's window.
    pub(super) fn view(plan: &Plan, peak: PeakWindow, view: WindowView) -> Option<WindowQuestion> {
        let square = view_square(plan, peak.window.level, peak.square, view)?;
        Some(WindowQuestion { window: peak.window, view, square, centre: square.centre() })
    }

    /// The kind under which its scores are kept.
    fn kind(&self) -> WindowKind {
        WindowKind { level: self.window.level, view: self.view }
    }

    fn aim(&self, setup: &Setup) -> Aim {
        Aim { centre: self.centre, reach_px: setup.settings.cache.reach_sides * self.square.side }
    }
}

/// Answers to questions, in their order.
pub(super) struct Looks {
    /// Each with the planned window that it belongs to.
    pub(super) looks: Vec<(WindowId, Look)>,
    pub(super) counts: LookCounts,
}

/// How many windows the classifier was asked about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LookCounts {
    /// Computed on this frame.
    pub(super) fresh: u64,
    /// Taken from the cache.
    pub(super) reused: u64,
}

/// Answers some questions. What must be computed is kept for the next frames, unless the scan is exhaustive, which reuses nothing.
pub(super) fn look(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    questions: Vec<WindowQuestion>,
) -> Result<Looks, ModelError> {
    let Memory { present, scores: kept, .. } = memory;
    let cache = &setup.settings.cache;
    let mut known = |question: &WindowQuestion| kept.get(&question.kind(), question.aim(setup), present, cache);
    let known: Vec<Option<CachedAnswer<Scores>>> = questions.iter().map(&mut known).collect();
    let unknown = questions.iter().zip(&known).filter(|(_, known)| known.is_none());
    let missing: Vec<Square> = unknown.map(|(question, _)| question.square).collect();
    let counts = LookCounts { fresh: missing.len() as u64, reused: (questions.len() - missing.len()) as u64 };
    let mut fresh = model.classify(&missing)?.into_iter();
    let mut looks = Vec::with_capacity(questions.len());
    for (question, known) in questions.into_iter().zip(known) {
        let known = known.or_else(|| {
            let scores = fresh.next()?;
            if !setup.settings.scan.exhaustive {
                let answer = FreshAnswer { square: question.square, value: scores.clone() };
                kept.put(question.kind(), answer, cache.limits(), present);
            }
            Some(CachedAnswer { square: question.square, value: scores, age_frames: 0 })
        });
        let Some(CachedAnswer { square, value: scores, age_frames }) = known else {
            unreachable!("one answer a window")
        };
        let evidence = setup.evidence(&scores);
        looks.push((question.window, Look { square, scores, evidence, age_frames }));
    }
    Ok(Looks { looks, counts })
}

/// Whether scores of a candidate's window, or of one near enough, are kept; they may not hold any more.
pub(super) fn is_kept(setup: &Setup, memory: &Memory, candidate: &CandidateWindow) -> bool {
    let question = WindowQuestion::planned(&setup.plan, *candidate);
    memory.scores.keeps(&question.kind(), question.aim(setup))
}
