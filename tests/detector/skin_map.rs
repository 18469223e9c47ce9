//! What the detector does with a skin map: when it asks for one, and what becomes of circles on it.

use std::sync::Arc;

use image::RgbImage;
use lesionscope::detect::{Detect, DetectSettings, Detector, Evaluator, Job, JobAnswer, Serial};
use lesionscope::finding::Detection;
use lesionscope::frame::Frame;
use lesionscope::geometry::{Size, Square};
use lesionscope::model::skin_map::{PlaceShares, SkinMap};
use lesionscope::model::{Class, CoarseGeometry, Model, ModelError, Scores};
use lesionscope::scan::OperatingPoint;

use crate::discs::{Disc, Discs, POINT, assert_found, detector, frame, serial};

/// Two discs on the left half of the frame, two on the right.
const BOTH: [Disc; 4] = [(60.0, 60.0, 12.0), (200.0, 90.0, 20.0), (500.0, 100.0, 45.0), (560.0, 300.0, 15.0)];

const SKIN: PlaceShares = PlaceShares { other: 0.0, skin: 1.0, part: 0.0, lesion: 0.0 };
const PART: PlaceShares = PlaceShares { other: 0.0, skin: 0.0, part: 1.0, lesion: 0.0 };
const OTHER: PlaceShares = PlaceShares { other: 1.0, skin: 0.0, part: 0.0, lesion: 0.0 };

const LESION: PlaceShares = PlaceShares { other: 0.0, skin: 0.0, part: 0.0, lesion: 1.0 };

/// Discs with a skin map: on the left half of whatever it sees is this, on the right half skin. A lesion is three cells wide and high, two
/// cells from the left and the top.
struct MappedDiscs {
    discs: Discs,
    left: PlaceShares,
}

impl MappedDiscs {
    fn new(left: PlaceShares) -> MappedDiscs {
        MappedDiscs { discs: Discs::new(), left }
    }
}

impl Model for MappedDiscs {
    fn classes(&self) -> &[Class] {
        self.discs.classes()
    }

    fn input_side(&self) -> u32 {
        self.discs.input_side()
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        self.discs.coarse_geometry()
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        self.discs.coarse(level)
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        self.discs.classify(windows)
    }

    fn skin_map_size(&self, _: Size) -> Option<Size> {
        Some(Size { width: 64, height: 48 })
    }

    fn skin_map(&mut self, picture: &RgbImage) -> Result<Option<SkinMap>, ModelError> {
        assert_eq!(picture.dimensions(), (64, 48));
        let is_left = |cell: usize| match self.left {
            LESION => (2..5).contains(&(cell % 16)) && (2..5).contains(&(cell / 16)),
            _ => cell % 16 < 8,
        };
        let places = (0..16 * 12).map(|cell| if is_left(cell) { self.left } else { SKIN });
        Ok(SkinMap::new(picture.dimensions().into(), Size { width: 16, height: 12 }, places.collect()))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(MappedDiscs::new(self.left))
    }
}

/// Counts the skin maps that are asked for.
struct CountingEvaluator(Serial, usize);

impl CountingEvaluator {
    fn new(left: PlaceShares) -> CountingEvaluator {
        CountingEvaluator(Serial::new(Box::new(MappedDiscs::new(left))), 0)
    }
}

impl Evaluator for CountingEvaluator {
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        self.1 += jobs.iter().filter(|job| matches!(job, Job::SkinMap)).count();
        self.0.run(frame, jobs)
    }
}

/// Settings of the tests. Unless a test is about that, discs on skin of which the map shows nothing are circled.
fn settings() -> DetectSettings {
    let mut settings = crate::discs::settings();
    settings.skin.lesion_least = None;
    settings
}

fn mapped(settings: DetectSettings) -> Detector {
    Detector::new(settings, POINT, &MappedDiscs::new(SKIN))
}

fn every(frames: u32) -> DetectSettings {
    let mut settings = settings();
    settings.skin.every_frames = frames;
    settings
}

#[test]
fn on_skin_a_lesion_that_the_map_would_show_is_not_circled_where_it_shows_none() {
    let mut settings = settings();
    settings.skin.lesion_least = Some(0.25);
    let still = |left| {
        let picture = frame(0, (640, 480), &BOTH);
        mapped(settings.clone()).detect_still(&picture, &mut CountingEvaluator::new(left)).unwrap()
    };
    let [first, second, large, fourth] = BOTH;
    assert_found(&still(SKIN), &[first, second, fourth]);
    assert_found(&still(OTHER), &[first, second, fourth]);
    let on_cloth = (140.0, 100.0, 45.0);
    let prints = frame(0, (640, 480), &[on_cloth, large]);
    let detection = mapped(settings.clone()).detect_still(&prints, &mut CountingEvaluator::new(OTHER)).unwrap();
    assert_found(&detection, &[on_cloth]);
}

#[test]
fn parts_of_bodies_are_not_circled_and_other_things_are_off_the_skin() {
    for exhaustive in [false, true] {
        let mut settings = settings();
        settings.scan.exhaustive = exhaustive;
        let still = |left| {
            let picture = frame(0, (640, 480), &BOTH);
            mapped(settings.clone()).detect_still(&picture, &mut CountingEvaluator::new(left)).unwrap()
        };
        assert_found(&still(PART), &BOTH[2..]);
        assert_found(&still(SKIN), &BOTH);
        let detection = still(OTHER);
        assert_found(&detection, &BOTH);
        assert!(detection.circles.iter().all(|circle| circle.on_skin == (circle.finding.circle.x > 320.0)));
    }
}

#[test]
fn a_map_without_weight_changes_nothing() {
    let mut unmoved = settings();
    (unmoved.skin.map_weight, unmoved.skin.part_from) = (0.0, None);
    let (mut with, mut without) = (mapped(unmoved.clone()), detector(unmoved));
    for index in 0..4 {
        let picture = frame(index, (640, 480), &BOTH);
        let seen = with.detect(&picture, &mut CountingEvaluator::new(OTHER)).unwrap();
        assert_eq!(seen, without.detect(&picture, &mut serial()).unwrap(), "frame {index}");
    }
}

#[test]
fn a_map_is_asked_for_when_it_is_old_and_when_the_camera_was_lost() {
    let asked = |settings: DetectSettings, film: &[&[Disc]]| -> Vec<usize> {
        let (mut detector, mut evaluator) = (mapped(settings), CountingEvaluator::new(SKIN));
        let mut look = |(index, discs): (usize, &&[Disc])| {
            evaluator.1 = 0;
            detector.detect(&frame(index as u64, (640, 480), discs), &mut evaluator).unwrap();
            evaluator.1
        };
        film.iter().enumerate().map(&mut look).collect()
    };
    let seen: &[Disc] = &BOTH;
    assert_eq!(asked(every(3), &[seen; 7]), [1, 0, 0, 0, 0, 0, 0], "it shows the same");
    let [a, b, c, d] = BOTH;
    let more: &[Disc] = &[a, b, c, d, (330.0, 380.0, 30.0)];
    assert_eq!(asked(every(3), &[seen, more, more, more, more, more, more]), [1, 0, 0, 1, 0, 0, 0]);
    let panned: Vec<Vec<Disc>> =
        (0..7).map(|index| BOTH.map(|(x, y, r)| (x + 10.0 * index as f32, y, r)).to_vec()).collect();
    let panned: Vec<&[Disc]> = panned.iter().map(Vec::as_slice).collect();
    assert_eq!(asked(every(3), &panned), [1, 0, 0, 1, 0, 0, 1], "by a twentieth of the shorter side in three frames");
    assert_eq!(asked(every(100), &[seen, seen, &[], &[]]), [1, 0, 1, 1], "nothing to hold on to");
    let mut uncached = every(3);
    uncached.cache.max_age_frames = None;
    assert_eq!(asked(uncached, &[seen; 3]), [1, 1, 1]);
    let mut exhaustive = every(3);
    exhaustive.scan.exhaustive = true;
    assert_eq!(asked(exhaustive, &[seen; 2]), [1, 1]);
}

#[test]
fn a_map_is_carried_along_with_the_camera() {
    let (mut detector, mut evaluator) = (mapped(every(100)), CountingEvaluator::new(PART));
    for index in 0..15 {
        let shift = 6.0 * index as f32;
        // The second one comes to lie on the left half; the last one was there when the map was made.
        let discs = [(500.0, 100.0, 14.0), (380.0, 300.0, 40.0), (600.0, 400.0, 30.0), (150.0, 200.0, 14.0)]
            .map(|(x, y, r)| (x - shift, y, r));
        let seen = detector.detect(&frame(index, (640, 480), &discs), &mut evaluator).unwrap();
        assert_found(&seen, &discs[..3]);
    }
    assert_eq!(evaluator.1, 1);
}

#[test]
fn a_track_goes_when_its_place_is_a_part() {
    let mut settings = every(1);
    // Where the frame shows the same, a map would be kept.
    settings.cache.max_age_frames = None;
    let mut detector = mapped(settings);
    for index in 0..6 {
        let seen = detector.detect(&frame(index, (640, 480), &BOTH), &mut CountingEvaluator::new(SKIN)).unwrap();
        assert_found(&seen, &BOTH);
    }
    let seen = detector.detect(&frame(6, (640, 480), &BOTH), &mut CountingEvaluator::new(PART)).unwrap();
    assert_found(&seen, &BOTH[2..]);
}

#[test]
fn a_lesion_of_the_map_is_looked_at_and_gives_a_circle_its_size() {
    // The coarse level passes nothing on; the map's lesion is the square of 120 px around (140, 140).
    let blind = OperatingPoint { coarse_conf: 1.0, ..POINT };
    let still = |lesion_from: Option<f32>, point: OperatingPoint| {
        let mut settings = settings();
        settings.skin.lesion_from = lesion_from;
        let picture = frame(0, (640, 480), &[(146.0, 140.0, 55.0)]);
        let mut detector = Detector::new(settings, point, &MappedDiscs::new(SKIN));
        detector.detect_still(&picture, &mut CountingEvaluator::new(LESION)).unwrap()
    };
    assert!(still(None, blind).circles.is_empty());
    let found = still(Some(0.5), blind);
    let [circle] = found.circles.as_slice() else { panic!("{:?}", found.circles) };
    let circle = circle.finding.circle;
    let equal_area = 120.0 / std::f32::consts::PI.sqrt();
    assert!((circle.r - equal_area).abs() < 0.5, "{circle:?}");
    assert!((circle.x - 140.0).abs() < 0.5 && (circle.y - 140.0).abs() < 0.5, "{circle:?}");
    let by_windows = still(None, POINT).circles[0].finding.circle;
    assert!((by_windows.x - circle.x).abs() > 1.0, "the windows see the disc: {by_windows:?}");
}

#[test]
fn a_model_that_breaks_its_word_about_maps_is_an_error() {
    assert!(mapped(settings()).detect(&frame(0, (640, 480), &BOTH), &mut serial()).is_err());
}

#[test]
fn faces_are_covered_where_parts_are_for_a_second_and_everywhere_without_a_map() {
    let covers = |seen: &Detection, x: f32, y: f32| {
        let inside = |s: &Square| (s.x..s.x + s.side).contains(&x) && (s.y..s.y + s.side).contains(&y);
        seen.faces.iter().flat_map(|face| &face.squares).any(inside)
    };
    let covering = DetectSettings { cover_faces: true, ..every(8) };
    let picture = |index: u64| frame(index, (640, 480), &BOTH);
    let mut search = mapped(covering.clone());
    let seen = search.detect(&picture(0), &mut CountingEvaluator::new(PART)).unwrap();
    assert!(covers(&seen, 100.0, 100.0) && covers(&seen, 380.0, 100.0) && !covers(&seen, 560.0, 100.0));
    let mut later = CountingEvaluator::new(SKIN);
    for index in 1..40 {
        let seen = search.detect(&picture(index), &mut later).unwrap();
        assert_eq!(covers(&seen, 100.0, 100.0), index < 30, "frame {index}");
    }
    assert_eq!(later.1, 13, "a map for every third frame");

    let without = detector(covering).detect(&picture(0), &mut serial()).unwrap();
    assert!([(1.0, 1.0), (639.0, 1.0), (1.0, 479.0), (639.0, 479.0)].iter().all(|(x, y)| covers(&without, *x, *y)));
    assert!(mapped(settings()).detect(&picture(0), &mut CountingEvaluator::new(PART)).unwrap().faces.is_empty());
}
