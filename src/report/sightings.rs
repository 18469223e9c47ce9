//! On which frames each place was seen, and where.

use std::collections::BTreeMap;

use crate::session::{RecordedCircle, RecordedFrame, RecordedPlace};

/// Time, s, between two sightings of a place from which on it counts as out of view in between, at least.
const AWAY_S: f64 = 0.5;

/// The same in frames, for sessions of few frames a second.
const AWAY_FRAMES: f64 = 3.0;

/// The same as a part of the session: shorter gaps are not seen in a drawing of all of it.
const AWAY_PART: f64 = 1.0 / 800.0;

/// How far a place may wander over a picture, in its radii, and the camera still counts as standing still.
const STILL_RADII: f32 = 0.8;

/// A circle of a place on a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting<'a> {
    /// Presentation time of the frame, s.
    pub(super) time_s: f64,
    /// The circle.
    pub(super) circle: &'a RecordedCircle,
}

/// The sightings of every place, by its number, in the order of the frames.
#[derive(Debug, Default)]
pub(super) struct Sightings<'a> {
    by_place: BTreeMap<u64, Vec<Sighting<'a>>>,
    /// Time between two sightings from which on a place counts as out of view, s.
    away_s: f64,
}

impl<'a> Sightings<'a> {
    /// Those of a session.
    pub(super) fn of(frames: &'a [RecordedFrame]) -> Sightings<'a> {
        let mut by_place: BTreeMap<u64, Vec<Sighting>> = BTreeMap::new();
        for frame in frames {
            for circle in &frame.circles {
                if let Some(place) = circle.place {
                    by_place.entry(place).or_default().push(Sighting { time_s: frame.time_s, circle });
                }
            }
        }
        let lasts_s = frames.first().zip(frames.last()).map_or(0.0, |(first, last)| last.time_s - first.time_s);
        let step_s = lasts_s / frames.len().saturating_sub(1).max(1) as f64;
        let away_s = AWAY_S.max(AWAY_FRAMES * step_s).max(AWAY_PART * lasts_s);
        Sightings { by_place, away_s }
    }

    /// Those of one place.
    pub(super) fn of_place(&self, place: u64) -> &[Sighting<'a>] {
        self.by_place.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Those of one place in stretches without a gap.
    pub(super) fn stretches(&self, place: u64) -> impl Iterator<Item = &[Sighting<'a>]> {
        let away_s = self.away_s;
        self.of_place(place).chunk_by(move |a, b| b.time_s - a.time_s <= away_s)
    }

    /// Whether every place stayed where its best frame shows it, as it does before a camera that stands still.
    pub(super) fn camera_still(&self, places: &[RecordedPlace]) -> bool {
        places.iter().all(|place| {
            let near = |sighting: &Sighting| {
                let circle = &sighting.circle.circle;
                let (dx, dy) = (f64::from(circle.x) - place.x, f64::from(circle.y) - place.y);
                dx.hypot(dy) <= f64::from((circle.r * STILL_RADII).max(6.0))
            };
            self.of_place(place.place).iter().all(near)
        })
    }
}
