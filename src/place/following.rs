//! Places whose tracks are circled: where they are now, and what that says of the places out of view.

use std::collections::BTreeMap;

use super::book::{PlaceBook, PlaceFrame};
use super::constellation::{SeenAgain, motion_of};
use super::kept::{ChartSpot, moved};
use super::matching::{SAME, UNLIKE};
use crate::finding::TrackedCircle;
use crate::geometry::{Circle, Similarity};

/// Two places whose circles are about one lesion for this long are one, s: less, and one circle may be on its way past another.
const DOUBLED_S: f64 = 0.3;

impl PlaceBook {
    /// Carries all places along with the camera, also those out of view.
    pub(super) fn carry(&mut self, frame: &PlaceFrame) {
        let motion = self.from_first.inverse().then(&frame.from_first);
        self.from_first = frame.from_first;
        if frame.camera_lost {
            self.chart += 1;
        }
        for place in self.places.values_mut() {
            place.was_in_view = std::mem::take(&mut place.in_view);
            if place.spot.chart == self.chart {
                place.spot.circle = moved(place.spot.circle, &motion);
            }
        }
    }

    /// Takes in where the places of known tracks are now, and what that says of the others.
    pub(super) fn follow(&mut self, circles: &[TrackedCircle], frame: &PlaceFrame) {
        let mut seen: BTreeMap<u64, Vec<SeenAgain>> = BTreeMap::new();
        for circle in by_track(circles) {
            let found = circle.finding.circle;
            let Some(number) = self.place_of(circle.track) else { continue };
            let Some(place) = self.places.get_mut(&number) else { continue };
            // Two tracks of one place that went apart; a track that went over to what lies there since the camera was lost.
            let elsewhere = place.in_view && place.spot.circle.ios(&found) == 0.0;
            let lost = place.spot.chart != self.chart;
            if elsewhere || (lost && place.difference(&(frame.appearance)(found)) >= UNLIKE) {
                place.tracks.retain(|track| *track != circle.track);
                self.of_track.remove(&circle.track);
                continue;
            }
            place.history.add(circle);
            if !place.in_view {
                // One that comes back says how wrong its own position was, not how the skin moves.
                if lost || place.was_in_view {
                    let again = SeenAgain { before: place.spot.circle, now: found };
                    seen.entry(place.spot.chart).or_default().push(again);
                }
                place.see(ChartSpot { chart: self.chart, circle: found });
            }
        }
        seen.iter().for_each(|(chart, seen)| self.carry_on_skin(*chart, seen));
    }

    /// Carries the places out of view along with those in view, which move with the skin: as they did while the camera was lost, and where an
    /// arm moves before a camera that stands still.
    fn carry_on_skin(&mut self, chart: u64, seen: &[SeenAgain]) {
        let motion = if chart == self.chart { shift(seen) } else { motion_of(seen) };
        for place in self.places.values_mut().filter(|place| !place.in_view && place.spot.chart == chart) {
            place.go(ChartSpot { chart: self.chart, circle: moved(place.spot.circle, &motion) });
        }
    }

    /// Two places whose circles settle on the same lesion are one.
    pub(super) fn merge_doubles(&mut self, now_s: f64) {
        let in_view: Vec<(u64, Circle)> = self.in_view().map(|(number, place)| (*number, place.spot.circle)).collect();
        for (index, (younger, circle)) in in_view.iter().enumerate().rev() {
            let older = in_view.iter().take(index).find(|(_, other)| circle.ios(other) >= SAME);
            let Some(place) = self.places.get_mut(younger) else { continue };
            let Some((older, _)) = older else {
                place.doubled_since_s = None;
                continue;
            };
            if now_s - *place.doubled_since_s.get_or_insert(now_s) >= DOUBLED_S {
                self.absorb(*older, *younger);
            }
        }
    }

    fn absorb(&mut self, older: u64, younger: u64) {
        let Some(other) = self.places.remove(&younger) else { return };
        self.of_track.extend(other.tracks.iter().map(|track| (*track, older)));
        if let Some(place) = self.places.get_mut(&older) {
            place.absorb(younger, other);
        }
    }
}

/// The circles in the order of their tracks: what comes of them does not depend on that in which they are listed.
pub(super) fn by_track(circles: &[TrackedCircle]) -> Vec<&TrackedCircle> {
    let mut circles: Vec<&TrackedCircle> = circles.iter().collect();
    circles.sort_by_key(|circle| circle.track);
    circles
}

/// The shift of most: the medians of how far they moved to the right and down.
fn shift(seen: &[SeenAgain]) -> Similarity {
    let median = |along: fn(&SeenAgain) -> f32| {
        let mut moved: Vec<f32> = seen.iter().map(along).collect();
        moved.sort_by(f32::total_cmp);
        f64::from(moved.get(moved.len() / 2).copied().unwrap_or_default())
    };
    let (dx, dy) = (median(|seen| seen.now.x - seen.before.x), median(|seen| seen.now.y - seen.before.y));
    Similarity { dx, dy, ..Similarity::IDENTITY }
}
