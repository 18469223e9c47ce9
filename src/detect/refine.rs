//! Step 6, refine: closer looks at the peaks that may be on skin.
//!
//! Elsewhere closer looks would cost most and change nothing: cloth that repeats a lesion has dozens of peaks, and what is off the skin
//! alarms nobody.

use std::collections::BTreeMap;

use super::context::Surroundings;
use super::frame_model::FrameModel;
use super::memory::Memory;
use super::setup::Setup;
use super::windows::{LookCounts, PeakWindow, WindowQuestion, look};
use crate::model::ModelError;
use crate::scan::peaks::Peak;
use crate::scan::plan::WindowId;
use crate::scan::refine::WindowView;

/// Peaks with all that was looked at.
pub(super) struct Refinement {
    pub(super) peaks: Vec<Peak>,
    pub(super) counts: LookCounts,
}

/// Looks half a step to all sides of each peak that may be on skin.
pub(super) fn refine(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    mut peaks: Vec<Peak>,
    surroundings: &Surroundings,
) -> Result<Refinement, ModelError> {
    let (plan, scan) = (&setup.plan, &setup.settings.scan);
    if !scan.refine {
        return Ok(Refinement { peaks, counts: LookCounts::default() });
    }
    let mut homes: BTreeMap<WindowId, &mut Peak> = peaks.iter_mut().map(|peak| (peak.window, peak)).collect();
    let on_skin = |lonely: &&PeakWindow| {
        let peak = homes.get(&lonely.window);
        peak.is_some_and(|peak| surroundings.skin(setup, peak) >= setup.settings.skin.leave)
    };
    let views = |peak: &PeakWindow| WindowView::REFINED.map(|view| WindowQuestion::view(plan, *peak, view));
    let questions: Vec<WindowQuestion> = surroundings.lonely.iter().filter(on_skin).flat_map(views).flatten().collect();
    let seen = look(setup, memory, model, questions)?;
    for (window, look) in seen.looks {
        if let Some(peak) = homes.get_mut(&window) {
            peak.add(look);
        }
    }
    Ok(Refinement { peaks, counts: seen.counts })
}
