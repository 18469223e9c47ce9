//! The book of all places of a session.

use std::collections::BTreeMap;
use std::time::Duration;

use super::history::PlaceHistory;
use super::settings::PlaceSettings;
use crate::finding::{Place, TrackState, TrackedCircle};
use crate::track::NamingRule;

/// All places of a session. Numbers count up from 1 and are never given twice, not even across [`PlaceBook::reset`].
#[derive(Clone, Debug)]
pub struct PlaceBook {
    settings: PlaceSettings,
    places: BTreeMap<u64, KeptPlace>,
    /// The place of each track that has one.
    of_track: BTreeMap<u64, u64>,
    last: u64,
}

#[derive(Clone, Debug, Default)]
struct KeptPlace {
    history: PlaceHistory,
    tracks: Vec<u64>,
    absorbed: Vec<u64>,
}

impl PlaceBook {
    /// A book without places.
    pub fn new(settings: PlaceSettings) -> PlaceBook {
        PlaceBook { settings, places: BTreeMap::new(), of_track: BTreeMap::new(), last: 0 }
    }

    /// Forgets all places: what comes next has nothing to do with them.
    pub fn reset(&mut self) {
        self.places.clear();
        self.of_track.clear();
    }

    /// The place of a track.
    pub fn place_of(&self, track: u64) -> Option<u64> {
        self.of_track.get(&track).copied()
    }

    /// Takes in the circles of the next frame, at its presentation time: each that has a place gets its number and its name. Returns those
    /// places, by number.
    pub fn step(&mut self, circles: &mut [TrackedCircle], naming: &NamingRule, time: Duration) -> Vec<Place> {
        for circle in circles.iter().filter(|circle| circle.state == TrackState::Confirmed) {
            let number = match self.place_of(circle.track) {
                Some(number) => number,
                None if circle.on_skin => {
                    self.last += 1;
                    self.of_track.insert(circle.track, self.last);
                    self.places.entry(self.last).or_default().tracks.push(circle.track);
                    self.last
                }
                None => continue,
            };
            if let Some(place) = self.places.get_mut(&number) {
                place.history.add(circle);
            }
        }
        let mut seen = BTreeMap::new();
        for circle in circles.iter_mut().filter(|circle| circle.state == TrackState::Confirmed && circle.on_skin) {
            let Some(number) = self.of_track.get(&circle.track).copied() else { continue };
            let Some(place) = self.places.get_mut(&number) else { continue };
            let name = place.history.name(naming, &self.settings, time.as_secs_f64());
            (circle.place, circle.class, circle.undecided) = (Some(number), name.class, name.undecided);
            seen.entry(number).or_insert_with(|| Place {
                number,
                class: name.class,
                undecided: name.undecided,
                scores: place.history.scores.clone(),
                suspicious: naming.suspicious_share(&place.history.scores),
                evidence: place.history.evidence,
                on_skin: place.history.is_on_skin(),
                tracks: place.tracks.clone(),
                absorbed: place.absorbed.clone(),
            });
        }
        seen.into_values().collect()
    }
}
