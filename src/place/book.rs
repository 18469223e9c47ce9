//! The book of all places of a session.

use std::collections::BTreeMap;
use std::time::Duration;

use super::appearance::Appearance;
use super::kept::KeptPlace;
use super::settings::PlaceSettings;
use crate::finding::{Place, TrackState, TrackedCircle};
use crate::geometry::{Circle, Similarity, Size};
use crate::track::NamingRule;

/// Places that are kept, at most: then the oldest out of view is forgotten here, though it stays in the account. A camera may run for days.
const KEPT: usize = 1024;

/// What a frame shows besides its circles.
pub struct PlaceFrame<'a> {
    /// Presentation time.
    pub time: Duration,
    /// Size of the frame.
    pub size: Size,
    /// From points of the first frame to those of this one, by the camera's motion.
    pub from_first: Similarity,
    /// Whether that is not known since the frame before.
    pub camera_lost: bool,
    /// Whether it is a picture that stands alone: each circle is a place at once.
    pub alone: bool,
    /// What is called by which scores.
    pub naming: &'a NamingRule,
    /// What the frame shows within a circle.
    pub appearance: &'a dyn Fn(Circle) -> Appearance,
}

/// All places of a session. Numbers count up from 1 and are never given twice, not even across [`PlaceBook::reset`].
#[derive(Clone, Debug)]
pub struct PlaceBook {
    pub(super) settings: PlaceSettings,
    pub(super) places: BTreeMap<u64, KeptPlace>,
    /// The place of each track that has one.
    pub(super) of_track: BTreeMap<u64, u64>,
    /// Since when tracks without a place were circled, s, by their ids.
    pub(super) waiting: BTreeMap<u64, f64>,
    /// Number of the present chart.
    pub(super) chart: u64,
    /// From points of the first frame to those of the frame before.
    pub(super) from_first: Similarity,
    pub(super) last: u64,
}

impl PlaceBook {
    /// A book without places.
    pub fn new(settings: PlaceSettings) -> PlaceBook {
        PlaceBook {
            settings,
            places: BTreeMap::new(),
            of_track: BTreeMap::new(),
            waiting: BTreeMap::new(),
            chart: 0,
            from_first: Similarity::IDENTITY,
            last: 0,
        }
    }

    /// Forgets all places: what comes next has nothing to do with them.
    pub fn reset(&mut self) {
        *self = PlaceBook { last: self.last, ..PlaceBook::new(self.settings.clone()) };
    }

    /// Says that what comes next shows the same places in another way, such as in another size: where they lie is not known.
    pub fn lose(&mut self) {
        self.chart += 1;
        self.from_first = Similarity::IDENTITY;
    }

    /// The place of a track.
    pub fn place_of(&self, track: u64) -> Option<u64> {
        self.of_track.get(&track).copied()
    }

    /// Takes in the circles of the next frame: each that belongs to a place gets its number and its name. Returns those places, by number.
    pub fn step(&mut self, circles: &mut [TrackedCircle], frame: &PlaceFrame) -> Vec<Place> {
        self.carry(frame);
        self.follow(circles, frame);
        self.merge_doubles(frame.time.as_secs_f64());
        self.admit(circles, frame);
        self.take_appearances(circles, frame);
        self.forget_oldest();
        self.name(circles, frame)
    }

    fn forget_oldest(&mut self) {
        let oldest = self.places.iter().find(|(_, place)| !place.in_view).map(|(number, _)| *number);
        if let Some(oldest) = oldest.filter(|_| self.places.len() > KEPT) {
            self.places.remove(&oldest);
            self.of_track.retain(|_, number| *number != oldest);
        }
    }

    fn take_appearances(&mut self, circles: &[TrackedCircle], frame: &PlaceFrame) {
        let now_s = frame.time.as_secs_f64();
        for circle in circles.iter().filter(|circle| circle.state == TrackState::Confirmed && circle.on_skin) {
            let Some(number) = self.place_of(circle.track) else { continue };
            if let Some(place) = self.places.get_mut(&number).filter(|place| place.wants_appearance(now_s)) {
                place.keep((frame.appearance)(circle.finding.circle), now_s);
            }
        }
    }

    /// Gives each circle the number and the name of its place.
    fn name(&mut self, circles: &mut [TrackedCircle], frame: &PlaceFrame) -> Vec<Place> {
        let mut seen = BTreeMap::new();
        for circle in circles.iter_mut().filter(|circle| circle.state == TrackState::Confirmed && circle.on_skin) {
            let Some(number) = self.of_track.get(&circle.track).copied() else { continue };
            let Some(place) = self.places.get_mut(&number) else { continue };
            let name = place.history.name(frame.naming, &self.settings, frame.time.as_secs_f64());
            (circle.place, circle.class, circle.undecided) = (Some(number), name.class, name.undecided);
            seen.entry(number).or_insert_with(|| Place {
                number,
                class: name.class,
                undecided: name.undecided,
                scores: place.history.scores.clone(),
                suspicious: frame.naming.suspicious_share(&place.history.scores),
                evidence: place.history.evidence,
                on_skin: place.history.is_on_skin(),
                tracks: place.tracks.clone(),
                absorbed: place.absorbed.clone(),
            });
        }
        seen.into_values().collect()
    }

    /// The places in view.
    pub(super) fn in_view(&self) -> impl Iterator<Item = (&u64, &KeptPlace)> {
        self.places.iter().filter(|(_, place)| place.in_view)
    }
}
