//! The whole detector on drawn frames, with a stand-in for the network that knows dark discs on light ground.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod discs;
mod skin_map;

use std::sync::Arc;

use discs::{Disc, OpinionatedModel, ShuffledEvaluator, assert_found, detector, frame, opinionated, serial, settings};
use image::{Rgb, RgbImage};
use lesionscope::detect::{Detect, Detector, Evaluator, Job, JobAnswer};
use lesionscope::finding::{Detection, ScoreOrigin, TrackState};
use lesionscope::frame::Frame;
use lesionscope::model::ModelError;

const SCENE: [Disc; 6] = [
    (60.0, 60.0, 12.0),
    (200.0, 90.0, 20.0),
    (330.0, 330.0, 90.0),
    (500.0, 100.0, 45.0),
    (560.0, 300.0, 15.0),
    (596.0, 300.0, 15.0),
];

#[test]
fn every_disc_has_exactly_one_circle() {
    for exhaustive in [false, true] {
        let mut settings = settings();
        settings.scan.exhaustive = exhaustive;
        let detection = detector(settings).detect_still(&frame(0, (640, 480), &SCENE), &mut serial()).unwrap();
        assert_found(&detection, &SCENE);
        assert!(detection.circles.iter().all(|c| c.state == TrackState::Confirmed && c.class == 1 && c.on_skin));
        assert!(detection.circles.iter().all(|c| c.finding.evidence >= 0.5 && c.finding.origin == ScoreOrigin::Fresh));
        assert_eq!(detection.mask.len(), detection.heat.values.len());
        assert!(detection.mask.iter().any(|m| *m) && !detection.mask.iter().all(|m| *m));
        let counts = detection.windows;
        assert_eq!(counts.coarse == 0, exhaustive);
        assert_eq!(counts.skipped == 0, exhaustive);
        assert!(exhaustive || counts.fine < 120, "the cascade is to be cheap: {counts:?}");
    }
}

#[test]
fn a_second_opinion_names_the_circles_or_takes_them_away() {
    let picture = frame(0, (640, 480), &SCENE);
    let still = |agrees| {
        let mut detector = opinionated(settings());
        detector.detect_still(&picture, &mut OpinionatedModel::worker(agrees)).unwrap()
    };
    let detection = still(true);
    assert_found(&detection, &SCENE);
    assert!(detection.circles.iter().all(|c| c.state == TrackState::Confirmed && c.class == 2));
    assert_eq!(still(false).circles, []);
}

/// Counts the windows that the second network is shown.
struct CountingEvaluator(lesionscope::detect::Serial, usize);

impl Evaluator for CountingEvaluator {
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        self.1 += jobs.iter().map(|job| if let Job::Consult(squares) = job { squares.len() } else { 0 }).sum::<usize>();
        self.0.run(frame, jobs)
    }
}

#[test]
fn in_a_film_the_second_network_is_asked_about_a_few_circles_a_frame() {
    let mut settings = settings();
    settings.opinion.looks = 2;
    let mut detector = opinionated(settings);
    let mut evaluator = CountingEvaluator(OpinionatedModel::worker(true), 0);
    for index in 0..6 {
        let detection = detector.detect(&frame(index, (640, 480), &SCENE), &mut evaluator).unwrap();
        // From the second sighting on: what is seen once may be gone the next time. Each in its window and, the first times, from afar.
        assert_eq!(evaluator.1, 2 * 2 * index as usize);
        let confirmed = detection.circles.iter().filter(|c| c.state == TrackState::Confirmed).count();
        // Six circles, two answers a frame, confirmed from the third frame on, and not before they are asked about.
        assert_eq!(confirmed, [0, 0, 4, 6, 6, 6][index as usize], "frame {index}");
    }
}

/// Keeps the sides of the windows that the second network was shown, a frame each.
struct RecordingEvaluator(lesionscope::detect::Serial, Vec<Vec<f32>>);

impl Evaluator for RecordingEvaluator {
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        let shown = jobs.iter().filter_map(|job| if let Job::Consult(squares) = job { Some(squares) } else { None });
        let sides: Vec<f32> = shown.flatten().map(|square| square.side).collect();
        self.1.extend(Some(sides).filter(|sides| !sides.is_empty()));
        self.0.run(frame, jobs)
    }
}

#[test]
fn the_second_network_looks_closer_every_other_time_and_twice_at_a_still() {
    let disc = [(320.0, 240.0, 20.0)];
    let ratios = |sides: &[f32]| -> Vec<f32> { sides.iter().map(|side| (side / sides[0] * 100.0).round()).collect() };
    let mut evaluator = RecordingEvaluator(OpinionatedModel::worker(true), Vec::new());
    let mut film = opinionated(settings());
    for index in 0..3 {
        film.detect(&frame(index, (640, 480), &disc), &mut evaluator).unwrap();
    }
    let found: Vec<Vec<f32>> = evaluator.1.iter().map(|sides| ratios(sides)).collect();
    assert_eq!(found[..2], [vec![100.0, 200.0], vec![100.0, 256.0]], "then closer by 0.78");
    evaluator.1.clear();
    opinionated(settings()).detect_still(&frame(0, (640, 480), &disc), &mut evaluator).unwrap();
    assert_eq!(ratios(&evaluator.1[0]), [100.0, 78.0, 200.0]);
}

#[test]
fn a_spread_first_look_takes_some_frames_and_then_finds_everything() {
    let (mut whole, mut spread) = (detector(settings()), detector(settings()).spread());
    let look = |detector: &mut Detector, index: u64| {
        detector.detect(&frame(index, (640, 480), &SCENE), &mut serial()).unwrap()
    };
    let all = look(&mut whole, 0).windows.coarse;
    let mut done = 0;
    for index in 0..8 {
        let detection = look(&mut spread, index);
        assert!(detection.windows.coarse as f32 <= 0.4 * all as f32, "{:?} of {all}", detection.windows);
        assert!(!detection.shortfall.cut, "what is put off is not left out");
        done += detection.windows.coarse;
    }
    assert_eq!(done, all);
    assert_found(&look(&mut spread, 8), &SCENE);
}

#[test]
fn the_number_and_order_of_workers_make_no_difference() {
    let picture = |index: u64| {
        let shift = if index < 3 { 0.0 } else { 6.0 * (index - 2) as f32 };
        frame(index, (640, 480), &SCENE.map(|(x, y, r)| (x - shift, y, r)))
    };
    let pictures: Vec<_> = (0..5).map(picture).collect();
    let film = |evaluator: &mut dyn Evaluator| -> Vec<Detection> {
        let mut detector = detector(settings());
        pictures.iter().map(|picture| detector.detect(picture, evaluator).unwrap()).collect()
    };
    let first = film(&mut serial());
    assert!(first.iter().all(|detection| detection.circles.len() >= 5));
    for workers in [1, 2, 4] {
        assert_eq!(film(&mut ShuffledEvaluator::new(workers)), first, "{workers} workers");
    }
}

#[test]
fn a_still_camera_computes_nothing_twice_and_nothing_gets_too_old() {
    let mut settings = settings();
    let max_age = 14_u32;
    (settings.cache.max_age_frames, settings.cache.still_age_frames) = (Some(max_age), max_age);
    let mut detector = detector(settings);
    let mut evaluator = serial();
    let picture = frame(0, (640, 480), &SCENE);
    let fresh = detector.detect(&picture, &mut evaluator).unwrap();
    let mut refreshed = 0;
    for index in 1..=2 * u64::from(max_age) {
        let seen = detector.detect(&picture, &mut evaluator).unwrap();
        let counts = seen.windows;
        if index <= u64::from(max_age) / 2 {
            assert_eq!((counts.coarse, counts.fine), (0, 0), "frame {index}");
            assert_eq!(counts.reused, fresh.windows.fine);
            assert!(
                seen.circles
                    .iter()
                    .all(|c| u64::from(c.finding.age_frames) == index && c.finding.origin == ScoreOrigin::Reused)
            );
        }
        assert!(counts.fine < fresh.windows.fine / 2, "not all at once: {counts:?}");
        refreshed += counts.fine;
        assert!(seen.circles.iter().all(|circle| circle.finding.age_frames <= max_age));
        assert_eq!(seen.heat, fresh.heat, "what is reused is what would be computed");
        let places = |d: &Detection| d.circles.iter().map(|c| c.finding.circle).collect::<Vec<_>>();
        for (a, b) in places(&seen).iter().zip(places(&fresh)) {
            assert!(a.distance(&b) < 0.01, "frame {index}");
        }
    }
    assert!(refreshed >= fresh.windows.fine, "all is refreshed in time");
}

#[test]
fn a_change_in_one_place_leaves_the_others_in_the_cache() {
    let mut detector = detector(settings());
    let mut evaluator = serial();
    let before = [(80.0, 60.0, 15.0), (520.0, 400.0, 15.0)];
    for index in 0..3 {
        detector.detect(&frame(index, (640, 480), &before), &mut evaluator).unwrap();
    }
    let after = [before[0], (528.0, 400.0, 15.0)];
    let seen = detector.detect(&frame(3, (640, 480), &after), &mut evaluator).unwrap();
    assert_found(&seen, &after);
    let ages: Vec<u32> = seen.circles.iter().map(|circle| circle.finding.age_frames).collect();
    assert_eq!(ages[0], 3);
    assert!(ages[1] == 0 && seen.windows.reused > 0 && seen.windows.fine > 0);
    let mut anew = discs::detector(settings());
    let fresh = anew.detect(&frame(3, (640, 480), &after), &mut evaluator).unwrap();
    assert!(seen.windows.coarse < fresh.windows.coarse);
    assert_eq!(seen.heat, fresh.heat, "the cache changes nothing");
}

#[test]
fn exhaustive_and_stills_reuse_nothing() {
    let mut evaluator = serial();
    let mut all = settings();
    all.scan.exhaustive = true;
    let mut thorough = detector(all);
    let mut stills = detector(settings());
    for index in 0..2 {
        let picture = frame(index, (200, 150), &[(100.0, 75.0, 15.0)]);
        let seen = thorough.detect(&picture, &mut evaluator).unwrap();
        assert_eq!(seen.windows.reused, 0);
        assert!(seen.windows.fine >= seen.windows.planned);
        let still = stills.detect_still(&picture, &mut evaluator).unwrap();
        assert_eq!((still.windows.reused, still.circles[0].finding.age_frames), (0, 0));
        assert_eq!(still.circles[0].track, index + 1, "no id is given twice");
    }
}

#[test]
fn a_panning_camera_keeps_ids_and_a_new_size_starts_over() {
    let mut detector = detector(settings());
    let mut evaluator = serial();
    for index in 0..12 {
        let discs = [(500.0 - 6.0 * index as f32, 100.0, 14.0), (300.0 - 6.0 * index as f32, 300.0, 40.0)];
        let seen = detector.detect(&frame(index, (640, 480), &discs), &mut evaluator).unwrap();
        assert_found(&seen, &discs);
        assert_eq!(seen.circles.iter().map(|c| c.track).collect::<Vec<_>>().len(), 2);
        assert!(seen.circles.iter().all(|c| c.track <= 2), "frame {index}");
        assert!(index < 2 || seen.circles.iter().all(|c| c.state == TrackState::Confirmed));
    }
    let smaller = detector.detect(&frame(12, (320, 240), &[(100.0, 100.0, 20.0)]), &mut evaluator).unwrap();
    assert_eq!(smaller.circles.iter().map(|c| (c.track, c.state)).collect::<Vec<_>>(), [(3, TrackState::Tentative)]);
    assert_eq!(smaller.windows.reused, 0);
}

#[test]
fn a_threshold_set_live_holds_from_the_next_frame_on() {
    let mut detector = detector(settings());
    let picture = frame(0, (320, 240), &[(100.0, 100.0, 20.0)]);
    assert_eq!(detector.detect_still(&picture, &mut serial()).unwrap().circles.len(), 1);
    detector.set_conf(1.0);
    let strict = detector.detect_still(&picture, &mut serial()).unwrap();
    assert!(strict.circles.is_empty() && !strict.mask.contains(&true));
    detector.set_conf(0.5);
    assert_eq!(detector.detect_still(&picture, &mut serial()).unwrap().circles.len(), 1);
}

#[test]
fn less_effort_looks_at_fewer_windows_says_so_and_catches_up() {
    let mut small = settings();
    small.scan.max_fine_windows = 8;
    let (mut evaluator, picture) = (serial(), frame(0, (640, 480), &SCENE));
    let mut whole = detector(small.clone());
    let mut part = detector(small);
    part.set_effort(0.25);
    let all = whole.detect(&picture, &mut evaluator).unwrap();
    let some = part.detect(&picture, &mut evaluator).unwrap();
    assert!(!all.shortfall.cut && some.shortfall.cut);
    assert!(some.windows.coarse < all.windows.coarse && some.windows.fine < all.windows.fine, "{some:?}");
    // What was left out is the oldest next time.
    let mut coarse = some.windows.coarse;
    while part.detect(&picture, &mut evaluator).map(|next| next.windows.coarse).inspect(|next| coarse += next).unwrap()
        > 0
    {}
    assert_eq!(coarse, all.windows.coarse);
}

#[test]
fn where_there_is_nothing_to_hold_on_to_the_camera_is_lost() {
    let mut detector = detector(settings());
    let mut lost = |index, discs: &[Disc]| {
        detector.detect(&frame(index, (640, 480), discs), &mut serial()).unwrap().shortfall.camera_lost
    };
    assert_eq!([lost(0, &SCENE), lost(1, &SCENE), lost(2, &[]), lost(3, &[])], [false, false, true, true]);
}

#[test]
fn odd_frames_are_not_assessable_and_break_nothing() {
    let mut detector = detector(settings());
    for size in [(0, 0), (1, 1), (35, 4000), (4000, 20)] {
        let seen = detector.detect(&frame(0, size, &[]), &mut serial()).unwrap();
        assert!(seen.not_assessable.unwrap().contains("too small"), "{size:?}");
    }
    let night = RgbImage::from_pixel(320, 240, Rgb([6, 6, 6]));
    let night = Arc::new(Frame::still(night));
    assert!(detector.detect(&night, &mut serial()).unwrap().not_assessable.unwrap().contains("too dark"));
    for size in [(36, 36), (37, 1000), (1001, 41)] {
        let seen = detector.detect(&frame(0, size, &[]), &mut serial()).unwrap();
        assert_eq!((seen.not_assessable, seen.circles.len()), (None, 0), "{size:?}");
    }
}

#[test]
fn a_model_that_breaks_its_word_is_an_error() {
    struct Short;
    impl Evaluator for Short {
        fn run(&mut self, _: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
            Ok(jobs.iter().map(|_| JobAnswer::Coarse(vec![0.5])).collect())
        }
    }
    struct Silent;
    impl Evaluator for Silent {
        fn run(&mut self, _: &Arc<Frame>, _: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
            Ok(Vec::new())
        }
    }
    let picture = frame(0, (320, 240), &[]);
    assert!(detector(settings()).detect(&picture, &mut Short).is_err());
    assert!(detector(settings()).detect(&picture, &mut Silent).is_err());
}
