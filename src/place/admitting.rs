//! Circles whose tracks belong to no place yet: they are joined to known places, or found new ones.

use super::book::{PlaceBook, PlaceFrame};
use super::following::by_track;
use super::joining::{Joining, JoiningFrame, PlaceAway, join, lookalike, may_be_adrift};
use super::kept::{ChartSpot, KeptPlace};
use super::matching::{Newcomer, SAME};
use super::settings::PlaceSettings;
use crate::finding::{TrackState, TrackedCircle};

/// Places that a new circle may belong to, the newest of those out of view. More are not looked through in the time of a frame.
const RECALLED: usize = 256;

impl PlaceBook {
    /// Finds the places of tracks that have none: known ones, or new ones.
    pub(super) fn admit(&mut self, circles: &[TrackedCircle], frame: &PlaceFrame) {
        let now_s = frame.time.as_secs_f64();
        let homeless = |circle: &&TrackedCircle| {
            circle.state == TrackState::Confirmed && circle.on_skin && self.place_of(circle.track).is_none()
        };
        let homeless: Vec<&TrackedCircle> = by_track(circles).into_iter().filter(homeless).collect();
        self.waiting.retain(|track, since_s| *since_s <= now_s && homeless.iter().any(|circle| circle.track == *track));
        let mut newcomers = Vec::new();
        for circle in homeless {
            let found = circle.finding.circle;
            let double = self.in_view().find(|(_, place)| place.spot.circle.ios(&found) >= SAME);
            match double.map(|(number, _)| *number) {
                Some(number) => self.bind(circle, number),
                None if frame.alone => self.open(circle),
                None => newcomers.push(circle),
            }
        }
        if !newcomers.is_empty() {
            self.admit_newcomers(&newcomers, frame);
        }
    }

    fn admit_newcomers(&mut self, circles: &[&TrackedCircle], frame: &PlaceFrame) {
        let now_s = frame.time.as_secs_f64();
        let away: Vec<PlaceAway> = self
            .places
            .iter()
            .rev()
            .filter(|(_, place)| !place.in_view)
            .take(RECALLED)
            .map(|(number, place)| PlaceAway { number: *number, place })
            .collect();
        let in_view: Vec<&KeptPlace> = self.in_view().map(|(_, place)| place).collect();
        let newcomer = |circle: &&TrackedCircle| {
            let appearance = (frame.appearance)(circle.finding.circle);
            let differences = away.iter().map(|away| away.place.difference(&appearance)).collect();
            Newcomer { circle: circle.finding.circle, differences }
        };
        let newcomers: Vec<Newcomer> = circles.iter().map(newcomer).collect();
        let known =
            JoiningFrame { away: &away, in_view: &in_view, chart: self.chart, short_px: frame.size.short() as f32 };
        let Joining { places, found } = join(&newcomers, &known);
        let guesses: Vec<Option<u64>> = newcomers.iter().map(|newcomer| lookalike(newcomer, &known)).collect();
        let adrift: Vec<bool> = newcomers.iter().map(|newcomer| may_be_adrift(newcomer, &known)).collect();
        for away in found {
            if let Some(place) = self.places.get_mut(&away.number) {
                place.go(ChartSpot { chart: self.chart, circle: away.circle });
            }
        }
        for (circle, number) in circles.iter().zip(&places) {
            number.iter().for_each(|number| self.bind(circle, *number));
        }
        for ((circle, guess), adrift) in circles.iter().zip(guesses).zip(adrift) {
            if self.place_of(circle.track).is_none() {
                self.wait(circle, guess, adrift, now_s);
            }
        }
    }

    /// A circle that belongs to no known place is one after a while: that which it looks like, where it may be `adrift`, or a new one.
    fn wait(&mut self, circle: &TrackedCircle, guess: Option<u64>, adrift: bool, now_s: f64) {
        let PlaceSettings { confirm_s, adrift_s, .. } = self.settings;
        let waited_s = now_s - *self.waiting.entry(circle.track).or_insert(now_s);
        if waited_s < if adrift { adrift_s.max(confirm_s) } else { confirm_s } {
            return;
        }
        // Another circle may have taken it a moment ago.
        let free = |number: &u64| self.places.get(number).is_some_and(|place| !place.in_view);
        match guess.filter(free) {
            Some(number) => self.bind(circle, number),
            None => self.open(circle),
        }
    }

    /// A circle's track belongs to a place from now on.
    fn bind(&mut self, circle: &TrackedCircle, number: u64) {
        let Some(place) = self.places.get_mut(&number) else { return };
        place.history.add(circle);
        place.tracks.push(circle.track);
        if !place.in_view {
            place.see(ChartSpot { chart: self.chart, circle: circle.finding.circle });
        }
        self.of_track.insert(circle.track, number);
        self.waiting.remove(&circle.track);
    }

    /// A circle's track belongs to a new place.
    fn open(&mut self, circle: &TrackedCircle) {
        self.last += 1;
        let spot = ChartSpot { chart: self.chart, circle: circle.finding.circle };
        self.places.insert(self.last, KeptPlace::new(spot));
        self.bind(circle, self.last);
    }
}
