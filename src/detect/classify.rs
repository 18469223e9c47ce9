//! Step 4, classify: the classifier looks at the candidates; where it sees lesions, the score map has peaks.

use super::frame_model::FrameModel;
use super::memory::Memory;
use super::setup::Setup;
use super::windows::{LookCounts, WindowQuestion, look};
use crate::model::ModelError;
use crate::scan::candidates::CandidateWindow;
use crate::scan::map::ScoreMap;
use crate::scan::peaks::{Peak, peaks};

/// What the classifier sees at the first look.
pub(super) struct FirstLook {
    /// Its scores of the candidates.
    pub(super) map: ScoreMap,
    /// The summits of the map that are enough to keep a track alive, the strongest first.
    pub(super) peaks: Vec<Peak>,
    pub(super) counts: LookCounts,
}

/// Shows the candidates to the classifier.
pub(super) fn classify(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    candidates: Vec<CandidateWindow>,
) -> Result<FirstLook, ModelError> {
    let plan = &setup.plan;
    let questions = candidates.into_iter().map(|candidate| WindowQuestion::planned(plan, candidate));
    let seen = look(setup, memory, model, questions.collect())?;
    let map = ScoreMap::new(seen.looks);
    let scan = &setup.settings.scan;
    let peaks = peaks(plan, &map, setup.settings.track.keep_conf(setup.point.conf), scan);
    Ok(FirstLook { map, peaks, counts: seen.counts })
}
