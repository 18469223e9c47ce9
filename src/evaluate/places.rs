//! Places against lesions: whether every lesion of a clip is one place, under one number, from its first frame to its last.

use std::collections::BTreeMap;

use serde::Serialize;

use super::assignment::greatest;
use super::contrast::contrast;
use super::detections::SeenFrame;
use super::matching::SeenCircle;
use super::trails::FLICKER_FRAMES;
use crate::truth::{TruthFrame, TruthLesion};

/// A lesion is distinct from this contrast with the skin around it on: CIE76, the mean over its frames.
const DISTINCT: f32 = 5.0;
/// Frames of a lesion of which the contrast is measured: it hardly changes.
const MEASURED_FRAMES: u32 = 60;
/// A lesion counts when it was in view for so many frames: nothing is confirmed faster.
const LEAST_FRAMES: u64 = 15;
/// A circle may stay for so long after its lesion left, s.
const LINGER_S: f64 = 0.5;

/// What is counted of the places of a clip, or of several clips. Of lesions those that are distinct: of a contrast of 5 and more where the pictures are
/// known, and in view for half a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PlaceCounts {
    /// Clips.
    pub clips: u64,
    /// Clips in which every distinct lesion is one place, and no place was invented.
    pub right_clips: u64,
    /// Distinct lesions.
    pub lesions: u64,
    /// Places of distinct lesions.
    pub places: u64,
    /// Places on which no lesion lies in most of the frames in which they are circled.
    pub invented: u64,
    /// Times that a distinct lesion was found under another place than the last time, also after it was away.
    pub changes: u64,
    /// Length of the clips, s.
    pub seconds: f64,
    /// Circles that agree with one place a lesion and one lesion a place, where these are chosen so that most agree: IDTP.
    pub identified: u64,
    /// Distinct lesions on all frames.
    pub lesion_frames: u64,
    /// Circles of places on all frames, but for those on other lesions.
    pub circles: u64,
    /// Frames of distinct lesions in gaps of less than five frames, in which no place's circle finds them while they stay in view.
    pub flicker_frames: u64,
    /// Circles on frames more than half a second after the lesion of their place left.
    pub overstayed: u64,
}

impl PlaceCounts {
    /// IDF1 of places and distinct lesions, `0..=1`; `None` without either.
    pub fn idf1(&self) -> Option<f64> {
        share(2 * self.identified, self.lesion_frames + self.circles)
    }

    /// Changed numbers of places a minute; `None` for clips without length.
    pub fn changes_a_minute(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.changes as f64 * 60.0 / self.seconds)
    }

    /// Share of the frames of distinct lesions that flicker, `0..=1`.
    pub fn flicker(&self) -> Option<f64> {
        share(self.flicker_frames, self.lesion_frames)
    }

    /// Adds the counts of other clips.
    pub fn add(&mut self, other: &PlaceCounts) {
        self.clips += other.clips;
        self.right_clips += other.right_clips;
        self.lesions += other.lesions;
        self.places += other.places;
        self.invented += other.invented;
        self.changes += other.changes;
        self.seconds += other.seconds;
        self.identified += other.identified;
        self.lesion_frames += other.lesion_frames;
        self.circles += other.circles;
        self.flicker_frames += other.flicker_frames;
        self.overstayed += other.overstayed;
    }
}

fn share(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// A lesion of the truth, from frame to frame.
#[derive(Default)]
struct LesionRecord {
    contrasts: f32,
    measured: u32,
    /// Frames in view.
    frames: u64,
    /// Frames on which a place's circle finds it, by place.
    shared: BTreeMap<u64, u64>,
    /// The place that found it last.
    last: Option<u64>,
    changes: u64,
    /// Frames in view since it was found; `None`: it was not found since it came into view.
    gap: Option<u64>,
    flicker_frames: u64,
}

impl LesionRecord {
    /// Where no picture is known, every lesion counts.
    fn is_distinct(&self) -> bool {
        self.frames >= LEAST_FRAMES && (self.measured == 0 || self.contrasts / self.measured as f32 >= DISTINCT)
    }

    fn is_found(&mut self, place: u64) {
        self.changes += u64::from(self.last.is_some_and(|last| last != place));
        self.last = Some(place);
        let gap = self.gap.replace(0).unwrap_or(0);
        self.flicker_frames += if gap < FLICKER_FRAMES { gap } else { 0 };
    }
}

/// A place of the run, from frame to frame.
#[derive(Default)]
struct PlaceRecord {
    circles: u64,
    /// Frames on which it finds a lesion, by lesion.
    found: BTreeMap<u32, u64>,
    /// The lesion that it found last, and when that was in view last, s.
    last: Option<LastLesion>,
}

struct LastLesion {
    id: u32,
    seen_s: f64,
}

impl PlaceRecord {
    /// The lesion that it is about: the one that it finds on most frames, and on at least half of those on which it has a circle.
    fn lesion(&self) -> Option<u32> {
        let most = self.found.iter().max_by_key(|(_, frames)| **frames);
        most.filter(|(_, frames)| 2 * **frames >= self.circles).map(|(id, _)| *id)
    }
}

/// Follows lesions and places through one clip.
#[derive(Default)]
pub(super) struct PlaceRecords {
    lesions: BTreeMap<u32, LesionRecord>,
    places: BTreeMap<u64, PlaceRecord>,
    frames: u64,
    first_s: Option<f64>,
    last_s: f64,
    overstayed: u64,
}

impl PlaceRecords {
    /// Adds the next frame of the clip.
    pub(super) fn add(&mut self, truth: &TruthFrame, seen: &SeenFrame) {
        self.frames += 1;
        self.first_s.get_or_insert(truth.time_s);
        self.last_s = truth.time_s;
        let circles: Vec<(u64, &SeenCircle)> =
            seen.circles.iter().filter_map(|circle| circle.place.map(|place| (place, circle))).collect();
        for lesion in &truth.lesions {
            self.add_lesion(lesion, seen, &circles);
        }
        for (place, circle) in &circles {
            self.add_circle(*place, circle, truth);
        }
        let gone = |id: &u32| truth.lesions.iter().all(|lesion| lesion.id != *id);
        self.lesions.iter_mut().filter(|(id, _)| gone(id)).for_each(|(_, record)| record.gap = None);
    }

    fn add_lesion(&mut self, lesion: &TruthLesion, seen: &SeenFrame, circles: &[(u64, &SeenCircle)]) {
        let (record, target) = (self.lesions.entry(lesion.id).or_default(), lesion.circle());
        if !lesion.is_within(seen.size) {
            record.gap = None;
            return;
        }
        record.frames += 1;
        let picture = seen.picture.as_ref().filter(|_| record.measured < MEASURED_FRAMES);
        if let Some(contrast) = picture.and_then(|frame| contrast(&frame.pixels, &target)) {
            record.contrasts += contrast;
            record.measured += 1;
        }
        let mut finders: Vec<&(u64, &SeenCircle)> =
            circles.iter().filter(|(_, seen)| seen.circle.finds(&target)).collect();
        finders.sort_by(|a, b| a.1.circle.distance(&target).total_cmp(&b.1.circle.distance(&target)));
        finders.iter().for_each(|(place, _)| *record.shared.entry(*place).or_default() += 1);
        match finders.first() {
            Some((place, _)) => record.is_found(*place),
            None => record.gap.iter_mut().for_each(|gap| *gap += 1),
        }
    }

    fn add_circle(&mut self, place: u64, seen: &SeenCircle, truth: &TruthFrame) {
        let record = self.places.entry(place).or_default();
        record.circles += 1;
        let found = || truth.lesions.iter().filter(|lesion| seen.circle.finds(&lesion.circle()));
        found().for_each(|lesion| *record.found.entry(lesion.id).or_default() += 1);
        if let Some(lesion) = found().next() {
            record.last = Some(LastLesion { id: lesion.id, seen_s: truth.time_s });
            return;
        }
        let Some(last) = &mut record.last else { return };
        if truth.lesions.iter().any(|lesion| lesion.id == last.id) {
            last.seen_s = truth.time_s;
        } else if truth.time_s - last.seen_s > LINGER_S {
            self.overstayed += 1;
        }
    }

    /// The counts of the clip.
    pub(super) fn finish(self) -> PlaceCounts {
        let distinct: BTreeMap<u32, &LesionRecord> =
            self.lesions.iter().filter(|(_, record)| record.is_distinct()).map(|(id, record)| (*id, record)).collect();
        let of = |wanted: u32| self.places.values().filter(move |place| place.lesion() == Some(wanted)).count() as u64;
        let about_distinct = |place: &&PlaceRecord| place.lesion().is_none_or(|id| distinct.contains_key(&id));
        let invented = self.places.values().filter(|place| place.lesion().is_none()).count() as u64;
        let row = |record: &&LesionRecord| -> Vec<u64> {
            self.places.keys().map(|place| record.shared.get(place).copied().unwrap_or(0)).collect()
        };
        let sum = |count: fn(&LesionRecord) -> u64| distinct.values().map(|record| count(record)).sum();
        let step = self.frames as f64 / self.frames.saturating_sub(1).max(1) as f64;
        PlaceCounts {
            clips: 1,
            right_clips: u64::from(invented == 0 && distinct.keys().all(|id| of(*id) == 1)),
            lesions: distinct.len() as u64,
            places: distinct.keys().map(|id| of(*id)).sum(),
            invented,
            changes: sum(|record| record.changes),
            seconds: (self.last_s - self.first_s.unwrap_or(0.0)) * step,
            identified: greatest(&distinct.values().map(row).collect::<Vec<_>>()),
            lesion_frames: sum(|record| record.frames),
            circles: self.places.values().filter(about_distinct).map(|place| place.circles).sum(),
            flicker_frames: sum(|record| record.flicker_frames),
            overstayed: self.overstayed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::TrackState;
    use crate::geometry::{Circle, Size};

    /// A lesion at 100 times its number.
    fn lesion(id: u32) -> TruthLesion {
        TruthLesion { id, class: "nevus".into(), x: 100.0 * id as f32, y: 50.0, r: 10.0 }
    }

    fn circle((place, at): (u64, u32)) -> SeenCircle {
        SeenCircle {
            track: place,
            place: Some(place),
            circle: Circle { x: 100.0 * at as f32, y: 50.0, r: 10.0 },
            class: "nevus".into(),
            score: 0.9,
            evidence: 0.9,
            on_skin: true,
            state: TrackState::Confirmed,
        }
    }

    /// The lesions of a frame, and places with the lesion that each circles.
    type Frame<'a> = (&'a [u32], &'a [(u64, u32)]);

    /// Counts of a clip of eight frames a second.
    fn counted(frames: &[Frame]) -> PlaceCounts {
        let mut records = PlaceRecords::default();
        for (number, (lesions, circles)) in frames.iter().enumerate() {
            let lesions = lesions.iter().copied().map(lesion).collect();
            let truth = TruthFrame { frame: number as u64, time_s: 0.125 * number as f64, lesions, skin: Vec::new() };
            let circles = circles.iter().copied().map(circle).collect();
            let size = Some(Size { width: 1000, height: 100 });
            records.add(&truth, &SeenFrame { frame: number as u64, size, circles, picture: None });
        }
        records.finish()
    }

    const FOUND: Frame = (&[1], &[(1, 1)]);
    const MISSED: Frame = (&[1], &[]);
    const AWAY: Frame = (&[], &[]);
    const RENUMBERED: Frame = (&[1], &[(2, 1)]);
    const INVENTED: Frame = (&[1], &[(1, 1), (2, 7)]);
    const GRAZED: Frame = (&[1, 2], &[(1, 1)]);
    const STAYING: Frame = (&[], &[(1, 1)]);

    #[test]
    fn a_lesion_that_comes_back_under_its_number_is_one_place() {
        let counts = counted(&[[FOUND; 20], [AWAY; 20], [FOUND; 20]].concat());
        assert_eq!((counts.right_clips, counts.lesions, counts.places, counts.changes), (1, 1, 1, 0));
        assert_eq!((counts.idf1(), counts.flicker(), counts.overstayed), (Some(1.0), Some(0.0), 0));
        assert!((counts.seconds - 7.5).abs() < 1e-9);
    }

    #[test]
    fn another_number_is_a_change_and_a_second_place() {
        let counts = counted(&[[FOUND; 20], [AWAY; 20], [RENUMBERED; 20]].concat());
        assert_eq!((counts.right_clips, counts.lesions, counts.places, counts.changes), (0, 1, 2, 1));
        assert_eq!(counts.idf1(), Some(0.5));
        assert!((counts.changes_a_minute().unwrap() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_place_without_a_lesion_is_invented() {
        let counts = counted(&[INVENTED; 20]);
        assert_eq!((counts.right_clips, counts.places, counts.invented, counts.circles), (0, 1, 1, 40));
        let grazing = counted(&[[FOUND; 20].as_slice(), &[GRAZED; 14]].concat());
        assert_eq!((grazing.right_clips, grazing.lesions), (1, 1), "the second was in view for too short a time");
    }

    #[test]
    fn short_gaps_flicker_and_circles_that_stay_are_counted() {
        let counts = counted(&[[FOUND; 10].as_slice(), &[MISSED; 4], &[FOUND; 10], &[MISSED; 5], &[FOUND; 1]].concat());
        assert_eq!((counts.flicker_frames, counts.lesion_frames), (4, 30));
        let counts = counted(&[[FOUND; 20].as_slice(), &[STAYING; 8]].concat());
        assert_eq!(counts.overstayed, 4, "four of eight frames are within half a second");
    }
}
