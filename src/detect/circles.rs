//! Step 7, circles: the peaks that stand against their neighbours become findings.

use super::context::Surroundings;
use super::setup::Setup;
use crate::finding::{Finding, HeatGrid, ScoreOrigin};
use crate::scan::map::{Look, ScoreMap, heat};
use crate::scan::peaks::{Peak, suppress};

/// What is circled in a frame.
pub(super) struct Circles {
    pub(super) findings: Vec<Finding>,
    /// All looks of the frame, laid over it.
    pub(super) heat: HeatGrid,
}

/// The circles of a frame, from its score map and the peaks with all that was looked at. What the skin map denies is none, and stands against none.
pub(super) fn circle(setup: &Setup, map: &ScoreMap, mut peaks: Vec<Peak>, surroundings: &Surroundings) -> Circles {
    let (skin_map, settings) = (&surroundings.skin_map, &setup.settings.skin);
    peaks.retain(|peak| !skin_map.denies(settings, peak.circle()));
    let measured = |peak: Peak| {
        let extent = skin_map.extent(settings, peak.circle());
        peak.measured(extent)
    };
    let peaks = suppress(peaks.into_iter().map(measured).collect(), &setup.settings.scan);
    let finding = |peak: &Peak| finding(peak, surroundings.context(setup, peak), setup.point.conf);
    let looks = map.iter().map(|(_, look)| look).chain(peaks.iter().flat_map(Peak::looks));
    Circles { findings: peaks.iter().map(finding).collect(), heat: heat(looks, setup.plan.frame) }
}

/// The finding of a peak: mean scores of the looks that bear it out. As old as the oldest of them: fresh when all are.
fn finding(peak: &Peak, context: f32, conf: f32) -> Finding {
    let witnesses: Vec<&Look> = peak.witnesses(conf).collect();
    let count = witnesses.len().max(1) as f32;
    let classes = witnesses.iter().map(|look| look.scores.classes.len()).max().unwrap_or(0);
    let share = |look: &Look, class: usize| look.scores.classes.get(class).copied().unwrap_or(0.0);
    let scores = (0..classes).map(|class| witnesses.iter().map(|look| share(look, class)).sum::<f32>() / count);
    let oldest = witnesses.iter().max_by_key(|look| look.age_frames);
    Finding {
        circle: peak.circle(),
        scores: scores.collect(),
        evidence: witnesses.iter().map(|look| look.evidence).sum::<f32>() / count,
        familiar: witnesses.iter().map(|look| look.scores.familiar).sum::<f32>() / count,
        context,
        origin: oldest.map_or(ScoreOrigin::Fresh, |look| look.origin()),
        age_frames: oldest.map_or(0, |look| look.age_frames),
    }
}
