//! Step 3, propose: the coarse level chooses the windows that the classifier looks at.

use super::effort::TileShare;
use super::frame_model::FrameModel;
use super::memory::Memory;
use super::setup::Setup;
use super::windows::is_kept;
use crate::model::ModelError;
use crate::scan::candidates::{CandidateWindow, Candidates, CoarseAnswers, candidates};
use crate::scan::plan::Plan;

/// Windows for the classifier.
#[derive(Default)]
pub(super) struct Proposal {
    /// The most promising first.
    pub(super) windows: Vec<CandidateWindow>,
    /// Windows of the coarse level that were computed for it.
    pub(super) coarse: u64,
    /// Windows that the coarse level passed on but that there was no room for.
    pub(super) capped: u64,
    /// Whether anything was left out for want of effort.
    pub(super) cut: bool,
}

/// The windows at the peaks of the coarse level; all windows of the plan where the scan is exhaustive.
pub(super) fn propose(setup: &Setup, memory: &mut Memory, model: &mut FrameModel) -> Result<Proposal, ModelError> {
    let (plan, scan) = (&setup.plan, &setup.settings.scan);
    if scan.exhaustive {
        return Ok(Proposal { windows: everywhere(plan), ..Proposal::default() });
    }
    let coarse = coarse_level(setup, memory, model)?;
    let kept = |candidate: &CandidateWindow| is_kept(setup, memory, candidate);
    let Candidates { mut windows, capped } = candidates(plan, &coarse.levels, scan, setup.point.coarse_conf, &kept);
    let most = setup.effort.of(scan.max_fine_windows as usize);
    let over = windows.len().saturating_sub(most);
    windows.truncate(most);
    Ok(Proposal { windows, coarse: coarse.computed, capped: capped + over as u64, cut: coarse.cut || over > 0 })
}

/// The coarse level of a frame.
struct CoarseFrame {
    /// One a level of the plan.
    levels: Vec<CoarseAnswers>,
    /// Windows computed on this frame; the others were carried along.
    computed: u64,
    /// Whether tiles were left as they were for want of effort.
    cut: bool,
}

/// The coarse level's answers, carried along from earlier frames and computed anew where they are due.
fn coarse_level(setup: &Setup, memory: &mut Memory, model: &mut FrameModel) -> Result<CoarseFrame, ModelError> {
    let plan = &setup.plan;
    let Memory { present, coarse, .. } = memory;
    let mut map = coarse.map(setup, present);
    let TileShare { tiles, cut } = setup.effort.tiles(plan, std::mem::take(&mut map.due));
    let mut computed = 0;
    for (tile, values) in tiles.iter().zip(model.coarse(plan, &tiles)?) {
        computed += values.len() as u64;
        map.lay(plan, *tile, &values);
        coarse.put(setup, present, *tile, values);
    }
    Ok(CoarseFrame { levels: map.levels, computed, cut })
}

/// All windows of the plan.
fn everywhere(plan: &Plan) -> Vec<CandidateWindow> {
    plan.ids().map(|window| CandidateWindow { window, centre: plan.square(window).centre() }).collect()
}
