//! Step 3, propose: the coarse level chooses the windows that the classifier looks at.

use std::collections::BTreeMap;

use super::effort::TileShare;
use super::frame_model::FrameModel;
use super::memory::Memory;
use super::setup::Setup;
use super::windows::is_kept;
use crate::geometry::Circle;
use crate::model::ModelError;
use crate::scan::candidates::{CandidateWindow, Candidates, CoarseAnswers, candidates};
use crate::scan::plan::{Plan, WindowId};

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

/// The windows at the peaks of the coarse level, and those about the `lesions` that the skin map shows; all windows of the plan where the scan is exhaustive.
pub(super) fn propose(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    lesions: &[Circle],
) -> Result<Proposal, ModelError> {
    let (plan, scan) = (&setup.plan, &setup.settings.scan);
    if scan.exhaustive {
        return Ok(Proposal { windows: everywhere(plan), ..Proposal::default() });
    }
    let coarse = coarse_level(setup, memory, model)?;
    let kept = |candidate: &CandidateWindow| is_kept(setup, memory, candidate);
    let Candidates { mut windows, capped } = candidates(plan, &coarse.levels, scan, setup.point.coarse_conf, &kept);
    // What the skin map shows comes first: it is little, and large enough that the coarse level sees parts of it instead.
    let shown = lesions.iter().flat_map(|lesion| about(setup, *lesion)).collect::<BTreeMap<_, _>>();
    windows.retain(|candidate| !shown.contains_key(&candidate.window));
    windows.splice(0..0, shown.into_values());
    let room = scan.max_fine_windows as usize;
    let pushed_out = windows.len().saturating_sub(room);
    windows.truncate(room);
    let most = setup.effort.of(room);
    let over = windows.len().saturating_sub(most);
    windows.truncate(most);
    let capped = capped + (pushed_out + over) as u64;
    Ok(Proposal { windows, coarse: coarse.computed, capped, cut: coarse.cut || over > 0 })
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

/// The windows that a lesion fills as the classifier learnt it: of the level that fits best and of its neighbours, the nearest.
fn about(setup: &Setup, lesion: Circle) -> impl Iterator<Item = (WindowId, CandidateWindow)> {
    let plan = &setup.plan;
    let side = f64::from(lesion.r / setup.settings.scan.radius_sides);
    let misfit = |level: &usize| (plan.levels[*level].side / side).ln().abs();
    let best = (0..plan.levels.len()).min_by(|a, b| misfit(a).total_cmp(&misfit(b)));
    let near = move |level: &usize| best.is_some_and(|best| level.abs_diff(best) <= 1);
    (0..plan.levels.len()).filter(near).map(move |level| {
        let window = plan.nearest(level, lesion.centre());
        (window, CandidateWindow { window, centre: plan.square(window).centre() })
    })
}

/// All windows of the plan.
fn everywhere(plan: &Plan) -> Vec<CandidateWindow> {
    plan.ids().map(|window| CandidateWindow { window, centre: plan.square(window).centre() }).collect()
}
