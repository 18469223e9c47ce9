//! Step 5, context: does a peak repeat itself all around, as cloth does, and does skin surround it?

use std::collections::BTreeMap;

use super::frame_model::FrameModel;
use super::frame_skin::FrameSkin;
use super::memory::Memory;
use super::setup::Setup;
use super::windows::{LookCounts, PeakWindow, WindowQuestion, look};
use crate::model::ModelError;
use crate::scan::crowd::Crowd;
use crate::scan::map::Look;
use crate::scan::peaks::Peak;
use crate::scan::plan::WindowId;
use crate::scan::refine::WindowView;
use crate::skin::context;

/// Standing that crowding must leave a peak for a second look.
const LONELY: f32 = 0.3;

/// What surrounds the peaks of a frame.
pub(super) struct Surroundings {
    /// What the skin map says.
    pub(super) skin_map: FrameSkin,
    /// Where the classifier saw lesions.
    crowd: Crowd,
    /// Peaks that neither stand in a crowd nor are denied by the skin map: they alone are looked at again.
    pub(super) lonely: Vec<PeakWindow>,
    /// What the classifier says of twice the side around each of them.
    far: BTreeMap<WindowId, Look>,
    pub(super) counts: LookCounts,
}

/// Looks at the surroundings of each peak that neither stands in a crowd nor is denied by the skin map.
pub(super) fn look_around(
    setup: &Setup,
    memory: &mut Memory,
    model: &mut FrameModel,
    peaks: &[Peak],
    skin_map: FrameSkin,
) -> Result<Surroundings, ModelError> {
    let plan = &setup.plan;
    let crowd = Crowd::new(plan, peaks.iter().map(|peak| peak.window));
    let denied = |peak: &Peak| skin_map.denies(&setup.settings.skin, peak.circle());
    let alone = peaks.iter().filter(|peak| crowd.leaves(plan, peak.window) >= LONELY && !denied(peak));
    let lonely: Vec<PeakWindow> = alone.map(|peak| PeakWindow { window: peak.window, square: peak.square() }).collect();
    let questions = lonely.iter().filter_map(|peak| WindowQuestion::view(plan, *peak, WindowView::Surroundings));
    let seen = look(setup, memory, model, questions.collect())?;
    Ok(Surroundings { skin_map, crowd, lonely, far: seen.looks.into_iter().collect(), counts: seen.counts })
}

impl Surroundings {
    /// Probability of skin around a peak, `0..=1`, from the looks that bear it out, the one at its surroundings, and the skin map.
    pub(super) fn skin(&self, setup: &Setup, peak: &Peak) -> f32 {
        let near: Vec<f32> = peak.witnesses(setup.point.conf).map(|look| look.scores.context).collect();
        let far: Vec<f32> = self.far.get(&peak.window).iter().map(|look| look.scores.context).collect();
        self.skin_map.context(&setup.settings.skin, peak.circle(), context(&near, &far))
    }

    /// What crowding leaves of that: a pattern has no skin around it.
    pub(super) fn context(&self, setup: &Setup, peak: &Peak) -> f32 {
        self.skin(setup, peak) * self.crowd.leaves(&setup.plan, peak.window)
    }
}
