//! Step 8, follow: findings become tracks.

use super::setup::Setup;
use crate::finding::Finding;
use crate::track::{TrackRules, Tracker};

/// Updates the tracks with the findings of a frame. `confirm_hits`: findings that confirm a track, 1 for stills.
pub(super) fn follow(setup: &Setup, tracker: &mut Tracker, findings: Vec<Finding>, confirm_hits: u32) {
    let on_skin = |before: Option<bool>, context: f32| setup.settings.skin.decide(before, context);
    tracker.step(findings, &TrackRules { conf: setup.point.conf, confirm_hits, on_skin: &on_skin });
}
