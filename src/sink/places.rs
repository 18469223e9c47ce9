//! The places of a run: what is counted of each while the run goes on, and the lists that come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{RenderedFrame, rounded};
use crate::assessment::Assessment;
use crate::finding::{Place, TrackState, TrackedCircle, listed_px, listed_score};
use crate::geometry::Circle;
use crate::model::Class;
use crate::quality::HintSeconds;

/// A place as `session.json` and `places.csv` have it; `x`, `y` and `r` are px of its best frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlaceEntry {
    /// Its number.
    pub place: u64,
    /// What it is called; `None` while that is undecided.
    pub class: Option<String>,
    /// Mean score of that class, or of the likeliest one.
    pub score: f64,
    /// Share of the suspicious classes in the lesion classes, `0..=1`.
    pub suspicious: f64,
    /// Mean evidence for a lesion, `0..=1`.
    pub evidence: f64,
    /// Mean score of every class.
    pub scores: Map<String, Value>,
    /// Presentation time of the first frame in which it was circled, s.
    pub first_s: f64,
    /// Of the last one.
    pub last_s: f64,
    /// Time during which it was circled, s.
    pub seen_s: f64,
    /// Frames in which it was circled.
    pub frames: u64,
    /// Number of the frame that shows it best.
    pub best_frame: u64,
    /// Presentation time of that frame, s.
    pub best_time_s: f64,
    /// The picture that it is in, of stills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Horizontal centre, px.
    pub x: f64,
    /// Vertical centre, px.
    pub y: f64,
    /// Radius, px.
    pub r: f64,
    /// Whether skin surrounded it in most frames.
    pub on_skin: bool,
    /// Ids of the tracks that were joined to it.
    pub tracks: Vec<u64>,
    /// Whether there is a frame by which it can be judged. Where not, nothing that is said of it means anything, least of all that it is harmless.
    pub assessable: bool,
    /// For how long its picture wanted each hint, s, by its name.
    pub coach: HintSeconds,
}

/// What is counted of all places.
#[derive(Clone, Debug, Default)]
pub struct PlaceTally {
    records: BTreeMap<u64, PlaceRecord>,
    /// Confirmed tracks off skin.
    look_alikes: BTreeSet<u64>,
    /// Presentation time of the frame before.
    before: Option<Duration>,
}

/// What is counted of one place.
#[derive(Clone, Debug)]
struct PlaceRecord {
    place: Place,
    first: Duration,
    last: Duration,
    seen: Duration,
    frames: u64,
    /// Whether the picture of one frame passed.
    assessable: bool,
    /// For how long its picture wanted each hint.
    coach: HintSeconds,
    best: BestView,
}

/// The frame that shows a place best.
#[derive(Clone, Debug)]
struct BestView {
    merit: f32,
    assessment: Option<Assessment>,
    frame: u64,
    time: Duration,
    circle: Circle,
    file: Option<String>,
}

impl PlaceTally {
    /// Counts a frame.
    pub fn count(&mut self, item: &RenderedFrame) {
        let detection = &item.detection;
        let confirmed = detection.circles.iter().filter(|circle| circle.state == TrackState::Confirmed);
        self.look_alikes.extend(confirmed.filter(|circle| !circle.on_skin).map(|circle| circle.track));
        for place in &detection.places {
            let own = |circle: &&TrackedCircle| circle.place == Some(place.number);
            let views = detection.circles.iter().filter(own).map(|circle| BestView::new(circle, item));
            let Some(best) = views.max_by(|a, b| a.merit.total_cmp(&b.merit)) else { continue };
            self.see(place, best, item.frame.pts);
        }
        self.before = Some(item.frame.pts);
    }

    fn see(&mut self, place: &Place, view: BestView, now: Duration) {
        let absorbed: Vec<PlaceRecord> =
            place.absorbed.iter().filter_map(|number| self.records.remove(number)).collect();
        let record = self.records.entry(place.number).or_insert_with(|| PlaceRecord {
            place: place.clone(),
            first: now,
            last: now,
            seen: Duration::ZERO,
            frames: 0,
            assessable: false,
            coach: HintSeconds::default(),
            best: view.clone(),
        });
        // It was circled since the frame before, if it was circled there.
        if self.before == Some(record.last) {
            let lasted = now.saturating_sub(record.last);
            record.seen += lasted;
            record.coach.add(view.assessment.and_then(|of| of.hint), lasted.as_secs_f64());
        }
        (record.place, record.last) = (place.clone(), now);
        record.frames += 1;
        record.assessable |= view.assessment.is_none_or(|of| of.passes());
        if view.merit > record.best.merit {
            record.best = view;
        }
        absorbed.into_iter().for_each(|other| record.absorb(other));
    }

    /// Number of confirmed tracks off skin that belong to no place.
    pub fn look_alikes(&self) -> u64 {
        let of_places: BTreeSet<u64> =
            self.records.values().flat_map(|record| record.place.tracks.iter().copied()).collect();
        self.look_alikes.difference(&of_places).count() as u64
    }

    /// The list of places, by number. `classes`: those of the scores.
    pub fn entries(&self, classes: &[Class]) -> Vec<PlaceEntry> {
        self.records.values().map(|record| record.entry(classes)).collect()
    }
}

impl BestView {
    fn new(circle: &TrackedCircle, item: &RenderedFrame) -> BestView {
        BestView {
            merit: merit(circle),
            assessment: circle.assessment,
            frame: item.frame.index,
            time: item.frame.pts,
            circle: circle.finding.circle,
            file: item.frame.file.as_ref().map(|file| file.display().to_string()),
        }
    }
}

/// How well a frame shows the place of this circle: the better its picture is, and the surer the model is that it is a lesion.
fn merit(circle: &TrackedCircle) -> f32 {
    circle.assessment.map_or(0.0, |of| of.quality()) * circle.finding.evidence
}

impl PlaceRecord {
    /// Takes in what was counted of a place that turned out to be this one.
    fn absorb(&mut self, other: PlaceRecord) {
        self.first = self.first.min(other.first);
        // They were circled at once: that is how they were found to be one.
        (self.seen, self.frames) = (self.seen.max(other.seen), self.frames.max(other.frames));
        self.assessable |= other.assessable;
        self.coach.merge(&other.coach);
        if other.best.merit > self.best.merit {
            self.best = other.best;
        }
    }

    fn entry(&self, classes: &[Class]) -> PlaceEntry {
        let (place, best) = (&self.place, &self.best);
        let seconds = |time: Duration| rounded(time.as_secs_f64(), 4);
        let named = classes.iter().zip(&place.scores);
        PlaceEntry {
            place: place.number,
            class: (!place.undecided)
                .then(|| classes.get(place.class).map_or("unknown", |class| class.name.as_str()).to_owned()),
            score: place.scores.get(place.class).map_or(0.0, |value| listed_score(*value)),
            suspicious: listed_score(place.suspicious),
            evidence: listed_score(place.evidence),
            scores: named.map(|(class, value)| (class.name.clone(), Value::from(listed_score(*value)))).collect(),
            first_s: seconds(self.first),
            last_s: seconds(self.last),
            seen_s: seconds(self.seen),
            frames: self.frames,
            best_frame: best.frame,
            best_time_s: seconds(best.time),
            file: best.file.clone(),
            x: listed_px(best.circle.x),
            y: listed_px(best.circle.y),
            r: listed_px(best.circle.r),
            on_skin: place.on_skin,
            tracks: place.tracks.clone(),
            assessable: self.assessable,
            coach: self.coach.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Detection, Finding, ScoreOrigin};
    use crate::frame::Frame;
    use crate::model::ClassKind;
    use crate::sink::StageTimes;
    use image::RgbImage;

    fn circle(track: u64, place: Option<u64>, r: f32) -> TrackedCircle {
        let finding = Finding {
            circle: Circle { x: 10.0 * track as f32, y: 20.0, r },
            scores: vec![0.25, 0.75],
            evidence: 0.9,
            context: 1.0,
            familiar: 1.0,
            origin: ScoreOrigin::Fresh,
            age_frames: 0,
        };
        let assessment = Assessment {
            sharpness: 1.0,
            luma_levels: 128.0,
            dark: 0.0,
            bright: 0.0,
            glare: 0.0,
            across_px: 2.0 * r,
            motion_radii: 0.0,
            hint: None,
        };
        TrackedCircle {
            track,
            state: TrackState::Confirmed,
            place,
            class: 1,
            undecided: false,
            on_skin: place.is_some(),
            finding,
            explained: None,
            assessment: Some(assessment),
        }
    }

    fn place(number: u64, tracks: &[u64], absorbed: &[u64]) -> Place {
        Place {
            number,
            class: 1,
            undecided: number == 2,
            scores: vec![0.25, 0.75],
            suspicious: 0.75,
            evidence: 0.9,
            on_skin: true,
            tracks: tracks.to_vec(),
            absorbed: absorbed.to_vec(),
        }
    }

    /// Counts a frame at this time, tenths of a second.
    fn count(tally: &mut PlaceTally, tenths: u64, circles: Vec<TrackedCircle>, places: Vec<Place>) {
        let detection = Arc::new(Detection { circles, places, ..Detection::default() });
        let pts = Duration::from_millis(100 * tenths);
        let frame = Arc::new(Frame { index: tenths, pts, pixels: RgbImage::new(1, 1), file: None });
        let annotated = Arc::new(RgbImage::new(1, 1));
        tally.count(&RenderedFrame { frame, annotated, detection, dropped: 0, times: StageTimes::default() });
    }

    fn entries(tally: &PlaceTally) -> Vec<PlaceEntry> {
        let class = |name: &str| Class { name: name.to_owned(), kind: ClassKind::Lesion, suspicious: false };
        tally.entries(&[class("nevus"), class("melanoma")])
    }

    #[test]
    fn a_place_is_seen_while_it_is_circled_and_best_where_it_is_largest() {
        let mut tally = PlaceTally::default();
        for (tenths, r) in [(0, 20.0), (1, 30.0), (2, 25.0)] {
            count(&mut tally, tenths, vec![circle(1, Some(1), r), circle(7, None, 9.0)], vec![place(1, &[1], &[])]);
        }
        (3..10).for_each(|tenths| count(&mut tally, tenths, Vec::new(), Vec::new()));
        count(&mut tally, 10, vec![circle(4, Some(1), 22.0)], vec![place(1, &[1, 4], &[])]);
        count(&mut tally, 11, vec![circle(4, Some(1), 22.0)], vec![place(1, &[1, 4], &[])]);
        let entries = entries(&tally);
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((entry.first_s, entry.last_s, entry.seen_s, entry.frames), (0.0, 1.1, 0.3, 5));
        assert_eq!((entry.best_frame, entry.best_time_s, entry.x, entry.r), (1, 0.1, 10.0, 30.0));
        assert_eq!(
            (entry.class.as_deref(), entry.score, entry.tracks.as_slice()),
            (Some("melanoma"), 0.75, [1, 4].as_slice())
        );
        assert_eq!(entry.scores["nevus"], 0.25);
        assert_eq!(tally.look_alikes(), 1);
    }

    #[test]
    fn a_place_that_is_another_goes_into_it_and_tracks_of_places_are_no_look_alikes() {
        let mut tally = PlaceTally::default();
        let both = || vec![circle(1, Some(1), 20.0), circle(2, Some(2), 40.0)];
        (0..5).for_each(|tenths| count(&mut tally, tenths, both(), vec![place(1, &[1], &[]), place(2, &[2], &[])]));
        assert_eq!(entries(&tally)[1].class, None, "undecided");
        count(&mut tally, 5, vec![circle(1, Some(1), 20.0)], vec![place(1, &[1, 2], &[2])]);
        count(&mut tally, 6, vec![circle(2, None, 20.0)], Vec::new());
        let entries = entries(&tally);
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((entry.place, entry.seen_s, entry.r, entry.frames), (1, 0.5, 40.0, 6));
        assert_eq!(tally.look_alikes(), 0);
    }
}
