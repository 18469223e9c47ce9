//! Step 8, follow: findings become tracks. And after the last step, which circles are listed.

use super::frame_skin::FrameSkin;
use super::setup::Setup;
use crate::finding::{Finding, TrackedCircle};
use crate::track::{TrackRules, Tracker};

/// Updates the tracks with the findings of a frame. `confirm_hits`: findings that confirm a track, 1 for stills.
pub(super) fn follow(setup: &Setup, tracker: &mut Tracker, findings: Vec<Finding>, confirm_hits: u32) {
    let on_skin = |before: Option<bool>, context: f32| setup.settings.skin.decide(before, context);
    tracker.step(findings, &TrackRules { conf: setup.point.conf, confirm_hits, on_skin: &on_skin });
}

/// The circles of the present frame that are called what is wanted, and are no parts of bodies by now.
pub(super) fn listed(setup: &Setup, skin_map: &FrameSkin, tracker: &Tracker) -> Vec<TrackedCircle> {
    let mut circles = tracker.listed(&setup.naming);
    circles.retain(|circle| {
        setup.wanted_classes.contains(&circle.class) && !skin_map.is_part(&setup.settings.skin, circle.finding.circle)
    });
    circles
}
