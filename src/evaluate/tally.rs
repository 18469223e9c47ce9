//! Counting over frames and clips.

use std::collections::BTreeMap;

use serde::Serialize;

use super::contrast::{CONTRAST_BINS, contrast};
use super::curve::FrocCounts;
use super::detections::SeenFrame;
use super::matching::{FrameMatch, SeenCircle, Verdict, match_frame, ratio};
use super::places::PlaceCounts;
use super::trails::{Sighting, TrailCounts, Trails};
use crate::model::classes;
use crate::truth::{TruthFrame, TruthLesion};

/// Upper borders of the bins of lesion radii, px; the last bin is open.
pub const RADIUS_BINS: [f32; 4] = [16.0, 24.0, 36.0, 54.0];

/// Lesions seen on frames (one lesion on a hundred frames counts a hundred times) and how they fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recall {
    /// Lesions whose centre lay within the frame.
    pub lesions: u64,
    /// Of them, found by a circle.
    pub found: u64,
    /// Of them, found by a circle that is alarmed: one not marked as off the skin.
    pub alarmed: u64,
    /// Of them, found by a circle whose class is suspicious.
    pub called_suspicious: u64,
}

impl Recall {
    /// Share that was found, `0..=1`; `None` without lesions.
    pub fn share(&self) -> Option<f64> {
        self.of(self.found)
    }

    /// A count as a share of the lesions.
    pub fn of(&self, count: u64) -> Option<f64> {
        (self.lesions > 0).then(|| count as f64 / self.lesions as f64)
    }

    /// Adds other lesions.
    pub fn add(&mut self, other: &Recall) {
        self.lesions += other.lesions;
        self.found += other.found;
        self.alarmed += other.alarmed;
        self.called_suspicious += other.called_suspicious;
    }
}

/// Everything counted over the frames of a clip, or of several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Frames that had both truth and a detection line.
    pub frames: u64,
    /// Frames of the truth without a detection line: not judged.
    pub unseen_frames: u64,
    /// Detection lines without truth: not judged.
    pub surplus_frames: u64,
    /// Circles on the judged frames.
    pub circles: u64,
    /// All lesions.
    pub all: Recall,
    /// Lesions of a suspicious class.
    pub suspicious: Recall,
    /// All others.
    pub benign: Recall,
    /// By class of the truth.
    pub by_class: BTreeMap<String, Recall>,
    /// By radius, one a bin of [`RADIUS_BINS`] and one above.
    pub by_radius: [Recall; RADIUS_BINS.len() + 1],
    /// By contrast with the skin around, one a bin of [`CONTRAST_BINS`] and one above; of frames whose picture was at hand.
    pub by_contrast: [Recall; CONTRAST_BINS.len() + 1],
    /// Second circles on a lesion.
    pub duplicates: u64,
    /// False circles on the skin.
    pub false_on_skin: u64,
    /// False circles off the skin.
    pub false_off_skin: u64,
    /// Circles off the skin that were marked so: not false.
    pub flagged_off_skin: u64,
    /// What became of the lesions through time, of clips that are finished.
    pub trails: TrailCounts,
    /// How places and lesions agree, of clips that are finished.
    pub places: PlaceCounts,
    /// What the free-response ROC curves are made of.
    pub froc: FrocCounts,
    /// Distance of the best circle's centre, px, one a found lesion.
    distances: Vec<f32>,
    /// The same in radii of the lesion.
    relative: Vec<f32>,
    /// The larger radius over the smaller, one a found lesion.
    ratios: Vec<f32>,
}

/// Medians over found lesions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MedianErrors {
    /// Distance of the centres, px.
    pub distance_px: f32,
    /// The same, radii of the lesion.
    pub distance_radii: f32,
    /// The larger radius over the smaller.
    pub radius_ratio: f32,
}

impl Tally {
    /// Counts the next frame of a clip, whose lesions `trails` follows. A lesion counts when its centre lies within; where the size is not known,
    /// all do.
    pub fn add_frame(&mut self, truth: &TruthFrame, seen: &SeenFrame, trails: &mut Trails) {
        let circles = seen.circles.as_slice();
        let matched = match_frame(truth, circles);
        self.frames += 1;
        self.circles += circles.len() as u64;
        for verdict in &matched.verdicts {
            match verdict {
                Verdict::Found => {}
                Verdict::Duplicate => self.duplicates += 1,
                Verdict::False { on_skin: true } => self.false_on_skin += 1,
                Verdict::False { on_skin: false } => self.false_off_skin += 1,
                Verdict::Flagged => self.flagged_off_skin += 1,
            }
        }
        let counted = || truth.lesions.iter().enumerate().filter(|(_, lesion)| lesion.is_within(seen.size));
        for (n, lesion) in counted() {
            self.add_lesion(n, lesion, seen, &matched);
        }
        follow(&counted().collect::<Vec<_>>(), circles, &matched, trails);
        self.froc.add(&counted().map(|(_, lesion)| lesion.circle()).collect::<Vec<_>>(), circles, &matched.verdicts);
    }

    fn add_lesion(&mut self, n: usize, lesion: &TruthLesion, seen: &SeenFrame, matched: &FrameMatch) {
        let (target, circles) = (lesion.circle(), &seen.circles);
        let finders = || circles.iter().filter(|seen| seen.circle.finds(&target));
        let best = matched.best.get(n).copied().flatten().and_then(|best| circles.get(best));
        let one = Recall {
            lesions: 1,
            found: u64::from(best.is_some()),
            alarmed: u64::from(finders().any(|seen| seen.on_skin)),
            called_suspicious: u64::from(finders().any(|seen| classes::suspicious(&seen.class))),
        };
        self.all.add(&one);
        let kind = if classes::suspicious(&lesion.class) { &mut self.suspicious } else { &mut self.benign };
        kind.add(&one);
        self.by_class.entry(lesion.class.clone()).or_default().add(&one);
        let bin = RADIUS_BINS.iter().take_while(|&&border| lesion.r >= border).count();
        if let Some(recall) = self.by_radius.get_mut(bin) {
            recall.add(&one);
        }
        if let Some(contrast) = seen.picture.as_ref().and_then(|frame| contrast(&frame.pixels, &target)) {
            let bin = CONTRAST_BINS.iter().take_while(|&&border| contrast >= border).count();
            self.by_contrast[bin].add(&one);
        }
        if let Some(seen) = best {
            let distance = seen.circle.distance(&target);
            self.distances.push(distance);
            self.relative.push(distance / target.r);
            self.ratios.push(ratio(seen.circle.r, target.r));
        }
    }

    /// Adds the counts of another tally.
    pub fn merge(&mut self, other: &Tally) {
        self.frames += other.frames;
        self.unseen_frames += other.unseen_frames;
        self.surplus_frames += other.surplus_frames;
        self.circles += other.circles;
        self.all.add(&other.all);
        self.suspicious.add(&other.suspicious);
        self.benign.add(&other.benign);
        for (class, recall) in &other.by_class {
            self.by_class.entry(class.clone()).or_default().add(recall);
        }
        for (mine, recall) in self.by_radius.iter_mut().zip(&other.by_radius) {
            mine.add(recall);
        }
        for (mine, recall) in self.by_contrast.iter_mut().zip(&other.by_contrast) {
            mine.add(recall);
        }
        self.duplicates += other.duplicates;
        self.false_on_skin += other.false_on_skin;
        self.false_off_skin += other.false_off_skin;
        self.flagged_off_skin += other.flagged_off_skin;
        self.trails.add(&other.trails);
        self.places.add(&other.places);
        self.froc.merge(&other.froc);
        self.distances.extend(&other.distances);
        self.relative.extend(&other.relative);
        self.ratios.extend(&other.ratios);
    }

    /// Best circles of lesions over all circles but those marked as off the skin, `0..=1`; `None` without any.
    pub fn precision(&self) -> Option<f64> {
        let counted = self.circles - self.flagged_off_skin;
        let right = counted - self.duplicates - self.false_on_skin - self.false_off_skin;
        (counted > 0).then(|| right as f64 / counted as f64)
    }

    /// Medians over the found lesions; `None` without any.
    pub fn errors(&self) -> Option<MedianErrors> {
        Some(MedianErrors {
            distance_px: median(&self.distances)?,
            distance_radii: median(&self.relative)?,
            radius_ratio: median(&self.ratios)?,
        })
    }
}

/// Adds the lesions of a frame that count to the trails of their clip.
fn follow(lesions: &[(usize, &TruthLesion)], circles: &[SeenCircle], matched: &FrameMatch, trails: &mut Trails) {
    let sighting = |seen: &SeenCircle| Sighting { track: seen.track, class: seen.class.clone() };
    let best = |n: usize| matched.best.get(n).copied().flatten().and_then(|best| circles.get(best));
    let finds = |lesion: &TruthLesion, seen: &&SeenCircle| seen.circle.finds(&lesion.circle());
    let in_view: Vec<_> = lesions.iter().map(|(n, lesion)| (lesion.id, best(*n).map(sighting))).collect();
    let tracks =
        |lesion: &TruthLesion| circles.iter().filter(|seen| finds(lesion, seen)).map(|seen| seen.track).collect();
    let finders: Vec<Vec<u64>> = lesions.iter().map(|(_, lesion)| tracks(lesion)).collect();
    let counts = |(seen, verdict): &(&SeenCircle, &Verdict)| match verdict {
        Verdict::False { .. } => true,
        Verdict::Flagged => false,
        // Not those on lesions out of view.
        Verdict::Found | Verdict::Duplicate => lesions.iter().any(|(_, lesion)| finds(lesion, seen)),
    };
    let counted = circles.iter().zip(&matched.verdicts).filter(counts).count();
    trails.add(&in_view, &finders, counted as u64);
}

/// The middle value, or the mean of the two middle ones.
fn median(values: &[f32]) -> Option<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some((lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::TrackState;
    use crate::geometry::{Circle, Size};

    fn frame() -> TruthFrame {
        let lesion = |id, class: &str, x, y, r| TruthLesion { id, class: class.into(), x, y, r };
        let lesions = vec![
            lesion(0, "melanoma", 100.0, 50.0, 20.0),
            lesion(1, "nevus", 200.0, 50.0, 15.9),
            lesion(2, "bcc", -4.0, 50.0, 16.0),
        ];
        TruthFrame {
            frame: 0,
            time_s: 0.0,
            lesions,
            skin: vec![[0.0, 0.0], [320.0, 0.0], [320.0, 100.0], [0.0, 100.0]],
        }
    }

    fn seen(class: &str, x: f32, y: f32, on_skin: bool) -> SeenCircle {
        let circle = Circle { x, y, r: 24.0 };
        SeenCircle {
            track: 1,
            place: None,
            circle,
            class: class.into(),
            score: 0.8,
            evidence: 0.8,
            on_skin,
            state: TrackState::Confirmed,
        }
    }

    fn on(circles: Vec<SeenCircle>, size: Option<Size>) -> SeenFrame {
        SeenFrame { frame: 0, size, circles, picture: None }
    }

    #[test]
    fn one_frame_by_hand() {
        let mut tally = Tally::default();
        let circles = [
            seen("carcinoma", 105.0, 50.0, true),
            seen("nevus", 100.0, 58.0, true),
            seen("nevus", 203.0, 54.0, false),
            seen("nevus", 2.0, 50.0, true),
            seen("nevus", 300.0, 50.0, true),
            seen("nevus", 300.0, 150.0, true),
            seen("nevus", 300.0, 190.0, false),
        ];
        tally.add_frame(
            &frame(),
            &on(circles.to_vec(), Some(Size { width: 320, height: 240 })),
            &mut Trails::default(),
        );
        let one = |found, alarmed, called_suspicious| Recall { lesions: 1, found, alarmed, called_suspicious };
        assert_eq!(tally.all, Recall { lesions: 2, found: 2, alarmed: 1, called_suspicious: 1 });
        assert_eq!(tally.suspicious, one(1, 1, 1));
        assert_eq!(tally.by_class["nevus"], one(1, 0, 0));
        assert!(!tally.by_class.contains_key("bcc"), "its centre lies outside of the frame");
        assert_eq!(tally.by_radius.map(|r| r.lesions), [1, 1, 0, 0, 0]);
        assert_eq!(tally.benign, one(1, 0, 0));
        // Three of six circles are the best of a lesion, the one at the edge among them; the flagged one does not count.
        assert_eq!(tally.precision(), Some(0.5));
        let counts = (tally.duplicates, tally.false_on_skin, tally.false_off_skin, tally.flagged_off_skin);
        assert_eq!(counts, (1, 1, 1, 1), "the circle on the lesion at the edge is not false");
        let MedianErrors { distance_px: px, distance_radii: radii, radius_ratio: ratio } = tally.errors().unwrap();
        assert!((px - 5.0).abs() < 1e-5 && (ratio - (1.2 + 24.0 / 15.9) / 2.0).abs() < 1e-5);
        assert!((radii - (5.0 / 20.0 + 5.0 / 15.9) / 2.0).abs() < 1e-5);
    }

    #[test]
    fn merging_two_halves_is_counting_the_whole() {
        let circles = [seen("melanoma", 101.0, 50.0, true), seen("nevus", 300.0, 10.0, true)];
        let (mut whole, mut first, mut second) = (Tally::default(), Tally::default(), Tally::default());
        let (full, empty) = (on(circles.to_vec(), None), on(Vec::new(), None));
        whole.add_frame(&frame(), &full, &mut Trails::default());
        whole.add_frame(&frame(), &empty, &mut Trails::default());
        first.add_frame(&frame(), &full, &mut Trails::default());
        second.add_frame(&frame(), &empty, &mut Trails::default());
        first.merge(&second);
        assert_eq!(first, whole);
        assert_eq!((whole.frames, whole.false_on_skin, whole.false_off_skin), (2, 1, 0));
    }

    #[test]
    fn nothing_seen_gives_no_shares() {
        let tally = Tally::default();
        assert_eq!((tally.all.share(), tally.precision(), tally.errors()), (None, None, None));
    }
}
