//! The second round: closer looks at the peaks of the score map, and what all looks at a peak come to.

use std::collections::BTreeMap;

use crate::detect::looks::{Asking, Wanted};
use crate::finding::{Finding, Origin};
use crate::geometry::Square;
use crate::model::ModelError;
use crate::scan::ScanSettings;
use crate::scan::crowd::Crowd;
use crate::scan::map::Look;
use crate::scan::peaks::Peak;
use crate::scan::plan::WindowId;
use crate::scan::refine::View;
use crate::skin::context;

/// Standing that crowding must leave a peak for a second look.
const LONELY: f32 = 0.3;

/// Looks at the surroundings of each peak, then again around those that may be on skin.
///
/// Elsewhere closer looks would cost most and change nothing: cloth that repeats a lesion has dozens of peaks, and what
/// is off the skin alarms nobody.
pub(super) fn second_round(
    asking: &mut Asking,
    mut found: Vec<Peak>,
    (crowd, leave): (&Crowd, f32),
    settings: &ScanSettings,
) -> Result<(Vec<Peak>, BTreeMap<WindowId, Look>), ModelError> {
    let alone = |peak: &&Peak| crowd.leaves(asking.plan, peak.window) >= LONELY;
    let alone: Vec<(WindowId, Square)> =
        found.iter().filter(alone).filter_map(|peak| Some((peak.window, peak.place()?))).collect();
    let plan = asking.plan;
    let wanted = alone.iter().filter_map(|base| Wanted::view(plan, *base, View::Surroundings));
    let far: BTreeMap<WindowId, Look> = asking.classify(wanted.collect())?.into_iter().collect();
    if !settings.refine {
        return Ok((found, far));
    }
    let mut homes: BTreeMap<WindowId, &mut Peak> = found.iter_mut().map(|peak| (peak.window, peak)).collect();
    let on_skin = |(window, _): &&(WindowId, Square)| {
        let peak = homes.get(window);
        peak.is_some_and(|peak| around(peak, far.get(window), settings.conf) >= leave)
    };
    let open: Vec<(WindowId, Square)> = alone.iter().filter(on_skin).copied().collect();
    let wanted = open.iter().flat_map(|base| View::REFINED.map(|view| Wanted::view(plan, *base, view)));
    for (window, look) in asking.classify(wanted.flatten().collect())? {
        if let Some(peak) = homes.get_mut(&window) {
            peak.add(look);
        }
    }
    Ok((found, far))
}

/// Probability of skin around a peak, from the looks that bear it out and the one at its surroundings.
fn around(peak: &Peak, far: Option<&Look>, conf: f32) -> f32 {
    let near: Vec<f32> = peak.witnesses(conf).map(|look| look.scores.context).collect();
    let far: Vec<f32> = far.iter().map(|look| look.scores.context).collect();
    context(&near, &far)
}

/// The finding of a peak: mean scores of the looks that bear it out. As old as the oldest of them: fresh when all are.
pub(super) fn finding(peak: &Peak, far: Option<&Look>, conf: f32) -> Finding {
    let witnesses: Vec<&Look> = peak.witnesses(conf).collect();
    let count = witnesses.len().max(1) as f32;
    let classes = witnesses.iter().map(|look| look.scores.classes.len()).max().unwrap_or(0);
    let share = |look: &Look, class: usize| look.scores.classes.get(class).copied().unwrap_or(0.0);
    let scores = (0..classes).map(|class| witnesses.iter().map(|look| share(look, class)).sum::<f32>() / count);
    let oldest = witnesses.iter().max_by_key(|look| look.age);
    Finding {
        circle: peak.circle(),
        scores: scores.collect(),
        evidence: witnesses.iter().map(|look| look.evidence).sum::<f32>() / count,
        familiar: witnesses.iter().map(|look| look.scores.familiar).sum::<f32>() / count,
        context: around(peak, far, conf),
        origin: oldest.map_or(Origin::Fresh, |look| look.origin()),
        age: oldest.map_or(0, |look| look.age),
    }
}
